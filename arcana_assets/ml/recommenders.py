"""Recommenders: what a customer is likely to want next.

Belongs here: the interactions they learn from, the interface they share, ranking, popularity. Does not belong here:
recommenders by common owners (`recommenders_by_neighbours`), which of them serves (`leaderboard`), the evidence and the
sentence a seller reads (`recommendation_evidence`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_array


MOST_CUSTOMERS, MOST_SCORES = 4_096, 16_777_216  # scored at once


class UnusableInteractions(ArcanaError):
    """Raised when a frame of purchases or segments lacks a column or its grain."""


@dataclass(frozen=True)
class Interactions:
    """Who ever bought what, who bought it lately, and the segment of each customer.

    `customers` and `items` are sorted ids; `owned` and `recent` are sparse 0/1 matrices customers x items; `segments`
    holds the label of each customer, "" where there is none.
    """

    customers: np.ndarray
    items: np.ndarray
    owned: "csr_array"
    recent: "csr_array"
    segments: np.ndarray

    @classmethod
    def from_frames(cls, owned: pd.DataFrame, recent: pd.DataFrame, segments: pd.DataFrame) -> "Interactions":
        """Interactions of all customers named in any of the frames; row order and repeated purchases are of no account.

        Takes `owned` and `recent` with customer_id, item_id (ever bought; bought in the lookback) and `segments` with
        customer_id, segment (one row a customer). What is recent is owned, even where `owned` forgets it.
        Raises UnusableInteractions for a missing column, a missing id or a customer in two segments.
        """
        _check_columns(owned, "owned", "item_id")
        _check_columns(recent, "recent", "item_id")
        _check_columns(segments, "segments", "segment")
        if segments["customer_id"].duplicated().any():
            twice = segments.loc[segments["customer_id"].duplicated(), "customer_id"].iloc[0]
            raise UnusableInteractions(f"customer '{twice}' has two rows in 'segments'; one segment a customer")
        customers = _sorted_ids(owned["customer_id"], recent["customer_id"], segments["customer_id"])
        items = _sorted_ids(owned["item_id"], recent["item_id"])
        labels = np.full(len(customers), "", dtype=object)
        named = segments["segment"].fillna("").astype(str)
        labels[_places(customers, segments["customer_id"])] = named.to_numpy(dtype=object)
        lately = _ones(recent, customers, items)
        return cls(customers, items, _ones(pd.concat([owned, recent]), customers, items), lately, labels)


class Recommender(Protocol):
    """What every recommender offers; rows are places in `Interactions.customers`, columns in `Interactions.items`."""

    name: str

    def fit(self, interactions: Interactions) -> Self:
        """Learn from the interactions; returns itself."""
        ...

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Scores, customers x items, of a block of customers; higher is better, 0 or less is no recommendation."""
        ...


Allowed = Callable[[np.ndarray], np.ndarray]
"""Of a block of customers (places), which items each may be recommended: customers x items, true or false."""


class Popular:
    """The most bought items of the whole base: the score is the share of all customers who got the item lately."""

    name = "popular"

    def fit(self, interactions: Interactions) -> Self:
        """Count recent buyers by item."""
        self.shares = np.asarray(interactions.recent.sum(axis=0)).ravel() / max(len(interactions.customers), 1)
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The same for every customer, customers x items."""
        return np.tile(self.shares, (len(customers), 1))


class PopularInSegment:
    """The most bought items of the customer's segment.

    The score is the share of the segment's customers who got the item in the lookback. A customer without a segment
    gets no score.
    """

    name = "popular_in_segment"

    def fit(self, interactions: Interactions) -> Self:
        """Count buyers by segment and item."""
        from scipy.sparse import csr_array

        self.labels, self._segment_of = np.unique(interactions.segments.astype(str), return_inverse=True)
        places = (self._segment_of, np.arange(len(self._segment_of)))
        ones = np.ones(len(self._segment_of), dtype=np.int64)
        members = csr_array((ones, places), shape=(len(self.labels), len(ones)))
        self.buyers = (members @ interactions.recent).toarray()
        self.segment_customers = np.bincount(self._segment_of, minlength=len(self.labels))
        shares = self.buyers / np.maximum(self.segment_customers, 1)[:, None]
        self.shares = np.where((self.labels == "")[:, None], 0.0, shares)
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Share of the customer's segment that bought each item, customers x items."""
        return self.shares[self._segment_of[customers]]


