"""Popularity: what most customers bought, of the whole base or of the segment.

Belongs here: their fits and scores. Does not belong here: recommenders by what is owned together (`also_in_segment`,
`neighbours`, `ease`).
"""

from typing import Self

import numpy as np

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.recommender import some


class Popular:
    """The most bought items of the whole base: the score is the share of all customers who got the item lately."""

    name = "popular"

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Count recent buyers by item."""
        base = interactions.base
        self.shares = some(base.recent.sum(axis=0) / max(base.customers, 1), among)
        return self

    def on(self, interactions: Interactions) -> Self:
        """Nothing of a customer counts."""
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

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Count buyers by segment and item."""
        base = interactions.base
        shares = np.where((base.labels == "")[:, None], 0.0, base.recent / np.maximum(base.sizes, 1)[:, None])
        self.shares = some(shares, among)
        return self.on(interactions)

    def on(self, interactions: Interactions) -> Self:
        """Of a customer the segment counts."""
        _, self._segment_of = interactions.parted()
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Share of the customer's segment that bought each item, customers x items."""
        return self.shares[self._segment_of[customers]]
