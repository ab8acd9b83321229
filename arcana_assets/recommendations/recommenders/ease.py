"""EASE: items by a linear model of all other items, in closed form.

Belongs here: its fit, its score and its limit of size. Does not belong here: recommenders by common owners
(`neighbours`, `also_in_segment`), which are left out of a large catalogue (`every`).
"""

from typing import Self

import numpy as np

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions

MOST_ITEMS = 10_000  # its matrix is items x items, and the work grows with their cube


class TooManyItems(ArcanaError):
    """Raised where a catalogue is too large for EASE; nearest items serve it as well."""


class Ease:
    """EASE: the items x items weights, none of an item on itself, that best rebuild what customers own from it.

    With `with_segments` the customer's segment and a constant are two more things that a customer has; they are never
    recommended, but give scores to who owns nothing yet: of the constant, what of an item's popularity neither other
    items nor segments explain. Without them such a customer has scores of 0. Holds 16 bytes for items x items.

    Most of the work is an inverse of items x items. One with segments takes it over from plain EASE, where that is
    given as `after` and was fitted on the same interactions last; what segments add to it is of a rank as low as their
    number (the inverse of a matrix in blocks, by its Schur complement).

    Source: Steck, Embarrassingly Shallow Autoencoders for Sparse Data (2019). Raises TooManyItems beyond 10,000 items,
    UnusableInteractions for a regularisation that is not above 0.
    """

    def __init__(self, regularisation: float = 500.0, with_segments: bool = False, after: "Ease | None" = None) -> None:
        if regularisation <= 0:
            raise UnusableInteractions(f"EASE needs a regularisation above 0, such as 500; found {regularisation}")
        self.regularisation, self.with_segments, self._after = regularisation, with_segments, after
        self.name = "ease_with_segments" if with_segments else "ease"
        self._lent: tuple[Base, np.ndarray] | None = None

    def fit(self, interactions: Interactions, among: np.ndarray | None = None) -> Self:
        """Invert the regularised matrix of common owners."""
        base = interactions.base
        items = len(base.items)
        if items > MOST_ITEMS:
            raise TooManyItems(
                f"EASE would hold {items:,} x {items:,} weights; expected at most {MOST_ITEMS:,} items. "
                "Let nearest items serve this catalogue, or group its items."
            )
        among = np.arange(items) if among is None else among
        inverse, rest = self._taken_over(base), np.zeros((0, items))
        if inverse is None:
            inverse = _inverse(base.together, self.regularisation)
        if self.with_segments:
            inverse, rest = self._with_segments(base, inverse)
        else:
            self._lent = base, inverse
        # Of I - P / diag(P), P being the inverse, the columns that are scored; no item speaks for itself.
        scale = -np.diag(inverse)[among].astype("float32")
        weights = np.vstack([inverse[:, among].astype("float32"), rest[:, among].astype("float32")])
        weights[among, np.arange(len(among))] = 0
        weights /= scale
        self._weights = weights
        return self.on(interactions)

    def on(self, interactions: Interactions) -> Self:
        """Of a customer what is owned counts, and with segments the segment and the constant."""
        from scipy.sparse import csr_array, hstack

        self._has = interactions.owned.astype("float32")
        if self.with_segments:
            labels, of = interactions.parted()
            ones = np.ones(len(of), dtype="float32")
            segment = csr_array((ones, (np.arange(len(of)), of)), shape=(len(of), len(labels)))
            self._has = csr_array(hstack([self._has, segment, ones[:, None]], format="csr"))
        return self

    def score(self, customers: np.ndarray) -> np.ndarray:
        """How much of each item the customer's other items, and segment, rebuild; customers x items."""
        return np.asarray(self._has[customers] @ self._weights)

    def _taken_over(self, base: Base) -> np.ndarray | None:
        """The inverse of plain EASE, which has no more use for it."""
        lent = (
            self._after._lent if self._after is not None and self._after.regularisation == self.regularisation else None
        )
        if self._after is None or lent is None or lent[0] is not base:
            return None
        self._after._lent = None
        return lent[1]

    def _with_segments(self, base: Base, inverse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The columns of items of the inverse for what customers have, segment and constant included.

        The rows of items and those of the rest. Overwrites the inverse, which is that of items alone.
        """
        from threadpoolctl import threadpool_limits

        beside = np.column_stack([base.owned.T, base.owners]).astype("float64")
        alone = np.diag([*base.sizes, base.customers]).astype("float64")
        alone[-1, :-1] = alone[:-1, -1] = base.sizes
        alone += self.regularisation * np.eye(len(alone))
        with threadpool_limits(limits=1, user_api="blas"):
            through = inverse @ beside
            below = np.linalg.inv(alone - beside.T @ through) @ through.T
            inverse += through @ below
        return inverse, -below


def _inverse(together: np.ndarray, regularisation: float) -> np.ndarray:
    """The inverse of the matrix of common owners, regularised."""
    from scipy.linalg.lapack import dpotrf, dpotri
    from threadpoolctl import threadpool_limits

    gram = together.astype("float64")
    gram[np.diag_indices_from(gram)] += regularisation
    if not len(gram):
        return gram
    # By several threads the sums come in another order, and the last digits of a score with them.
    with threadpool_limits(limits=1, user_api="blas"):
        half, _ = dpotrf(gram.T, lower=1, clean=1, overwrite_a=1)
        inverse, _ = dpotri(half, lower=1, overwrite_c=1)
    diagonal = np.diag(inverse).copy()
    whole: np.ndarray = inverse + inverse.T
    np.fill_diagonal(whole, diagonal)
    return whole
