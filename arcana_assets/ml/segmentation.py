"""Customer segmentation: K-Means in the space of a model's preprocessing, k by the gate, ids and names that stay.

Belongs here: fitting from new starts or from the centres in use, ids and names of what was found. Does not belong here:
the measures and the rule (`gate`), which fit serves a month (`champion`), profiles and pictures (`segment_profiles`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.segmentations import Gate, Transform
from arcana_assets.ml.continuity import match
from arcana_assets.ml.gate import choose, measures, refused_for
from arcana_assets.ml.preprocessing import Preprocessing, UnusableFeatures, column_of, feature_matrix
from arcana_assets.ml.segment_profiles import profile, profile_picture
from arcana_assets.ml.segmentation_model import DamagedModel, SegmentationModel

__all__ = [
    "DamagedModel",
    "SegmentationModel",
    "UnusableFeatures",
    "fit_segmentation",
    "profile",
    "profile_picture",
    "refit_segmentation",
    "with_ids_of",
]

START_SAMPLE = 20_000  # customers among whom the starts of a large base are sought
_LEVELS = {
    2: ("Alta", "Baixa"),
    3: ("Alta", "Média", "Baixa"),
    4: ("Alta", "Média Alta", "Média Baixa", "Baixa"),
    5: ("Alta", "Média Alta", "Média", "Média Baixa", "Baixa"),
    6: ("Muito Alta", "Alta", "Média Alta", "Média Baixa", "Baixa", "Muito Baixa"),
    7: ("Muito Alta", "Alta", "Média Alta", "Média", "Média Baixa", "Baixa", "Muito Baixa"),
}
_NO_MONTH = date(1970, 1, 1)


def fit_segmentation(
    frame: pd.DataFrame,
    name: str,
    features: Sequence[str],
    k_range: tuple[int, int] = (3, 8),
    gate: Gate | None = None,
    seed: int = 7,
    axis: str = "monetary",
    axis_label: str = "Receita",
    transforms: Mapping[str, Transform] | None = None,
    weights: Mapping[str, float] | None = None,
    month: date = _NO_MONTH,
) -> SegmentationModel:
    """Fit K-Means from new starts for every k of `k_range` (both ends included) and keep the one `gate.choose` takes.

    Takes one row a customer: customer_id, numeric features (missing allowed), and `axis`, whose mean orders the
    segments: id 1 has the highest. `axis_label` is its name in the personas, a feminine noun ("Alta Receita"). Too few
    different customers give one segment and a reason that says so. The result depends neither on row order nor on
    thread count.

    Raises UnusableFeatures for no rows, a repeated or missing customer_id, a missing or non-numeric column.
    Method: Lloyd (1982) with k-means++ starts (Arthur and Vassilvitskii 2007); of more than 20,000 customers ten starts
    are tried on a seeded sample and the best runs on all of them.
    """
    if not 1 <= k_range[0] <= k_range[1]:
        raise UnusableFeatures(f"segmentation '{name}': k_range {k_range} must be (lowest, highest), from 1 up")
    ordered, gate = _ordered(frame, name, features), gate or Gate()
    preprocessing = Preprocessing.fit(ordered, features, transforms, weights)
    points = preprocessing.points(ordered)
    most = min(k_range[1], len(np.unique(points, axis=0)), len(points) - 1)
    fits = [_kmeans(points, k, seed) for k in range(max(k_range[0], 2), most + 1)]
    fits = fits or [(np.zeros(len(points), dtype=int), points.mean(axis=0)[None, :])]
    selection, reason = choose(
        [measures(points, labels, seed, gate.refits) for labels, _ in fits], gate, max(k_range[0], 2)
    )
    at = next(place for place, row in enumerate(selection) if row["chosen"])
    model = _model(ordered, name, axis, axis_label, preprocessing, *fits[at], selection[at], month, seed, reason)
    return replace(model, selection=tuple(selection))


def refit_segmentation(
    frame: pd.DataFrame, before: SegmentationModel, gate: Gate, axis_label: str, month: date
) -> SegmentationModel:
    """Fit K-Means from the centres of `before` and in its space: the same k, moved to where customers are now.

    Raises UnusableFeatures for a feature that the customers no longer have, and for too few different customers.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    ordered = _ordered(frame, before.name, before.features)
    points = before.preprocessing.points(ordered)
    start = np.array(before.centroids)
    if (different := len(np.unique(points, axis=0))) < len(start):
        raise UnusableFeatures(
            f"segmentation '{before.name}': {different} different customers cannot form {len(start)} segments"
        )
    with threadpool_limits(limits=1):
        fitted = KMeans(n_clusters=len(start), init=start, n_init=1, random_state=before.seed).fit(points)
    row = measures(points, fitted.labels_, before.seed, gate.refits)
    broken = refused_for(row, gate)
    row |= {"refused_for": broken, "admissible": not broken, "chosen": True}
    reason = f"Reajuste a partir dos centros em uso (k = {row['k']})" + (f": {broken}." if broken else ".")
    found = fitted.labels_, fitted.cluster_centers_
    preprocessing, axis, seed = before.preprocessing, before.axis, before.seed
    return _model(ordered, before.name, axis, axis_label, preprocessing, *found, row, month, seed, reason)


