"""Scoring: what a month says of each customer, and what came of what was said.

Belongs here: rows of customers with reasons, and results. Does not belong here: candidates (`methods`), their words
(`reasons`).
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.measures import measured, tenths
from arcana_assets.predictions.methods.counted import log_odds_of
from arcana_assets.predictions.methods.fitted import probability
from arcana_assets.predictions.month import Decided
from arcana_assets.predictions.reasons import LEAST, reason, sentence
from arcana_assets.predictions.rows import AsOf
from arcana_assets.predictions.tables import PREDICTIONS
from arcana_assets.presentation.language import Language
from arcana_assets.tables.frames import nothing

REASONS = 3


def said_of(
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
    serves = decided.serves
    kept = np.flatnonzero([each in may for each in known.customers])
    if serves is None or not len(kept):
        return nothing(PREDICTIONS)
    logits, parts = serves.logits(known.numbers), serves.contributions(known.numbers)
    last = decided.last_period
    rows = {
        "customer_id": known.customers,
        "probability": probability(logits),
        "decile": tenths(logits, ends),
        "last_period": probability(last.logits(known.numbers)) if last is not None else np.full(len(logits), np.nan),
    }
    frame = pd.DataFrame(rows).assign(
        month=month,
        prediction=prediction.name,
        horizon=decided.horizon,
        unit=prediction.unit,
        made_in=decided.made_in,
        next_visit_by=_half_by(rows["probability"], decided),
        champion=decided.champion,
        note=note_of(language, decided),
    )
    told = told_of(serves.features, parts, known.numbers, prediction, decided.horizon, lookback, language)
    whole = pd.concat([frame, told], axis=1)
    return whole.iloc[kept].reset_index(drop=True)


def _half_by(said: np.ndarray, decided: Decided) -> np.ndarray:
    """The day by which half of the customers of each one's score had done it on the hold-outs.

    A score is a tenth of the hold-outs, by what was said: where the level of the month is another, so is the tenth.
    """
    begins, tenths = shifted(decided.made_in, 1), sorted(decided.calibration, key=lambda row: row["predicted"])
    means = np.array([row["predicted"] for row in tenths])
    places = np.searchsorted((means[1:] + means[:-1]) / 2, said)
    days = [tenths[place].get("half_by") if tenths else None for place in places]
    return np.array([None if day is None else begins + timedelta(days=day - 1) for day in days], dtype=object)


def told_of(
    features: tuple[str, ...],
    parts: np.ndarray,
    values: pd.DataFrame,
    prediction: Prediction,
    horizon: int,
    lookback: int,
    language: Language,
) -> pd.DataFrame:
    """The largest contributions of each customer in words, the first of equal ones by the order of features."""
    order = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :REASONS]
    raw = values.reindex(columns=list(features)).to_numpy(dtype="float64")

    @cache
    def said_of_one(name: str, value: float, more: bool) -> str:
        way = 1.0 if more else -1.0
        return reason(language, name, value, way, prediction.target, horizon, lookback, prediction.unit)

    at, names = np.arange(len(parts)), np.array(features, dtype=object)
    words, told = [list[str]() for _ in at], dict[str, Any]()
    for place in range(1, REASONS + 1):
        said, of = np.full(len(parts), None, dtype=object), np.full(len(parts), None, dtype=object)
        value, contribution = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
        if place <= order.shape[1]:
            column = order[:, place - 1]
            rows = np.flatnonzero(np.abs(parts[at, column]) >= LEAST)
            of[rows], value[rows] = names[column[rows]], raw[rows, column[rows]]
            contribution[rows] = parts[rows, column[rows]]
            known = zip(rows.tolist(), of[rows], value[rows].tolist(), (contribution[rows] > 0).tolist(), strict=True)
            for row, name, of_customer, more in known:
                said[row] = said_of_one(name, of_customer if of_customer == of_customer else np.nan, more)
                words[row].append(said[row])
        told |= {f"reason_{place}": said, f"feature_{place}": of}
        told |= {f"value_{place}": value, f"contribution_{place}": contribution}
    return pd.DataFrame(told).assign(reasons=[sentence(language, each) for each in words])


def note_of(language: Language, decided: Decided) -> str | None:
    """What limits a prediction, in words; None where nothing does."""
    if decided.model.note is not None:
        return decided.model.note
    if decided.unknown:
        return language.say("predicted.note.unknown", features=", ".join(decided.unknown))
    return decided.reason if decided.champion == "last_period" else None


def result_of(month: date, said: pd.DataFrame, outcome: np.ndarray, prediction: Prediction) -> list[dict[str, Any]]:
    """What came of what was said of one prediction and horizon in one month; none where nothing was said.

    Takes rows of `PREDICTIONS`, and of each whether it came, 0 or 1.
    """
    if said.empty:
        return []
    logits = np.array([log_odds_of(each) for each in said["probability"].clip(1e-12, 1 - 1e-12)])
    found = measured(logits, outcome)
    last = said["last_period"].to_numpy(dtype="float64")
    against = float(np.mean((last - outcome) ** 2)) if not np.isnan(last).any() else float("nan")
    first = said.iloc[0]
    return [
        {
            "month": month,
            "prediction": prediction.name,
            "horizon": int(first["horizon"]),
            "unit": prediction.unit,
            "made_in": first["made_in"],
            "champion": first["champion"],
            "n": len(said),
            "events": int(outcome.sum()),
            "predicted": float(said["probability"].mean()),
            "observed": float(outcome.mean()),
            **{name: found[name] for name in ("auc", "brier", "slope")},
            "skill": 1 - found["brier"] / against if against > 0 else float("nan"),
        }
    ]
