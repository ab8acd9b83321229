"""Customers who stand out: by one measure alone, or by all together.

Belongs here: the rules over the customers of a month, as arrays. Does not belong here: events (`events`), what measures
there are (`tables`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from arcana_assets.customer_360.outliers.tables import (
    FEWEST,
    FLOOR,
    ISOLATION_FOREST,
    OF_CUSTOMERS,
    REVENUE,
    ROBUST_Z,
    TOGETHER,
)
from arcana_assets.domain.settings.outliers import Outliers

TO_SIGMA = 1.4826  # a median distance, as the standard deviation of a normal distribution


def outlying_customers(frame: pd.DataFrame, measures: Sequence[str], settings: Outliers) -> pd.DataFrame:
    """The outliers of a month: the rows of `gold/outliers` but for the month, in the order of the customers.

    Takes one row a customer: customer_id, and the measures, absent where nothing is known. The same customers give the
    same rows whatever their order, for everything that draws has a seed.
    """
    ordered = frame.sort_values("customer_id", ignore_index=True)
    values = ordered[list(measures)].astype("float64").to_numpy()
    parts = [
        *(_far_out(column, name, settings.deviations) for name, column in zip(measures, values.T, strict=True)),
        _isolated(values, settings),
    ]
    found = pd.concat(parts, ignore_index=True)
    place = found.pop("place").to_numpy(dtype="int64")
    ids = ordered["customer_id"].to_numpy()[place]
    told = found.assign(
        grain=OF_CUSTOMERS, key=ids, customer_id=ids, share_of_revenue=_shares(ordered, measures)[place]
    )
    return told.sort_values(["customer_id", "rule", "measure"], ignore_index=True)


def _far_out(column: np.ndarray, measure: str, deviations: float) -> pd.DataFrame:
    """Who is far above the others who have any. A size counts, so who got back much stands out as well."""
    place = np.flatnonzero(np.isfinite(column) & (column != 0))
    logs = np.log1p(np.abs(column[place]))
    if len(place) < FEWEST:
        place, logs = place[:0], logs[:0]
    middle, spread = _middle(logs)
    spread = max(spread, FLOOR[OF_CUSTOMERS])
    scores = (logs - middle) / spread
    out = scores > deviations
    return _rows(ROBUST_Z, measure, place[out], column[place[out]], float(np.expm1(middle)), spread, scores[out])


def _isolated(values: np.ndarray, settings: Outliers) -> pd.DataFrame:
    """Who the forest tells apart most easily, at most `contamination` of those of whom anything is known."""
    place = np.flatnonzero(np.isfinite(values).any(axis=1))
    most = int(settings.contamination * len(place))
    if len(place) < FEWEST or not most:
        return _rows(ISOLATION_FOREST, TOGETHER, place[:0], np.empty(0), 0.0, 0.0, np.empty(0))
    from sklearn.ensemble import IsolationForest

    # An absent value lies in the middle, as in a model of segments.
    known = np.sign(values[place]) * np.log1p(np.abs(values[place]))
    middles = [_middle(column[np.isfinite(column)])[0] for column in known.T]
    points = np.where(np.isfinite(known), known, middles)
    anomaly = -IsolationForest(random_state=settings.seed).fit(points).score_samples(points)
    # Of customers who are all alike none is more of an outlier than the others: those at the limit are none.
    out = anomaly > np.sort(anomaly)[-most - 1]
    middle, spread = _middle(anomaly)
    scores = (anomaly[out] - middle) / spread if spread else np.full(int(out.sum()), np.nan)
    return _rows(ISOLATION_FOREST, TOGETHER, place[out], anomaly[out], middle, spread, scores)


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


def _shares(customers: pd.DataFrame, measures: Sequence[str]) -> np.ndarray:
    """The part of each customer in what all pay; unknown where the domain has no such measure, or nobody pays."""
    name = next((name for name in REVENUE if name in measures), None)
    if name is None:
        return np.full(len(customers), np.nan)
    paid = np.maximum(np.nan_to_num(customers[name].astype("float64").to_numpy()), 0.0)
    total = float(np.sort(paid).sum())
    return paid / total if total else np.full(len(customers), np.nan)
