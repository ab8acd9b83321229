"""EASE: items by a linear model of all other items, in closed form.

Belongs here: its fit, its score and its limit of size. Does not belong here: recommenders by common owners
(`neighbours`, `also_in_segment`), which are left out of a large catalogue (`every`).
"""

from typing import TYPE_CHECKING, Self

import numpy as np

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions

if TYPE_CHECKING:
    from scipy.sparse import csr_array


MOST_ITEMS = 10_000  # its matrix is items x items, and the work grows with their cube


class TooManyItems(ArcanaError):
    """Raised where a catalogue is too large for EASE; nearest items serve it as well."""


class Ease:
    """EASE: the items x items weights, none of an item on itself, that best rebuild what customers own from it.

    With `with_segments` the customer's segment and a constant are two more things that a customer has; they are never
    recommended, but give scores to who owns nothing yet: of the constant, what of an item's popularity neither other
    items nor segments explain. Without them such a customer has scores of 0. Holds 12 to 16 bytes for items x items.

    Source: Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019). Raises TooManyItems beyond 10,000 items,
    UnusableInteractions for a regularisation that is not above 0.
    """

    def __init__(self, regularisation: float = 500.0, with_segments: bool = False) -> None:
        if regularisation <= 0:
            raise UnusableInteractions(f"EASE needs a regularisation above 0, such as 500; found {regularisation}")
        self.regularisation, self.with_segments = regularisation, with_segments
        self.name = "ease_with_segments" if with_segments else "ease"

    def fit(self, interactions: Interactions) -> Self:
        """Invert the regularised matrix of common owners."""
        items = len(interactions.items)
        if items > MOST_ITEMS:
            raise TooManyItems(
                f"EASE would hold {items:,} x {items:,} weights; expected at most {MOST_ITEMS:,} items. "
                "Let nearest items serve this catalogue, or group its items."
            )
        self._has, self._items = self._augmented(interactions), items
        gram = np.asarray((self._has.T @ self._has).toarray(), dtype="float64")
        gram[np.diag_indices_from(gram)] += self.regularisation
        self._weights = _weights(gram)[:, :items]
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """How much of each item the customer's other items, and segment, rebuild; customers x items."""
        return np.asarray(self._has[customers] @ self._weights)

    def _augmented(self, interactions: Interactions) -> "csr_array":
        from scipy.sparse import csr_array, hstack

        owned = interactions.owned.astype("float32")
        if not self.with_segments:
            return owned
        labels, of = interactions.parted()
        rows = np.arange(len(of))
        segment = csr_array((np.ones(len(of), dtype="float32"), (rows, of)), shape=(len(of), len(labels)))
        bias = csr_array(np.ones((len(of), 1), dtype="float32"))
        return csr_array(hstack([owned, segment, bias], format="csr"))


def _weights(gram: np.ndarray) -> np.ndarray:
    """I - P / diag(P) by columns, with P the inverse of a symmetric positive matrix, which is overwritten."""
    from scipy.linalg.lapack import dpotrf, dpotri
    from threadpoolctl import threadpool_limits

    if not len(gram):
        return gram.astype("float32")
    # By several threads the sums come in another order, and the last digits of a score with them.
    with threadpool_limits(limits=1, user_api="blas"):
        half, _ = dpotrf(gram.T, lower=1, clean=1, overwrite_a=1)
        inverse, _ = dpotri(half, lower=1, overwrite_c=1)
    diagonal = np.diag(inverse).copy()
    weights: np.ndarray = inverse.astype("float32")
    del gram, half, inverse
    weights += weights.T
    np.fill_diagonal(weights, 0)
    weights /= -diagonal.astype("float32")
    return np.ascontiguousarray(weights)
