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
    """A weighted sum. What is not known counts as the median; numbers are damped, sign(x) log(1 + |x|), then scaled."""

    kind: str
    features: tuple[str, ...]
    level: float
    weights: tuple[float, ...]
    medians: tuple[float, ...]
    centres: tuple[float, ...]
    scales: tuple[float, ...]

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""
        # Not a product of matrices, whose rounding depends on where in the matrix a row is: customers alike are a tie.
        return self.level + (self._scaled(numbers) * np.asarray(self.weights)).sum(axis=1)

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the log-odds of the median customer."""
        usual = (damped(np.asarray(self.medians)) - self.centres) / self.scales
        return (self._scaled(numbers) - usual) * np.asarray(self.weights)

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        lists = ("features", "weights", "medians", "centres", "scales")
        return {"kind": self.kind, "level": self.level} | {name: [*getattr(self, name)] for name in lists}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Line":
        """What `as_dict` wrote. Raises ValueError saying what is wrong."""
        names = data.get("features")
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ValueError("'features' is a list of names")
        if not is_number(data.get("level")):
            raise ValueError("'level' is a number")
        for name in ("weights", "medians", "centres", "scales"):
            if not are_numbers(data.get(name), len(names)):
                raise ValueError(f"'{name}' is a list of {len(names)} numbers")
        if not all(each > 0 for each in data["scales"]):
            raise ValueError("'scales' are above 0")
        lists = [tuple(data[name]) for name in ("weights", "medians", "centres", "scales")]
        return cls(str(data["kind"]), tuple(names), float(data["level"]), *lists)

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
    fit = LogisticRegression(C=STRENGTH, max_iter=1000).fit((points - centres) / scales, came)
    lists = (fit.coef_[0], medians, centres, scales)
    return Line(kind, features, float(fit.intercept_[0]), *(tuple(map(float, each)) for each in lists))
