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

    def fit(self, interactions: Interactions) -> Self:
        """Learn from the interactions; returns itself."""
        ...

    def score(self, customers: np.ndarray) -> np.ndarray:
        """Scores, customers x items, of a block of customers; higher is better, 0 or less is no recommendation."""
        ...


Allowed = Callable[[np.ndarray], np.ndarray]
"""Of a block of customers (places), which items each may be recommended: customers x items, true or false."""


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
