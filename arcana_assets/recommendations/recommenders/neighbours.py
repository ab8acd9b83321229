"""Nearest items: those whose owners are the owners of what the customer has.

Belongs here: how near two items are, by Jaccard and by BM25, and the score. Does not belong here: what is owned
together within a segment (`also_in_segment`), weights of all items at once (`ease`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import pandas as pd

from arcana_assets.recommendations.base.counts import MOST_KEPT, MOST_PRODUCTS, Base, Products
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
from arcana_assets.recommendations.recommenders.recommender import best

if TYPE_CHECKING:
    from scipy.sparse import csr_array


NEIGHBOURS = 50  # items that each item is compared to, at most
# Of BM25. On the real sales file as of 2011-06-01 the best of B from 0.2 to 0.6; bought or not leaves K1 little to say.
K1, B = 100.0, 0.3
MOST_CELLS = 8_000_000  # of a dense block of items x items
MOST_TOLD = 200  # items that a customer tells of, in a catalogue too large to hold pairs of its items
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)


class Neighbours:
    """The items nearest to those that the customer owns, by the customers they have in common.

    `jaccard`: customers of both / customers of either. `bm25`: the product of weights in which an item is a document
    and its customers are the words: customers with long lists tell little of an item, and an item with many customers
    has less of each (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009). The 50
    nearest of each item count, equals by item_id, and the score is their sum; 0 for who owns nothing.

    In a catalogue of more than 10,000 items the nearest are sought among those that may be recommended, and of a
    customer who owns more than 200 items as many tell which are near, drawn by chance: the work grows with the square
    of a list, and who owns a bit of everything tells little. Source: the interaction cut of Schelter, Boden and Markl,
    Scalable Similarity-Based Neighborhood Methods with MapReduce (2012). The score counts all that a customer owns.
    """

    def __init__(self, kind: Literal["jaccard", "bm25"] = "bm25", neighbours: int = NEIGHBOURS) -> None:
        self.kind, self.neighbours = kind, neighbours
        self.name = f"{kind}_neighbours"

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Compare all items that have a customer in common."""
        from scipy.sparse import csr_array

        base = interactions.base
        items = len(base.items)
        among = np.arange(items) if among is None else among
        row, column, nearness = (self._of_many if items > MOST_ITEMS else self._of_few)(base, among)
        # The neighbours of an item are a row; a customer's score of Y is the sum over owned X of the row of X.
        self._near = csr_array((nearness, (row, column)), shape=(items, len(among)))
        return self.on(interactions)

    def on(self, interactions: Interactions) -> Self:
        """Of a customer what is owned counts."""
        self._owned = interactions.owned.astype("float32")
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The sum of nearnesses to the customer's items, customers x items."""
        return np.asarray((self._owned[customers] @ self._near).toarray())

    def _of_few(self, base: Base, among: np.ndarray) -> tuple[np.ndarray, ...]:
        """Item, place among the items that are scored, and nearness, of each item and those nearest of all."""
        from scipy.sparse import eye_array

        items, found = len(base.items), []
        alone, owners = eye_array(items, format="csr"), base.owners.astype("float32")
        products = None if self.kind == "jaccard" else Products(base, self._weighted)
        for rows in _item_blocks(items):
            if products is None:
                near = base.together[rows]
                near /= owners[rows][:, None] + owners - near
            else:
                near = products.rows(rows).toarray()
            row, column, _, nearness = best(near, alone[rows], self.neighbours)
            found.append((rows[row], column, nearness))
        row, column, nearness = (np.concatenate(each) for each in zip(*found, strict=True))
        place = np.full(items, -1)
        place[among] = np.arange(len(among))
        wanted = place[column] >= 0
        return row[wanted], place[column[wanted]], nearness[wanted]

    def _of_many(self, base: Base, among: np.ndarray) -> tuple[np.ndarray, ...]:
        """Likewise, of each item and those nearest among the items that are scored, by what customers tell."""
        products = Products(base, self._told, among)
        owners, found = products.owners().astype("float32"), []
        of_others = owners[among]
        for rows in products.chunks(MOST_PRODUCTS if base.kept is None else MOST_KEPT):
            near = products.rows(rows)
            if self.kind == "jaccard":
                near.data /= np.repeat(owners[rows], np.diff(near.indptr)) + of_others[near.indices] - near.data
            row, place = _highest(near, rows, among, self.neighbours)
            found.append((rows[row], near.indices[place], near.data[place]))
        row, column, nearness = (np.concatenate(each) for each in zip(*found, strict=True))
        return row, column, nearness

    def _weighted(self, block: Interactions) -> "csr_array":
        """What each customer tells of each item, customers x items."""
        owned = block.owned.astype("float32")
        return owned if self.kind == "jaccard" else _bm25(owned, block.base.owners.astype("float32"))

    def _told(self, block: Interactions) -> "csr_array":
        """Likewise, with no more than so many items of a customer."""
        # Weights are of whole lists: a customer with a long one tells little, whichever items are drawn of it.
        return _at_most(self._weighted(block), block, MOST_TOLD).astype("float32")


