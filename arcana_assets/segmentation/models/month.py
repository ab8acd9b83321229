"""Months of a model: whether a month is fitted or only scored, on whom, how far it drifted, and the row that is kept.

Belongs here: what the open month, the policy of refits and the age of the domain say. Does not belong here: which fit
serves (`champion`), reading and keeping the tables (`assets.models`).
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.customer_360.drift import drift
from arcana_assets.domain.facets.features import expanded
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import DEFAULT, Language, language_of
from arcana_assets.segmentation.models.champion import Decision, Waiting, decide, waits_as
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.labelled import labels_of, with_labels
from arcana_assets.segmentation.models.learnt import OUTLIER, STAFF, Sample
from arcana_assets.segmentation.models.model import SegmentationModel

_TOLD = ("algorithm", "k", "silhouette", "smallest_share", "stability")  # measures with a column


def shaping(segmentation: Segmentation, everyone: pd.DataFrame) -> pd.DataFrame:
    """The customers who shape a fit; all of them where nobody would."""
    by, least, found = segmentation.fitted_on, segmentation.fitted_from, everyone
    if by and by in everyone.columns:
        found = everyone[everyone[by] >= least] if least else everyone[everyone[by] > 0]
    if segmentation.outliers == "not_fitted" and OUTLIER in found.columns:
        found = found[~found[OUTLIER].astype(bool)]
    if STAFF in found.columns:
        found = found[~found[STAFF].astype(bool)]
    return found if len(found) else everyone


def decision_of_month(
    segmentation: Segmentation,
    everyone: pd.DataFrame,
    before: SegmentationModel | None,
    month: date,
    *,
    is_open: bool,
    filled_from: date,
    promote: bool = False,
    waiting: Waiting | None = None,
    labels: pd.DataFrame | None = None,
    sample: Sample | None = None,
) -> Decision | None:
    """The decision of a month; None where there is neither a customer nor a model.

    Takes all customers of the month, a row each, the model in use, whether the month is still open, the first month
    with a whole lookback, whether a challenger is promoted, what waited in the month before, and, where the
    segmentation asks for labels, those up to the end of the month, as `labels_of` takes them. Of a month with more
    customers than fits are learnt from, `everyone` are those by whom it is judged, and `sample` says of whom they are
    and who shapes the fit; what was fitted says so in its reason. The open month is
    scored by the model in use, so that a night changes no model. Until the lookback is filled, features grow with every
    month: a model fitted before does not hold its place, one fitted in `filled_from` or later does.
    """
    language = language_of(segmentation.language)
    if everyone.empty:
        nobody = language.say("segmentation.month.nobody")
        return Decision(before, "scored", nobody) if before is not None else None
    settled = before is not None and before.month >= filled_from
    if month < filled_from and "kmeans" in segmentation.algorithms:
        # Features grow with every month until the lookback is filled: no time to tell which algorithm is the better.
        tried = [each for each in segmentation.algorithms if each in ("kmeans", "latent_classes")]
        segmentation = segmentation.model_copy(update={"algorithms": tried})
    frame = shaping(segmentation, everyone) if sample is None else sample.shaping
    wanted = expanded(segmentation.features, everyone.columns)
    rare = _hardly_anybody_has(frame, wanted, segmentation.gate.known_share, before.features if before else ())
    known = [name for name in wanted if name not in rare]
    if not known:  # one segment of all, for there is nothing to tell customers apart by
        known, frame = wanted[:1], frame.assign(**{wanted[0]: float("nan")})
    if before is not None and before.can_group(everyone):
        why = "" if is_open or segmentation.refit.when == "never" else None
        if why is None and segmentation.refit.when == "drift" and settled:
            why = _without_drift(segmentation, before, frame, known)
        if why is not None:
            scored = language.say("segmentation.month.scored", month=before.fitted_month[:7])
            return Decision(before, "scored", scored + why)

    def fit() -> SegmentationModel:
        fitted = fit_segmentation(frame, segmentation, known, month, everyone)
        if labels is None:
            return fitted
        stated = None if sample is None else sample.labelled
        return with_labels(fitted, frame, segmentation, labels_of(labels), stated)

    decision = decide(fit, before, frame, everyone, segmentation, month, settled, promote, waiting)
    if said := _words_of_rare(frame, rare, known, segmentation, language):
        decision = replace(decision, reason=f"{decision.reason} {said}")
    if sample is None:
        return decision
    events = sample.extrapolated(decision.events)
    return replace(decision, reason=f"{decision.reason} {sample.said(language)}", events=events)


def drift_of_month(segmentation: Segmentation, everyone: pd.DataFrame, model: SegmentationModel) -> pd.DataFrame:
    """The drift of the model's features among the customers who would shape a model of the month, as `drift` gives it.

    Adds fitted_month, and drifted: whether psi is above the limit of the segmentation.
    """
    wanted = expanded(segmentation.features, everyone.columns)
    found = drift(model.references, shaping(segmentation, everyone), wanted, language_of(segmentation.language))
    return found.assign(drifted=found["psi"] > segmentation.refit.psi, fitted_month=model.month)


def row_of_month(
    month: date, decision: Decision, last: Mapping[str, Any] | None, language: Language = DEFAULT
) -> dict[str, Any]:
    """The row of a month in the table of models, but for who promoted it.

    `last` is that of the month before: who waits there waits on while nothing is fitted.
    """
    served = decision.model
    challenger = decision.challenger.to_json() if decision.challenger else None
    moves, reason = decision.challenger_moves, decision.reason
    months: int | None = decision.challenger_months
    if decision.outcome == "scored" and last is not None and last["challenger"]:
        challenger, moves, months = last["challenger"], last["challenger_moves"], last.get("challenger_months")
        reason += " " + language.say("segmentation.month.still_waits")
    return {name: served.measures[name] for name in _TOLD} | {
        "month": month,
        "segmentation": served.name,
        "customers": served.customers,
        "form": served.form,
        "admissible": served.admissible,
        "outcome": decision.outcome,
        "fitted_month": served.month,
        "moved_share": decision.moved,
        "reason": reason,
        "model": served.to_json(),
        "selection": json.dumps(decision.selection, ensure_ascii=False),
        "events": json.dumps([asdict(event) for event in decision.events], ensure_ascii=False),
        "challenger": challenger,
        "challenger_moves": moves,
        "challenger_months": months if challenger else None,
    }


def waiting_in(row: Mapping[str, Any] | None) -> Waiting | None:
    """What waits in a row of models; None where nothing does."""
    if row is None or not row["challenger"]:
        return None
    waits = SegmentationModel.from_json(row["challenger"])
    return waits_as(waits, int(row.get("challenger_months") or 1))


def passes(row: Mapping[str, Any]) -> bool:
    """Whether what serves a month passed the gate, and, where it is the model in use as it was, whether a fit did."""
    if row["outcome"] != "kept":
        return bool(row["admissible"])
    return row["admissible"] and any(tried["admissible"] for tried in json.loads(row["selection"]))


def history(rows: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What fits tried, a row a candidate, and what became of segments, a row an event, from rows of models."""
    tried, events = list[dict[str, Any]](), list[dict[str, Any]]()
    for row in rows:
        of = {"month": row["month"], "segmentation": row["segmentation"]}
        serves = row["outcome"] in ("first", "replaced", "promoted")
        tried += [of | each | {"serves": each["chosen"] and serves} for each in json.loads(row["selection"])]
        events += [of | event | {"other_segment_id": event["other"]} for event in json.loads(row["events"])]
    return tried, events


