"""Dense regions: groups of points that lie close together, as points that stand for them and a reach around these.

Belongs here: finding the regions, the distance to them. Does not belong here: the rule that is made of them
(`clusterers`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arcana_assets.segmentation.clustering.points import sample

SOUGHT_ON = 5_000  # points of a seeded sample in which regions are sought
CORE_POINTS = 2_000  # that are kept, of all regions together
NEIGHBOURS = 5  # at least, for a point to lie in a dense place
WITHIN = 0.99  # of the members of a region lie within reach of the core points kept of it
TILE = 4_000_000  # distances held at once


@dataclass(frozen=True, eq=False)
class Regions:
    """Core points (m x d), the region of each (0 to k - 1), how far a region reaches beyond them, what was derived."""

    points: np.ndarray
    groups: np.ndarray
    reach: float
    settings: Mapping[str, float | int]


def dense_regions(points: np.ndarray, algorithm: str, smallest: float, seed: int) -> Regions | None:
    """The dense regions of points that hold at least the share `smallest` of them; None where there is none.

    DBSCAN (Ester et al. 1996): a point is dense that has `min_samples`, a quarter of the smallest group's size, within
    `eps`, the knee of the distances at which points are dense (Satopaa et al. 2011). HDBSCAN (Campello et al. 2013):
    regions of at least the smallest group's size that persist longest over all densities. Both on a seeded sample of at
    most 5,000 points, rows being in the order of customers; of their points at most 2,000 are kept.
    """
    from sklearn.cluster import DBSCAN, HDBSCAN
    from sklearn.neighbors import NearestNeighbors

    drawn = points[sample(points, SOUGHT_ON, seed)]
    size = max(NEIGHBOURS, int(np.ceil(smallest * len(drawn))))
    if len(drawn) <= size:
        return None
    settings: dict[str, float | int] = {"smallest": smallest}
    if algorithm == "dbscan":
        near = max(NEIGHBOURS, size // 4)
        away = NearestNeighbors(n_neighbors=near).fit(drawn).kneighbors(drawn)[0][:, -1]
        eps = _knee(np.sort(away))
        if eps <= 0:
            return None
        fitted = DBSCAN(eps=eps, min_samples=near).fit(drawn)
        labels, core = fitted.labels_, np.isin(np.arange(len(drawn)), fitted.core_sample_indices_)
        settings |= {"eps": eps, "min_samples": near}
    else:
        if len(np.unique(drawn, axis=0)) <= NEIGHBOURS:
            return None
        labels = HDBSCAN(min_cluster_size=size, min_samples=NEIGHBOURS, copy=True).fit(drawn).labels_
        core = labels >= 0
        settings |= {"min_cluster_size": size, "min_samples": NEIGHBOURS}
    counts = np.bincount(labels[labels >= 0], minlength=1)
    kept = [group for group, count in enumerate(counts) if count >= size and (core & (labels == group)).any()]
    if not kept:
        return None
    places = [np.flatnonzero(core & (labels == group)) for group in kept]
    chosen = [each[sample(each, CORE_POINTS // len(kept), seed)] for each in places]
    groups = np.repeat(np.arange(len(kept)), [len(each) for each in chosen])
    stand = drawn[np.concatenate(chosen)]
    members = drawn[np.isin(labels, kept)]
    first, second = NearestNeighbors(n_neighbors=min(2, len(stand))).fit(stand).kneighbors(members)[0].T[[0, -1]]
    # A member that was kept is no distance from itself, but would be from its neighbours had it not been.
    reach = float(np.quantile(np.where(first > 0, first, second), WITHIN))
    if algorithm == "dbscan":
        reach = max(reach, float(settings["eps"]))
    return Regions(stand, groups, max(reach, np.finfo(float).eps), settings)


def to_nearest_core(points: np.ndarray, core_points: np.ndarray, core_groups: np.ndarray) -> np.ndarray:
    """Points x regions: the Euclidean distance to the nearest core point of each region."""
    from scipy.spatial.distance import cdist

    k = int(core_groups.max()) + 1
    found = np.empty((len(points), k))
    step = max(1, TILE // len(core_points))
    for start in range(0, len(points), step):
        away = cdist(points[start : start + step], core_points)
        for group in range(k):
            found[start : start + step, group] = away[:, core_groups == group].min(axis=1)
    return found


def _knee(ascending: np.ndarray) -> float:
    """The value that lies farthest below the chord from the first to the last, but no less than the middle one."""
    rise = ascending[-1] - ascending[0]
    if rise <= 0:
        return float(ascending[-1])
    below = np.linspace(0, 1, len(ascending)) - (ascending - ascending[0]) / rise
    return float(max(ascending[int(np.argmax(below))], np.median(ascending)))
