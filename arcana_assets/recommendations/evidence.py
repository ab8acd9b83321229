"""Evidence: what in the data speaks for an item that is recommended.

Belongs here: the item that speaks for another, its support, confidence and lift; how many have the item. Does not
belong here: which items are recommended (`ranking`), the sentence that says it (`reasons`).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions

if TYPE_CHECKING:
    from scipy.sparse import csr_array


IN_SEGMENT, IN_BASE, NOWHERE = "segmento", "base", ""
BLOCK = 20_000  # recommendations whose evidence is sought at once


def evidence(interactions: Interactions, lines: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The best evidence for each recommendation: one row a line, in their order and index.

    Takes customer_id and item_id of recommended items. Of the items X that the customer owns the one is taken of whose
    owners in the customer's segment the largest share also owns Y, the recommended one, given that at least `minimum`
    customers own both and that owning X makes Y no less likely (lift 1 or more); where there is none, likewise in the
    whole base. Returns

    - antecedent_item (missing where there is none), evidence_in (`segmento`, `base` or ""), support (customers who own
      both), antecedent_owners, confidence (support / antecedent_owners), lift (confidence / share of all customers
      there who own Y);
    - segment, buyers (customers of the segment who got Y lately) and segment_customers;
    - base_owners (all customers who own Y) and base_customers.

    A customer without a segment has evidence of the whole base only. Lift and confidence are those of association rules
    (Brin et al. 1997). Raises UnusableInteractions for a customer or an item that the interactions do not know.
    """
    customers = _known(interactions.customers, lines, "customer_id")
    items = _known(interactions.items, lines, "item_id")
    owned = interactions.owned.astype("int64")
    labels, of = interactions.parted()
    found = _Found(len(lines))
    for place, label in enumerate(labels):
        if label:
            members = np.flatnonzero(of == place)
            _fill(found, owned[members], owned, customers, items, np.flatnonzero(of[customers] == place), minimum)
    found.place[found.support > 0] = 1
    left = np.flatnonzero(found.support == 0)
    _fill(found, owned, owned, customers, items, left, minimum)
    found.place[left] = np.where(found.support[left] > 0, 2, 0)
    buyers, sizes = interactions.by_segment(interactions.recent)
    known = found.support > 0
    antecedents = np.full(len(lines), None, dtype=object)
    antecedents[known] = interactions.items[found.antecedent[known]]
    return pd.DataFrame(
        {
            "antecedent_item": pd.array(antecedents, dtype="str"),
            "evidence_in": np.array([NOWHERE, IN_SEGMENT, IN_BASE], dtype=object)[found.place],
            "support": found.support,
            "antecedent_owners": found.owners,
            "confidence": np.where(known, found.support / np.maximum(found.owners, 1), np.nan),
            "lift": found.lift,
            "segment": labels[of[customers]].astype(object),
            "buyers": np.where(labels[of[customers]] == "", 0, buyers[of[customers], items]),
            "segment_customers": np.where(labels[of[customers]] == "", 0, sizes[of[customers]]),
            "base_owners": np.asarray(owned.sum(axis=0)).ravel()[items],
            "base_customers": np.full(len(lines), len(interactions.customers)),
        },
        index=lines.index,
    )


class _Found:
    """What was found of each line: the place of the antecedent, who own both, who own it, lift, and where (0 to 2)."""

    def __init__(self, lines: int) -> None:
        self.antecedent = np.full(lines, -1)
        self.support = np.zeros(lines, dtype="int64")
        self.owners = np.zeros(lines, dtype="int64")
        self.lift = np.full(lines, np.nan)
        self.place = np.zeros(lines, dtype="int64")


def _fill(
    found: _Found,
    there: "csr_array",
    owned: "csr_array",
    customers: np.ndarray,
    items: np.ndarray,
    lines: np.ndarray,
    minimum: int,
) -> None:
    """Seeks the evidence of some lines among the customers `there`."""
    if not len(lines):
        return
    pairs = (there.T @ there).tocsr()
    pairs.sort_indices()
    owners = np.asarray(there.sum(axis=0)).ravel()
    for start in range(0, len(lines), BLOCK):
        mine = lines[start : start + BLOCK]
        has = owned[customers[mine]].tocoo()
        if not has.nnz:  # of no places scipy gives a sparse array, of some a dense one
            continue
        both = np.asarray(pairs[items[mine][has.row], has.col]).ravel()
        enough = (both >= max(minimum, 1)) & (has.col != items[mine][has.row])
        # Owners of X who own Y less often than others do speak against it.
        enough &= both * there.shape[0] >= owners[has.col] * owners[items[mine][has.row]]
        row, column, support = has.row[enough], has.col[enough], both[enough]
        confidence = support / owners[column]
        order = np.lexsort((column, -support, -confidence, row))
        first = order[np.unique(row[order], return_index=True)[1]]
        at = mine[row[first]]
        found.antecedent[at], found.support[at] = column[first], support[first]
        found.owners[at] = owners[column[first]]
        found.lift[at] = confidence[first] * there.shape[0] / owners[items[at]]


def _known(ids: np.ndarray, lines: pd.DataFrame, column: str) -> np.ndarray:
    """The places of the ids of a column."""
    if column not in lines.columns:
        raise UnusableInteractions(f"the recommendations have no column '{column}'{nearest(column, lines.columns)}")
    places: np.ndarray = pd.Index(ids, dtype=object).get_indexer(pd.Index(lines[column], dtype=object))
    if (places < 0).any():
        unknown = str(lines[column].to_numpy()[places < 0][0])
        raise UnusableInteractions(
            f"{column} '{unknown}' is recommended, but not among the interactions"
            f"{nearest(unknown, map(str, ids), listed=False)}; recommend from the interactions that give the evidence"
        )
    return places
