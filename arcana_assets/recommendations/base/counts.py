"""Counts: what is counted of all customers of a base, however few of them are in memory at once.

Recommenders and evidence learn from counts alone, and counts add up over blocks of customers. Belongs here: these
counts, and sums over all customers by pairs of items. Does not belong here: who has what (`interactions`), where blocks
come from (`blocks`), what is made of counts (`recommenders`, `evidence`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from arcana_assets.recommendations.interactions import Interactions

Weigh = Callable[["Interactions"], "csr_array"]
"""Of a block of customers what each has of each item, customers x items."""

MOST_PRODUCTS = 2_000_000  # of two weights, in rows of a sparse product, while all customers are in memory
MOST_KEPT = 16_000_000  # likewise where each part of it reads all blocks again
_EXACT = 2**24  # customers whose counts single precision tells apart


class PairsOfItems(Protocol):
    """Items x some items: a number of customers, or a sum over customers, of each pair."""

    def rows(self, rows: np.ndarray) -> "csr_array":
        """The rows of these items."""
        ...


@dataclass(frozen=True, eq=False)
class Base:
    """All customers as recommenders see them.

    `items` are sorted ids, `labels` the segments in order, "" among them where somebody has none. `owned` and `recent`
    are segments x items: the customers who own the item, or got it lately; `sizes` all customers of each segment.
    `blocks` are the customers themselves, each in one block, as often as they are asked for. Where they are more than
    one, counts of pairs wait in the folder `kept`; those of fewer than `least` customers do not where items are more
    than `dense`.
    """

    items: np.ndarray
    labels: np.ndarray
    customers: int
    owned: np.ndarray
    recent: np.ndarray
    sizes: np.ndarray
    blocks: Callable[[], Iterable["Interactions"]]
    kept: Path | None = None
    least: int = 1
    dense: int = 10_000
    _last: dict[str, "csr_array"] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, interactions: "Interactions") -> "Base":
        """The base that these customers are."""
        labels, _ = interactions.parted()
        owned, sizes = interactions.by_segment(interactions.owned)
        recent = owned if interactions.recent is interactions.owned else interactions.by_segment(interactions.recent)[0]
        return cls(
            interactions.items, labels, len(interactions.customers), owned, recent, sizes, lambda: [interactions]
        )

    @cached_property
    def owners(self) -> np.ndarray:
        """Customers who own each item."""
        found: np.ndarray = self.owned.sum(axis=0)
        return found

    @cached_property
    def together(self) -> np.ndarray:
        """Customers who own both of each two items, items x items: 4 bytes each, so for small catalogues only."""
        found = None
        for block in self.blocks():
            owned = _owned(block)
            both = np.asarray((owned.T @ owned).toarray()).astype(self._kind, copy=False)
            found = both if found is None else np.add(found, both, out=found)
        return np.zeros((len(self.items),) * 2, self._kind) if found is None else found

    def pairs(self, columns: np.ndarray, place: int | None = None) -> PairsOfItems:
        """Customers who own both of two items, items x the items `columns`: those of a segment, or of all."""
        if self.kept is None:
            return Products(self, _owned, columns, place)
        return _Some(self._table(place, self.kept), columns)

    @property
    def _kind(self) -> str:
        return "float32" if self.customers < _EXACT else "float64"

    def _table(self, place: int | None, folder: Path) -> "csr_array":
        """Items x items of a segment, or of all, made once; the one asked for last stays in memory."""
        from scipy.sparse import csr_array, vstack

        name = "all" if place is None else f"{place}"
        if name not in self._last:
            self._last.clear()
            files = [folder / f"pairs-{name}-{part}.npy" for part in ("data", "indices", "indptr")]
            if not files[-1].exists():
                products = Products(self, _owned, place=place)
                parts = [_of_at_least(products.rows(rows), self._least) for rows in products.chunks(MOST_KEPT)]
                table = csr_array(vstack(parts, format="csr"))
                for file, values in zip(files, (table.data, table.indices, table.indptr), strict=True):
                    np.save(file, values)
            found = tuple(np.load(file, allow_pickle=False) for file in files)
            self._last[name] = csr_array(found, shape=(len(self.items),) * 2)
        return self._last[name]

    @property
    def _least(self) -> int:
        return self.least if len(self.items) > self.dense else 1


class Products:
    """Items x items: the sums over all customers of what they have of the one times what they have of the other.

    Of all customers in memory these are made as one product. Of blocks they are the sum of theirs: counts are the same;
    sums of weights may differ in the last digits, as they are added in another order.
    """

    def __init__(self, base: Base, weigh: Weigh, columns: np.ndarray | None = None, place: int | None = None) -> None:
        self._base, self._weigh, self._columns, self._place = base, weigh, columns, place
        self._held = list(self._weighed()) if base.kept is None else None

    def rows(self, rows: np.ndarray) -> "csr_array":
        """The rows of these items, items x the items that were asked for."""
        found = None
        for by_item, others in self._parts():
            part = by_item[rows] @ others
            found = part if found is None else found + part
        assert found is not None, "a base has a block, be it of nobody"
        return found

    def owners(self) -> np.ndarray:
        """Customers who have something of each item."""
        found: np.ndarray = np.sum([np.diff(by_item.indptr) for by_item, _ in self._parts()], axis=0)
        return found

    def chunks(self, most: int = MOST_PRODUCTS) -> Iterator[np.ndarray]:
        """Places of items, so many at a time that their rows take no more than about `most` products."""
        each = np.sum(
            [by_item.astype(bool).astype("float64") @ np.diff(others.indptr) for by_item, others in self._parts()],
            axis=0,
        )
        if self._held is None:  # what is summed up is no larger than all its cells
            each = np.minimum(each, len(self._base.items) if self._columns is None else len(self._columns))
        work = np.cumsum(each)
        if not len(work):
            yield np.arange(0)
            return
        bounds = np.searchsorted(work, np.arange(most, work[-1] + most, most)) + 1
        edges = np.unique(np.concatenate([[0], np.minimum(bounds, len(work))]))
        for start, end in pairwise(edges):
            yield np.arange(start, end)

    def _parts(self) -> Iterable[tuple["csr_array", "csr_array"]]:
        return self._weighed() if self._held is None else self._held

    def _weighed(self) -> Iterator[tuple["csr_array", "csr_array"]]:
        """Of each block what customers have, items x customers, and customers x the items that are asked for."""
        for block in self._base.blocks():
            weighted = self._weigh(block)
            if self._place is not None:
                weighted = weighted[np.flatnonzero(block.parted()[1] == self._place)]
            yield weighted.T.tocsr(), weighted if self._columns is None else weighted[:, self._columns]


class _Some:
    """Some columns of a table of items x items."""

    def __init__(self, table: "csr_array", columns: np.ndarray) -> None:
        self._table, self._columns = table, columns

    def rows(self, rows: np.ndarray) -> "csr_array":
        return self._table[rows][:, self._columns]


def _owned(block: "Interactions") -> "csr_array":
    return block.owned.astype("float32")


def _of_at_least(counts: "csr_array", least: int) -> "csr_array":
    """Without the counts that are below."""
    if least > 1:
        counts.data[counts.data < least] = 0
        counts.eliminate_zeros()
    return counts
