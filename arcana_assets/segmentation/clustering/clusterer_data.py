"""The data of a clusterer: the names of algorithms, and whether data read back are what a clusterer wrote.

Belongs here: shapes and kinds. Does not belong here: what they mean (`clusterers`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arcana_assets.presentation.language import Language

ALGORITHMS = (
    *("kmeans", "bisecting_kmeans", "gaussian_mixture", "latent_classes"),
    *("dbscan", "hdbscan", "largest_lift", "labelled"),
)
KMEANS = "kmeans"
LARGEST_LIFT = "largest_lift"
GAUSSIAN_MIXTURE = "gaussian_mixture"
LATENT_CLASSES = "latent_classes"
LABELLED = "labelled"
# That seek groups: the largest lift is a rule, and labels are given.
FITTED = tuple(name for name in ALGORITHMS if name not in (LARGEST_LIFT, LABELLED))
DENSITY = ("dbscan", "hdbscan")
ARRAYS: dict[str, tuple[str, ...]] = {
    GAUSSIAN_MIXTURE: ("weights", "means", "precisions_cholesky"),
    LATENT_CLASSES: ("weights", "chances"),
    LABELLED: ("coefficients", "intercepts"),
    LARGEST_LIFT: ("groups", "places", "slopes", "offsets", "bases", "limits"),
    **dict.fromkeys(DENSITY, ("core_points", "core_groups")),
}


def algorithm_of(name: str, language: Language) -> str:
    """An algorithm as business users read it; its own name where it has no other."""
    key = f"segmentation.algorithms.{name}"
    return language.say(key) if name in ALGORITHMS else name


def numbers(values: Any) -> np.ndarray:
    """An array of numbers; an empty one where there are others."""
    try:
        found = np.array(values, dtype="float64")
    except (TypeError, ValueError):
        return np.empty(0)
    return found if np.isfinite(found).all() else np.empty(0)


def wrong_field(data: Mapping[str, Any], centres: np.ndarray, arrays: Mapping[str, np.ndarray]) -> str | None:
    """The first field of a clusterer's data that is not what it must be; None where all are.

    Takes the data, and its centres and arrays as `numbers` read them.
    """
    algorithm, reach, settings = data["algorithm"], data["reach"], data["settings"]
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        return "algorithm"
    if centres.ndim != 2 or not centres.size:
        return "centres"
    k, width = centres.shape
    shapes: dict[str, set[tuple[int, ...]]] = {
        "weights": {(k,)},
        "means": {(k, width)},
        "coefficients": {(k, width)},
        "intercepts": {(k,)},
        "chances": {(k, width)},
        "precisions_cholesky": {(k, width, width), (k, width)},
        **{name: {(k - 1,)} for name in ARRAYS[LARGEST_LIFT]},
    }
    whole = set(arrays) == set(ARRAYS.get(algorithm, ()))
    if algorithm in DENSITY:
        core, groups = arrays.get("core_points", np.empty(0)), arrays.get("core_groups", np.empty(0))
        whole = whole and core.ndim == 2 and core.shape[1] == width and groups.shape == (len(core),)
        whole = whole and set(groups.tolist()) == set(range(k))
    else:
        whole = whole and all(values.shape in shapes[name] for name, values in arrays.items())
        chances = arrays.get("chances", np.full(1, 0.5))
        whole = whole and bool(((chances > 0) & (chances < 1)).all())
    checks: dict[str, bool] = {
        "settings": isinstance(settings, dict) and all(type(value) in (int, float) for value in settings.values()),
        "arrays": whole,
        "reach": isinstance(reach, float) and reach > 0 if algorithm in DENSITY else reach is None,
    }
    return next((name for name, good in checks.items() if not good), None)
