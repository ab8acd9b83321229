"""Champion and challenger: which fit serves a month, and why.

Belongs here: the decision between the model in use, a refit of it and a new fit. Does not belong here: fitting
(`fitting`), when a month may be fitted at all (`month`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.notation import percent
from arcana_assets.segmentation.clustering.clusterer_data import DENSITY
from arcana_assets.segmentation.clustering.points import inertia
from arcana_assets.segmentation.clustering.preprocessing import UnusableFeatures
from arcana_assets.segmentation.models.continuity import Event
from arcana_assets.segmentation.models.fitting import refit_segmentation, with_ids_of
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.models.named import named, personas_of


@dataclass(frozen=True)
class Decision:
    """The model that serves a month, what was decided, the share of customers moved by it, and who waits.

    `outcome` is `first`, `scored` (nothing was fitted), `kept`, `refitted`, `replaced` or `promoted`. `selection` is
    what the month's fit tried. `events` say what became of the segments of the month before. `challenger_moves` is the
    share of customers that the waiting fit would move. `others` are the fits of the month that neither serve nor wait.
    """

    model: SegmentationModel
    outcome: str
    reason: str
    selection: tuple[dict[str, Any], ...] = ()
    moved: float = 0.0
    challenger: SegmentationModel | None = None
    challenger_moves: float | None = None
    events: tuple[Event, ...] = ()
    others: tuple[SegmentationModel, ...] = ()


def decide(
    fit: Callable[[], SegmentationModel],
    before: SegmentationModel | None,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
    month: date,
    settled: bool = True,
    promote: bool = False,
) -> Decision:
    """The model of a month that is over, with names as of it.

    Takes the fit from new starts, the model in use, the customers who shape a fit and all customers of the month. A new
    fit replaces the model in use where it passes the gate and moves no more than `maximum_moves` of the customers, who
    did nothing, to another segment; otherwise it waits, unless `promote`. A refit from the centres in use, under the
    same two conditions, is what replaces it month by month; a fit from new starts with as many segments only where it
    gains `better_by` of the inertia, or was asked for other settings: what is set anew must be seen. A model in use
    that never passed the gate holds no place: any that passes may take it; nor does one that is not `settled`, fitted
    before the domain had a whole lookback. Where none passes, a model that never did is refitted as any other, so that
    it stays with its customers.
    """
    decision = _decided(fit, before, shaping, everyone, settings, month, settled, promote)
    if not decision.model.can_group(everyone):  # kept for want of anything better
        return decision
    kept = personas_of(before) if before is not None else ()

    def called(model: SegmentationModel) -> tuple[SegmentationModel, tuple[Event, ...]]:
        return named(model, everyone, settings.personas, settings.axis_label, kept)

    model, renamed = called(decision.model)
    return replace(
        decision,
        model=model,
        challenger=called(decision.challenger)[0] if decision.challenger is not None else None,
        events=(*decision.events, *renamed),
        others=tuple(called(each)[0] for each in decision.others),
    )


def _decided(
    fit: Callable[[], SegmentationModel],
    before: SegmentationModel | None,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
    month: date,
    settled: bool,
    promote: bool,
) -> Decision:
    """The decision before its segments have names."""
    new, refit = fit(), settings.refit
    tried = new.selection
    if before is None:
        return Decision(new, "first", new.reason, tried)
    new, events = with_ids_of(new, before, everyone)
    if not before.can_group(everyone):
        gone = f"Os clientes não têm mais as variáveis do modelo de {before.fitted_month[:7]}. {new.reason}"
        return Decision(new, "replaced", gone, tried, 1.0, events=events)
    try:
        fresh = refit_segmentation(shaping, before, settings.gate, month)
        again, changes = with_ids_of(fresh, before, everyone)
    except UnusableFeatures:
        again, changes = None, ()
    same_k = new.clusterer.k == before.clusterer.k
    asked = " Pedido com outra configuração ou outras variáveis." if _asked_anew(settings, new, before) else ""
    better = again is None or not same_k or bool(asked) or _gain(shaping, new, again) > refit.better_by
    waits, challenger, challenger_moves = "", None, None
    # What never passed and saw no whole lookback follows the customers, and holds its place no better than others.
    young = not before.admissible and not settled
    if better and (new.admissible or young):
        moved = _moved(before, new, everyone)
        free = moved <= refit.maximum_moves or not before.admissible or not settled
        if free or promote:
            reason = f"{new.reason}{asked} Moveu {percent(moved)} dos clientes."
            outcome, rest = "replaced" if free else "promoted", (again,) if again is not None else ()
            return Decision(new, outcome, reason, tried, moved, events=events, others=rest)
        challenger, challenger_moves = new, moved
        waits = (
            f" Espera um desafiante com k = {new.clusterer.k}, que moveria {percent(moved)} dos clientes "
            f"(limite: {percent(refit.maximum_moves)}).{asked}"
        )
    others: tuple[SegmentationModel, ...] = () if challenger is not None else (new,)
    if again is not None and (again.admissible or not before.admissible):
        moved = _moved(before, again, everyone)
        if moved <= refit.maximum_moves or not settled:
            reason = again.reason + waits
            return Decision(again, "refitted", reason, tried, moved, challenger, challenger_moves, changes, others)
    nothing = "" if new.admissible else f" {new.reason}"
    reason = f"Mantido o modelo de {before.fitted_month[:7]}.{nothing}{waits}"
    others += (again,) if again is not None else ()
    return Decision(before, "kept", reason, tried, 0.0, challenger, challenger_moves, others=others)


def _asked_anew(settings: Segmentation, new: SegmentationModel, before: SegmentationModel) -> bool:
    """Whether what is asked for cannot be the model in use: other features, another algorithm or range of k."""
    rule = before.clusterer
    in_range = rule.algorithm in DENSITY or settings.k[0] <= rule.k <= settings.k[1]
    return new.settings != before.settings or rule.algorithm not in settings.algorithms or not in_range


def _gain(shaping: pd.DataFrame, new: SegmentationModel, again: SegmentationModel) -> float:
    """Share of the inertia that the new fit gains over the refit, both in the space of the new one."""
    ordered = shaping.sort_values("customer_id")
    points = new.preprocessing.points(ordered)
    old, fresh = (inertia(points, model.assign(ordered)["segment_id"].to_numpy()) for model in (again, new))
    return (old - fresh) / old if old > 0 else 0.0


def _moved(before: SegmentationModel, after: SegmentationModel, everyone: pd.DataFrame) -> float:
    """Share of customers that the new model puts elsewhere than the one in use, on the same numbers."""
    old, new = (model.assign(everyone)["segment_id"].to_numpy() for model in (before, after))
    return float((old != new).mean())
