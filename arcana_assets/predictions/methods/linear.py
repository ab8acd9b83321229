"""Logistic regression: a weighted sum of numbers, damped and standardised.

Belongs here: fitting it, and the line as data. Does not belong here: which numbers it takes (`every`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.fitted import are_numbers, columns_of, is_number

STRENGTH = 1.0  # of the penalty: scikit-learn's C


@dataclass(frozen=True)
class Line:
    """A weighted sum of numbers that are damped, sign(x) log(1 + |x|), then scaled.

    What is not known counts as the median, and `unknowns` beside it: who was never seen is no median visitor.
    """

    kind: str
    features: tuple[str, ...]
    level: float
    weights: tuple[float, ...]
    medians: tuple[float, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]
    unknowns: tuple[float, ...]

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""
        # Not a product of matrices, whose rounding depends on where in the matrix a row is: customers alike are a tie.
        known = (self._scaled(numbers) * np.asarray(self.weights)).sum(axis=1)
        return self.level + known + self._unknown(numbers).sum(axis=1)

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the log-odds of the median customer."""
        usual = (damped(np.asarray(self.medians)) - self.centres) / self.scales
        return (self._scaled(numbers) - usual) * np.asarray(self.weights) + self._unknown(numbers)

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        lists = ("features", "weights", "medians", "centres", "scales", "unknowns")
        return {"kind": self.kind, "level": self.level} | {name: [*getattr(self, name)] for name in lists}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Line":
        """What `as_dict` wrote. Raises ValueError saying what is wrong."""
        names = data.get("features")
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ValueError("'features' is a list of names")
        if not is_number(data.get("level")):
            raise ValueError("'level' is a number")
        for name in ("weights", "medians", "centres", "scales", "unknowns"):
            if not are_numbers(data.get(name), len(names)):
                raise ValueError(f"'{name}' is a list of {len(names)} numbers")
        if not all(each > 0 for each in data["scales"]):
            raise ValueError("'scales' are above 0")
        lists = [tuple(data[name]) for name in ("weights", "medians", "centres", "scales", "unknowns")]
        return cls(str(data["kind"]), tuple(names), float(data["level"]), *lists)

    def _unknown(self, numbers: pd.DataFrame) -> np.ndarray:
        return np.isnan(columns_of(numbers, self.features)) * np.asarray(self.unknowns)

    def _scaled(self, numbers: pd.DataFrame) -> np.ndarray:
        values = columns_of(numbers, self.features)
        filled = np.where(np.isnan(values), np.asarray(self.medians), values)
        return (damped(filled) - np.asarray(self.centres)) / np.asarray(self.scales)


def damped(values: np.ndarray) -> np.ndarray:
    """Sums of money and counts have few that are many times the rest."""
    return np.sign(values) * np.log1p(np.abs(values))


def logistic(numbers: pd.DataFrame, came: np.ndarray, features: tuple[str, ...], kind: str) -> Line:
    """The logistic regression of what came on the numbers. Needs both kinds of outcomes."""
    from sklearn.linear_model import LogisticRegression

    values = columns_of(numbers, features)
    known = [column[~np.isnan(column)] for column in values.T]
    medians = np.array([float(np.median(column)) if len(column) else 0.0 for column in known])
    points = damped(np.where(np.isnan(values), medians, values))
    centres, spread = points.mean(axis=0), points.std(axis=0)
    scales = np.where(spread > 1e-12, spread, 1.0)
    absent, at = _absent(values)
    fit = LogisticRegression(C=STRENGTH, max_iter=1000).fit(np.hstack([(points - centres) / scales, absent]), came)
    weights, unknowns = fit.coef_[0][: len(features)], np.zeros(len(features))
    unknowns[at] = fit.coef_[0][len(features) :]
    lists = (weights, medians, centres, scales, unknowns)
    return Line(kind, features, float(fit.intercept_[0]), *(tuple(map(float, each)) for each in lists))


def _absent(values: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Of numbers that some lack and others have: who lacks them, 0 or 1, and their places; once where they lack as one.

    Numbers of one facet lack together, and three weights for one thing would be three reasons.
    """
    lacks = np.isnan(values)
    first: dict[bytes, int] = {}
    for place, column in enumerate(lacks.T):
        if column.any() and not column.all():
            first.setdefault(column.tobytes(), place)
    at = list(first.values())
    return lacks[:, at].astype("float64"), at
