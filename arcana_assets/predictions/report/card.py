"""The card of a model: what it is for and not for, what it learned from, how it was judged, and what came, as data.

Belongs here: the card as JSON values, in English keys; the same rows give the same text. Does not belong here: its page
(`page`), reading the rows (`assets.cards`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from arcana_assets import __version__
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.report import money
from arcana_assets.predictions.report.said import why
from arcana_assets.presentation.language import language_of

Row = Mapping[str, Any]
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
_MEASURES = ("brier", "auc", "slope", "bias", "lift_10", "capture_10")
_HOLD_OUT = ("candidate", "hold_out", "n", "events", "brier", "skill", "auc", "slope", "bias")
_RESULT = ("made_in", "champion", "n", "events", "predicted", "observed", "brier", "skill", "hold_out_skill")
_DRIFT = ("feature", "psi", "ks", "missing_share_before", "missing_share_now", "median_before", "median_now", "drifted")


@dataclass(frozen=True)
class OfHorizon:
    """The rows of one horizon: that of the models, and those of the other tables; what is said of all customers.

    `expected` is the sum of what was said: customers, or money. `groups` are rows of `groups.compared`, of what was
    said in the month `groups_of`.
    """

    model: Row
    customers: int
    expected: float | None
    board: Sequence[Row] = ()
    calibration: Sequence[Row] = ()
    results: Sequence[Row] = ()
    drift: Sequence[Row] = ()
    groups: Sequence[Row] = ()
    groups_of: date | None = None


@dataclass(frozen=True)
class Objected:
    """How many customers there are, how many refuse to be profiled, and how many were never asked."""

    customers: int
    refused: int
    unasked: int


@dataclass(frozen=True)
class CardRows:
    """All that a card is made of, as of a month whose data end with `last_day`."""

    month: date
    last_day: date
    horizons: Sequence[OfHorizon]
    objected: Objected | None = field(default=None)


def card_of(domain: CustomerDomain, prediction: Prediction, rows: CardRows) -> dict[str, Any]:
    """The card as JSON values, in the language of the domain; `currency` is null where no money is predicted."""
    language = language_of(domain.language)
    say = language.say
    target = f"card.targets.{prediction.target}"
    return {
        "prediction": prediction.name,
        "title": prediction.title,
        "domain": domain.name,
        "month": rows.month,
        "data_until": rows.last_day,
        "language": language.code,
        "currency": domain.currency if prediction.of_money else None,
        "purpose": list(language.words("card.money.purpose" if prediction.of_money else "card.purpose")),
        "must_not": list(language.words("card.must_not")),
        "target": {"name": prediction.target, "words": say(target) if language.knows(target) else prediction.title},
        "features": list(prediction.features),
        "goals": prediction.goals.model_dump(),
        "horizons": [_horizon(domain, prediction, each) for each in rows.horizons],
        "objected": vars(rows.objected) if rows.objected else None,
        "versions": {"arcana-assets": __version__, **{name: version(name) for name in LIBRARIES}},
    }


def text_of(card: Mapping[str, Any]) -> str:
    """The card as JSON text: the same card is the same text; a number that is none is null."""
    return json.dumps(_plain(card), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _horizon(domain: CustomerDomain, prediction: Prediction, rows: OfHorizon) -> dict[str, Any]:
    model, of_money = rows.model, prediction.of_money
    return {
        "horizon": model["horizon"],
        "unit": prediction.unit,
        "made_in": model["made_in"],
        "champion": model["champion"],
        "why": why(language_of(domain.language), model, rows.board, prediction),
        "training": {
            "from": model["train_from"],
            "to": model["train_to"],
            "customers": model["rows"],
            "events": model["events"],
            "digest": model["digest"],
        },
        "model_digest": hashlib.sha256(model["model"].encode()).hexdigest(),
        "customers": rows.customers,
        "expected": rows.expected,
        "candidates": money.candidates_of_money(rows.board) if of_money else candidates_of(rows.board),
        "hold_outs": [_of(row, money.HOLD_OUT if of_money else _HOLD_OUT) for row in rows.board],
        "calibration": [_of(row, ("decile", "predicted", "observed", "n")) for row in rows.calibration],
        "results": [_of(row, money.RESULT if of_money else _RESULT) for row in rows.results],
        "drift": [_of(row, _DRIFT) for row in rows.drift],
        "groups_of": rows.groups_of,
        "groups": [dict(row) for row in rows.groups],
    }


def candidates_of(board: Sequence[Row]) -> list[dict[str, Any]]:
    """A row a candidate over all hold-outs, customers weighing alike, the smallest error first.

    `low` and `high` are the 95 % interval of its error less that of the best; `skill` is what it saves of that of the
    last period.
    """
    by_name: dict[str, list[Row]] = {}
    for row in board:
        by_name.setdefault(row["candidate"], []).append(row)
    means = {name: {each: _mean(rows, each) for each in _MEASURES} for name, rows in by_name.items()}
    last = means.get("last_period", {}).get("brier")
    found = [
        {"candidate": name, **means[name]}
        | {"skill": 1 - means[name]["brier"] / last if last else None}
        | {each: rows[0][each] for each in ("low", "high", "serves")}
        for name, rows in by_name.items()
    ]
    return sorted(found, key=lambda row: (row["brier"], row["candidate"]))


def _mean(rows: Sequence[Row], name: str) -> float:
    known = [(row[name], row["n"]) for row in rows if row[name] is not None and row[name] == row[name]]
    return float(np.average([value for value, _ in known], weights=[n for _, n in known])) if known else float("nan")


def _of(row: Row, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not np.isfinite(value) else value
