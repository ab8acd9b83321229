"""Champion and challenger: which fit serves a month, and why.

Belongs here: the decision between the model in use, a refit of it and a new fit. Does not belong here: fitting
(`segmentation`), when a month may be fitted at all (`assets`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.segmentations import Gate, Refit
from arcana_assets.ml.gate import percent, within
from arcana_assets.ml.preprocessing import UnusableFeatures
from arcana_assets.ml.segmentation import refit_segmentation, with_ids_of
from arcana_assets.ml.segmentation_model import SegmentationModel


@dataclass(frozen=True)
class Decision:
    """The model that serves a month, what was decided, the share of customers moved by it, and who waits.

    `outcome` is `first`, `scored` (nothing was fitted), `kept`, `refitted`, `replaced` or `promoted`. `selection` is
    what the month's fit tried. `challenger_moves` is the share of customers that the waiting fit would move.
    """

    model: SegmentationModel
    outcome: str
    reason: str
    selection: tuple[dict[str, Any], ...] = ()
    moved: float = 0.0
    challenger: SegmentationModel | None = None
    challenger_moves: float | None = None


def decide(
    fit: Callable[[], SegmentationModel],
    before: SegmentationModel | None,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    gate: Gate,
    refit: Refit,
    axis_label: str,
    month: date,
    settled: bool = True,
    promote: bool = False,
) -> Decision:
    """The model of a month that is over.

    Takes the fit from new starts, the model in use, the customers who shape a fit and all customers of the month. A new
    fit replaces the model in use where it passes the gate and moves no more than `maximum_moves` of the customers, who
    did nothing, to another segment; otherwise it waits, unless `promote`. A refit from the centres in use, under the
    same two conditions, is what replaces it month by month; a fit from new starts with as many segments only where it
    gains `better_by` of the inertia. A model in use that never passed the gate holds no place: any that passes may
    take it; nor does any while the domain is not `settled`.
    """
    new = fit()
    tried = new.selection
    if before is None:
        return Decision(new, "first", new.reason, tried)
    usable = groups(before, everyone)
    new = with_ids_of(new, before, everyone, axis_label)
    again = _refitted(shaping, everyone, before, gate, axis_label, month) if usable else None
    if not usable:
        gone = f"Os clientes não têm mais as variáveis do modelo de {before.fitted_month[:7]}. {new.reason}"
        return Decision(new, "replaced", gone, tried, 1.0)
    same_k = len(new.centroids) == len(before.centroids)
    better = again is None or not same_k or _gain(shaping, new, again) > refit.better_by
    waits, challenger, challenger_moves = "", None, None
    if better and new.admissible:
        moved = _moved(before, new, everyone)
        free = moved <= refit.maximum_moves or not before.admissible or not settled
        if free or promote:
            reason = f"{new.reason} Moveu {percent(moved)} dos clientes."
            return Decision(new, "replaced" if free else "promoted", reason, tried, moved)
        challenger, challenger_moves = new, moved
        waits = (
            f" Espera um desafiante com k = {len(new.centroids)}, que moveria {percent(moved)} dos clientes "
            f"(limite: {percent(refit.maximum_moves)})."
        )
    if again is not None and again.admissible:
        moved = _moved(before, again, everyone)
        if moved <= refit.maximum_moves or not settled:
            return Decision(again, "refitted", again.reason + waits, tried, moved, challenger, challenger_moves)
    nothing = "" if new.admissible else f" {new.reason}"
    reason = f"Mantido o modelo de {before.fitted_month[:7]}.{nothing}{waits}"
    return Decision(before, "kept", reason, tried, 0.0, challenger, challenger_moves)


def groups(model: SegmentationModel, customers: pd.DataFrame) -> bool:
    """Whether the customers have the features that the model groups them by."""
    return set(model.features) <= set(customers.columns)


def _refitted(
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    before: SegmentationModel,
    gate: Gate,
    axis_label: str,
    month: date,
) -> SegmentationModel | None:
    """The refit from the centres in use; None where customers no longer have its features or are too few."""
    try:
        return with_ids_of(refit_segmentation(shaping, before, gate, axis_label, month), before, everyone, axis_label)
    except UnusableFeatures:
        return None


def _gain(shaping: pd.DataFrame, new: SegmentationModel, again: SegmentationModel) -> float:
    """Share of the inertia that the new fit gains over the refit, both in the space of the new one."""
    ordered = shaping.sort_values("customer_id")
    points = new.preprocessing.points(ordered)
    old, fresh = (within(points, np.argmin(model.distances(ordered), axis=1)) for model in (again, new))
    return (old - fresh) / old if old > 0 else 0.0


def _moved(before: SegmentationModel, after: SegmentationModel, everyone: pd.DataFrame) -> float:
    """Share of customers that the new model puts elsewhere than the one in use, on the same numbers."""
    old, new = (model.assign(everyone)["segment_id"].to_numpy() for model in (before, after))
    return float((old != new).mean())
