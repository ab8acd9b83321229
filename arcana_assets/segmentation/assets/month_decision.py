"""Decisions of months: whether a month is fitted or only scored, and on whom.

Belongs here: what the open month, the policy of refits and the age of the domain say. Does not belong here: which fit
serves (`ml.champion`), how a decision is kept (`segmentation_models`).
"""

from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.domain.facets.features import expanded
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.graph.run import Run
from arcana_assets.segmentation.assets.inputs import shaping


def decision_of_month(
    segmentation: Segmentation,
    everyone: pd.DataFrame,
    before: Any,
    month: date,
    run: Run,
    promote: bool,
    explained: Any,
) -> Any:
    """The `ml.champion.Decision` of a month; None where there is neither a customer nor a model.

    The open month is scored by the model in use, so that a night changes no model.
    """
    from arcana_assets.segmentation.models.champion import Decision, decide, groups
    from arcana_assets.segmentation.models.fitting import fit_segmentation

    if everyone.empty:
        return before and Decision(before, "scored", "Nenhum cliente no mês.")
    # Until the lookback is filled, features still grow with every month, and no model can hold its place for good.
    settled = month >= shifted(run.domain.start, run.domain.lookback_months)
    is_open = month == shifted(run.end, -1)
    frame = shaping(segmentation, everyone)
    wanted = expanded(segmentation.features, everyone.columns)
    known = [name for name in wanted if name not in frame.columns or frame[name].notna().any()] or wanted[:1]
    if before is not None and groups(before, everyone):
        why = "" if is_open or segmentation.refit.when == "never" else None
        if why is None and segmentation.refit.when == "drift" and settled:
            why = _without_drift(segmentation, before, frame, known)
        if why is not None:
            return Decision(before, "scored", f"Pontuado com o modelo de {before.fitted_month[:7]}.{why}")

    def fit() -> Any:
        return fit_segmentation(
            frame,
            segmentation.name,
            known,
            k_range=segmentation.k,
            gate=segmentation.gate,
            seed=segmentation.seed,
            axis=segmentation.axis,
            axis_label=segmentation.axis_label,
            transforms=segmentation.transforms,
            weights=segmentation.weights,
            month=month,
            algorithms=segmentation.algorithms,
            density=segmentation.density,
            explained=explained,
        )

    return decide(fit, before, frame, everyone, segmentation, month, settled, promote, explained)


def _without_drift(segmentation: Segmentation, before: Any, frame: pd.DataFrame, known: list[str]) -> str | None:
    """Why none of the features that somebody has asks for a new fit; None where one does."""
    from arcana_assets.presentation.notation import number
    from arcana_assets.segmentation.models.drift import drift

    limit = segmentation.refit.psi
    found = drift(before.references, frame, known)
    # What is new or gone has no index, and asks for a fit as well.
    if found["psi"].isna().any() or (found["psi"] > limit).any():
        return None
    return f" Nenhum atributo passou do PSI {number(limit, 2)} desde o ajuste."
