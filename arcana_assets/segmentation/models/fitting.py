"""Customer segmentation: candidates in the space of a model's preprocessing, the one the gate takes, ids that stay.

Belongs here: fitting from new starts or from the centres in use, ids of what was found. Does not belong here: ways to
group, measures and the gate (`clustering`), which fit serves a month (`champion`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.settings.segmentation import Gate, Transform
from arcana_assets.segmentation.clustering.candidates import candidates, measured
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.gate import choose, refused_for
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.clustering.preprocessing import (
    Preprocessing,
    UnusableFeatures,
    column_of,
    matrix_of,
)
from arcana_assets.segmentation.models.continuity import Event, match
from arcana_assets.segmentation.models.drift import references
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.models.named import named

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
    algorithms: Sequence[str] = ("kmeans",),
    density: Sequence[float] = (),
) -> SegmentationModel:
    """Fit every candidate from new starts and keep the one that `gate.choose` takes.

    Takes one row a customer: customer_id, numeric features (missing allowed), and `axis`, whose mean orders the
    segments: id 1 has the highest. Candidates are each of `algorithms` for every k of `k_range` (both ends included),
    those by density for every least share of `density`. Segments are named by level on the axis; `axis_label` is its
    name, a feminine noun ("Alta Receita"). Too few different customers give one segment and a reason that says so. The
    result depends neither on row order nor on thread count.

    Raises UnusableFeatures for no rows, a repeated or missing customer_id, a missing or non-numeric column.
    """
    if not 1 <= k_range[0] <= k_range[1]:
        raise UnusableFeatures(f"segmentation '{name}': k_range {k_range} must be (lowest, highest), from 1 up")
    ordered, gate = _ordered(frame, name, features), gate or Gate()
    preprocessing = Preprocessing.fit(ordered, features, transforms, weights)
    points = preprocessing.points(ordered)
    found = candidates(points, algorithms, (max(k_range[0], 2), k_range[1]), density, seed, gate.refits)
    settings = {
        "features": list(features),
        "transforms": dict(transforms or {}),
        "weights": dict(weights or {}),
        "axis": axis,
    }
    selection, reason = choose([each.row for each in found], gate, max(k_range[0], 2))
    at = next(place for place, row in enumerate(selection) if row["chosen"])
    taken, row = found[at].clusterer, selection[at]
    model = _model(ordered, points, name, axis, preprocessing, taken, row, month, seed, reason, settings)
    return named(replace(model, selection=tuple(selection)), ordered, Personas(), axis_label)[0]


def refit_segmentation(frame: pd.DataFrame, before: SegmentationModel, gate: Gate, month: date) -> SegmentationModel:
    """Fit the algorithm of `before` in its space from its centres: the same k, moved to where customers are now.

    Dense groups have no centres to begin from: they are sought again. The segments have no names yet.

    Raises UnusableFeatures for a feature that the customers no longer have, and where as many segments do not form.
    """
    ordered = _ordered(frame, before.name, before.features)
    points, old = before.preprocessing.points(ordered), before.clusterer
    try:
        again = fit_clusterer(points, old.algorithm, old.settings, before.seed, old.centres)
    except UnusableClustering as error:
        raise UnusableFeatures(f"segmentation '{before.name}': {error}") from error
    if again.k < old.k and not before.has_noise:
        raise UnusableFeatures(f"segmentation '{before.name}': {again.k} of {old.k} segments are left")
    (row,) = measured(points, [again], before.seed, gate.refits)
    broken = refused_for(row, gate)
    row |= {"refused_for": broken, "admissible": not broken, "chosen": True}
    reason = f"Reajuste a partir dos centros em uso (k = {row['k']})" + (f": {broken}." if broken else ".")
    preprocessing, axis, seed = before.preprocessing, before.axis, before.seed
    return _model(ordered, points, before.name, axis, preprocessing, again, row, month, seed, reason, before.settings)


def with_ids_of(
    model: SegmentationModel, before: SegmentationModel, frame: pd.DataFrame
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with the ids of the segments of `before` that its own go on, and what became of the others.

    Takes this month's customers, whom both models group; what `before` can no longer group, for want of a feature, is
    matched by nothing: all segments are new then. The segments have no names yet.
    """
    if not before.can_group(frame):
        fresh = tuple(before.next_segment_id + place for place in range(model.clusterer.k))
        return replace(model, segment_ids=fresh, next_segment_id=before.next_segment_id + len(fresh), personas=()), ()
    points_before = before.preprocessing.points(frame)
    old = before.assign(frame)["segment_id"].to_numpy()
    groups = model.clusterer.labels(model.preprocessing.points(frame))
    far = np.full(points_before.shape[1], 1e9)  # of a group without a customer
    centres = np.vstack(
        [points_before[groups == g].mean(axis=0) if (groups == g).any() else far for g in range(model.clusterer.k)]
    )
    matched = match(old, groups, before.segment_ids, before.centres, centres, before.next_segment_id)
    return replace(model, segment_ids=matched.segment_ids, next_segment_id=matched.next_id, personas=()), matched.events


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


def _model(
    ordered: pd.DataFrame,
    points: np.ndarray,
    name: str,
    axis: str,
    preprocessing: Preprocessing,
    clusterer: Clusterer,
    row: Mapping[str, Any],
    month: date,
    seed: int,
    reason: str,
    settings: dict[str, Any],
) -> SegmentationModel:
    """The model of a clusterer: its groups in descending order of the axis, with ids from 1."""
    labels = clusterer.labels(points)
    value = np.nan_to_num(matrix_of(ordered, [axis])[:, 0])
    means = [float(np.sort(value[labels == g]).mean()) if (labels == g).any() else -np.inf for g in range(clusterer.k)]
    order = sorted(range(clusterer.k), key=lambda group: (-means[group], *clusterer.centres[group]))
    return SegmentationModel(
        name=name,
        axis=axis,
        preprocessing=preprocessing,
        clusterer=clusterer.reordered(order),
        segment_ids=tuple(range(NOISE + 1, clusterer.k + 1)),
        next_segment_id=clusterer.k + 1,
        personas=(),
        measures=dict(row),
        selection=(),
        customers=len(ordered),
        fitted_month=month.isoformat(),
        reason=reason,
        seed=seed,
        settings=settings,
        references=tuple(references(ordered, preprocessing.names)),
    )
