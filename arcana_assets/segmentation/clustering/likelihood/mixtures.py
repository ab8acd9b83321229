"""Gaussian mixtures: groups that differ in width and direction, where K-Means sees round ones of one size.

Belongs here: fitting the components, how far a customer is from each, the density that they give to customers. Does not
belong here: points (`preprocessing`), the mixture as one of several ways to group (`clusterers`).

Expectation maximisation (Dempster et al. 1977), begun from centres. Shares of few purchases pile up at the base's share
and at 0, and the likelihood rewards a component of no width that sits on such a pile; so each component is widened by a
share of the features' own variance (as the MAP estimate of Fraley and Raftery 2007 does by its prior).
"""

import warnings
from dataclasses import dataclass

import numpy as np

from arcana_assets.segmentation.clustering.points import different, sample

FITTED_ON = 20_000  # points of a large base that a mixture is fitted on
FULL_UP_TO = 15  # coordinates: beyond, a mixture of full covariances has more parameters than customers tell
WIDENED = 0.06  # added to the variances of a component, as a share of the mean variance of the coordinates


@dataclass(frozen=True, eq=False)
class Mixture:
    """Weights (k), means (k x d) and the Cholesky factors of precisions (k x d x d, or k x d where diagonal)."""

    weights: np.ndarray
    means: np.ndarray
    precisions_cholesky: np.ndarray

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Points x components: sqrt(2 (h - l)), l the log of the weighted density, h the highest l of any component."""
        away, highest = self._scaled(points)
        return np.sqrt(away + 2 * (highest.max() - highest))

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """The log of the density of each point, of all components together."""
        away, highest = self._scaled(points)
        joint = highest - away / 2
        most = joint.max(axis=1)
        total: np.ndarray = most + np.log(np.exp(joint - most[:, None]).sum(axis=1))
        return total - 0.5 * points.shape[1] * np.log(2 * np.pi)

    def _scaled(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Squared Mahalanobis distances, and the log of the weighted density at the mean of each component."""
        factors = self.precisions_cholesky
        diagonal = factors if factors.ndim == 2 else np.diagonal(factors, axis1=1, axis2=2)
        columns = []
        for mean, factor in zip(self.means, factors, strict=True):
            away = points - mean
            scaled = away * factor if factor.ndim == 1 else np.einsum("nd,de->ne", away, factor)
            columns.append((scaled**2).sum(axis=1))
        return np.column_stack(columns), np.log(self.weights) + np.log(diagonal).sum(axis=1)


def fitted_mixture(points: np.ndarray, begin: np.ndarray, seed: int) -> Mixture:
    """The mixture that begins from centres (k x d); of more than 20,000 points that of a seeded sample."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    drawn = of_a_fit(points, len(begin), seed)
    kind = "full" if points.shape[1] <= FULL_UP_TO else "diag"
    wider = max(WIDENED * float(drawn.var(axis=0).mean()), np.finfo(float).tiny)
    mixture = GaussianMixture(
        len(begin), covariance_type=kind, means_init=begin, reg_covar=wider, max_iter=300, random_state=seed
    )
    with warnings.catch_warnings():
        # A mixture that still creeps after 300 steps is a mixture all the same, and is measured as it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(drawn)
    return Mixture(mixture.weights_, mixture.means_, mixture.precisions_cholesky_)


def of_a_fit(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The points that a mixture of k components is fitted on: a sample, unless it has fewer than k different ones."""
    drawn = points[sample(points, FITTED_ON, seed)]
    return drawn if different(drawn, k) == k else points
