"""Evidence: what in the data speaks for an item that is recommended.

Belongs here: the item that speaks for another, its support, confidence and lift; how many have the item. Does not
belong here: which items are recommended (`ranking`), the sentence that says it (`reasons`).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions, places

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_CELLS = 16_000_000  # of items x recommended items, counted at once
MOST_PAIRS = 2_000_000  # of a recommendation and an item that its customer owns, looked at at once


def evidence(interactions: Interactions, lines: pd.DataFrame, minimum: int, language: Language) -> pd.DataFrame:
    """The best evidence for each recommendation: one row a line, in their order and index.

    Takes customer_id and item_id of recommended items. Of the items X that the customer owns the one is taken of whose
    owners in the customer's segment the largest share also owns Y, the recommended one, given that at least `minimum`
    customers own both and that owning X makes Y no less likely (lift 1 or more); where there is none, likewise in the
    whole base. Returns

    - antecedent_item (missing where there is none), evidence_in (a word of `places_of`, or ""), support (customers who
      own both), antecedent_owners, confidence (support / antecedent_owners), lift (confidence / share of all customers
      there who own Y);
    - segment, buyers (customers of the segment who got Y lately) and segment_customers;
    - base_owners (all customers who own Y) and base_customers.

    A customer without a segment has evidence of the whole base only. Lift and confidence are those of association rules
    (Brin et al. 1997). Raises UnusableInteractions for a customer or an item that the interactions do not know.
    """
    customers = _known(interactions.customers, lines, "customer_id")
    items = _known(interactions.items, lines, "item_id")
    base, owned, (labels, of) = interactions.base, interactions.owned, interactions.parted()
    found = _Found(len(lines))
    for place, label in enumerate(labels):
        if label:
            _fill(found, base, place, owned, customers, items, np.flatnonzero(of[customers] == place), minimum)
    found.place[found.support > 0] = 1
    left = np.flatnonzero(found.support == 0)
    _fill(found, base, None, owned, customers, items, left, minimum)
    found.place[left] = np.where(found.support[left] > 0, 2, 0)
    buyers, sizes = base.recent, base.sizes
    known = found.support > 0
    antecedents = np.full(len(lines), None, dtype=object)
    antecedents[known] = interactions.items[found.antecedent[known]]
    return pd.DataFrame(
        {
            "antecedent_item": pd.array(antecedents, dtype="str"),
            "evidence_in": np.array(["", *places_of(language)], dtype=object)[found.place],
            "support": found.support,
            "antecedent_owners": found.owners,
            "confidence": np.where(known, found.support / np.maximum(found.owners, 1), np.nan),
            "lift": found.lift,
            "segment": labels[of[customers]].astype(object),
            "buyers": np.where(labels[of[customers]] == "", 0, buyers[of[customers], items]),
            "segment_customers": np.where(labels[of[customers]] == "", 0, sizes[of[customers]]),
            "base_owners": base.owners[items],
            "base_customers": np.full(len(lines), base.customers),
        },
        index=lines.index,
    )


def places_of(language: Language) -> tuple[str, str]:
    """What the segment is called as the place of evidence, and the whole base."""
    return language.say("offered.evidence_in.segment"), language.say("offered.evidence_in.base")


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
    base: Base,
    place: int | None,
    owned: "csr_array",
    customers: np.ndarray,
    items: np.ndarray,
    lines: np.ndarray,
    minimum: int,
) -> None:
    """Seeks the evidence of some lines among the customers of a segment of the base, or among all."""
    if not len(lines):
        return
    owners, size = (base.owners, base.customers) if place is None else (base.owned[place], int(base.sizes[place]))
    # Who own both are no more than who own the one: items of few owners speak for none.
    columns = np.flatnonzero(owners >= minimum)
    speaks, pairs = np.full(len(owners), -1), base.pairs(columns, place)
    speaks[columns] = np.arange(len(columns))
    wanted, of = np.unique(items[lines], return_inverse=True)
    lines, of = lines[np.argsort(of, kind="stable")], np.sort(of)
    step = max(1, MOST_CELLS // max(len(columns), 1))
    for start in range(0, len(wanted), step):
        both = pairs.rows(wanted[start : start + step]).toarray()
        first, after = np.searchsorted(of, [start, start + step])
        owns = np.cumsum(np.diff(owned.indptr)[customers[lines[first:after]]])
        for mine in np.split(
            np.arange(first, after), np.searchsorted(owns, np.arange(MOST_PAIRS, owns[-1], MOST_PAIRS))
        ):
            if len(mine):
                has = owned[customers[lines[mine]]]
                _best_of(found, both, speaks, owners, has, lines[mine], of[mine] - start, items, size, minimum)


def _best_of(
    found: _Found,
    both: np.ndarray,
    speaks: np.ndarray,
    owners: np.ndarray,
    has: "csr_array",
    lines: np.ndarray,
    of: np.ndarray,
    items: np.ndarray,
    base: int,
    minimum: int,
) -> None:
    """Of the items that the customers of some lines have the one that speaks best, where there is one.

    `both` are customers who own both, recommended items x items that may speak; `speaks` is the column of each item
    there, -1 where it may not, and `of` the row of each line. `base` is how many customers are counted.
    """
    column, row = has.indices, np.repeat(np.arange(len(lines)), np.diff(has.indptr))
    may = speaks[column] >= 0
    column, row = column[may], row[may]
    support, wanted = both[of[row], speaks[column]].astype("int64"), items[lines]
    # Owners of X who own Y less often than others do speak against it.
    enough = support * base >= owners[column] * owners[wanted][row]
    enough &= (support >= max(minimum, 1)) & (column != wanted[row])
    row, column, support = row[enough], column[enough], support[enough]
    if not len(row):
        return
    confidence = support / owners[column]
    # By the highest confidence, then support, then the first item: columns of a row are in order.
    for by in ("confidence", "support"):
        value = confidence if by == "confidence" else support
        starts = np.flatnonzero(np.diff(row, prepend=-1))
        kept = value == np.repeat(np.maximum.reduceat(value, starts), np.diff(starts, append=len(row)))
        row, column, support, confidence = row[kept], column[kept], support[kept], confidence[kept]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    at = lines[row[first]]
    found.antecedent[at], found.support[at] = column[first], support[first]
    found.owners[at] = owners[column[first]]
    found.lift[at] = confidence[first] * base / owners[items[at]]


def _known(ids: np.ndarray, lines: pd.DataFrame, column: str) -> np.ndarray:
    """The places of the ids of a column."""
    if column not in lines.columns:
        raise UnusableInteractions(f"the recommendations have no column '{column}'{nearest(column, lines.columns)}")
    found = places(ids, lines[column])
    if (found < 0).any():
        unknown = lines[column].to_numpy()[found < 0]
        # What an item is called may be said, who a customer is may not.
        which = f", such as '{unknown[0]}'{nearest(str(unknown[0]), map(str, ids), listed=False)}"
        raise UnusableInteractions(
            f"{len(unknown)} lines have a {column} that is not among the interactions"
            f"{which if column == 'item_id' else ''}; recommend from the interactions that give the evidence"
        )
    return found
