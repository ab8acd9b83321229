"""X also Y in the segment: who owns what the customer owns, and what else they own.

Belongs here: its fit and score. Does not belong here: the same share as evidence that a seller reads (`evidence`).
"""

from typing import Self

import numpy as np

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.recommender import some

MOST_SHARES = 80_000_000  # held at once, of all segments; beyond, of a segment at a time


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

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Count owners of each pair of items, in the base and by segment."""
        base = interactions.base
        self._among = np.arange(len(base.items)) if among is None else among
        self._base, self._together = base, some(base.together, among)
        self._popular = some((base.owners / max(base.customers, 1)).astype("float32"), among)
        segments = len(base.labels)
        self._held = segments if segments * self._together.size <= MOST_SHARES else 1
        self._tables = dict[int, np.ndarray]()
        return self.on(interactions)

    def on(self, interactions: Interactions) -> Self:
        """Of a customer the segment and what is owned count."""
        self._owned, (_, self._segment_of) = interactions.owned.astype("float32"), interactions.parted()
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """The best share of owners of one of the customer's items who also own each item, customers x items."""
        scores = np.zeros((len(customers), len(self._among)), dtype="float32")
        of = self._segment_of[customers]
        for place in np.unique(of):
            table = self._table(int(place))
            rows = np.flatnonzero(of == place)
            mine = self._owned[customers[rows]]
            # Customer by customer: the rows of one customer's items stay in the processor's cache.
            for row, first, after in zip(rows, mine.indptr[:-1], mine.indptr[1:], strict=True):
                if after > first:
                    table[mine.indices[first:after]].max(axis=0, out=scores[row])
        return scores

    def _table(self, place: int) -> np.ndarray:
        """The shares of a segment; of too many to hold, those that were asked for last stay."""
        if place not in self._tables:
            if len(self._tables) >= self._held:
                self._tables.clear()
            self._tables[place] = self._shares(place)
        return self._tables[place]

    def _shares(self, place: int) -> np.ndarray:
        """Of the owners of each item in a segment the shares who own each other item, items x items."""
        base, known = self._base, 1.0 if self._base.labels[place] else 0.0
        inner = 1 / (base.owned[place].astype("float32") * known + self.prior)
        lent = self.prior * inner / (base.owners + self.prior)
        shares: np.ndarray = base.pairs(self._among, place).rows(np.arange(len(base.items))).toarray()
        shares *= (known * inner).astype("float32")[:, None]
        shares += self._together * lent.astype("float32")[:, None]
        shares += (self.prior * lent).astype("float32")[:, None] * self._popular
        return shares
