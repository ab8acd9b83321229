"""The evaluation of a month: candidates on the last months whose outcome is known by now, each learned before it.

Belongs here: hold-outs, rows of the leaderboard and of calibration. Does not belong here: measures (`measures`), the
choice (`champion`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from arcana_assets.predictions.champion import LAST, Choice, InUse, choice, judged, unopposed
from arcana_assets.predictions.measures import TENTHS, calibration, deciles, measured
from arcana_assets.predictions.methods.fitted import probability
from arcana_assets.predictions.model import BASE, PredictionModel
from arcana_assets.predictions.rows import AsOf
from arcana_assets.presentation.language import Language


@dataclass(frozen=True, eq=False)
class HoldOut:
    """A month that was predicted by what was known at its end, and what came: `came` in the order of its customers.

    Of the longest horizon in days also on which `days` after it each first did it, nan where not within it. `earlier`
    is the last month whose outcome was known at that end; None where none was, or nobody asks for it.
    """

    known: AsOf
    model: PredictionModel
    came: np.ndarray
    days: np.ndarray | None = None
    earlier: "HoldOut | None" = None


@dataclass(frozen=True)
class Evaluation:
    """Who serves, rows of the leaderboard (a candidate and hold-out each), and rows of the calibration of who does."""

    choice: Choice
    board: list[dict[str, Any]]
    calibration: list[dict[str, Any]]


def evaluated(
    language: Language,
    hold_outs: Sequence[HoldOut],
    model: PredictionModel,
    before: InUse | None,
    least_slope: float,
) -> Evaluation:
    """The evaluation of a month by its hold-outs, told in the language; those that learned nothing judge nobody.

    `model` is what was learned by now, whose candidates are to serve; those do not whose calibration slope over all
    hold-outs is below `least_slope`.
    """
    if not model.candidates:
        return Evaluation(Choice("", model.note or "", frozenset()), [], [])
    if model.silent:
        return Evaluation(unopposed(language, BASE, "few"), [], [])
    able = [each for each in hold_outs if not each.model.silent and len(each.came)]
    if not able:
        return Evaluation(unopposed(language, LAST, "not_compared"), [], [])
    logits = {
        name: [each.model.candidates[name].logits(each.known.numbers) for each in able] for name in model.candidates
    }
    came = np.concatenate([each.came for each in able])
    customers = np.concatenate([each.known.customers for each in able])
    losses = {name: (probability(np.concatenate(found)) - came) ** 2 for name, found in logits.items()}
    months = np.concatenate([np.full(len(each.came), each.known.month, dtype=object) for each in able])
    slopes = {name: calibration(np.concatenate(found), came)[0] for name, found in logits.items()}
    too_sure = {name: slope for name, slope in slopes.items() if slope < least_slope}
    chosen = choice(language, losses, customers, months, before, too_sure)
    among = {each.name: each for each in judged(losses, customers)}
    board = []
    for name, found in logits.items():
        for place, hold_out in enumerate(able):
            measures = measured(found[place], hold_out.came)
            last = measured(logits[LAST][place], hold_out.came)["brier"]
            board.append(
                {
                    "candidate": name,
                    "hold_out": hold_out.known.month,
                    "n": len(hold_out.came),
                    "events": int(hold_out.came.sum()),
                    **measures,
                    "skill": 1 - measures["brier"] / last if last > 0 else np.nan,
                    "low": among[name].low,
                    "high": among[name].high,
                    "serves": name == chosen.name,
                }
            )
    days = [each.days for each in able if each.days is not None]
    told = np.concatenate(days) if len(days) == len(able) else None
    return Evaluation(chosen, board, calibrated(np.concatenate(logits[chosen.name]), came, told))


def calibrated(logits: np.ndarray, came: np.ndarray, days: np.ndarray | None = None) -> list[dict[str, Any]]:
    """What was said and what came, by tenth of what was said; a tenth that nobody is in has no row.

    With `days`, on which each first did it, also `half_by`: the day by which half of the tenth had; null where fewer
    ever did.
    """
    said, tenth = probability(logits), deciles(logits)
    return [
        {
            "decile": place,
            "predicted": float(said[tenth == place].mean()),
            "observed": float(came[tenth == place].mean()),
            "n": int((tenth == place).sum()),
            "half_by": None if days is None else half_by(days[tenth == place]),
        }
        for place in range(1, TENTHS + 1)
        if (tenth == place).any()
    ]


def half_by(days: np.ndarray) -> int | None:
    """The day by which half had done it, nan for those who did not; None where fewer than half did.

    >>> half_by(np.array([9.0, 2.0, np.nan, np.nan])), half_by(np.array([9.0, np.nan, np.nan]))
    (9, None)
    """
    needed = -(-len(days) // 2)
    known = np.sort(days[~np.isnan(days)])
    return int(known[needed - 1]) if 0 < needed <= len(known) else None


def over_all(board: Sequence[Mapping[str, Any]], goal_slope: tuple[float, float], goal_bias: float) -> list[str]:
    """What of the candidate that serves does not hold, a sentence a month: slope or bias beyond the goals."""
    found = []
    for row in board:
        if not row["serves"]:
            continue
        slope, bias, month = row["slope"], row["bias"], row["hold_out"]
        if np.isfinite(slope) and not goal_slope[0] <= slope <= goal_slope[1]:
            found.append(f"as of {_month(month)} the calibration slope was {slope:.2f}")
        if abs(bias) > goal_bias:
            found.append(f"as of {_month(month)} the mean probability was {bias:+.2f} from what came")
    return found


def _month(month: date) -> str:
    return f"{month:%Y-%m}"
