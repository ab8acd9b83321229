"""Nearest items: those whose owners are the owners of what the customer has.

Belongs here: how near two items are, by Jaccard and by BM25, and the score. Does not belong here: what is owned
together within a segment (`also_in_segment`), weights of all items at once (`ease`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
from arcana_assets.recommendations.recommenders.recommender import best

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array


NEIGHBOURS = 50  # items that each item is compared to, at most
# Of BM25. On the real sales file as of 2011-06-01 the best of B from 0.2 to 0.6; bought or not leaves K1 little to say.
K1, B = 100.0, 0.3
MOST_CELLS = 8_000_000  # of a dense block of items x items


class Neighbours:
    """The items nearest to those that the customer owns, by the customers they have in common.

    `jaccard`: customers of both / customers of either. `bm25`: the product of weights in which an item is a document
    and its customers are the words: customers with long lists tell little of an item, and an item with many customers
    has less of each (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009). The 50
    nearest of each item count, equals by item_id, and the score is their sum; 0 for who owns nothing.
    """

    def __init__(self, kind: Literal["jaccard", "bm25"] = "bm25", neighbours: int = NEIGHBOURS) -> None:
        self.kind, self.neighbours = kind, neighbours
        self.name = f"{kind}_neighbours"

    def fit(self, interactions: Interactions) -> Self:
        """Compare all items that have a customer in common."""
        from scipy.sparse import csr_array, eye_array

        self._owned = interactions.owned.astype("float32")
        weighted = self._owned if self.kind == "jaccard" else _bm25(self._owned)
        by_item, owners = weighted.T.tocsr(), np.asarray(self._owned.sum(axis=0)).ravel()
        items, found = len(owners), []
        alone = eye_array(items, format="csr")
        for rows in _item_blocks(items):
            near = by_item[rows] @ weighted
            if items > MOST_ITEMS:  # of many items few have a customer in common: only those are looked at
                row, column, nearness = self._nearest(near.tocoo(), rows, owners)
            else:
                dense = near.toarray()
                if self.kind == "jaccard":
                    dense = dense / (owners[rows][:, None] + owners - dense)
                row, column, _, nearness = best(dense, alone[rows], self.neighbours)
            found.append((rows[row], column, nearness))
        row, column, nearness = (np.concatenate(each) for each in zip(*found, strict=True))
        # The neighbours of an item are a row; a customer's score of Y is the sum over owned X of the row of X.
        self._near = csr_array((nearness, (row, column)), shape=(items, items))
        return self

    def _nearest(
        self, near: "coo_array", rows: np.ndarray, owners: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(row, column, nearness) of the nearest other items of each row, in order; equals by column."""
        row, column, values = near.row, near.col, near.data
        if self.kind == "jaccard":
            values = values / (owners[rows[row]] + owners[column] - values)
        other = (rows[row] != column) & (values > 0)
        row, column, values = row[other], column[other], values[other]
        order = np.lexsort((column, -values, row))
        row, column, values = row[order], column[order], values[order]
        kept = np.arange(len(row)) - np.searchsorted(row, row) < self.neighbours
        return row[kept], column[kept], values[kept]

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The sum of nearnesses to the customer's items, customers x items."""
        return np.asarray((self._owned[customers] @ self._near).toarray(), dtype="float64")


def _bm25(owned: "csr_array") -> "csr_array":
    """Customers x items, weighted: an item is the document, a customer the word.

    How rare a customer is stays above 0 for one who owns everything (as in Lucene), or no two items of a catalogue of
    three would have anything in common.
    """
    weighted = owned.astype("float64").tocoo()
    owners = np.asarray(owned.sum(axis=0)).ravel()
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
