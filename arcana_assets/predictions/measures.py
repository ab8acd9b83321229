"""Measures of probabilities against what came: rank, distance, calibration, and whether one set is nearer than another.

Belongs here: arithmetic on probabilities and outcomes. Does not belong here: who serves by them (`champion`).
"""

from functools import lru_cache
from statistics import NormalDist

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.fitted import probability

RESAMPLES, CONFIDENCE, SEED = 500, 0.95, 7
MOST_RESAMPLED = 5_000  # customers beyond which the interval is that of a normal distribution
TENTHS = 10
CONTACTS = 100  # customers that a person may call in a month


def measured(logits: np.ndarray, came: np.ndarray) -> dict[str, float]:
    """AUC, Brier score, calibration slope and intercept, bias, lift and capture of the best tenth, and what 100 reach.

    Takes log-odds and outcomes, shape (n,). `bias` is the mean probability less the rate of events; `lift_10` is the
    rate of the likeliest tenth over that of all, `capture_10` its part of the events. Null where one kind of outcome
    lacks: rank and slope are of two. `reached_100` are the events among the 100 likeliest, see `reached`. The slope is
    that of a logistic regression of what came on the log-odds (Cox 1958), null where all are alike.
    """
    said, found = probability(logits), dict.fromkeys(("auc", "slope", "intercept", "lift_10", "capture_10"), np.nan)
    events, rows = float(came.sum()), len(came)
    found["reached_100"] = reached(logits, came, CONTACTS)
    found |= {"brier": float(np.mean((said - came) ** 2)), "bias": float(said.mean() - came.mean())}
    if 0 < events < rows:
        ranks = pd.Series(logits).rank().to_numpy()
        found["auc"] = float((ranks[came > 0].sum() - events * (events + 1) / 2) / (events * (rows - events)))
        found["slope"], found["intercept"] = calibration(logits, came)
        # Of who is as likely as the last of the tenth, a part counts: the order of rows must not decide.
        weights = best_tenth(logits)
        found["capture_10"] = float((weights * came).sum() / events)
        found["lift_10"] = float((weights * came).sum() / weights.sum() / (events / rows))
    return found


def reached(ranks: np.ndarray, gained: np.ndarray, contacts: float) -> float:
    """What so many customers gain, those of the highest rank first; null where there are fewer customers.

    Takes what each is ranked by, shape (n,), and what is gained of each: 1 of whom the event came, or revenue. Of those
    who rank as the last one does each counts in part, so that it is the mean over all orders of them.
    """
    return float((first(ranks, contacts) * gained).sum()) if contacts <= len(ranks) else float("nan")


def best_tenth(logits: np.ndarray) -> np.ndarray:
    """How much of each row is in the likeliest tenth: 1, 0, and a part of those that are as likely as its last."""
    return first(logits, len(logits) / TENTHS)


def first(ranks: np.ndarray, size: float) -> np.ndarray:
    """How much of each row is among the first so many by rank: 1, 0, and a part of those that rank as the last does."""
    limit = np.sort(ranks)[::-1][max(int(np.ceil(size)) - 1, 0)]
    above, level = ranks > limit, ranks == limit
    return np.where(level, (size - above.sum()) / level.sum(), above.astype("float64"))


def calibration(logits: np.ndarray, came: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of what came on log-odds; null where it has no end.

    By Newton's method from the rate of all on standardised log-odds: from the log-odds as they are it has nowhere to go
    where they are extreme, and those are to be found out.
    """
    centre, spread = float(np.mean(logits)), float(np.std(logits))
    if np.ptp(logits) < 1e-9 or not 0 < came.mean() < 1:
        return float("nan"), float("nan")
    points = (logits - centre) / spread
    slope, level = 0.0, float(np.log(came.mean() / (1 - came.mean())))
    for _ in range(100):
        said = probability(level + slope * points)
        weight = said * (1 - said)
        first = np.array([(came - said).sum(), ((came - said) * points).sum()])
        second = np.array(
            [[weight.sum(), (weight * points).sum()], [(weight * points).sum(), (weight * points**2).sum()]]
        )
        if np.linalg.cond(second) > 1e12:
            return float("nan"), float("nan")
        step = np.linalg.solve(second, first)
        level, slope = level + step[0], slope + step[1]
        if np.abs(step).max() < 1e-9:
            return float(slope / spread), float(level - slope * centre / spread)
    return float("nan"), float("nan")


def deciles(logits: np.ndarray) -> np.ndarray:
    """The tenth of each row, 1 the least likely; who is as likely is in the same one."""
    return tenths(logits, ends_of_tenths(logits))


def ends_of_tenths(logits: np.ndarray) -> np.ndarray:
    """The largest value of each tenth but the last, shape (9,); of one that nobody is in, that of the one before."""
    if not len(logits):
        return np.full(TENTHS - 1, -np.inf)
    place = pd.Series(logits).rank(method="average", pct=True).to_numpy()
    of = np.clip(np.ceil(place * TENTHS), 1, TENTHS)
    return np.array([logits[of <= tenth].max(initial=-np.inf) for tenth in range(1, TENTHS)])


def tenths(logits: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The tenth of each row of a part, 1 the least likely, by the ends of the tenths of all."""
    return 1 + np.searchsorted(ends, logits, side="left")


def difference(losses: np.ndarray, others: np.ndarray, customers: np.ndarray) -> tuple[float, float, float]:
    """The mean of losses less others, and the ends of its 95 % interval.

    Takes two losses of the same rows, shape (n,), and whose each is. Customers are resampled, not rows: one is there in
    several months, and misses likewise in all of them.
    """
    codes, _ = pd.factorize(customers)
    count = int(codes.max()) + 1
    sums, rows = np.bincount(codes, losses - others, count), np.bincount(codes, minlength=count).astype("float64")
    mean = float(sums.sum() / rows.sum())
    edges = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    if count > MOST_RESAMPLED:
        width = NormalDist().inv_cdf(edges[1]) * float(np.std(sums - mean * rows) / rows.mean() / np.sqrt(count))
        return mean, mean - width, mean + width
    drawn = _drawn(count)
    means = (drawn @ sums) / (drawn @ rows)
    low, high = np.quantile(means, edges)
    return mean, float(low), float(high)


@lru_cache(maxsize=2)
def _drawn(count: int) -> np.ndarray:
    """How often each of so many customers is in each resample; all differences of a leaderboard are of the same."""
    draw = np.random.default_rng(SEED)
    return np.array(
        [np.bincount(draw.integers(0, count, count), minlength=count) for _ in range(RESAMPLES)], dtype="float64"
    )
