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

from arcana_assets.domain.facets.features import SHARE, expanded, is_share
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.notation import number
from arcana_assets.segmentation.clustering.candidates import candidates, measured
from arcana_assets.segmentation.clustering.clusterer_data import LARGEST_LIFT
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.cuts import by_axis, by_largest_lift
from arcana_assets.segmentation.clustering.gate import called, choose, refused_for
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.clustering.preprocessing import (
    Evidence,
    Preprocessing,
    UnusableFeatures,
    column_of,
    matrix_of,
)
from arcana_assets.segmentation.clustering.valleys import Groups, groups_of
from arcana_assets.segmentation.models.continuity import Event, match
from arcana_assets.segmentation.models.drift import references
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import named, named_by_share, same_names
from arcana_assets.segmentation.personas.persona import Persona

_NO_MONTH = date(1970, 1, 1)


def fit_segmentation(
    frame: pd.DataFrame,
    settings: Segmentation,
    features: Sequence[str] | None = None,
    month: date = _NO_MONTH,
    everyone: pd.DataFrame | None = None,
) -> SegmentationModel:
    """Fit from new starts: groups where valleys lie between customers, else cuts of a continuum.

    Takes one row a customer who shapes the fit: customer_id, numeric features (missing allowed), and the axis, whose
    mean orders the segments: id 1 has the highest; the features that `settings` name, unless others are given; and all
    customers of the month, by whom segments are named. How many groups there are `valleys.groups_of` says; of the
    algorithms asked for the one with the best silhouette takes that number. What the gate refuses is no group of
    customers that anybody should be shown: then, and where there are fewer groups than `k` begins with, they are cut.
    Two segments that would get one name are one segment. Too few different customers give one segment and a reason
    that says so. The result depends neither on row order nor on thread count.

    Raises UnusableFeatures for no rows, a repeated or missing customer_id, a missing or non-numeric column.
    """
    wanted = expanded(settings.features, frame.columns) if features is None else list(features)
    ordered = _ordered(frame, settings.name, wanted)
    shares = [name for name in wanted if is_share(name)]
    evidence = None
    if shares and settings.fitted_on and settings.prior and settings.fitted_on in ordered.columns:
        evidence = Evidence(settings.fitted_on, settings.prior, settings.fitted_from)
    preprocessing = Preprocessing.fit(ordered, wanted, settings.transforms, settings.weights, evidence)
    points = preprocessing.points(ordered)
    moved = preprocessing.points(ordered, jitter=settings.seed)
    groups = groups_of(moved, settings.seed, preprocessing.measured, settings.k[1])
    found = candidates(
        points,
        settings.algorithms,
        (max(settings.k[0], 2), settings.k[1]),
        settings.density,
        settings.seed,
        {groups.k: groups.centres} if groups.k >= settings.k[0] else {},
        settings.gate.refits,
    )
    selection, taken = choose([each.row for each in found], settings.gate, groups.k)
    if taken is not None:
        row, clusterer, form = selection[taken], found[taken].clusterer, KINDS
        reason = _of_groups(row, selection, groups)
    else:
        clusterer, row = _cut(points, ordered, preprocessing, settings)
        form, reason = CUTS, _of_cuts(row, groups, selection, settings)
        selection.append(row)
    model = _model(ordered, points, settings, preprocessing, clusterer, row | {"form": form}, month, reason)
    model = replace(model, selection=tuple(selection))
    model, _ = with_names_apart(model, ordered, ordered if everyone is None else everyone, settings)
    return model


