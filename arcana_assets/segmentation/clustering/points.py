"""Grouped points: samples of points and sums over their groups, which all algorithms and measures share.

Belongs here: arithmetic on points (n x d) and labels (n; below 0: in no group). Does not belong here: how groups are
found (`clusterers`), what they are worth (`candidates`).
"""

import numpy as np

NOISE = 0  # segment_id of customers in no group; ids of segments begin at 1


def different(points: np.ndarray, enough: int) -> int:
    """The number of different points, counted no further than `enough`."""
    few = len(np.unique(points[: 4 * enough], axis=0))
    return min(enough, few if few >= enough else len(np.unique(points, axis=0)))


def sample(points: np.ndarray, most: int, seed: int) -> np.ndarray:
    """The places of a seeded sample of points, ascending; of all of them where they are few enough."""
    if len(points) <= most:
        return np.arange(len(points))
    return np.sort(np.random.default_rng(seed).choice(len(points), most, replace=False))


def means_of(points: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """The mean of each group (k x d); of a group without a point NaN."""
    counts = np.bincount(labels[labels >= 0], minlength=k)
    sums = [np.bincount(labels[labels >= 0], weights=column[labels >= 0], minlength=k) for column in points.T]
    return np.column_stack(sums) / np.where(counts, counts, np.nan)[:, None]


def inertia(points: np.ndarray, labels: np.ndarray) -> float:
    """The sum of squared distances to the means of the groups; who is in none does not count."""
    inside = labels >= 0
    points, groups = points[inside], np.unique(labels[inside], return_inverse=True)[1]
    if not len(points):
        return 0.0
    return float(((points - means_of(points, groups, int(groups.max()) + 1)[groups]) ** 2).sum())
