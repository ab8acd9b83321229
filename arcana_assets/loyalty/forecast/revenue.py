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

HORIZONS = (1, 3, 6)  # months
LAST, RATE, HALF = "last_period", "window_rate", "half_and_half"
SEASONAL = "seasonal"
_MODELS = (HALF, LAST, RATE, SEASONAL)
MODEL_WORDS = {
    HALF: "metade último período, metade ritmo da janela",
    LAST: "igual ao último período",
    RATE: "ritmo da janela",
    SEASONAL: "ritmo corrigido pelo mesmo período do ano anterior",
}
_NOMINAL = 0.8  # share of outcomes within intervals
# Standard deviation of the logarithm of outcome over forecast before any outcome is known, and how many months of
# outcomes it counts as: one year cannot know a season, so the first intervals must be wide.
_PRIOR_DRIFT, _PRIOR_MONTHS = 0.3, 2
LEAST_HOLD_OUTS = 6  # months of forecasts whose outcome is known, before another model than HALF may serve
BINS = 20  # of customers by forecast, for the uncertainty of one of them
_LEAST_IN_BIN = 20


@dataclass(frozen=True)
class Forecasts:
    """What models say of each customer: values of shape (n,) by model and horizon."""

    customers: pd.Index
    values: Mapping[tuple[str, int], np.ndarray]


def forecasts(history: pd.DataFrame, known_months: int, lookback: int) -> Forecasts:
    """The forecasts of all models but the seasonal one.

    Takes the rows of `customer_360.revenue.revenue_history`, and how many months of data there are. A period longer
    than that is taken as as many months as there are, stretched.
    """
    values: dict[tuple[str, int], np.ndarray] = {}
    window = history["window"].to_numpy(dtype="float64") / min(lookback, known_months)
    for horizon in HORIZONS:
        last = history[f"last_{horizon}"].to_numpy(dtype="float64") * horizon / min(horizon, known_months)
        values[LAST, horizon], values[RATE, horizon] = last, window * horizon
        values[HALF, horizon] = (last + window * horizon) / 2
    return Forecasts(pd.Index(history["customer_id"]), values)


def group_totals(made: Forecasts, groups: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """The forecasts of groups of customers: group, horizon, model, forecast, customers."""
    rows = []
    for group, members in groups.items():
        inside = made.customers.isin(list(members))
        for (model, horizon), values in made.values.items():
            forecast = float(values[inside].sum())
            rows.append((group, horizon, model, forecast, int(inside.sum())))
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

    Takes the drift of the model on so many months of hold-outs (none: it counts for nothing). How the whole base moves
    (a season, a price) is most of what a forecast misses; it does not average out over customers, as resampling them
    would have it. A forecast that is not positive has no such interval: both are null.
    """
    if not forecast > 0:
        return math.nan, math.nan
    known = months * drift**2 if months and math.isfinite(drift) else 0.0
    weight = months if known else 0
    z = NormalDist().inv_cdf((1 + _NOMINAL) / 2)
    spread = z * math.sqrt((known + _PRIOR_MONTHS * _PRIOR_DRIFT**2) / (weight + _PRIOR_MONTHS))
    return forecast * math.exp(-spread), forecast * math.exp(spread)


def customer_intervals(then: np.ndarray, outcome: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 80 % interval of each customer's revenue, from customers of a like forecast whose outcome is known.

    Takes forecasts made then and what came of them, shape (n,), and forecasts made now, shape (m,). Customers of then
    are put into up to `BINS` groups by forecast, equal ones into one; the ends are the 10 % and 90 % quantiles of the
    outcome as a share of the forecast (of the outcome itself, where a group has forecasts that are not positive) in
    the group that a forecast of now falls into, never on its wrong side. Null with too few customers.
    """
    if len(then) < _LEAST_IN_BIN:
        return np.full(len(now), np.nan), np.full(len(now), np.nan)
    bounds = _bounds(then)
    place = np.searchsorted(bounds, then, side="right")
    shares = [(1 - _NOMINAL) / 2, (1 + _NOMINAL) / 2]
    mine = np.searchsorted(bounds, now, side="right")
    low, high = np.empty(len(now)), np.empty(len(now))
    for part in range(len(bounds) + 1):
        known, asked = place == part, mine == part
        # As shares of the forecast where there is one: the largest customers are in one group, and far apart.
        scaled = then[known].min() > 0
        ends = np.quantile(outcome[known] / then[known] if scaled else outcome[known], shares)
        low[asked], high[asked] = (end * (now[asked] if scaled else 1.0) for end in ends)
    return np.minimum(low, now), np.maximum(high, now)


def _bounds(forecasts: np.ndarray) -> np.ndarray:
    """Where groups of like forecasts begin, the first one left out: up to `BINS` groups of `_LEAST_IN_BIN` or more."""
    bins = max(1, min(BINS, len(forecasts) // _LEAST_IN_BIN))
    ordered = np.sort(forecasts)
    tried = np.unique(ordered[[len(ordered) * part // bins for part in range(1, bins)]])
    bounds: list[float] = []
    left = ordered
    for bound in tried:
        if min((left < bound).sum(), (left >= bound).sum()) >= _LEAST_IN_BIN:
            bounds.append(float(bound))
            left = left[left >= bound]
    return np.array(bounds)


def models_silent(spoken: Iterable[str]) -> dict[str, str]:
    """Why each model that says nothing does not; only the seasonal one waits for data."""
    return {} if SEASONAL in spoken else {SEASONAL: "não há previsões de um ano atrás com resultado conhecido"}