def recommend(
    recommender: Recommender,
    interactions: Interactions,
    top: int = 5,
    allowed: Allowed | None = None,
    block: int | None = None,
) -> pd.DataFrame:
    """The best `top` items of every customer that the customer never bought, and is `allowed`.

    Takes a recommender fitted on these interactions. Returns customer x rank, ordered: customer_id, rank (from 1),
    item_id, score (above 0). Equal scores rank by item_id. A customer with nothing left to want has no row. Scores are
    held for `block` customers at a time (block x items x 8 bytes, about three times); left out: as many as make
    16 million scores, 4,096 at most. Raises UnusableInteractions for a `top` or `block` below 1.
    """
    if block is None:
        block = max(1, min(MOST_CUSTOMERS, MOST_SCORES // max(len(interactions.items), 1)))
    if top < 1 or block < 1:
        raise UnusableInteractions(f"top and block are at least 1; found top={top}, block={block}")
    parts = []
    for rows in _blocks(len(interactions.customers), block):
        wanted = recommender.score(rows)
        if allowed is not None:
            wanted = np.where(allowed(rows), wanted, 0.0)
        customers, items, ranks, scores = best(wanted, interactions.owned[rows], top)
        ranked = {
            "customer_id": interactions.customers[rows[customers]],
            "rank": ranks,
            "item_id": interactions.items[items],
            "score": scores,
        }
        # A block without rows must not change the type of the columns.
        parts.append(pd.DataFrame(ranked).astype({"customer_id": "str", "item_id": "str"}))
    return pd.concat(parts, ignore_index=True)


def best(scores: np.ndarray, owned: "csr_array", top: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(row, column, rank from 1, score) of the best `top` columns of each row, in order; equals by column.

    Takes scores and what is left out of them, both rows x columns; a score of 0 or less is left out too.
    """
    wanted = np.array(scores, dtype=np.float64)
    wanted[owned.nonzero()] = 0.0
    bar = np.zeros(len(wanted))
    if wanted.shape[1] > top:
        bar = np.partition(wanted, wanted.shape[1] - top, axis=1)[:, wanted.shape[1] - top]
    rows, columns = np.nonzero((wanted >= bar[:, None]) & (wanted > 0))
    found = wanted[rows, columns]
    order = np.lexsort((columns, -found, rows))
    rows, columns, found = rows[order], columns[order], found[order]
    ranks = np.arange(len(rows)) - np.searchsorted(rows, rows) + 1
    kept = ranks <= top
    return rows[kept], columns[kept], ranks[kept], found[kept]


def _blocks(total: int, size: int) -> Iterator[np.ndarray]:
    """Places in blocks; one empty block where there are none, so that an empty result has its columns."""
    for start in range(0, max(total, 1), size):
        yield np.arange(start, min(start + size, total))


def _check_columns(frame: pd.DataFrame, what: str, second: str) -> None:
    for column in ("customer_id", second):
        if column not in frame.columns:
            raise UnusableInteractions(f"'{what}' has no column '{column}'{nearest(column, frame.columns)}")
        # A label may be missing; an id may not: sales without a customer would all become one customer.
        if column != "segment" and frame[column].isna().any():
            raise UnusableInteractions(
                f"'{what}' has {frame[column].isna().sum()} rows without {column}; drop them first"
            )


def _sorted_ids(*columns: pd.Series) -> np.ndarray:
    return np.array(sorted(pd.unique(pd.concat([column.astype("str") for column in columns]))), dtype=object)


def _places(ids: np.ndarray, wanted: pd.Series) -> np.ndarray:
    return pd.Index(ids, dtype=object).get_indexer(pd.Index(wanted.astype(str), dtype=object))


def _ones(pairs: pd.DataFrame, customers: np.ndarray, items: np.ndarray) -> "csr_array":
    from scipy.sparse import csr_array

    places = (_places(customers, pairs["customer_id"]), _places(items, pairs["item_id"]))
    matrix = csr_array((np.ones(len(pairs), dtype=np.int64), places), shape=(len(customers), len(items)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