def _highest(near: "csr_array", rows: np.ndarray, columns: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """(row, place in the data) of the highest `top` values above 0 of each row, by row; equals by column.

    Takes values of single precision, and the items of the rows and columns; that of an item and itself is left out.
    """
    lengths, seen = np.diff(near.indptr), top + 1  # an item may be nearest to itself
    # The best of `seen` groups of values are `seen` values: what is below the least of these is none of the highest.
    size = np.maximum(lengths // (4 * seen), 1)
    groups = -(-lengths // size)
    bar = np.zeros(len(lengths), dtype=near.dtype)
    if near.nnz:
        group = np.arange(groups.sum()) - np.repeat(np.cumsum(groups) - groups, groups)
        starts = np.repeat(near.indptr[:-1], groups) + group * np.repeat(size, groups)
        firsts = np.zeros((len(lengths), max(groups.max(), seen)), dtype=near.dtype)
        firsts[np.repeat(np.arange(len(lengths)), groups), group] = np.maximum.reduceat(near.data, starts)
        bar = np.partition(firsts, firsts.shape[1] - seen, axis=1)[:, firsts.shape[1] - seen]
    place = np.flatnonzero(near.data >= np.repeat(np.maximum(bar, np.finfo(near.dtype).tiny), lengths))
    row = np.repeat(np.arange(len(lengths)), np.diff(np.searchsorted(place, near.indptr)))
    other = rows[row] != columns[near.indices[place]]
    row, place = row[other], place[other]
    # Of positive numbers the bits are in their order: one key sorts rows, and the values of each from the highest on.
    key = (row.astype("uint64") << np.uint64(32)) | (~near.data[place].view("uint32")).astype("uint64")
    counts = np.bincount(row, minlength=len(lengths))
    last = np.cumsum(counts) - counts + np.minimum(counts, top) - 1
    least = np.sort(key)[last[row]] if len(key) else key
    equal, kept = np.flatnonzero(key == least), key < least
    # Of those as high as the last one as many as there is room for: a sort of these alone.
    room = np.minimum(counts, top) - np.bincount(row[kept], minlength=len(lengths))
    equal = equal[np.lexsort((near.indices[place[equal]], row[equal]))]
    found = np.bincount(row[equal], minlength=len(lengths))
    kept[equal[np.arange(len(equal)) - np.repeat(np.cumsum(found) - found, found) < room[row[equal]]]] = True
    return row[kept], place[kept]


def _at_most(owned: "csr_array", interactions: Interactions, most: int) -> "csr_array":
    """Customers x items, with no more than `most` items of a customer, drawn by chance.

    By a hash of customer and item: whether an item is drawn hangs on what else its customer owns, on nobody else.
    """
    from scipy.sparse import csr_array

    lengths = np.diff(owned.indptr)
    if lengths.max(initial=0) <= most:
        return owned
    customer = np.repeat(np.arange(len(lengths)), lengths)
    who, what = (pd.util.hash_array(ids.astype(object)) for ids in (interactions.customers, interactions.items))
    # The upper half of a product of 64 bits hangs on all of the lower ones.
    drawn = ((who[customer] ^ what[owned.indices]) * _ODD) >> np.uint64(32)
    order = np.lexsort((owned.indices, drawn, customer))
    kept = np.sort(order[np.arange(owned.nnz) - owned.indptr[customer] < most])
    return csr_array((owned.data[kept], (customer[kept], owned.indices[kept])), shape=owned.shape)


def _bm25(owned: "csr_array", owners: np.ndarray) -> "csr_array":
    """Customers x items, weighted: an item is the document, a customer the word. `owners` are those of all customers.

    How rare a customer is stays above 0 for one who owns everything (as in Lucene), or no two items of a catalogue of
    three would have anything in common.
    """
    weighted = owned.astype("float64").tocoo()
    lists = np.asarray(owned.sum(axis=1)).ravel()
    rarity = np.log1p((owned.shape[1] - lists + 0.5) / (lists + 0.5))
    length = (1 - B) + B * owners * len(owners) / max(owners.sum(), 1)
    weighted.data = weighted.data * (K1 + 1) / (K1 * length[weighted.col] + weighted.data) * rarity[weighted.row]
    return weighted.tocsr()


def _item_blocks(items: int) -> Iterator[np.ndarray]:
    """Places of items, so many at a time that a block x items stays small; one empty block where there are none."""
    size = max(1, MOST_CELLS // max(items, 1))
    for start in range(0, max(items, 1), size):
        yield np.arange(start, min(start + size, items))
