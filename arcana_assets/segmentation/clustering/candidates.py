"""Candidates: every clustering that is tried, and what each is worth.

Belongs here: fitting all that is asked, the measures of the selection table. Does not belong here: which ones are
admissible and which is taken (`gate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.clusterer_data import DENSITY, LATENT_CLASSES
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.points import inertia, sample
from arcana_assets.segmentation.clustering.silhouettes import Silhouette, silhouettes
from arcana_assets.segmentation.clustering.stability import stability
from arcana_assets.segmentation.clustering.threads import mapped, one_thread
from arcana_assets.segmentation.clustering.valleys import apart

MEASURES = (
    *("algorithm", "parameter", "k", "silhouette", "silhouette_on", "silhouette_customers", "silhouette_error"),
    *("calinski_harabasz", "davies_bouldin", "smallest_share", "largest_share", "noise_share", "stability", "valley"),
    "inertia",
)
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
    language: Language = DEFAULT,
) -> list[Candidate]:
    """Every clustering that can be formed: each algorithm for each k, or for each least share of a dense group.

    Takes customers x features in the model's space, ordered by customer. A number of groups that cannot be formed, for
    want of different customers, is left out; a density that finds no region has a row with k = 0, and one that finds a
    single region one with k = 1: that it was tried is to be seen. Where there is nothing else, there is one candidate
    of one group. `begun` are centres that a number of groups begins from; how stable they are is measured of those
    alone, and of dense groups. So is the valley between groups, where there is more than one such clustering; who is
    in no group stands between groups. `ready` are clusterings that were fitted before, and come first.
    """
    by_k: list[dict[str, float | int]] = [{"k": number} for number in range(k[0], min(k[1], len(points) - 1) + 1)]
    by_density: list[dict[str, float | int]] = [{"smallest": share} for share in density]
    by_number = [(name, each) for name in algorithms if name not in DENSITY for each in by_k]
    dense = [(name, each) for name in algorithms if name in DENSITY for each in by_density]

    def fit(wanted: tuple[str, dict[str, float | int]]) -> Clusterer | None:
        try:
            return fit_clusterer(points, *wanted, seed, begun.get(int(wanted[1].get("k", 0))))
        except UnusableClustering:
            return None

    # Several fits at once, each on one thread: a fit that is spread over threads rounds differently.
    with one_thread():
        fitted = mapped(fit, by_number, len(points))
        # What these ask of scikit-learn's own pool warns where another thread holds the filters of warnings.
        regions = [fit(each) for each in dense]
    found = [
        each for each in [*ready, *fitted, *regions] if each is not None and (each.k > 1 or each.algorithm in DENSITY)
    ]
    one = Clusterer("kmeans", {"k": 1}, points.mean(axis=0)[None, :])
    found = found or [one]
    wanted = [each.k in begun or each.algorithm in DENSITY for each in found]
    rows = measured(points, found, seed, refits, wanted, language=language)
    rivals = [at for at, each in enumerate(found) if wanted[at] and each.k > 1 and each.algorithm != LATENT_CLASSES]
    with one_thread():
        for at in rivals if len(rivals) > 1 else []:  # of one alone there is nothing to choose
            valley = apart(points, found[at].distances(points).argmin(axis=1), seed)
            rows[at]["valley"] = valley + (1 - valley) * rows[at]["noise_share"]
    nowhere = np.full(len(points), -1)
    return [
        *(Candidate(each, each.labels(points), row) for each, row in zip(found, rows, strict=True)),
        *(
            Candidate(one, nowhere, _of_nobody(name, settings, language))
            for (name, settings), each in zip(dense, regions, strict=True)
            if each is None
        ),
    ]


def measured(
    points: np.ndarray,
    clusterers: Sequence[Clusterer],
    seed: int,
    refits: int,
    stable: Sequence[bool] | None = None,
    *,
    language: Language,
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
            "parameter": _asked(clusterer.algorithm, clusterer.settings, language),
            "k": clusterer.k,
            "silhouette": silhouette.value if silhouette else None,
            "silhouette_on": _measured_on(silhouette, language) if silhouette else None,
            "silhouette_customers": silhouette.customers if silhouette else 0,
            "silhouette_error": silhouette.error if silhouette else None,
            "calinski_harabasz": None,
            "davies_bouldin": None,
            "smallest_share": float(sizes.min() / len(points)),
            "largest_share": float(sizes.max() / len(points)),
            "noise_share": float((labels < 0).mean()),
            "stability": None,
            "valley": None,
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


def _measured_on(silhouette: Silhouette, language: Language) -> str:
    return language.say(f"segmentation.codes.silhouette_on.{'all' if silhouette.whole else 'sample'}")


def _of_nobody(algorithm: str, settings: Mapping[str, float | int], language: Language) -> dict[str, Any]:
    """The row of a density that found no region: nobody is in a group, and there is nothing to measure."""
    known = {"algorithm": algorithm, "parameter": _asked(algorithm, settings, language), "k": 0, "noise_share": 1.0}
    return dict.fromkeys(MEASURES) | known | {"silhouette_customers": 0}


def _asked(algorithm: str, settings: Mapping[str, float | int], language: Language) -> str:
    if algorithm in DENSITY:
        share = f"{100 * settings['smallest']:g}".replace(".", language.texts["notation"]["decimal"])
        return language.say("segmentation.density", share=language.of_hundred(share))
    return f"k = {settings['k']}"