def _hardly_anybody_has(
    frame: pd.DataFrame, features: Sequence[str], least: float, in_use: Collection[str]
) -> list[str]:
    """The features that a smaller share of the customers has a value of; what is no column at all a fit refuses."""
    share = {name: float(frame[name].notna().mean()) for name in features if name in frame.columns}
    # What the model in use has stays until half as many have it: at the limit it would go and come, and ask for fits.
    return [name for name, of in share.items() if of == 0 or of < (least / 2 if name in in_use else least)]


def _words_of_rare(
    frame: pd.DataFrame, rare: Sequence[str], known: Sequence[str], segmentation: Segmentation, language: Language
) -> str:
    """What is said of features that hardly anybody has; nothing of one that nobody has, beside others."""
    nothing = bool(set(known) & set(rare))
    told = rare if nothing else [name for name in rare if frame[name].notna().any()]
    if not told:
        return ""
    names, share = (
        ", ".join(label_of(name, language) for name in told),
        language.percent(segmentation.gate.known_share, 0),
    )
    return language.say(f"segmentation.month.rare_{'none' if nothing else 'some'}", names=names, share=share)


def _without_drift(
    segmentation: Segmentation, before: SegmentationModel, frame: pd.DataFrame, known: list[str]
) -> str | None:
    """Why none of the features that somebody has asks for a new fit; None where one does."""
    limit = segmentation.refit.psi
    found = drift(before.references, frame, known)
    # What is new or gone has no index, and asks for a fit as well.
    if found["psi"].isna().any() or (found["psi"] > limit).any():
        return None
    language = language_of(segmentation.language)
    return " " + language.say("segmentation.month.no_drift", limit=language.number(limit, 2))
