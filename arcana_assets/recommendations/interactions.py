"""Interactions: who has what, as recommenders learn from it.

Belongs here: what is known of a month as frames, and these as matrices of customers x items. Does not belong here:
reading them of the lake (`assets.inputs`), what is made of them (`recommenders`, `eligibility`, `evidence`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.recommendations.base.counts import Base

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class UnusableInteractions(ArcanaError):
    """Raised when a frame of purchases or segments lacks a column or its grain."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who ever bought what, who bought it lately, and the segment of each customer.

    `customers` and `items` are sorted ids; `owned` and `recent` are sparse 0/1 matrices customers x items; `segments`
    holds the label of each customer, "" where there is none. Where these customers are a block of more, `everybody` is
    the base that they are of, and `items` are those of all of it.
    """

    customers: np.ndarray
    items: np.ndarray
    owned: "csr_array"
    recent: "csr_array"
    segments: np.ndarray
    everybody: Base | None = None

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
        if twice := segments.loc[segments["customer_id"].duplicated(), "customer_id"].nunique():
            raise UnusableInteractions(
                f"{twice} customers have two rows or more in 'segments'; expected one segment a customer"
            )
        pairs = pd.concat([owned[["customer_id", "item_id"]], recent[["customer_id", "item_id"]]])
        return cls._of(pairs, np.arange(len(pairs)) >= len(owned), segments)

    @classmethod
    def _of(
        cls,
        pairs: pd.DataFrame,
        recent: np.ndarray,
        segments: pd.DataFrame,
        everybody: Base | None = None,
        items: np.ndarray | None = None,
    ) -> "Interactions":
        """Of frames that keep their promise; `recent` says of each pair whether it is.

        `items` are all that there may be; those of the pairs by default.
        """
        customers, (rows, put) = _coded(pairs["customer_id"], segments["customer_id"])
        if everybody is not None:
            items = everybody.items
        if items is None:
            items, (columns,) = _coded(pairs["item_id"])
        else:
            columns = places(items, pairs["item_id"])
        labels = np.full(len(customers), "", dtype=object)
        labels[put] = segments["segment"].fillna("").astype(str).to_numpy(dtype=object)
        shape = (len(customers), len(items))
        lately = _ones(rows[recent], columns[recent], shape)
        return cls(customers, items, _ones(rows, columns, shape), lately, labels, everybody)

    @cached_property
    def base(self) -> Base:
        """The base that these customers are of; all of it, where they are no block of another."""
        return self.everybody or Base.of(self)

    @cached_property
    def owners(self) -> np.ndarray:
        """Those of these customers who own each item."""
        return np.bincount(self.owned.indices, minlength=len(self.items))

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray]:
        if self.everybody is not None:
            return self.everybody.labels, places(self.everybody.labels, self.segments)
        of, labels = pd.factorize(self.segments, sort=True)
        return labels.astype(str), of

    def matrix(self, lines: pd.DataFrame) -> "csr_array":
        """Customers x items of a frame of customer_id and item_id: 1 for each pair of which both are known."""
        rows, columns = places(self.customers, lines["customer_id"]), places(self.items, lines["item_id"])
        known = (rows >= 0) & (columns >= 0)
        return _ones(rows[known], columns[known], self.owned.shape)

    def parted(self) -> tuple[np.ndarray, np.ndarray]:
        """The labels of segments of the base in order, and the place among them of each customer's, which may be ""."""
        return self._parts

    def by_segment(self, pairs: "csr_array") -> tuple[np.ndarray, np.ndarray]:
        """Those of these customers by segment and item, segments x items, and by segment; in the order of `parted`.

        Takes `owned` or `recent`.
        """
        from scipy.sparse import csr_array

        labels, of = self.parted()
        ones = np.ones(len(of), dtype="int64")
        members = csr_array((ones, (of, np.arange(len(of)))), shape=(len(labels), len(of)))
        return (members @ pairs).toarray(), np.bincount(of, minlength=len(labels))


@dataclass(frozen=True, eq=False)
class Known:
    """What is known as of a month of customers and of what may be recommended; nothing of a later month.

    `owned` has a row a customer and item: customer_id, item_id, item_name, recent (whether it was got in the lookback)
    and value. `segments` has customer_id and segment. `attributes` has customer_id and the columns of customer 360 that
    limits of items and the audience look at; None where they look at none. `lookback` are the months over which an item
    is popular; None where what is owned is owned.
    """

    month: date
    owned: pd.DataFrame
    segments: pd.DataFrame
    attributes: pd.DataFrame | None
    lookback: int | None

    def interactions(self, everybody: Base | None = None, items: np.ndarray | None = None) -> Interactions:
        """Who has what; only recent items make an item popular where there is a lookback.

        Goods are bought again and again, so what counts for popularity is lately; what is contracted is owned until it
        is cancelled. `everybody` is the base, where these customers are a block of it; `items` are its items, where it
        is not counted yet.
        """
        recent = np.ones(len(self.owned), dtype=bool)
        if self.lookback is not None:
            recent = self.owned["recent"].to_numpy(dtype=bool)
        return Interactions._of(self.owned, recent, self.segments, everybody, items)

    @property
    def names(self) -> pd.Series:
        """The name of each item, by its id: that of its first row."""
        named: pd.Series = self.owned.drop_duplicates("item_id").set_index("item_id")["item_name"]
        return named


def places(ids: np.ndarray, wanted: pd.Series | np.ndarray | Sequence[str]) -> np.ndarray:
    """The places of some ids among all; -1 of one that is not there."""
    codes, different = pd.factorize(pd.Series(wanted, dtype="str"))
    found: np.ndarray = pd.Index(ids, dtype=object).get_indexer(pd.Index(different, dtype=object))
    return np.append(found, -1)[codes]


def _check_columns(frame: pd.DataFrame, what: str, second: str) -> None:
    for column in ("customer_id", second):
        if column not in frame.columns:
            raise UnusableInteractions(f"'{what}' has no column '{column}'{nearest(column, frame.columns)}")
        # A label may be missing; an id may not: sales without a customer would all become one customer.
        if column != "segment" and frame[column].isna().any():
            raise UnusableInteractions(
                f"'{what}' has {frame[column].isna().sum()} rows without {column}; drop them first"
            )


def _coded(*columns: pd.Series) -> tuple[np.ndarray, list[np.ndarray]]:
    """All different ids in order, and the places of those of each column among them."""
    coded = [pd.factorize(column.astype("str")) for column in columns]
    ids = np.array(sorted({each for _, different in coded for each in different}), dtype=object)
    index = pd.Index(ids, dtype=object)
    return ids, [index.get_indexer(pd.Index(different, dtype=object))[codes] for codes, different in coded]


def _ones(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> "csr_array":
    from scipy.sparse import csr_array

    matrix = csr_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
