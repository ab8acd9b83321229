"""Clusterers: the ways to group points, each a rule that is data and says of any point where it belongs.

Belongs here: fitting, distances, labels, the rule as a dictionary. Does not belong here: how dense regions are found
(`density`), what a clustering is worth (`silhouettes`, `stability`), which one is taken (`gate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.segmentation.clustering.clusterer_data import (
    DENSITY,
    FITTED,
    GAUSSIAN_MIXTURE,
    LABELLED,
    LARGEST_LIFT,
    LATENT_CLASSES,
    numbers,
    wrong_field,
)
from arcana_assets.segmentation.clustering.density import dense_regions, to_nearest_core
from arcana_assets.segmentation.clustering.kmeans import bisected_centres, kmeans_centres
from arcana_assets.segmentation.clustering.likelihood.classifier import Classifier
from arcana_assets.segmentation.clustering.likelihood.latent_classes import (
    LatentClasses,
    from_labels,
    from_starts,
    settled,
)
from arcana_assets.segmentation.clustering.likelihood.mixtures import Mixture, fitted_mixture, of_a_fit
from arcana_assets.segmentation.clustering.points import different, means_of
from arcana_assets.segmentation.clustering.threads import one_thread


class UnusableClustering(ArcanaError):
    """Raised when points cannot be clustered as asked: too few different ones, no dense region, an unknown name."""


class DamagedClusterer(ArcanaError):
    """Raised when data are not what `Clusterer.as_dict` wrote."""


@dataclass(frozen=True, eq=False)
class Clusterer:
    """A fitted rule as data: which of k groups a point belongs to.

    `settings` are what was asked (`k`, or `smallest`, the least share of a dense group) and, of density, what was
    derived from it. `centres` (k x d, float64) are the means of the groups' points. `arrays` hold what the algorithm
    needs besides: of latent classes weights (k) and chances (k x d); of the largest lift, for each share its group, its
    coordinate's place, slope and offset, the base's share and the least that counts (k - 1 each); of a mixture weights
    (k), means (k x d) and precisions_cholesky (k x d x d, or k x d where diagonal); of density core_points (m x d) and
    core_groups (m); of labels coefficients (k x d) and intercepts (k). A point farther than `reach` from all core
    points is noise; None where there is none.
    """

    algorithm: str
    settings: dict[str, float | int]
    centres: np.ndarray
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    reach: float | None = None

    @property
    def k(self) -> int:
        """The number of groups."""
        return len(self.centres)

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Points x groups, 0 or more; the smallest of a row is its group.

        Of K-Means the Euclidean distance to the centre. Of a mixture sqrt(2 (h - l)), l being the log of the weighted
        density of the component at the point, h the highest that l of any component is anywhere: the order is that of
        the posterior; so it is of latent classes, and of labels, whose sqrt(-2 log p) is 0 for who is surely of the
        persona. Of density the Euclidean distance to the nearest core point of the
        group. Of the largest lift the logarithm of how many times the share of the group stands out less than the one
        that does most; the group without a share is of those in whom none reaches its limit.

        Raises UnusableClustering where points have other coordinates than the centres.
        """
        from scipy.spatial.distance import cdist

        if points.ndim != 2 or points.shape[1] != self.centres.shape[1]:
            raise UnusableClustering(f"expected points x {self.centres.shape[1]} coordinates, found {points.shape}")
        if self.algorithm == GAUSSIAN_MIXTURE:
            return Mixture(**self.arrays).distances(points)
        if self.algorithm == LABELLED:
            return Classifier(**self.arrays).distances(points)
        if self.algorithm == LATENT_CLASSES:
            return LatentClasses(**self.arrays).distances(points)
        if self.algorithm in DENSITY:
            return to_nearest_core(points, self.arrays["core_points"], self.arrays["core_groups"])
        if self.algorithm == LARGEST_LIFT:
            return self._by_lift(points)
        return cdist(points, self.centres)

    def labels(self, points: np.ndarray) -> np.ndarray:
        """The group of every point, 0 to k - 1; -1 is noise."""
        away = self.distances(points)
        found = np.argmin(away, axis=1)
        return found if self.reach is None else np.where(away.min(axis=1) > self.reach, -1, found)

    def reordered(self, order: Sequence[int]) -> "Clusterer":
        """The same rule with other numbers: group `order[i]` becomes i. Raises UnusableClustering if not all are."""
        if sorted(order) != list(range(self.k)):
            raise UnusableClustering(f"expected each of the groups 0 to {self.k - 1} once, found {list(order)}")
        places = np.array(order)
        if self.algorithm in DENSITY:
            arrays = self.arrays | {"core_groups": np.argsort(places)[self.arrays["core_groups"]]}
        elif self.algorithm == LARGEST_LIFT:
            arrays = self.arrays | {"groups": np.argsort(places)[self.arrays["groups"].astype("int64")] * 1.0}
        else:
            arrays = {name: values[places] for name, values in self.arrays.items()}
        return replace(self, centres=self.centres[places], arrays=arrays)

    def merged(self, into: Sequence[int], points: np.ndarray, seed: int) -> "Clusterer":
        """The rule with group i as part of the group `into[i]`, from 0; K-Means and a mixture are fitted again.

        Latent classes are those of their members: fitted again, they would part elsewhere. Takes the points that the
        rule was fitted to.
        """
        k, places = max(into) + 1, np.array(into)
        labels = self.labels(points)
        if self.algorithm == LATENT_CLASSES:
            with one_thread():
                return _of_classes(points, from_labels(points, places[labels], k))
        centres = means_of(points, np.where(labels < 0, -1, places[labels]), k)
        first = np.array([self.centres[places == group].mean(axis=0) for group in range(k)])
        centres = np.where(np.isnan(centres), first, centres)
        if self.algorithm in DENSITY:
            groups = places[self.arrays["core_groups"]]
            return replace(self, centres=centres, arrays=self.arrays | {"core_groups": groups})
        if self.algorithm == LARGEST_LIFT:
            raise UnusableClustering("the groups of the largest lift are told apart by what stands out, and not merged")
        return fit_clusterer(points, self.algorithm, {"k": k}, seed, centres)

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; floats keep every bit."""
        return {
            "algorithm": self.algorithm,
            "settings": dict(self.settings),
            "centres": self.centres.tolist(),
            "arrays": {name: values.tolist() for name, values in self.arrays.items()},
            "reach": self.reach,
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Clusterer":
        """What `as_dict` wrote. Raises DamagedClusterer naming the field."""
        names = [each.name for each in fields(cls)]
        if not isinstance(data, dict):
            raise DamagedClusterer(f"a clusterer is an object; found {type(data).__name__}; fit the month again")
        for name in [*names, *data]:
            if name not in data or name not in names:
                what = "lacks" if name not in data else "has an unknown field"
                raise DamagedClusterer(f"the clusterer {what} '{name}'; fields: {', '.join(names)}; fit it again")
        centres = numbers(data["centres"])
        given = data["arrays"] if isinstance(data["arrays"], dict) else {}
        arrays = {name: numbers(values) for name, values in given.items()}
        if wrong := wrong_field(data, centres, arrays):
            raise DamagedClusterer(f"the clusterer has a damaged field '{wrong}'; fit the month again")
        if "core_groups" in arrays:
            arrays["core_groups"] = arrays["core_groups"].astype("int64")
        return cls(data["algorithm"], dict(data["settings"]), centres, arrays, data["reach"])

    def _by_lift(self, points: np.ndarray) -> np.ndarray:
        held = self.arrays
        at = points[:, held["places"].astype("int64")]
        shares = np.maximum(at * held["slopes"] + held["offsets"], 0.0) ** 2
        lifts = np.log(np.maximum(shares / held["bases"], 1e-9))
        reached = shares >= held["limits"] - 1e-12
        score = np.where(reached, lifts, np.minimum(lifts, 0.0) - 1.0)
        groups = held["groups"].astype("int64")
        (rest,) = set(range(self.k)) - set(groups.tolist())
        scores = np.empty((len(points), self.k))
        scores[:, groups] = score
        scores[:, rest] = np.where(reached.any(axis=1), -1.0, score.max(axis=1) + 1.0)
        return np.asarray(scores.max(axis=1, keepdims=True) - scores)


def fit_clusterer(
    points: np.ndarray,
    algorithm: str,
    settings: Mapping[str, float | int],
    seed: int,
    start: np.ndarray | None = None,
    *,
    starts: int = 10,
) -> Clusterer:
    """Fit a rule to points: rows ordered by customer, finite coordinates in the model's space.

    `settings` is {"k": 4}, of density {"smallest": 0.06}. `start` are centres (k x d) to begin from, at once and only
    once; density has no use for them. Otherwise the best of `starts` k-means++ starts is kept. The result does not
    depend on the number of threads. A component to which no point belongs is left out, so k may be less than asked.

    K-Means seeks its start on a seeded sample of 5,000 points and then runs once on all, in single precision; K-Means
    by bisection, the mixture and latent classes are fitted on a sample of 20,000, density on one of 5,000. Latent
    classes know the signs of the coordinates only, and have starts of their own, see `latent_classes`.

    Raises UnusableClustering for an unknown algorithm, fewer different points than k, and no dense region.
    Methods: Lloyd (1982) with k-means++ (Arthur and Vassilvitskii 2007); bisection (Steinbach et al. 2000) by the
    largest inertia; expectation maximisation (Dempster et al. 1977), begun from K-Means.
    """
    from sklearn import config_context

    if algorithm not in FITTED:
        raise UnusableClustering(f"there is no algorithm '{algorithm}' to fit{nearest(algorithm, FITTED)}")
    key = "smallest" if algorithm in DENSITY else "k"
    if key not in settings:
        raise UnusableClustering(f"{algorithm} needs the setting '{key}', found {dict(settings)}")
    with one_thread(), config_context(assume_finite=True, skip_parameter_validation=True):
        if algorithm in DENSITY:
            return _dense(points, algorithm, float(settings["smallest"]), seed)
        k = len(start) if start is not None else int(settings["k"])
        if k < 1 or (found := different(points, k)) < k:
            have = f"{len(points)} points" if k < 1 else f"{found} different points"
            raise UnusableClustering(f"{algorithm}: {have} cannot form {k} groups; ask for fewer")
        if algorithm == GAUSSIAN_MIXTURE:
            return _mixture(points, k, seed, start, starts)
        if algorithm == LATENT_CLASSES:
            return _latent(points, k, seed, start)
        by_bisection = algorithm == "bisecting_kmeans" and start is None
        centres = bisected_centres(points, k, seed) if by_bisection else kmeans_centres(points, k, seed, start, starts)
        return Clusterer(algorithm, {"k": k}, centres)


def refit_clusterer(clusterer: Clusterer, points: np.ndarray, seed: int) -> Clusterer:
    """The rule moved to other points in the same space: from its own classes or centres; dense groups sought anew.

    Raises UnusableClustering as `fit_clusterer`.
    """
    if clusterer.algorithm == LATENT_CLASSES and different(np.sign(points), clusterer.k) == clusterer.k:
        with one_thread():
            return _of_classes(points, settled(points, LatentClasses(**clusterer.arrays)))
    return fit_clusterer(points, clusterer.algorithm, clusterer.settings, seed, clusterer.centres)


def _mixture(points: np.ndarray, k: int, seed: int, start: np.ndarray | None, starts: int) -> Clusterer:
    begin = kmeans_centres(of_a_fit(points, k, seed), k, seed, start, starts)
    arrays = vars(fitted_mixture(points, begin, seed))
    served = Clusterer(GAUSSIAN_MIXTURE, {"k": k}, arrays["means"], arrays)
    labels = served.labels(points)
    held = [group for group in range(k) if (labels == group).any()]
    arrays = {name: values[held] for name, values in arrays.items()}
    return Clusterer(GAUSSIAN_MIXTURE, {"k": k}, means_of(points, labels, k)[held], arrays)


def _latent(points: np.ndarray, k: int, seed: int, start: np.ndarray | None) -> Clusterer:
    if (found := different(np.sign(points), k)) < k:
        raise UnusableClustering(f"latent_classes: {found} different points cannot form {k} groups; ask for fewer")
    if start is None:
        return _of_classes(points, from_starts(points, k, seed))
    begun = Clusterer("kmeans", {"k": k}, start).labels(points)
    return _of_classes(points, settled(points, from_labels(points, begun, k)))


def _of_classes(points: np.ndarray, classes: LatentClasses) -> Clusterer:
    """The rule of latent classes; a class to which no point belongs is left out."""
    labels = classes.distances(points).argmin(axis=1)
    held = np.unique(labels)
    arrays = {"weights": classes.weights[held], "chances": classes.chances[held]}
    return Clusterer(LATENT_CLASSES, {"k": classes.k}, means_of(points, labels, classes.k)[held], arrays)


def _dense(points: np.ndarray, algorithm: str, smallest: float, seed: int) -> Clusterer:
    regions = dense_regions(points, algorithm, smallest, seed)
    if regions is None:
        raise UnusableClustering(
            f"{algorithm}: no dense region holds {smallest:.0%} of {len(points)} points; ask for smaller groups"
        )
    arrays = {"core_points": regions.points, "core_groups": regions.groups}
    k = int(regions.groups.max()) + 1
    served = Clusterer(algorithm, dict(regions.settings), np.zeros((k, points.shape[1])), arrays, regions.reach)
    labels = served.labels(points)
    held = [group for group in range(k) if (labels == group).any()]
    kept = np.isin(regions.groups, held)
    arrays = {
        "core_points": regions.points[kept],
        "core_groups": np.searchsorted(held, regions.groups[kept]),
    }
    return replace(served, centres=means_of(points, labels, k)[held], arrays=arrays)
