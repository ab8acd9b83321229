"""Drift of a prediction: how far its features are from those learned from, and its results from its hold-outs.

Belongs here: the references of a fit as text and back, both distances. Does not belong here: PSI itself
(`customer_360.drift`), what is warned of (`assets.drift`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.customer_360.drift import NotComparable, Reference, drift, references
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.model import DamagedModel
from arcana_assets.predictions.rows import AsOf, Learned

KEPT_OF_SKILL = 0.5
"""Part of the skill on the hold-outs that results are to have: half, for few customers move it by chance."""


def references_of(learned: Learned) -> str:
    """The numbers of the rows learned from as they were distributed, as JSON; an empty list where nothing was learned.

    Raises NotComparable for a number that is none.
    """
    found = references(learned.numbers, [*learned.numbers.columns]) if len(learned.came) else []
    return json.dumps([asdict(each) for each in found], allow_nan=False)


def read_references(text: str | None, where: str) -> list[Reference]:
    """The references that `references_of` wrote; none of models that an earlier version kept.

    Raises DamagedModel naming `where` they are kept.
    """
    try:
        rows = json.loads(text or "[]")
        lists = {"values", "below", "upto"}
        told: list[dict[str, Any]] = [
            {name: tuple(each) if name in lists else each for name, each in row.items()} for row in rows
        ]
        return [Reference(**each) for each in told]
    except (json.JSONDecodeError, TypeError, AttributeError, NotComparable) as error:
        raise DamagedModel(
            f"{where}: expected the references of its features as JSON, found none that can be read ({error}). "
            "Materialize this asset and month again, which makes them anew from the same rows."
        ) from None


def drift_of_month(
    month: date, prediction: Prediction, horizon: int, used: Sequence[str], kept: Sequence[Reference], known: AsOf
) -> pd.DataFrame:
    """A row for each feature that the candidate which serves uses: the month it is scored with, against the references.

    See `PREDICTION_DRIFT` for the columns. No rows without references.
    """
    found = drift([each for each in kept if each.feature in used], known.numbers)
    drifted = found["psi"] > prediction.goals.psi
    of_prediction = found.assign(prediction=prediction.name, horizon=horizon, unit=prediction.unit)
    return of_prediction.assign(month=month, drifted=drifted)


def skill_of(board: Sequence[Mapping[str, Any]]) -> float:
    """What serves against the last period over all hold-outs, customers weighing alike; nan where neither was judged.

    Takes rows of `prediction_evaluation` of one prediction, horizon and month.
    """
    serves = [row for row in board if row["serves"]]
    if serves and _known(serves[0].get("rmse")):  # of spend months weigh alike, whatever was paid in them
        return float(np.mean([row["skill"] for row in serves])) if all(_known(row["skill"]) for row in serves) else nan
    last = [row for row in board if row["candidate"] == LAST]
    if not serves or any(row["brier"] is None for row in (*serves, *last)) or not last:
        return nan
    ours, theirs = (np.average([r["brier"] for r in rows], weights=[r["n"] for r in rows]) for rows in (serves, last))
    return float(1 - ours / theirs) if theirs > 0 else 0.0


def fell_short(result: Mapping[str, Any], prediction: Prediction) -> list[str]:
    """What of a row of `prediction_results` is not as the hold-outs were that chose who served, a sentence each.

    Of spend the error alone: its sums are of money, which have no level that is right.
    """
    found = []
    probable = not prediction.of_money
    if probable and abs(result["predicted"] - result["observed"]) > prediction.goals.bias:
        found.append(f"{result['predicted']:.1%} was said and {result['observed']:.1%} came")
    then, now = result["hold_out_skill"], result["skill"]
    if _known(then) and _known(now) and then > 0 and now < KEPT_OF_SKILL * then:
        found.append(f"{result['champion']} saved {now:.1%} of the last period's error, {then:.1%} on its hold-outs")
    return found


def _known(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
