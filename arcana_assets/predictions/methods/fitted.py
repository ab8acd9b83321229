"""What all fitted candidates are: a log-odds of numbers by name, and what each number adds to it.

Belongs here: that form, and the helpers of numbers. Does not belong here: the kinds (`counted`, `linear`, `additive`).
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

Numbers = Mapping[str, np.ndarray]
"""Columns of numbers by name, a value a customer; nan where one is not known."""


class Fitted(Protocol):
    """A fitted candidate. `features` are the numbers it looks at; one that is not handed to it counts as not known."""

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers, in their order."""

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the log-odds of the median customer. Rows add up to the difference."""

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""


def columns_of(numbers: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Rows x names as floats; what the frame does not have is nan."""
    return numbers.reindex(columns=list(names)).to_numpy(dtype="float64")


def probability(logits: np.ndarray) -> np.ndarray:
    """The probability of log-odds."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -500, 500)))


def log_odds(events: float, rows: float) -> float:
    """The log-odds of a rate, drawn to a half by one row, so that it is finite."""
    return float(np.log((events + 0.5) / (rows - events + 0.5)))


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def are_numbers(values: Any, count: int | None = None) -> bool:
    """Whether a JSON value is a list of finite numbers, of so many where that is given."""
    return isinstance(values, list) and all(map(is_number, values)) and count in (None, len(values))
