"""Candidates: every clustering that is tried, and what each is worth.

Belongs here: fitting all that is asked, the measures of the selection table. Does not belong here: which ones are
admissible and which is taken (`gate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arcana_assets.segmentation.clustering.clusterer_data import DENSITY
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.points import inertia, sample
from arcana_assets.segmentation.clustering.silhouettes import silhouettes
from arcana_assets.segmentation.clustering.stability import stability
from arcana_assets.segmentation.clustering.threads import mapped, one_thread

MEASURED_ON = 70_000  # customers of whom Calinski-Harabasz and Davies-Bouldin are, at most


@dataclass(frozen=True, eq=False)
class Candidate:
    """A clustering that was tried, the group of each customer (-1: none), and its row of the selection table."""

    clusterer: Clusterer
    labels: np.ndarray
    row: dict[str, Any]


def candidates(
    points: np.ndarray,
    algorithms: Sequence[str],
    k: tuple[int, int],
    density: Sequence[float],
    seed: int,
    begun: Mapping[int, np.ndarray],
    refits: int,
    ready: Sequence[Clusterer] = (),
) -> list[Candidate]:
    """Every clustering that can be formed: each algorithm for each k, or for each least share of a dense group.

    Takes customers x features in the model's space, ordered by customer. What cannot be formed, for want of different
    customers or of dense regions, is left out; where nothing can, there is one candidate of one group. `begun` are
    centres that a number of groups begins from; how stable they are is measured of those alone, and of dense groups.
    `ready` are clusterings that were fitted before, and are candidates before the others.
    """
    by_k: list[dict[str, float | int]] = [{"k": number} for number in range(k[0], min(k[1], len(points) - 1) + 1)]
    by_density: list[dict[str, float | int]] = [{"smallest": share} for share in density]
    asked = [(name, each) for name in algorithms for each in (by_density if name in DENSITY else by_k)]

    def fit(wanted: tuple[str, dict[str, float | int]]) -> Clusterer | None:
        try:
            return fit_clusterer(points, *wanted, seed, begun.get(int(wanted[1].get("k", 0))))
        except UnusableClustering:
            return None

    # Several fits at once, each on one thread: a fit that is spread over threads rounds differently.
    with one_thread():
        fitted = mapped(fit, asked, len(points))
    found = [each for each in [*ready, *fitted] if each is not None and each.k > 1]
    found = found or [Clusterer("kmeans", {"k": 1}, points.mean(axis=0)[None, :])]
    wanted = [each.k in begun or each.algorithm in DENSITY for each in found]
    rows = measured(points, found, seed, refits, wanted)
    return [Candidate(each, each.labels(points), row) for each, row in zip(found, rows, strict=True)]


def measured(
    points: np.ndarray,
    clusterers: Sequence[Clusterer],
    seed: int,
    refits: int,
    stable: Sequence[bool] | None = None,
) -> list[dict[str, Any]]:
    """The measures of clusterings of the same points: a row each of the selection table, before `gate.choose`.

    Silhouette as `silhouettes` has it; Calinski-Harabasz (1974) and Davies-Bouldin (1979), of more than 70,000
    customers those of a seeded sample; stability as `stability`, of those that `stable` names, left out: of all;
    inertia is the sum of squared distances to the means of the groups. Customers in no group are left out of all but
    stability; shares are of all customers. Of one group only shares and inertia are known.
    """
    from sklearn import config_context
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    labelings = [each.labels(points) for each in clusterers]
    drawn = sample(points, MEASURED_ON, seed)
    rows = []
    asked = [True] * len(clusterers) if stable is None else stable
    found = zip(clusterers, labelings, silhouettes(points, labelings, seed), asked, strict=True)
    for clusterer, labels, silhouette, refitted in found:
        sizes = np.bincount(labels[labels >= 0], minlength=clusterer.k)
        row: dict[str, Any] = {
            "algorithm": clusterer.algorithm,
            "parameter": _asked(clusterer),
            "k": clusterer.k,
            "silhouette": silhouette.value if silhouette else None,
            "silhouette_on": silhouette.on if silhouette else None,
            "silhouette_customers": silhouette.customers if silhouette else 0,
            "silhouette_error": silhouette.error if silhouette else None,
            "calinski_harabasz": None,
            "davies_bouldin": None,
            "smallest_share": float(sizes.min() / len(points)),
            "largest_share": float(sizes.max() / len(points)),
            "noise_share": float((labels < 0).mean()),
            "stability": None,
            "inertia": inertia(points, labels),
        }
        inside = drawn[labels[drawn] >= 0]
        if silhouette and 1 < len(np.unique(labels[inside])) < len(inside):
            with config_context(assume_finite=True, skip_parameter_validation=True):
                row["calinski_harabasz"] = float(calinski_harabasz_score(points[inside], labels[inside]))
                row["davies_bouldin"] = float(davies_bouldin_score(points[inside], labels[inside]))
            row["stability"] = stability(points, clusterer, labels, seed, refits) if refits and refitted else None
        rows.append(row)
    return rows


def _asked(clusterer: Clusterer) -> str:
    if clusterer.algorithm in DENSITY:
        return f"densidade {100 * clusterer.settings['smallest']:g} %".replace(".", ",")
    return f"k = {clusterer.settings['k']}"
