"""Recommenders by what is owned together: X also Y in the segment, nearest items, and the closed form of EASE.

Belongs here: their fits and scores. Does not belong here: ranking and what recommenders share (`recommenders`), the
evidence that is shown (`recommendation_evidence`), which one serves (`leaderboard`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.ml.recommenders import Interactions

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEIGHBOURS = 50  # items that each item is compared to, at most
K1, B = 100.0, 0.8  # of BM25: how soon further owners count no more, how much long lists of items are discounted
MOST_ITEMS = 10_000  # of EASE: its matrix is items x items, and the work grows with their cube


class TooManyItems(ArcanaError):
    """Raised where a catalogue is too large for EASE; nearest items serve it as well."""


class AlsoInSegment:
    """Customers of the segment who own X also own Y: the mean over what the customer owns of the share that owns Y.

    Shares of few owners are drawn towards those of the whole base, and these towards the share of all customers who own
    Y, each as if `prior` more owners had been seen.
    """

    name = "also_in_segment"

    def __init__(self, prior: float = 20.0) -> None:
        self.prior = prior

    def fit(self, interactions: Interactions) -> Self:
        """Count owners of each pair of items, in the base and by segment."""
        owned = _floats(interactions.owned)
        self._owned = owned
        self._segments, self._segment_of = np.unique(interactions.segments.astype(str), return_inverse=True)
        self._owners = np.asarray(owned.sum(axis=0)).ravel()
        self._popular = self._owners / max(owned.shape[0], 1)
        self._pairs = _together(owned)
        members = [np.flatnonzero(self._segment_of == place) for place in range(len(self._segments))]
        self._owners_in = [np.asarray(owned[rows].sum(axis=0)).ravel() for rows in members]
        self._pairs_in = [_together(owned[rows]) for rows in members]
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Mean share of owners of the customer's items who also own each item, customers x items."""
        scores = np.zeros((len(customers), self._owned.shape[1]))
        of = self._segment_of[customers]
        for place in np.unique(of):
            rows = np.flatnonzero(of == place)
            mine = self._owned[customers[rows]]
            count = np.maximum(np.asarray(mine.sum(axis=1)).ravel(), 1)[:, None]
            inner = 1 / (self._owners_in[place] + self.prior)
            outer = self.prior * inner / (self._owners + self.prior)
            found = (mine * inner[None, :]) @ self._pairs_in[place] + (mine * outer[None, :]) @ self._pairs
            prior = np.asarray((mine * (self.prior * outer)[None, :]).sum(axis=1)).ravel()[:, None]
            scores[rows] = (found.toarray() + prior * self._popular) / count
        return scores


class Neighbours:
    """The items nearest to those that the customer owns, by the customers they have in common.

    `jaccard`: customers of both / customers of either. `bm25`: the product of weights that discount customers with long
    lists and, the more customers own an item, its next one (Robertson and Walker 1994, as used for items by implicit
    feedback recommenders). The 50 nearest of each item count, and the score is their sum.
    """

    def __init__(self, kind: Literal["jaccard", "bm25"] = "bm25", neighbours: int = NEIGHBOURS) -> None:
        self.kind, self.neighbours = kind, neighbours
        self.name = f"{kind}_neighbours"

    def fit(self, interactions: Interactions) -> Self:
        """Compare all items that have a customer in common."""
        owned = _floats(interactions.owned)
        self._owned = owned
        if self.kind == "jaccard":
            near = _together(owned).tocoo()
            owners = np.asarray(owned.sum(axis=0)).ravel()
            near.data = near.data / (owners[near.row] + owners[near.col] - near.data)
            self._near = _nearest(near.tocsr(), self.neighbours)
        else:
            weighted = _bm25(owned)
            self._near = _nearest((weighted.T @ weighted).tocsr(), self.neighbours)
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The sum of nearnesses to the customer's items, customers x items."""
        return np.asarray((self._owned[customers] @ self._near).toarray())


