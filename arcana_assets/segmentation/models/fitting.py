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

from arcana_assets.customer_360.drift import references
from arcana_assets.domain.facets.features import expanded, is_share
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.clustering.candidates import candidates, measured
from arcana_assets.segmentation.clustering.clusterer_data import KMEANS, LARGEST_LIFT, LATENT_CLASSES
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, refit_clusterer
from arcana_assets.segmentation.clustering.gate import called, choose, refused_for
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.clustering.preprocessing import (
    Evidence,
    Preprocessing,
    UnusableFeatures,
    matrix_of,
)
from arcana_assets.segmentation.models.apart import with_names_apart
from arcana_assets.segmentation.models.continuity import Event, match, match_by_name
from arcana_assets.segmentation.models.customers import ordered_of
from arcana_assets.segmentation.models.cutting import by_lift_again, cut
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets.segmentation.models.seeking import Sought, sought

_NO_MONTH = date(1970, 1, 1)


def fit_segmentation(
    frame: pd.DataFrame,
    settings: Segmentation,
    features: Sequence[str] | None = None,
    month: date = _NO_MONTH,
    everyone: pd.DataFrame | None = None,
) -> SegmentationModel:
    """Fit from new starts: groups where customers form some, else cuts of a continuum.

    Takes one row a customer who shapes the fit: customer_id, numeric features (missing allowed), and the axis, whose
    mean orders the segments: id 1 has the highest; the features that `settings` name, unless others are given; and all
    customers of the month, by whom segments are named. How many groups there are, and what each feature counts for in
    telling them apart, `seeking.sought` says; of the algorithms asked for one takes that number (`gate.choose`). What
    the gate refuses is no group of customers that anybody should be shown: then, and where there are fewer groups than
    `k` begins with, they are cut. Two segments that would get one name are one segment. Too few different customers
    give one segment and a reason that says so. The result depends neither on row order nor on thread count.

    Raises UnusableFeatures for no rows, a repeated or missing customer_id, a missing or non-numeric column.
    """
    wanted = expanded(settings.features, frame.columns) if features is None else list(features)
    language = language_of(settings.language)
    ordered = ordered_of(frame, settings.name, wanted)
    shares = [name for name in wanted if is_share(name)]
    evidence = None
    if shares and settings.fitted_on and settings.prior and settings.fitted_on in ordered.columns:
        evidence = Evidence(settings.fitted_on, float(settings.prior), float(settings.fitted_from))
    plain = Preprocessing.fit(ordered, wanted, settings.transforms, settings.weights, evidence, settings.winsorise)
    groups = sought(ordered, plain, settings)
    preprocessing = groups.preprocessing
    found = candidates(
        preprocessing.points(ordered),
        [name for name in settings.algorithms if name != LATENT_CLASSES],
        (max(settings.k[0], 2), settings.k[1]),
        settings.density,
        settings.seed,
        {groups.k: groups.begun} if groups.k >= settings.k[0] else {},
        settings.gate.refits,
        groups.fitted,
        language,
    )
    selection, taken = choose([each.row for each in found], settings.gate, groups.k, language)

    def named(
        space: Preprocessing, clusterer: Clusterer, row: Mapping[str, Any], form: str, reason: str
    ) -> SegmentationModel:
        model = _model(ordered, settings, space, clusterer, {**row, "form": form}, month, reason)
        model = replace(model, selection=tuple(selection))
        return with_names_apart(model, ordered, ordered if everyone is None else everyone, settings)[0]

    why = _why_none(groups, selection, settings)
    if taken is not None:
        row = selection[taken]
        model = named(preprocessing, found[taken].clusterer, row, KINDS, _of_groups(row, selection, groups, language))
        if model.admissible:
            return model
        kept = len({each["persona"] for each in model.personas})
        refused = model.measures["refused_for"]
        why = language.say("segmentation.fit.names_alike", k=row["k"], kept=kept, refused=refused)
        selection = [each | {"chosen": False} for each in model.selection]
    clusterer, row = cut(plain.points(ordered), ordered, plain, settings)
    selection.append(row)
    return named(plain, clusterer, row, CUTS, _of_cuts(row, why, settings, groups.k))


def refit_segmentation(
    frame: pd.DataFrame, before: SegmentationModel, settings: Segmentation, month: date
) -> SegmentationModel:
    """Fit the algorithm of `before` in its space from its centres: the same k, moved to where customers are now.

    Dense groups have no centres to begin from: they are sought again. The largest lift is that over the shares of the
    base as they are now. The segments have no names yet.

    Raises UnusableFeatures for a feature that the customers no longer have, and where as many segments do not form.
    """
    ordered = ordered_of(frame, before.name, before.features)
    preprocessing, old, gate = before.preprocessing, before.clusterer, settings.gate
    if old.algorithm == LARGEST_LIFT:
        preprocessing = Preprocessing.fit(
            ordered,
            before.features,
            settings.transforms,
            settings.weights,
            preprocessing.evidence,
            settings.winsorise,
        )
    points = preprocessing.points(ordered)
    try:
        if old.algorithm == LARGEST_LIFT:
            again = by_lift_again(points, before, preprocessing, settings)
        else:
            again = refit_clusterer(old, points, before.seed)
    except UnusableClustering as error:
        raise UnusableFeatures(f"segmentation '{before.name}': {error}") from error
    if again.k < old.k and old.reach is None:
        raise UnusableFeatures(f"segmentation '{before.name}': {again.k} of {old.k} segments are left")
    language = language_of(settings.language)
    say, refits = language.say, gate.refits if before.form == KINDS else 0
    (row,) = measured(points, [again], before.seed, refits, language=language)
    broken = refused_for(row, gate, language) if before.form == KINDS else ""
    row |= {"refused_for": broken, "admissible": not broken, "chosen": True, "form": before.form}
    if before.form == KINDS:
        fine = say("segmentation.fit.again", k=row["k"])
        reason = say("segmentation.fit.again_refused", k=row["k"], refused=broken) if broken else fine
    else:
        reason = say("segmentation.fit.cuts_again", k=row["k"])
    asked = settings.model_copy(update={"name": before.name, "axis": before.axis, "seed": before.seed})
    model = _model(ordered, asked, preprocessing, again, row, month, reason)
    return replace(model, settings=before.settings)


