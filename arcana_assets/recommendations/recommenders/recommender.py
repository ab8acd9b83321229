"""What every recommender offers, and the best of the scores that it gives.

Belongs here: the interface, and choosing columns of a matrix of scores. Does not belong here: a recommender (a file
each), the lists of customers (`ranking`).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

from arcana_assets.recommendations.interactions import Interactions

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class Recommender(Protocol):
    """What every recommender offers; rows are places in `Interactions.customers`, columns in `Interactions.items`."""

    name: str

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Learn from the base of the interactions to score the items `among` (places in order; all by default).

        Returns itself, to score the customers of these interactions.
        """
        ...

    def on(self, interactions: Interactions) -> Self:
        """Returns itself, to score the customers of another block of the base that it was fitted on."""
        ...

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Scores of a block of customers, customers x items `among`, in an array that the caller may overwrite.

        Higher is better, 0 or less is no recommendation.
        """
        ...


Allowed = Callable[[np.ndarray], np.ndarray]
"""Of a block of customers (places), which items each may be recommended: customers x items, or 1 x items where the
same for all of them; true or false."""


_GROUP = 32  # columns of which only the best is looked at first


def best(scores: np.ndarray, left_out: "csr_array", top: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(row, column, rank from 1, score) of the best `top` columns of each row, in order; equals by column.

    Takes scores, which are overwritten, and what is left out of them, both rows x columns; a score of 0 or less is left
    out too.
    """
    height, width = scores.shape
    scores[np.repeat(np.arange(height), np.diff(left_out.indptr)), left_out.indices] = 0
    # The best of `top` groups of columns are `top` scores: what is below the least of these is none of the best.
    group = max(1, min(_GROUP, width // (4 * top)))
    whole = width - width % group
    firsts = scores[:, :whole].reshape(height, group, whole // group).max(axis=1)
    firsts = np.hstack([firsts, scores[:, whole:]])
    bar = np.zeros(height, dtype=scores.dtype)
    if firsts.shape[1] > top:
        bar = np.partition(firsts, firsts.shape[1] - top, axis=1)[:, firsts.shape[1] - top]
    enough = scores >= bar[:, None]
    if (bar <= 0).any():
        enough &= scores > 0
    rows, columns = np.divmod(np.flatnonzero(enough), max(width, 1))
    found = scores[rows, columns].astype("float64")
    order = np.lexsort((columns, -found, rows))
    rows, columns, found = rows[order], columns[order], found[order]
    ranks = np.arange(len(rows)) - np.searchsorted(rows, rows) + 1
    kept = ranks <= top
    return rows[kept], columns[kept], ranks[kept], found[kept]


def some(values: np.ndarray, among: np.ndarray | None) -> np.ndarray:
    """The columns of the items `among`, of an array whose last axis are items; all of them without."""
    return values if among is None else np.ascontiguousarray(values[..., among])
