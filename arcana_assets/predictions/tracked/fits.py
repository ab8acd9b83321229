"""Tracked fits of a prediction: what is told of one beside its model. No customer is in any of it.

Belongs here: parameters, measures and texts of a fit, from its row of the models. Does not belong here: how MLflow
keeps it (`tracking`), which rows are handed over (`assets.tracking`).
"""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.presentation.language import Language

Row = Mapping[str, Any]
_MEASURES = ("auc", "brier", "skill", "slope", "bias", "reached_100", "rmse", "mae", "spearman", "coverage")


def served_json(row: Row) -> str:
    """The model and who of its candidates serves, as `served_model` reads it: what a fit is known by."""
    return json.dumps({"champion": row["champion"], "model": row["model"]}, ensure_ascii=False)


def parameters(prediction: Prediction, row: Row) -> dict[str, str | int | float]:
    """The settings of a fit, who serves, and what it was learned from."""
    return {
        "champion": row["champion"],
        "target": prediction.target,
        "horizon": row["horizon"],
        "unit": prediction.unit,
        "features": ", ".join(prediction.features),
        "candidates": ", ".join(prediction.tried),
        "train_from": f"{row['train_from']:%Y-%m}",
        "train_to": f"{row['train_to']:%Y-%m}",
        "settings": json.dumps(prediction.model_dump(mode="json"), ensure_ascii=False),
    }


def metrics(row: Row) -> dict[str, float]:
    """Measures of each candidate on each hold-out, as `additive/brier/2011-03`, and the customers learned from."""
    found = {"customers": float(row["rows"]), "events": float(row["events"])}
    for each in json.loads(row["evaluation"]):
        for name in _MEASURES:
            value = each.get(name)
            if value is not None and math.isfinite(value):
                found[f"{each['candidate']}/{name}/{each['hold_out'][:7]}"] = float(value)
    return found


def texts(row: Row, language: Language) -> dict[str, str]:
    """Why it serves, the leaderboard and the calibration, by file name in a language."""
    return {
        f"{language.say('tracked.reason')}.txt": f"{row['reason']}\n",
        "leaderboard.csv": _csv(json.loads(row["evaluation"])),
        f"{language.say('tracked.calibration')}.csv": _csv(json.loads(row["calibration"])),
    }


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
