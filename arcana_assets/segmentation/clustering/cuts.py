"""Cuts of a continuum: segments of customers who form no groups, by the axis or by the share that stands out most.

Belongs here: where a base without groups is cut. Does not belong here: whether there are groups (`valleys`), what the
cuts are called (`personas`).
"""

from collections.abc import Sequence

import numpy as np

from arcana_assets.segmentation.clustering.clusterer_data import LARGEST_LIFT
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering
from arcana_assets.segmentation.clustering.kmeans import kmeans_centres
from arcana_assets.segmentation.clustering.points import different, means_of
from arcana_assets.segmentation.clustering.preprocessing import FittedFeature, Preprocessing

FEWEST = 5  # customers of a cut: fewer are a list of people
LOVERS_LIFT = 2.0  # of a share, from which on a customer is given to its category


def by_axis(points: np.ndarray, axis: np.ndarray, cuts: int, seed: int, least: float) -> Clusterer:
    """So many groups, begun from equal parts of the customers along the axis; fewer where one has less than `least`
    customers.

    Takes customers x coordinates and the axis of each. The result depends on no draw: there is one start. Raises
    UnusableClustering for fewer than two different customers.
    """
    if different(points, 2) < 2:
        raise UnusableClustering("cuts need customers that differ")
    ranks = np.argsort(np.argsort(np.nan_to_num(axis), kind="stable"), kind="stable")
    for k in range(min(cuts, different(points, cuts)), 1, -1):
        parts = ranks * k // len(points)
        centres = kmeans_centres(points, k, seed, means_of(points, parts, k))
        made = Clusterer("kmeans", {"k": k}, centres)
        if np.bincount(made.labels(points), minlength=k).min() >= least:
            return made
    return Clusterer("kmeans", {"k": 1}, points.mean(axis=0)[None, :])


def by_largest_lift(
    points: np.ndarray, preprocessing: Preprocessing, columns: Sequence[str], least: float, most: int
) -> Clusterer:
    """A group for each of the share columns, of those whose share is twice the base's and the largest such; and a rest.

    Columns that fewer than `least` customers would go to have none, nor has the smallest beyond `most` groups.
    The base's share is that of the preprocessing, where it draws shares to it, else their mean over the points.
    Raises UnusableClustering where no column is left, or where a column is no square root of a share.
    """
    known = {feature.name: (place, feature) for place, feature in enumerate(preprocessing.features)}
    left = [name for name in columns if _shares(points, *known[name]).max() > 0]
    while left:
        places, features = zip(*(known[name] for name in left), strict=True)
        if any(feature.transform != "square_root" for feature in features):
            raise UnusableClustering("the largest lift is that of shares, which are to be bent by square_root")
        bases = np.array([_base(points, *known[name]) for name in left])
        arrays = {
            "groups": np.arange(len(left)) * 1.0,
            "places": np.array(places, dtype="float64"),
            "slopes": np.array([feature.scale for feature in features]),
            "offsets": np.array([feature.centre for feature in features]),
            "bases": bases,
            "limits": LOVERS_LIFT * bases,
        }
        made = Clusterer(LARGEST_LIFT, {"k": len(left) + 1}, np.zeros((len(left) + 1, points.shape[1])), arrays)
        labels = made.labels(points)
        sizes = np.bincount(labels, minlength=made.k)[:-1]
        if sizes.min() >= least and made.k <= most:
            centres = means_of(points, labels, made.k)
            centres = np.where(np.isnan(centres), points.mean(axis=0), centres)
            return Clusterer(LARGEST_LIFT, made.settings, centres, arrays)
        left.pop(int(sizes.argmin()))
    raise UnusableClustering("no category has enough customers of its own")


def _shares(points: np.ndarray, place: int, feature: FittedFeature) -> np.ndarray:
    found: np.ndarray = np.maximum(points[:, place] * feature.scale + feature.centre, 0.0) ** 2
    return found


def _base(points: np.ndarray, place: int, feature: FittedFeature) -> float:
    return feature.base if feature.base else float(np.sort(_shares(points, place, feature)).mean())
