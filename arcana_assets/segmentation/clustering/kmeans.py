"""K-Means: centres of round groups, from several starts, from centres in use, or by bisection.

Belongs here: finding the centres. Does not belong here: where a run begins by itself (`starts`), how many groups there
are (`valleys`), the rule that is made of the centres (`clusterers`).
"""

from typing import Any

import numpy as np

from arcana_assets.segmentation.clustering.points import different, means_of, sample
from arcana_assets.segmentation.clustering.starts import spread

SOUGHT_ON = 5_000  # points of a large base among which the best of several starts is sought
FITTED_ON = 20_000  # points of a large base that K-Means by bisection is fitted on


def kmeans_centres(
    points: np.ndarray, k: int, seed: int, start: np.ndarray | None = None, starts: int = 10
) -> np.ndarray:
    """The means (k x d) of the groups that K-Means makes of the points; `start` are centres to begin from, once."""
    from sklearn.cluster import KMeans

    # Single precision is as good as the data here and half the time; the origin in the middle keeps its digits.
    middle = points.mean(axis=0)
    small = (points - middle).astype("float32")
    begin = None if start is None else (start - middle).astype("float32")
    if begin is None and len(small) > SOUGHT_ON:
        drawn = small[sample(small, SOUGHT_ON, seed)]
        if different(drawn, k) == k:
            begin = KMeans(n_clusters=k, init=spread, n_init=starts, random_state=seed).fit(drawn).cluster_centers_
    begun: dict[str, Any] = {"init": spread, "n_init": starts} if begin is None else {"init": begin, "n_init": 1}
    fitted = KMeans(n_clusters=k, random_state=seed, **begun).fit(small)
    return _filled(points, fitted.labels_, k, fitted.cluster_centers_ + middle)


def bisected_centres(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The means (k x d) of groups that are halved one after the other, the one of the largest inertia first."""
    from scipy.spatial.distance import cdist
    from sklearn.cluster import BisectingKMeans

    drawn = points[sample(points, FITTED_ON, seed)]
    drawn = drawn if different(drawn, k) == k else points
    fitted = BisectingKMeans(n_clusters=k, n_init=3, random_state=seed, bisecting_strategy="biggest_inertia").fit(drawn)
    labels = np.argmin(cdist(points, fitted.cluster_centers_), axis=1)
    return _filled(points, labels, k, fitted.cluster_centers_)


def _filled(points: np.ndarray, labels: np.ndarray, k: int, otherwise: np.ndarray) -> np.ndarray:
    means = means_of(points, labels, k)
    return np.where(np.isnan(means), otherwise, means)