def with_ids_of(
    model: SegmentationModel, before: SegmentationModel, frame: pd.DataFrame, axis_label: str
) -> SegmentationModel:
    """The model with the ids of the segments of `before` that its own go on, and the events of the others.

    Takes this month's customers, whom both models group; what `before` can no longer group, for want of a feature, is
    matched by nothing: all segments are new then.
    """
    if not set(before.features) <= set(frame.columns):
        fresh = tuple(before.next_segment_id + place for place in range(len(model.segment_ids)))
        return _renamed(model, fresh, before.next_segment_id + len(fresh), axis_label, ())
    points_before = before.preprocessing.points(frame)
    old = before.assign(frame)["segment_id"].to_numpy()
    groups = np.argmin(model.distances(frame), axis=1)
    far = np.full(points_before.shape[1], 1e9)  # of a group without a customer
    centres = np.vstack(
        [points_before[groups == g].mean(axis=0) if (groups == g).any() else far for g in range(len(model.centroids))]
    )
    matched = match(old, groups, before.segment_ids, np.array(before.centroids), centres, before.next_segment_id)
    events = [asdict(event) for event in matched.events]
    named = _renamed(model, matched.segment_ids, matched.next_id, axis_label, ())
    was = {row["segment_id"]: row["persona"] for row in before.personas}
    for row in named.personas:
        known = was.get(row["segment_id"])
        if known is not None and known != row["persona"]:
            size = int((groups == matched.segment_ids.index(row["segment_id"])).sum())
            events.append({"event": "renamed", "segment_id": row["segment_id"], "other": None, "customers": size})
    return replace(named, events=tuple(events))


def personas_by_order(ids: Sequence[int], label: str = "Receita") -> tuple[dict[str, Any], ...]:
    """Names for segments in descending order of value: `01-Alta Receita` to `NN-Baixa Receita`, unique for any k."""
    k = len(ids)
    if k == 1:
        names: Sequence[str] = ("Base Única",)
    elif k in _LEVELS:
        names = [f"{level} {label}" for level in _LEVELS[k]]
    else:
        names = [f"{label} Nível {place} de {k}" for place in range(1, k + 1)]
    return tuple(
        {"segment_id": each, "persona": f"{place:02d}-{text}"}
        for place, (each, text) in enumerate(zip(ids, names, strict=True), start=1)
    )


def _ordered(frame: pd.DataFrame, name: str, features: Sequence[str]) -> pd.DataFrame:
    if frame.empty or not features:
        raise UnusableFeatures(
            f"segmentation '{name}' needs customers and features; found {len(frame)}, {list(features)}"
        )
    if column_of(frame, "customer_id").isna().any():
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; found rows without customer_id")
    ids = frame["customer_id"].astype(str)
    if ids.duplicated().any():
        twice = ids[ids.duplicated()].iloc[0]
        raise UnusableFeatures(f"segmentation '{name}' takes one row a customer; customer_id '{twice}' appears twice")
    return frame.iloc[np.argsort(ids.to_numpy(dtype=object), kind="stable")]


def _kmeans(points: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(labels, centres) of the best of ten starts."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # Sums split over threads round differently: one thread gives one model.
    with threadpool_limits(limits=1):
        if len(points) <= START_SAMPLE:
            fitted = KMeans(n_clusters=k, n_init=10, random_state=seed).fit(points)
        else:
            drawn = np.sort(np.random.default_rng(seed).choice(len(points), START_SAMPLE, replace=False))
            start = KMeans(n_clusters=k, n_init=10, random_state=seed).fit(points[drawn]).cluster_centers_
            fitted = KMeans(n_clusters=k, init=start, n_init=1, random_state=seed).fit(points)
    return fitted.labels_, fitted.cluster_centers_


def _model(
    ordered: pd.DataFrame,
    name: str,
    axis: str,
    axis_label: str,
    preprocessing: Preprocessing,
    labels: np.ndarray,
    centres: np.ndarray,
    row: Mapping[str, Any],
    month: date,
    seed: int,
    reason: str,
) -> SegmentationModel:
    value = np.nan_to_num(feature_matrix(ordered, [axis])[:, 0])
    means = [float(value[labels == g].mean()) if (labels == g).any() else -np.inf for g in range(len(centres))]
    order = sorted(range(len(centres)), key=lambda group: (-means[group], *centres[group]))
    ids = tuple(range(1, len(order) + 1))
    return SegmentationModel(
        name=name,
        axis=axis,
        preprocessing=preprocessing,
        centroids=tuple(tuple(centres[group].tolist()) for group in order),
        segment_ids=ids,
        next_segment_id=len(order) + 1,
        personas=personas_by_order(ids, axis_label),
        measures=dict(row),
        selection=(),
        events=(),
        customers=len(ordered),
        fitted_month=month.isoformat(),
        reason=reason,
        seed=seed,
    )


def _renamed(
    model: SegmentationModel, ids: tuple[int, ...], next_id: int, axis_label: str, events: tuple[dict[str, Any], ...]
) -> SegmentationModel:
    """The model with other ids. Its rows are in the order of the axis, so the names follow that order."""
    personas = personas_by_order(ids, axis_label)
    return replace(model, segment_ids=ids, next_segment_id=next_id, personas=personas, events=events)
