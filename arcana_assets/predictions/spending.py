"""Scoring of spend: what each customer is expected to pay, from and to, and what came of what was said.

Belongs here: rows of customers, and results. Does not belong here: candidates (`methods.amounts`), intervals
(`intervals`), probabilities (`scoring`).
"""

from collections.abc import Collection
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.amounts import covered, measured_money
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.intervals import within
from arcana_assets.predictions.measures import tenths
from arcana_assets.predictions.month import Decided
from arcana_assets.predictions.reasons import at_its_pace
from arcana_assets.predictions.rows import AsOf
from arcana_assets.predictions.scoring import note_of, told_of
from arcana_assets.predictions.tables import PREDICTIONS
from arcana_assets.presentation.language import Language
from arcana_assets.tables.frames import nothing


def spend_of(
    month: date,
    prediction: Prediction,
    decided: Decided,
    known: AsOf,
    may: Collection[str],
    lookback: int,
    ends: np.ndarray,
    language: Language,
) -> pd.DataFrame:
    """A row a customer of the month that it was made in, of those who `may` be profiled in the month itself.

    `known` may be a part of its customers; `ends` are those of the tenths of all. No rows where nothing is said.
    """
    says = decided.says
    kept = np.flatnonzero([each in may for each in known.customers])
    if says is None or not len(kept):
        return nothing(PREDICTIONS)
    expected = says.amounts(known.numbers)
    low, high = within(decided.bands, expected)
    rows = {
        "customer_id": known.customers,
        "expected": expected,
        "low": low,
        "high": high,
        "decile": tenths(expected, ends),
        "paid_last_period": decided.model.amounts[LAST].amounts(known.numbers),
    }
    frame = pd.DataFrame(rows).assign(
        month=month,
        prediction=prediction.name,
        horizon=decided.horizon,
        unit=prediction.unit,
        made_in=decided.made_in,
        champion=decided.champion,
        note=_note(language, decided),
    )
    parts = says.contributions(known.numbers)
    told = told_of(says.features, parts, known.numbers, prediction, decided.horizon, lookback, language)
    if not says.features:
        told = told.assign(reasons=at_its_pace(language))
    return pd.concat([frame, told], axis=1).iloc[kept].reset_index(drop=True)


def spend_result_of(month: date, said: pd.DataFrame, paid: np.ndarray, prediction: Prediction) -> list[dict[str, Any]]:
    """What came of what was said of one prediction and horizon in one month; none where nothing was said.

    Takes rows of `PREDICTIONS`, and what each customer paid.
    """
    if said.empty:
        return []
    expected, low, high, last = (
        said[name].to_numpy(dtype="float64") for name in ("expected", "low", "high", "paid_last_period")
    )
    found, against, first = measured_money(expected, paid), float(np.mean((last - paid) ** 2)), said.iloc[0]
    return [
        {
            "month": month,
            "prediction": prediction.name,
            "horizon": int(first["horizon"]),
            "unit": prediction.unit,
            "made_in": first["made_in"],
            "champion": first["champion"],
            "n": len(said),
            "events": int((paid > 0).sum()),
            "expected": float(expected.sum()),
            "paid": float(paid.sum()),
            **found,
            "coverage": covered(low, high, paid),
            "skill": 1 - found["rmse"] ** 2 / against if against > 0 else float("nan"),
        }
    ]


def _note(language: Language, decided: Decided) -> str | None:
    told = note_of(language, decided)
    if told is None and not decided.board:
        told = decided.reason
    wide = None if decided.bands else language.say("predicted.note.no_interval")
    return " ".join(each for each in (told, wide) if each) or None