def refit_segmentation(
    frame: pd.DataFrame, before: SegmentationModel, settings: Segmentation, month: date
) -> SegmentationModel:
    """Fit the algorithm of `before` in its space from its centres: the same k, moved to where customers are now.

    Dense groups have no centres to begin from: they are sought again. The largest lift is that over the shares of the
    base as they are now. The segments have no names yet.

    Raises UnusableFeatures for a feature that the customers no longer have, and where as many segments do not form.
    """
    ordered = _ordered(frame, before.name, before.features)
    preprocessing, old, gate = before.preprocessing, before.clusterer, settings.gate
    if old.algorithm == LARGEST_LIFT:
        preprocessing = Preprocessing.fit(
            ordered, before.features, settings.transforms, settings.weights, preprocessing.evidence
        )
    points = preprocessing.points(ordered)
    try:
        if old.algorithm == LARGEST_LIFT:
            again = _by_lift_again(points, before, preprocessing, settings)
        else:
            again = fit_clusterer(points, old.algorithm, old.settings, before.seed, old.centres)
    except UnusableClustering as error:
        raise UnusableFeatures(f"segmentation '{before.name}': {error}") from error
    if again.k < old.k and not before.has_noise:
        raise UnusableFeatures(f"segmentation '{before.name}': {again.k} of {old.k} segments are left")
    (row,) = measured(points, [again], before.seed, gate.refits if before.form == KINDS else 0)
    broken = refused_for(row, gate) if before.form == KINDS else ""
    row |= {"refused_for": broken, "admissible": not broken, "chosen": True, "form": before.form}
    what = "dos centros em uso" if before.form == KINDS else "dos cortes em uso"
    reason = f"Reajuste a partir {what} (k = {row['k']})" + (f": {broken}." if broken else ".")
    asked = settings.model_copy(update={"name": before.name, "axis": before.axis, "seed": before.seed})
    model = _model(ordered, points, asked, preprocessing, again, row, month, reason)
    return replace(model, settings=before.settings)


