"""Intervals of money: where 80 % of customers of a like forecast end, as bands by forecast.

Belongs here: making bands of a month whose outcome is known, and laying forecasts into them. Does not belong here:
forecasts (`methods.amounts`), how many they cover (`amounts`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from arcana_assets.predictions.methods.fitted import is_number

NOMINAL = 0.8  # share of customers within their interval
BINS = 20  # of customers by forecast
_LEAST_IN_BIN = 20
_MOVES = 20  # points of the distribution of how far the whole base moves
# Standard deviation of the logarithm of outcome over forecast before it is known, and how many months it counts as: one
# window knows one season, so intervals must be wider than its customers are.
_PRIOR_DRIFT, _PRIOR_MONTHS = 0.3, 2


@dataclass(frozen=True)
class Band:
    """Customers of a like forecast: from which one on, and what they paid at least and at most, 80 % of them.

    As shares of the forecast where all of theirs are positive (`shares`): the largest are in one band, and far apart.
    `start` is null in the first one.
    """

    start: float | None
    low: float
    high: float
    shares: bool

    def as_dict(self) -> dict[str, Any]:
        """The band as JSON values."""
        return {"start": self.start, "low": self.low, "high": self.high, "shares": self.shares}


def bands(then: np.ndarray, paid: np.ndarray) -> list[Band]:
    """The bands of forecasts made then, and of what came of them, shape (n,), ascending; none with too few customers.

    Up to `BINS` groups by forecast, equal ones in one. Ends are quantiles of what each group paid, every outcome also
    where the whole base would have moved it (`_drift`). On the public sales file 78 to 87 % were within them, three
    months ahead, as of March to August; without the moves 75 to 86 %.
    """
    if len(then) < _LEAST_IN_BIN:
        return []
    starts = _starts(then)
    place = np.searchsorted(starts, then, side="right")
    normal = NormalDist(sigma=_drift(float(then.sum()), float(paid.sum())))
    moves = np.exp([normal.inv_cdf((step + 0.5) / _MOVES) for step in range(_MOVES)])
    found = []
    for part in range(len(starts) + 1):
        known = place == part
        shares = bool(then[known].min() > 0)
        came = np.outer(paid[known] / then[known] if shares else paid[known], moves)
        low, high = np.quantile(came, [(1 - NOMINAL) / 2, (1 + NOMINAL) / 2])
        found.append(Band(float(starts[part - 1]) if part else None, float(low), float(high), shares))
    return found


def within(found: Sequence[Band], expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper ends of forecasts, shape (n,), each around its forecast; null where there are no bands."""
    if not found:
        return np.full(len(expected), np.nan), np.full(len(expected), np.nan)
    starts = np.array([band.start for band in found[1:]], dtype="float64")
    place = np.searchsorted(starts, expected, side="right")
    unit = np.where(np.array([band.shares for band in found])[place], expected, 1.0)
    low, high = (np.array([getattr(band, end) for band in found])[place] * unit for end in ("low", "high"))
    return np.minimum(low, expected), np.maximum(high, expected)


def bands_from(rows: Any) -> list[Band]:
    """The bands that `as_dict` wrote. Raises ValueError saying what is wrong."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) and _is_band(row) for row in rows):
        raise ValueError("its intervals are a list of bands, each with 'start', 'low', 'high' and 'shares'")
    starts = [row["start"] for row in rows]
    if rows and (starts[0] is not None or None in starts[1:] or sorted(set(starts[1:])) != starts[1:]):
        raise ValueError("the bands of its intervals ascend, the first one without 'start'")
    return [Band(row["start"], row["low"], row["high"], row["shares"]) for row in rows]


def _is_band(row: Mapping[str, Any]) -> bool:
    numbers = all(is_number(row.get(end)) for end in ("low", "high"))
    start = row.get("start", math.nan)
    return numbers and (start is None or is_number(start)) and isinstance(row.get("shares"), bool)


def _drift(said: float, paid: float) -> float:
    """How far the whole base moves from what was said, as it did once and as bases do: a deviation of the logarithm."""
    known = [math.log(paid / said) ** 2] if said > 0 and paid > 0 else []
    return math.sqrt((sum(known) + _PRIOR_MONTHS * _PRIOR_DRIFT**2) / (len(known) + _PRIOR_MONTHS))


def _starts(forecasts: np.ndarray) -> np.ndarray:
    """Where groups of like forecasts begin, the first one left out: up to `BINS` groups of `_LEAST_IN_BIN` or more."""
    bins = max(1, min(BINS, len(forecasts) // _LEAST_IN_BIN))
    ordered = np.sort(forecasts)
    tried = np.unique(ordered[[len(ordered) * part // bins for part in range(1, bins)]])
    starts, left = list[float](), ordered
    for start in tried:
        if min((left < start).sum(), (left >= start).sum()) >= _LEAST_IN_BIN:
            starts.append(float(start))
            left = left[left >= start]
    return np.array(starts)
