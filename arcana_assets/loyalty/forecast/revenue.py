"""Revenue forecasts: what groups of customers will pay in the next months, by several models, with intervals.

Belongs here: the models, what hold-outs say of them, which one serves, and the intervals. Does not belong here: what a
month keeps of them (`forecast.month`).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.presentation.language import Language

HORIZONS = (1, 3, 6)  # months
LAST, RATE, HALF = "last_period", "window_rate", "half_and_half"
SEASONAL = "seasonal"
_MODELS = (HALF, LAST, RATE, SEASONAL)
_NOMINAL = 0.8  # share of outcomes within intervals
# Standard deviation of the logarithm of outcome over forecast before any outcome is known, and how many months of
# outcomes it counts as: one year cannot know a season, so the first intervals must be wide.
_PRIOR_DRIFT, _PRIOR_MONTHS = 0.3, 2
LEAST_HOLD_OUTS = 6  # months of forecasts whose outcome is known, before another model than HALF may serve


@dataclass(frozen=True)
class Forecasts:
    """What models say of each customer: values of shape (n,) by model and horizon.

    Or of each group of so many (`sizes`): whatever a model says of a group is the sum of what it says of its customers.
    """

    customers: pd.Index
    values: Mapping[tuple[str, int], np.ndarray]
    sizes: np.ndarray


def forecasts(history: pd.DataFrame, known_months: int, lookback: int) -> Forecasts:
    """The forecasts of all models but the seasonal one.

    Takes the rows of `customer_360.revenue.revenue_history`, or their sums by group with how many `customers` each has,
    and how many months of data there are. A period longer than that is taken as as many months as there are, stretched.
    """
    values: dict[tuple[str, int], np.ndarray] = {}
    window = history["window"].to_numpy(dtype="float64") / min(lookback, known_months)
    for horizon in HORIZONS:
        last = history[f"last_{horizon}"].to_numpy(dtype="float64") * horizon / min(horizon, known_months)
        values[LAST, horizon], values[RATE, horizon] = last, window * horizon
        values[HALF, horizon] = (last + window * horizon) / 2
    sizes = history["customers"].to_numpy() if "customers" in history.columns else np.ones(len(history), dtype="int64")
    return Forecasts(pd.Index(history["customer_id"]), values, sizes)


def group_totals(made: Forecasts, groups: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """The forecasts of groups of customers: group, horizon, model, forecast, customers."""
    rows = []
    for group, members in groups.items():
        inside = made.customers.isin(list(members))
        for (model, horizon), values in made.values.items():
            forecast = float(values[inside].sum())
            rows.append((group, horizon, model, forecast, int(made.sizes[inside].sum())))
    return pd.DataFrame(rows, columns=["group", "horizon", "model", "forecast", "customers"])


def seasonal(totals: pd.DataFrame, results: pd.DataFrame, month: date) -> pd.DataFrame:
    """The forecasts of HALF times what the outcome of a year ago was to its own forecast then; none without one."""
    now = totals[totals["model"] == HALF]
    if results.empty:
        return now.iloc[:0].assign(model=SEASONAL)
    then = results[(results["made_in"] == shifted(month, -12)) & (results["model"] == HALF)]
    then = then[(then["forecast"] > 0) & (then["outcome"] > 0)]
    ratio = then.assign(ratio=then["outcome"] / then["forecast"])[["group", "horizon", "ratio"]]
    both = now.merge(ratio, on=["group", "horizon"])
    return both.assign(model=SEASONAL, forecast=both["forecast"] * both["ratio"])[list(now.columns)]


def leaderboard(results: pd.DataFrame) -> pd.DataFrame:
    """What is known of each model and horizon: horizon, model, months, error, bias, drift, coverage.

    Takes forecasts whose outcome is known: made_in, group, horizon, model, forecast, outcome, covered (null where
    there was no interval). `error` is the sum of |forecast - outcome| over that of |outcome|, `bias` the sum of
    forecasts over that of outcomes, less 1, both in the mean over groups; `drift` the root mean square of log(outcome
    / forecast), of those that have one; null where nothing is known.
    """
    rows = []
    for (horizon, model), mine in results.groupby(["horizon", "model"], sort=True):
        error, bias = missed(mine)
        both = mine[(mine["outcome"] > 0) & (mine["forecast"] > 0)]
        logs = np.log(both["outcome"].to_numpy(dtype="float64") / both["forecast"].to_numpy(dtype="float64"))
        drift = float(np.sqrt(np.mean(logs**2))) if len(logs) else math.nan
        covered = mine["covered"].dropna()
        coverage = float(covered.astype("float64").mean()) if len(covered) else math.nan
        rows.append((horizon, model, mine["made_in"].nunique(), error, bias, drift, coverage))
    columns = ["horizon", "model", "months", "error", "bias", "drift", "coverage"]
    return pd.DataFrame(rows, columns=columns)


def missed(results: pd.DataFrame) -> tuple[float, float]:
    """Error and bias of forecasts, as in `leaderboard`; null where no group had any outcome."""
    table = results[["group", "forecast", "outcome"]].assign(
        off=(results["forecast"] - results["outcome"]).abs(), size=results["outcome"].abs()
    )
    sums = table.groupby("group").sum()
    sums = sums[sums["outcome"] > 0]
    if sums.empty:
        return math.nan, math.nan
    return float((sums["off"] / sums["size"]).mean()), float((sums["forecast"] / sums["outcome"] - 1).mean())


def skill(results: pd.DataFrame) -> tuple[float, float, int] | None:
    """Error of what served and of repeating the last period, on the same forecasts, and how many these are.

    Takes forecasts whose outcome is known, as `leaderboard` does, and whether each `served`. Errors are means over
    horizons. None where no forecast of both is known.
    """
    key, ours = ["made_in", "group", "horizon"], results["served"].astype("boolean").fillna(False)
    last = results.loc[results["model"] == LAST, [*key, "forecast"]].rename(columns={"forecast": "repeated"})
    both = results[ours].merge(last, on=key)
    found = [
        (missed(mine)[0], missed(mine.assign(forecast=mine["repeated"]))[0]) for _, mine in both.groupby("horizon")
    ]
    known = [each for each in found if not math.isnan(each[0])]
    if not known:
        return None
    served, repeated = (float(np.mean(errors)) for errors in zip(*known, strict=True))
    return served, repeated, len(both)


def serving(results: pd.DataFrame, horizon: int, available: Iterable[str]) -> str:
    """The model that serves a horizon: what gains most over HALF in error plus absolute bias; HALF if nothing does.

    A model is held against HALF on the months that both are known of, `LEAST_HOLD_OUTS` of them or more: one that says
    nothing in some months, or begins later, is not compared on months that it was spared.
    """
    mine = results[results["horizon"] == horizon]
    usual = mine[mine["model"] == HALF]
    best, most = HALF, 0.0
    for model in _MODELS:
        if model == HALF or model not in set(available):
            continue
        rows = mine[mine["model"] == model]
        common = set(rows["made_in"]) & set(usual["made_in"])
        if len(common) < LEAST_HOLD_OUTS:
            continue
        losses = [
            error + abs(bias) for error, bias in (missed(each[each["made_in"].isin(common)]) for each in (usual, rows))
        ]
        if losses[0] - losses[1] > most:
            best, most = model, losses[0] - losses[1]
    return best


def interval(forecast: float, drift: float, months: int) -> tuple[float, float]:
    """The 80 % interval of a group's revenue: log-normal, as wide as forecasts have been off before.

    Takes the drift of the model on so many months of hold-outs (none: it counts for nothing). A forecast that is not
    positive has no such interval: both are null.
    """
    if not forecast > 0:
        return math.nan, math.nan
    off = _normal((1 + _NOMINAL) / 2) * spread(drift, months)
    return forecast * math.exp(-off), forecast * math.exp(off)


def spread(drift: float, months: int) -> float:
    """How far the whole base moves from what was forecast: a standard deviation of the logarithm.

    A season or a price is most of what a forecast misses; it does not average out over customers, as resampling them
    would have it. Takes what `interval` takes.
    """
    known = months * drift**2 if months and math.isfinite(drift) else 0.0
    weight = months if known else 0
    return math.sqrt((known + _PRIOR_MONTHS * _PRIOR_DRIFT**2) / (weight + _PRIOR_MONTHS))


def _normal(share: float) -> float:
    return NormalDist().inv_cdf(share)


def models_silent(language: Language, spoken: Iterable[str]) -> dict[str, str]:
    """Why each model that says nothing does not, in words; only the seasonal one waits for data."""
    return {} if SEASONAL in spoken else {SEASONAL: language.say("programme.silent")}


def model_in_words(language: Language, model: str) -> str:
    """What business people call a model."""
    key = f"programme.models.{model}"
    return language.say(key) if language.knows(key) else model