def with_names_apart(
    model: SegmentationModel,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
    kept: Sequence[Persona] = (),
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with names, no two of which are the same: segments of one name are merged, and the rest fitted again.

    Takes the customers who shape a fit, all customers of the month, by whom segments are named, and the names of the
    month before, of which a model with other ids has none. The merged segment has the id of its largest part; an event
    says which went into which.
    """
    if not model.can_group(everyone):
        return model, ()
    if model.clusterer.algorithm == LARGEST_LIFT:
        return named_by_share(model, settings.personas), ()
    events = list[Event]()
    while True:
        called, renamed = named(model, everyone, settings.personas, settings.axis_label, kept)
        alike = same_names(called.personas)
        if not alike or len(alike[0]) == model.clusterer.k:
            return called, (*events, *renamed)
        model, merged = _merged(called, alike, shaping, everyone, settings)
        events += merged


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


def _merged(
    model: SegmentationModel,
    alike: Sequence[Sequence[int]],
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
) -> tuple[SegmentationModel, list[Event]]:
    """The model with the segments of each set as one, which K-Means, where it made them, fits once more."""
    ordered = _ordered(shaping, model.name, model.features)
    points = model.preprocessing.points(ordered)
    sizes = model.assign(everyone)["segment_id"].value_counts()
    into = {id_: id_ for id_ in model.segment_ids}
    for ids in alike:
        largest = max(ids, key=lambda id_: (int(sizes.get(id_, 0)), -id_))
        into |= dict.fromkeys(ids, largest)
    kept = [id_ for id_ in model.segment_ids if into[id_] == id_]
    places = [kept.index(into[id_]) for id_ in model.segment_ids]
    clusterer = model.clusterer.merged(places, points, model.seed)
    (row,) = measured(points, [clusterer], model.seed, settings.gate.refits if model.form == KINDS else 0)
    told = {name: model.measures[name] for name in ("refused_for", "admissible", "chosen", "form")}
    reason = f"{model.reason} {len(model.segment_ids)} grupos têm {len(kept)} nomes: os de mesmo nome são um só."
    events = [Event("merged", id_, into[id_], int(sizes.get(id_, 0))) for id_ in model.segment_ids if into[id_] != id_]
    merged = replace(
        model,
        clusterer=clusterer,
        segment_ids=tuple(kept),
        personas=(),
        measures=row | told,
        selection=(*({**each, "chosen": False} for each in model.selection), row | told),
        reason=reason if model.selection else model.reason,
    )
    return merged, events


def _cut(
    points: np.ndarray, ordered: pd.DataFrame, preprocessing: Preprocessing, settings: Segmentation
) -> tuple[Clusterer, dict[str, Any]]:
    """Cuts of customers who form no groups, and their row of the selection table."""
    names, least = settings.personas.shares, settings.gate.minimum_share
    columns = [name for name in preprocessing.names if is_share(name)]
    try:
        if names is not None and columns:
            columns = [name for name in columns if name.removeprefix(SHARE) not in names.leave_out]
            clusterer = by_largest_lift(points, preprocessing, columns, least, settings.k[1])
        else:
            axis = matrix_of(ordered, [settings.axis])[:, 0]
            clusterer = by_axis(points, axis, settings.cuts, settings.seed, least)
    except UnusableClustering:
        clusterer = Clusterer("kmeans", {"k": 1}, points.mean(axis=0)[None, :])
    (row,) = measured(points, [clusterer], settings.seed, 0)
    fine = clusterer.k > 1
    return clusterer, row | {"refused_for": "" if fine else "1 segmento", "admissible": fine, "chosen": True}


def _by_lift_again(
    points: np.ndarray, before: SegmentationModel, preprocessing: Preprocessing, settings: Segmentation
) -> Clusterer:
    held = before.clusterer.arrays
    columns = [preprocessing.names[int(place)] for place in held["places"]]
    made = by_largest_lift(points, preprocessing, columns, 0.0, before.k)
    groups = held["groups"].astype("int64").tolist()
    (rest,) = set(range(made.k)) - set(groups)
    # Group i of the new one is the column i; its place among the segments is the one it had.
    order = [*groups, rest]
    return made.reordered([order.index(place) for place in range(made.k)])


def _of_groups(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], groups: Groups) -> str:
    stable = f", estabilidade {number(row['stability'], 2)}" if row["stability"] is not None else ""
    best = max(rows, key=lambda each: (each["silhouette"] if each["silhouette"] is not None else -2.0, -each["k"]))
    alone = "" if best["k"] == row["k"] else f"; a silhueta sozinha escolheria {called(best, rows)}"
    return (
        f"{called(row, rows)}: {groups.agreeing} de {groups.starts} partidas acham {groups.k} grupos com um vale entre "
        f"todos (o mais raso: {number(groups.valley, 2)}, 1 é nenhum){stable}{alone}."
    )


def _of_cuts(row: Mapping[str, Any], groups: Groups, rows: Sequence[Mapping[str, Any]], settings: Segmentation) -> str:
    if row["k"] == 1:
        return f"Um único segmento: não há clientes diferentes o bastante para formar {settings.k[0]} grupos."
    refused = next((each["refused_for"] for each in rows if each["k"] == groups.k and each["refused_for"]), "")
    if groups.k == 1:
        why = f"em {groups.agreeing} de {groups.starts} partidas não há vale entre grupos de clientes"
    elif groups.k < settings.k[0]:
        why = f"só {groups.k} grupos têm um vale entre si, e pedem-se ao menos {settings.k[0]}"
    else:
        why = f"os {groups.k} grupos achados não passam: {refused}"
    return f"{row['k']} cortes de um contínuo, úteis para falar com os clientes, e não tipos de clientes: {why}."


def _model(
    ordered: pd.DataFrame,
    points: np.ndarray,
    settings: Segmentation,
    preprocessing: Preprocessing,
    clusterer: Clusterer,
    row: Mapping[str, Any],
    month: date,
    reason: str,
) -> SegmentationModel:
    """The model of a clusterer: its groups in descending order of the axis, with ids from 1."""
    labels = clusterer.labels(points)
    value = np.nan_to_num(matrix_of(ordered, [settings.axis])[:, 0])
    means = [float(np.sort(value[labels == g]).mean()) if (labels == g).any() else -np.inf for g in range(clusterer.k)]
    order = sorted(range(clusterer.k), key=lambda group: (-means[group], *clusterer.centres[group]))
    return SegmentationModel(
        name=settings.name,
        axis=settings.axis,
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
        seed=settings.seed,
        settings=asked_of(settings, preprocessing.names),
        references=tuple(references(ordered, preprocessing.names)),
    )


def asked_of(settings: Segmentation, features: Sequence[str]) -> dict[str, Any]:
    """What a model was asked for: a model of anything else is another model."""
    return {
        "features": list(features),
        "transforms": dict(settings.transforms),
        "weights": dict(settings.weights),
        "axis": settings.axis,
        "fitted_from": settings.fitted_from,
        "prior": settings.prior,
        "cuts": settings.cuts,
        "algorithms": list(settings.algorithms),
        "k": list(settings.k),
    }
