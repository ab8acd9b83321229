"""Customers who stand out: by one measure alone, or by all together.

Belongs here: the rules over the customers of a month, as arrays. Does not belong here: events (`events`), what measures
there are (`tables`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.customer_360.outliers.tables import (
    FEWEST,
    FLOOR,
    ISOLATION_FOREST,
    OF_CUSTOMERS,
    ROBUST_Z,
    TOGETHER,
    revenue_in,
)
from arcana_assets.domain.settings.outliers import Outliers

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest

TO_SIGMA = 1.4826  # a median distance, as the standard deviation of a normal distribution
_NOBODY = np.empty(0, dtype="int64"), np.empty(0), 0.0, 0.0, np.empty(0)


def outlying_customers(frame: pd.DataFrame, measures: Sequence[str], settings: Outliers) -> pd.DataFrame:
    """The outliers of a month: the rows of `gold/outliers` but for the month, in the order of the customers.

    Takes one row a customer: customer_id, and the measures, absent where nothing is known. The same customers give the
    same rows whatever their order, for everything that draws has a seed.
    """
    return Usual.of(frame, measures, settings).outlying(frame, _paid(frame, measures))


@dataclass(frozen=True)
class Usual:
    """What is usual in a month, by all of its customers or a sample of them: what others are held against.

    `spreads` are middle and robust deviation of the logarithms by measure, where enough customers have any. The forest
    has its middles by measure, the anomaly that more than the outliers fall short of, and middle and robust deviation
    of it; None where too few are known.
    """

    measures: tuple[str, ...]
    settings: Outliers
    spreads: Mapping[str, tuple[float, float]]
    forest: "_Forest | None"

    @classmethod
    def of(cls, frame: pd.DataFrame, measures: Sequence[str], settings: Outliers) -> "Usual":
        """Takes customers as `outlying_customers` does."""
        _, values = _ordered(frame, measures)
        spreads = {}
        for name, column in zip(measures, values.T, strict=True):
            logs = np.log1p(np.abs(column[_has_any(column)]))
            if len(logs) >= FEWEST:
                middle, spread = _middle(logs)
                spreads[name] = middle, max(spread, FLOOR[OF_CUSTOMERS])
        return cls(tuple(measures), settings, spreads, _Forest.of(values, settings))

    def outlying(self, frame: pd.DataFrame, paid: float) -> pd.DataFrame:
        """The outliers among some customers, and what each pays of what is `paid` by all."""
        ordered, values = _ordered(frame, self.measures)
        parts = [self._far_out(column, name) for name, column in zip(self.measures, values.T, strict=True)]
        parts.append(self.forest.isolated(values) if self.forest else _rows(ISOLATION_FOREST, TOGETHER, *_NOBODY))
        found = pd.concat(parts, ignore_index=True)
        place = found.pop("place").to_numpy(dtype="int64")
        ids = ordered["customer_id"].to_numpy()[place]
        shares = _shares(ordered, self.measures, paid)[place]
        told = found.assign(grain=OF_CUSTOMERS, key=ids, customer_id=ids, share_of_revenue=shares)
        return told.sort_values(["customer_id", "rule", "measure"], ignore_index=True)

    def _far_out(self, column: np.ndarray, measure: str) -> pd.DataFrame:
        """Who is far above the others who have any. A size counts, so who got back much stands out as well."""
        if measure not in self.spreads:
            return _rows(ROBUST_Z, measure, *_NOBODY)
        place, (middle, spread) = _has_any(column), self.spreads[measure]
        scores = (np.log1p(np.abs(column[place])) - middle) / spread
        out = scores > self.settings.deviations
        return _rows(ROBUST_Z, measure, place[out], column[place[out]], float(np.expm1(middle)), spread, scores[out])


@dataclass(frozen=True)
class _Forest:
    """The forest that tells customers apart, and what is usual of its anomaly."""

    fitted: "IsolationForest"
    middles: list[float]
    limit: float
    middle: float
    spread: float

    @classmethod
    def of(cls, values: np.ndarray, settings: Outliers) -> "_Forest | None":
        """By customers with their measures, shape (n, measures): at most `contamination` of them are above the limit.

        Those of whom nothing is known are left out.
        """
        known = values[np.isfinite(values).any(axis=1)]
        most = int(settings.contamination * len(known))
        if len(known) < FEWEST or not most:
            return None
        from sklearn.ensemble import IsolationForest

        bent = np.sign(known) * np.log1p(np.abs(known))
        middles = [_middle(column[np.isfinite(column)])[0] for column in bent.T]
        fitted = IsolationForest(random_state=settings.seed).fit(_filled(bent, middles))
        anomaly = -fitted.score_samples(_filled(bent, middles))
        # Of customers who are all alike none is more of an outlier than the others: those at the limit are none.
        return cls(fitted, middles, float(np.sort(anomaly)[-most - 1]), *_middle(anomaly))

    def isolated(self, values: np.ndarray) -> pd.DataFrame:
        """Who is told apart more easily than the limit."""
        place = np.flatnonzero(np.isfinite(values).any(axis=1))
        if not len(place):
            return _rows(ISOLATION_FOREST, TOGETHER, *_NOBODY)
        bent = np.sign(values[place]) * np.log1p(np.abs(values[place]))
        anomaly = -self.fitted.score_samples(_filled(bent, self.middles))
        out = anomaly > self.limit
        middle, spread = self.middle, self.spread
        scores = (anomaly[out] - middle) / spread if spread else np.full(int(out.sum()), np.nan)
        return _rows(ISOLATION_FOREST, TOGETHER, place[out], anomaly[out], middle, spread, scores)


def _ordered(frame: pd.DataFrame, measures: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    ordered = frame.sort_values("customer_id", ignore_index=True)
    return ordered, ordered[list(measures)].astype("float64").to_numpy()


def _has_any(column: np.ndarray) -> np.ndarray:
    """The places of who has any of a measure."""
    return np.flatnonzero(np.isfinite(column) & (column != 0))


def _filled(bent: np.ndarray, middles: Sequence[float]) -> np.ndarray:
    """An absent value lies in the middle, as in a model of segments."""
    return np.where(np.isfinite(bent), bent, middles)


def _middle(values: np.ndarray) -> tuple[float, float]:
    """Median, and median distance from it as a standard deviation."""
    if not len(values):
        return 0.0, 0.0
    middle = float(np.median(values))
    return middle, TO_SIGMA * float(np.median(np.abs(values - middle)))


def _rows(
    rule: str, measure: str, place: np.ndarray, value: np.ndarray, centre: float, spread: float, score: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({"place": place, "value": value, "score": score}).assign(
        rule=rule, measure=measure, centre=centre, spread=spread
    )


def _paid(customers: pd.DataFrame, measures: Sequence[str]) -> float:
    """What all customers pay that the domain knows, those below 0 left out; 0 where it knows nothing of it."""
    name = revenue_in(measures)
    return 0.0 if name is None else float(np.sort(_above_0(customers[name])).sum())


def _shares(customers: pd.DataFrame, measures: Sequence[str], paid: float) -> np.ndarray:
    """The part of each customer in what all pay; unknown where the domain has no such measure, or nobody pays."""
    name = revenue_in(measures)
    if name is None or not paid:
        return np.full(len(customers), np.nan)
    return _above_0(customers[name]) / paid


def _above_0(values: pd.Series) -> np.ndarray:
    return np.maximum(np.nan_to_num(values.astype("float64").to_numpy()), 0.0)
