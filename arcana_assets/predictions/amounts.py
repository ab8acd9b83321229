"""The evaluation of spend: candidates on the last months whose outcome is known, who serves, and its intervals.

Belongs here: measures of money, the choice, rows of the leaderboard. Does not belong here: candidates
(`methods.amounts`), bands (`intervals`), probabilities (`evaluation`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.predictions.champion import LAST, Choice, InUse, judged, method, not_below, unopposed
from arcana_assets.predictions.evaluation import Evaluation, HoldOut
from arcana_assets.predictions.intervals import Band, bands, within
from arcana_assets.predictions.measures import best_tenth
from arcana_assets.predictions.methods.amounts import Amount
from arcana_assets.predictions.model import PredictionModel
from arcana_assets.presentation.language import Language

HALF = "half_and_half"
LEAST_MONTHS = 2
"""Months that a hold-out's candidates were learned from, at least: one month is its season, and its window one month.
On the public sales file the mean missed by 12 % more than half-and-half then, and by 1 to 6 % less later."""


def measured_money(said: np.ndarray, paid: np.ndarray) -> dict[str, float]:
    """RMSE, MAE, rank correlation, and what part of the revenue the tenth of most forecast pays.

    Takes what was said of each customer and what it paid, shape (n,). Null where all are alike, or nothing is paid.
    """
    off, total = said - paid, float(paid.sum())
    alike = np.ptp(said) == 0 or np.ptp(paid) == 0
    return {
        "rmse": float(np.sqrt(np.mean(off**2))),
        "mae": float(np.mean(np.abs(off))),
        "spearman": float("nan") if alike else float(pd.Series(said).rank().corr(pd.Series(paid).rank())),
        "revenue_10": float((best_tenth(said) * paid).sum() / total) if total > 0 else float("nan"),
    }


def covered(low: np.ndarray, high: np.ndarray, paid: np.ndarray) -> float:
    """The share of customers who paid what their interval says; null where there are none."""
    return float(np.mean((low <= paid) & (paid <= high))) if len(low) and not np.isnan(low).any() else float("nan")


def evaluated_amounts(
    language: Language, hold_outs: Sequence[HoldOut], model: PredictionModel, before: InUse | None
) -> Evaluation:
    """The evaluation of a month by its hold-outs; the bands of who serves stand for its calibration.

    `model` is what was learned by now, whose candidates are to serve. Hold-outs that learned nothing, or of one month
    only, judge nobody: half-and-half serves then.
    """
    able = [each for each in hold_outs if _judges(each)]
    chosen, board = _unjudged(language, model), list[dict[str, Any]]()
    if able and not model.silent:
        customers = np.concatenate([each.known.customers for each in able])
        losses = {name: np.concatenate([_losses(each, name) for each in able]) for name in model.amounts}
        months = np.concatenate([np.full(len(each.came), each.known.month, dtype=object) for each in able])
        chosen = choice_of_amounts(language, losses, months, before)
        among = {each.name: each for each in judged(losses, customers)}
        board = [
            _row(each, name) | {"low": among[name].low, "high": among[name].high, "serves": name == chosen.name}
            for name in model.amounts
            for each in able
        ]
    known = bands_of(hold_outs[-1] if hold_outs else None, chosen.name)
    return Evaluation(chosen, board, [band.as_dict() for band in known])


def choice_of_amounts(
    language: Language, losses: Mapping[str, np.ndarray], months: np.ndarray, before: InUse | None
) -> Choice:
    """The candidate of the lowest squared error; the simplest of equal ones.

    Takes losses as shares of the last period's mean, and the hold-out of each row. Not the simplest within the interval
    of the best, as for probabilities: few customers make most of the squared error of money, so that every interval
    holds nearly everybody, and the simplest, the window's rate, missed by up to 7 % more than half-and-half on the
    public sales file. What served `before` stays until another is better in two months running. Never one that does not
    beat the last period in each hold-out.
    """
    errors = {name: float(each.mean()) for name, each in losses.items()}
    able = [name for name in errors if name != LAST and not not_below(losses[name], losses[LAST], months)]
    if not able:
        return unopposed(language, LAST, "nobody_better_of_spend", of_money=True)
    best = min(able, key=lambda name: errors[name])
    stays = before is not None and before.name in able and best not in before.beyond
    name = before.name if before is not None and stays else best
    beyond = frozenset(each for each in able if errors[each] < errors[name])
    named = {each: method(language, each, of_money=True) for each in able}
    below = {each: language.percent(1 - errors[each] / errors[LAST]) for each in able}
    say, beside = language.say, ""
    if name != best:
        beside = say("predicted.serves.rises_of_spend", best=named[best], saved=below[best])
    told = say("predicted.serves.of_spend", method=named[name], saved=below[name], beside=beside)
    return Choice(name, told, beyond)


def bands_of(known: HoldOut | None, name: str) -> list[Band]:
    """The bands of a candidate by a month whose outcome is known; by half-and-half's where it was not learned then."""
    made = _said(known, name) if known is not None else None
    return bands(made, known.came) if known is not None and made is not None else []


def not_covered(board: Sequence[Mapping[str, Any]], goal: tuple[float, float]) -> str | None:
    """How many the intervals of what serves covered on the hold-outs, where that is beyond the goal."""
    told = [(row["coverage"], row["n"]) for row in board if row["serves"] and np.isfinite(row["coverage"])]
    share = float(np.average([each for each, _ in told], weights=[count for _, count in told])) if told else None
    if share is None or goal[0] <= share <= goal[1]:
        return None
    return f"{share:.0%} of the customers paid what their 80 % interval said; expected {goal[0]:.0%} to {goal[1]:.0%}"


def _unjudged(language: Language, model: PredictionModel) -> Choice:
    how = "few_of_spend" if model.silent else "not_compared"
    return unopposed(language, HALF if HALF in model.amounts else LAST, how, of_money=True)


def _judges(each: HoldOut) -> bool:
    return not each.model.silent and len(each.came) > 0 and len(each.model.months) >= LEAST_MONTHS


def _said(known: HoldOut, name: str) -> np.ndarray | None:
    made: Amount | None = known.model.amounts.get(name) or known.model.amounts.get(HALF)
    return made.amounts(known.known.numbers) if made is not None else None


def _losses(each: HoldOut, name: str) -> np.ndarray:
    """Squared errors as shares of the last period's mean: months of more money weigh no more than others."""
    said, last = (each.model.amounts[of].amounts(each.known.numbers) for of in (name, LAST))
    usual = float(np.mean((last - each.came) ** 2))
    return np.asarray((said - each.came) ** 2 / (usual if usual > 0 else 1.0))


def _row(each: HoldOut, name: str) -> dict[str, Any]:
    """What is known of a candidate by one hold-out; what is of probabilities is null."""
    said, last = (each.model.amounts[of].amounts(each.known.numbers) for of in (name, LAST))
    found, against = measured_money(said, each.came), float(np.mean((last - each.came) ** 2))
    ends = within(bands_of(each.earlier, name), said)
    absent = dict.fromkeys(("auc", "brier", "slope", "intercept", "bias", "lift_10", "capture_10"), np.nan)
    return {
        "candidate": name,
        "hold_out": each.known.month,
        "n": len(each.came),
        "events": int((each.came > 0).sum()),
        **absent,
        **found,
        "coverage": covered(*ends, each.came),
        "skill": 1 - found["rmse"] ** 2 / against if against > 0 else np.nan,
    }
