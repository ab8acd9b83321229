"""Champion and challenger: which fit serves a month, and why.

Belongs here: the decision between the model in use, a refit of it and a new fit. Does not belong here: fitting
(`fitting`), when a month may be fitted at all (`month`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.clustering.clusterer_data import (
    DENSITY,
    GAUSSIAN_MIXTURE,
    LABELLED,
    algorithm_of,
)
from arcana_assets.segmentation.clustering.points import inertia
from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.models.apart import with_names_apart, with_names_of_now
from arcana_assets.segmentation.models.continuity import Event
from arcana_assets.segmentation.models.fitting import refit_segmentation, with_ids_of
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import personas_of


@dataclass(frozen=True)
class Decision:
    """The model that serves a month, what was decided, the share of customers moved by it, and who waits.

    `outcome` is `first`, `scored` (nothing was fitted), `kept`, `refitted`, `replaced` or `promoted`. `selection` is
    what the month's fit tried. `events` say what became of the segments of the month before. `challenger` is a fit that
    waits: `challenger_moves` is the share of customers that it would move, `challenger_months` how many months in a row
    found as many groups as it has. `others` are the fits of the month that neither serve nor wait.
    """

    model: SegmentationModel
    outcome: str
    reason: str
    selection: tuple[dict[str, Any], ...] = ()
    moved: float = 0.0
    challenger: SegmentationModel | None = None
    challenger_moves: float | None = None
    challenger_months: int = 0
    events: tuple[Event, ...] = ()
    others: tuple[SegmentationModel, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """What waited in the month before: the number of groups that it found, and for how many months; 0 are cuts.

    `by` is the algorithm, where it bounds groups in a way of its own, and of labels the personas.
    """

    found: int
    months: int
    by: str = ""


def decide(
    fit: Callable[[], SegmentationModel],
    before: SegmentationModel | None,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
    month: date,
    settled: bool = True,
    promote: bool = False,
    waiting: Waiting | None = None,
) -> Decision:
    """The model of a month that is over, with names as of it.

    Takes the fit from new starts, the model in use, the customers who shape a fit, all customers of the month, and what
    waited in the month before. While the lookback fills (not `settled`) each month has the fit of its own, with names
    of its own; ids go on. Afterwards:

    - The model in use moves with its customers: a refit from its centres replaces it, unless it moves more than
      `maximum_moves` of the customers, who did nothing, or the gate refuses it.
    - A fit from new starts of the same form and number of segments replaces it only where it gains `better_by` of the
      inertia, under the same conditions. Cuts have no better or worse and are moved only.
    - Another number of groups, groups of another kind of algorithm, groups where there were cuts, or cuts where there
      were groups, replace once they were found `months_running` months in a row, however many they move; until then
      they wait, unless `promote`. What was asked for with other settings replaces at once: what is set anew must be
      seen.

    The parts of a segment that was split, or merged, did not move.
    """
    new, language = fit(), language_of(settings.language)
    say = language.say
    if before is None:
        return Decision(new, "first", new.reason, new.selection)
    kept = personas_of(before) if settled else ()
    new, events = with_ids_of(new, before, everyone)
    found, named = with_names_apart(new, shaping, everyone, settings, kept)
    if new.admissible and not found.admissible:  # names that were kept are no reason to leave the limits
        found, named = with_names_apart(new, shaping, everyone, settings)
    new, events = found, (*events, *named)
    if not before.can_group(everyone):
        gone = f"{say('segmentation.month.gone', month=before.fitted_month[:7])} {new.reason}"
        return Decision(new, "replaced", gone, new.selection, 1.0, events=events)
    moved = _moved(before, new, everyone, events)
    said = say("segmentation.month.moved", share=language.percent(moved))
    took = Decision(new, "replaced", f"{new.reason} {said}", new.selection, moved)
    if not settled:
        return replace(took, events=events)
    again, changes = _again(shaping, before, everyone, settings, month, kept)
    others = (again,) if again is not None else ()
    # Of as many cuts as are declared names may have left fewer; where they tell more apart again these come back.
    more_cuts = before.form == new.form == CUTS and new.k > before.k
    differs, asked = _found(new) != _found(before) or more_cuts, new.settings != before.settings
    if asked or (differs and promote):
        words = f" {say('segmentation.month.asked')}" if asked else ""
        outcome = "replaced" if asked else "promoted"
        return replace(took, outcome=outcome, reason=took.reason + words, events=events, others=others)
    if differs:
        months = (waiting.months if waiting is not None and (waiting.found, waiting.by) == _found(new) else 0) + 1
        if months >= settings.refit.months_running:
            words = say("segmentation.month.running", n=months, model=_spelled(before, language))
            return replace(took, reason=f"{took.reason} {words}", events=events, others=others)
        found_for = {"n": months, "running": settings.refit.months_running, "share": language.percent(moved)}
        waits = " " + say("segmentation.month.waits", model=_spelled(new, language), **found_for)
        decision = _moved_with(again, changes, before, everyone, settings, new, waits)
        return replace(decision, challenger=new, challenger_moves=moved, challenger_months=months)
    better = again is None or (new.form == KINDS and _gain(shaping, new, again) > settings.refit.better_by)
    if better and moved <= settings.refit.maximum_moves:
        return replace(took, events=events, others=others)
    return replace(_moved_with(again, changes, before, everyone, settings, new, ""), others=(new,))


def _again(
    shaping: pd.DataFrame,
    before: SegmentationModel,
    everyone: pd.DataFrame,
    settings: Segmentation,
    month: date,
    kept: Sequence[Any],
) -> tuple[SegmentationModel | None, tuple[Event, ...]]:
    """The refit of the model in use, with ids and names, and its events; None where as many segments do not form."""
    try:
        fresh = refit_segmentation(shaping, before, settings, month)
    except UnusableFeatures:
        return None, ()
    again, changes = with_ids_of(fresh, before, everyone)
    again, named = with_names_apart(again, shaping, everyone, settings, kept)
    return again, (*changes, *named)


def _moved_with(
    again: SegmentationModel | None,
    changes: Sequence[Event],
    before: SegmentationModel,
    everyone: pd.DataFrame,
    settings: Segmentation,
    new: SegmentationModel,
    waits: str,
) -> Decision:
    """The refit, where it may serve; else the model in use as it is, with the names of the month."""
    if again is not None and again.admissible:
        moved = _moved(before, again, everyone, changes)
        if moved <= settings.refit.maximum_moves:
            return Decision(again, "refitted", again.reason + waits, new.selection, moved, events=tuple(changes))
    stays, renamed = with_names_of_now(before, everyone, settings)
    kept = language_of(settings.language).say("segmentation.month.kept", month=before.fitted_month[:7])
    reason = kept + waits
    others = (again,) if again is not None else ()
    return Decision(stays, "kept", reason, new.selection, events=renamed, others=others)


def _gain(shaping: pd.DataFrame, new: SegmentationModel, again: SegmentationModel) -> float:
    """How much less the inertia of a new fit is, as a share; both in the space of the refit. 0 among dense groups."""
    if again.clusterer.algorithm in DENSITY or new.clusterer.algorithm != again.clusterer.algorithm:
        return 0.0
    points = again.preprocessing.points(shaping)
    old = inertia(points, again.clusterer.labels(points))
    fresh = inertia(points, new.clusterer.labels(new.preprocessing.points(shaping)))
    return (old - fresh) / old if old > 0 else 0.0


def _moved(
    before: SegmentationModel, after: SegmentationModel, everyone: pd.DataFrame, events: Sequence[Event]
) -> float:
    """Share of customers that the new model puts elsewhere than the one in use, on the same numbers.

    Who goes from a segment to the part that was split from it, or into which it was merged, did not move.
    """
    old, new = (model.assign(everyone)["segment_id"].to_numpy() for model in (before, after))
    moved = old != new
    for event in events:
        if event.other is not None and event.event in ("split", "merged"):
            source, target = (
                (event.other, event.segment_id) if event.event == "split" else (event.segment_id, event.other)
            )
            moved &= ~((old == source) & (new == target))
    return float(np.mean(moved))


def _found(model: SegmentationModel) -> tuple[int, str]:
    """The number of groups, 0 of cuts, of which there are as many as are declared, and what bounds them.

    K-Means and latent classes are one another's stand-in from month to month; a mixture, dense regions and labels bound
    groups in a way of their own, and do not come or go for a month.
    """
    algorithm = model.clusterer.algorithm
    by = algorithm if algorithm in (GAUSSIAN_MIXTURE, *DENSITY) else ""
    by = f"{LABELLED}: {', '.join(sorted(model.labels))}" if model.labels else by
    return (model.k, by) if model.form == KINDS else (0, "")


def waits_as(model: SegmentationModel, months: int) -> Waiting:
    """What a challenger that was found so many months in a row is to the month after it."""
    found, by = _found(model)
    return Waiting(found, months, by)


def _spelled(model: SegmentationModel, language: Language) -> str:
    if model.form == CUTS:
        return language.say("segmentation.cuts", k=model.k)
    found, by = _found(model)
    if not by:
        return language.say("segmentation.groups", k=found)
    return language.say("segmentation.groups_by", k=found, algorithm=algorithm_of(model.clusterer.algorithm, language))
