"""Recommenders by what is owned together: X also Y in the segment, nearest items; and the list of all recommenders.

Belongs here: their fits and scores. Does not belong here: ranking and what recommenders share (`recommenders`), EASE
(`recommenders_ease`), the evidence that is shown (`recommendation_evidence`), which one serves (`leaderboard`).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from arcana_assets.ml.recommenders import Interactions, Popular, PopularInSegment, Recommender, best
from arcana_assets.ml.recommenders_ease import MOST_ITEMS, Ease

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array

NEIGHBOURS = 50  # items that each item is compared to, at most
# Of BM25. On the real sales file as of 2011-06-01 the best of B from 0.2 to 0.6; bought or not leaves K1 little to say.
K1, B = 100.0, 0.3
MOST_CELLS = 8_000_000  # of a dense block of items x items


class AlsoInSegment:
    """Customers of the segment who own X also own Y: of what the customer owns, the X whose owners own Y most often.

    The score is the share of X's owners in the segment who own Y. Shares of few owners are drawn towards those of the
    whole base, and these towards the share of all customers who own Y, each as if `prior` more owners had been seen.
    A customer without a segment is scored by the whole base; one who owns nothing has scores of 0.

    The best X, not the mean or the sum over all: on the real file as of 2011-09-01 its nDCG at 10 is .105, theirs are
    .071 and .072; likewise as of 2011-06-01.
    """

    name = "also_in_segment"

    def __init__(self, prior: float = 50.0) -> None:
        self.prior = prior

    def fit(self, interactions: Interactions) -> Self:
        """Count owners of each pair of items, in the base and by segment."""
        from scipy.sparse import csr_array

        owned = interactions.owned.astype("float32")
        self._owned = owned
        self._segments, self._segment_of = np.unique(interactions.segments.astype(str), return_inverse=True)
        owners = np.asarray(owned.sum(axis=0)).ravel()
        self._popular = (owners / max(owned.shape[0], 1)).astype("float32")
        outer = 1 / (owners + self.prior)
        inside = [owned[self._segment_of == place] for place in range(len(self._segments))]
        pairs_in = [(mine.T @ mine).tocsr() for mine in inside]
        pairs = sum(pairs_in, start=csr_array((len(owners), len(owners)), dtype="float32"))
        self._above, self._of_popular = [], []
        for label, mine, both in zip(self._segments, inside, pairs_in, strict=True):
            known = 1.0 if label else 0.0
            inner = 1 / (np.asarray(mine.sum(axis=0)).ravel() * known + self.prior)
            lent = self.prior * inner * outer
            above = both * (known * inner)[:, None] + pairs * lent[:, None]
            self._above.append(above.tocsr().astype("float32"))
            self._of_popular.append((self.prior * lent).astype("float32"))
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The best share of owners of one of the customer's items who also own each item, customers x items."""
        scores = np.zeros((len(customers), self._owned.shape[1]))
        of = self._segment_of[customers]
        for place in np.unique(of):
            rows = np.flatnonzero(of == place)
            mine = self._owned[customers[rows]]
            rows, mine = rows[np.diff(mine.indptr) > 0], mine[np.diff(mine.indptr) > 0]
            everything = np.arange(scores.shape[1])
            table = self._shares(place, everything) if len(everything) ** 2 <= MOST_CELLS * 2 else None
            # Customer by customer: the rows of one customer's items stay in the processor's cache.
            for row, first, after in zip(rows, mine.indptr[:-1], mine.indptr[1:], strict=True):
                items = mine.indices[first:after]
                shares = table[items] if table is not None else self._shares(place, items)
                scores[row] = shares.max(axis=0)
        return scores

    def _shares(self, place: int, items: np.ndarray) -> np.ndarray:
        """Of the owners of some items the shares who own each other item, items x items."""
        lent = self._of_popular[place][items][:, None] * self._popular
        return np.asarray(self._above[place][items].toarray() + lent)


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


def every_recommender(items: int, segments: Sequence[str]) -> list[Recommender]:
    """All that the leaderboard compares, from the simplest on.

    Of a catalogue too large to hold pairs of its items, only popularity and nearest items.
    """
    small = items <= MOST_ITEMS
    found: list[Recommender] = [Popular(), PopularInSegment(), *([AlsoInSegment()] if small else [])]
    found += [Neighbours("jaccard"), Neighbours("bm25")]
    if small:
        found += [Ease(), *([Ease(with_segments=True)] if len(set(segments)) > 1 else [])]
    return found