def with_ids_of(
    model: SegmentationModel, before: SegmentationModel, frame: pd.DataFrame
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with the ids of the segments of `before` that its own go on, and what became of the others.

    Takes this month's customers, whom both models group; what `before` can no longer group, for want of a feature, is
    matched by nothing: all segments are new then. The segments have no names yet.
    """
    if model.labels and before.labels and before.can_group(frame):
        groups = model.clusterer.labels(model.preprocessing.points(frame))
        names = dict(zip(before.labels, before.segment_ids, strict=True))
        old = before.assign(frame)["segment_id"].to_numpy()
        named = match_by_name(old, groups, names, model.labels, before.next_segment_id)
        return replace(model, segment_ids=named.segment_ids, next_segment_id=named.next_id, personas=()), named.events
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


def _of_groups(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], groups: Sought, language: Language) -> str:
    say, number, stable = language.say, language.number, ""
    if row["stability"] is not None:
        stable = ", " + say("segmentation.fit.stability", value=number(row["stability"], 2))
    best = max(rows, key=lambda each: (each["silhouette"] if each["silhouette"] is not None else -2.0, -each["k"]))
    other = next((each for each in rows if each["k"] == groups.k and each["algorithm"] == KMEANS), row)
    mine, theirs = row.get("valley"), other.get("valley")
    if other is not row and row["algorithm"] != LATENT_CLASSES and mine is not None and theirs is not None:
        # Where K-Means does not pass another one serves, whatever lies between its groups.
        better = mine < theirs and other["admissible"]
        said = say("segmentation.fit.better", mine=number(mine, 2), other=number(theirs, 2))
        stable += f"; {said}" if better else ""
    alone = say("segmentation.fit.by_silhouette", other=called(best, rows, language))
    alone = "" if best["k"] == row["k"] else f"; {alone}"
    dense = say("segmentation.fit.dense", none=groups.none)
    because = groups.because if row["k"] == groups.k else dense
    return f"{called(row, rows, language)}: {because}{stable}{alone}."


def _why_none(groups: Sought, rows: Sequence[Mapping[str, Any]], settings: Segmentation) -> str:
    if groups.k == 1 or groups.k < settings.k[0]:
        return groups.none
    refused = next((each["refused_for"] for each in rows if each["k"] == groups.k and each["refused_for"]), "")
    return language_of(settings.language).say("segmentation.fit.none_passes", k=groups.k, refused=refused)


def _of_cuts(row: Mapping[str, Any], why: str, settings: Segmentation, groups: int) -> str:
    say = language_of(settings.language).say
    if row["k"] == 1:
        return say("segmentation.fit.one_segment", k=settings.k[0])
    # Where there are groups it would not be true that there are no kinds.
    key = "segmentation.fit.cuts_no_kinds" if groups < settings.k[0] else "segmentation.fit.cuts"
    return say(key, k=row["k"], why=why)


def _model(
    ordered: pd.DataFrame,
    settings: Segmentation,
    preprocessing: Preprocessing,
    clusterer: Clusterer,
    row: Mapping[str, Any],
    month: date,
    reason: str,
) -> SegmentationModel:
    """The model of a clusterer: its groups in descending order of the axis, with ids from 1."""
    labels = clusterer.labels(preprocessing.points(ordered))
    order = order_by(matrix_of(ordered, [settings.axis])[:, 0], labels, clusterer)
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


def order_by(axis: np.ndarray, labels: np.ndarray, clusterer: Clusterer) -> list[int]:
    """The groups in descending order of the mean of the axis (a number a customer, who is in the group of `labels`)."""
    value = np.nan_to_num(axis)
    means = [float(np.sort(value[labels == g]).mean()) if (labels == g).any() else -np.inf for g in range(clusterer.k)]
    return sorted(range(clusterer.k), key=lambda group: (-means[group], *clusterer.centres[group]))


def asked_of(settings: Segmentation, features: Sequence[str]) -> dict[str, Any]:
    """What a model was asked for: a model of anything else is another model."""
    asked = {
        "features": list(features),
        "transforms": dict(settings.transforms),
        "weights": dict(settings.weights),
        "axis": settings.axis,
        "fitted_on": settings.fitted_on,
        "fitted_from": settings.fitted_from,
        "prior": settings.prior,
        "cuts": settings.cuts,
        "algorithms": list(settings.algorithms),
        "k": list(settings.k),
        # Models that were kept before there were labels have no such key.
        **({"labels": settings.labels} if settings.labels else {}),
    }
    # Named only where it is asked for, so that models from before it could be are not taken for others.
    if settings.outliers != "keep":
        asked["outliers"] = settings.outliers
    if settings.winsorise:
        asked["winsorise"] = dict(settings.winsorise)
    return asked