class Ease:
    """EASE: the items x items weights, none of an item on itself, that best rebuild what customers own from it.

    With `with_segments` the customer's segment and a constant are two more things that a customer has; they are never
    recommended, but say something of who owns nothing yet. Source: Steck, Embarrassingly Shallow Autoencoders for
    Sparse Data (2019). Raises TooManyItems beyond 10,000 items.
    """

    def __init__(self, regularisation: float = 500.0, with_segments: bool = False) -> None:
        self.regularisation, self.with_segments = regularisation, with_segments
        self.name = "ease_with_segments" if with_segments else "ease"

    def fit(self, interactions: Interactions) -> Self:
        """Invert the regularised matrix of common owners."""
        from scipy.linalg import cho_factor, cho_solve

        items = len(interactions.items)
        if items > MOST_ITEMS:
            raise TooManyItems(
                f"EASE would hold {items:,} x {items:,} weights; expected at most {MOST_ITEMS:,} items. "
                "Let nearest items serve this catalogue, or group its items."
            )
        self._has, self._items = self._augmented(interactions), items
        gram = np.asarray(_together(self._has).toarray(), dtype="float64")
        gram[np.diag_indices_from(gram)] += self.regularisation
        inverse = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), np.eye(len(gram)), overwrite_b=True)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0)
        self._weights = weights[:, :items].astype("float32")
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """How much of each item the customer's other items, and segment, rebuild; customers x items."""
        return np.asarray(self._has[customers] @ self._weights)

    def _augmented(self, interactions: Interactions) -> "csr_array":
        from scipy.sparse import csr_array, hstack

        owned = _floats(interactions.owned)
        if not self.with_segments:
            return owned
        labels, of = np.unique(interactions.segments.astype(str), return_inverse=True)
        rows = np.arange(len(of))
        segment = csr_array((np.ones(len(of), dtype="float32"), (rows, of)), shape=(len(of), len(labels)))
        bias = csr_array(np.ones((len(of), 1), dtype="float32"))
        return csr_array(hstack([owned, segment, bias], format="csr"))


def _floats(matrix: "csr_array") -> "csr_array":
    return matrix.astype("float32")


def _together(owned: "csr_array") -> "csr_array":
    """Items x items: how many customers own both."""
    return (owned.T @ owned).tocsr()


def _bm25(owned: "csr_array") -> "csr_array":
    """Customers x items, weighted: an item is the document, a customer the word."""
    weighted = owned.astype("float64").tocoo()
    owners = np.asarray(owned.sum(axis=0)).ravel()
    lists = np.asarray(owned.sum(axis=1)).ravel()
    rarity = np.log(owned.shape[1]) - np.log1p(lists)
    length = (1 - B) + B * owners / max(owners.mean(), 1e-12)
    weighted.data = weighted.data * (K1 + 1) / (K1 * length[weighted.col] + weighted.data) * rarity[weighted.row]
    return weighted.tocsr()


def _nearest(near: "csr_array", most: int) -> "csr_array":
    """Of each row the `most` largest values, without the diagonal; equals go to the lower column."""
    from scipy.sparse import csr_array

    coo = near.tocoo()
    kept = (coo.row != coo.col) & (coo.data > 0)
    row, column, value = coo.row[kept], coo.col[kept], coo.data[kept]
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    first = np.arange(len(row)) - np.searchsorted(row, row)
    best = first < most
    # The neighbours of an item are a row; a customer's score of Y is the sum over owned X of the row of X.
    return csr_array((value[best], (row[best], column[best])), shape=near.shape)


def every_recommender(items: int, segments: Sequence[str]) -> list[object]:
    """All that the leaderboard compares, from the simplest on; without EASE where the catalogue is too large for it."""
    from arcana_assets.ml.recommenders import Popular, PopularInSegment

    found: list[object] = [Popular(), PopularInSegment(), AlsoInSegment(), Neighbours("jaccard"), Neighbours("bm25")]
    if items <= MOST_ITEMS:
        found += [Ease(), *([Ease(with_segments=True)] if len(set(segments)) > 1 else [])]
    return found
