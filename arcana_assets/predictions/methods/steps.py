"""Steps: functions of one number each, cut at quantiles, and candidates that are a sum of them.

Belongs here: cutting, looking up, adding up. Does not belong here: finding the values (`counted`, `additive`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.fitted import are_numbers, columns_of, is_number


def cut_at(values: np.ndarray, bins: int) -> tuple[float, ...]:
    """Where bins of about as many of the values begin, the first left out; fewer where values are equal."""
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    edges = np.unique(np.quantile(known, np.arange(1, bins) / bins, method="higher"))
    return tuple(float(edge) for edge in edges if edge > known.min())


def places(values: np.ndarray, edges: tuple[float, ...]) -> np.ndarray:
    """The bin of each value; what is not known has the one after the last."""
    found = np.searchsorted(np.asarray(edges), values, side="right")
    return np.where(np.isnan(values), len(edges) + 1, found)


@dataclass(frozen=True)
class Step:
    """One number's part of the log-odds: a value a bin, the last for what is not known; `usual` is the median's bin."""

    feature: str
    edges: tuple[float, ...]
    values: tuple[float, ...]
    usual: int


@dataclass(frozen=True)
class Steps:
    """A sum of steps. `kind` is the candidate that it is."""

    kind: str
    level: float
    steps: tuple[Step, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers, in their order."""
        return tuple(step.feature for step in self.steps)

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""
        total = np.full(len(numbers), self.level)
        for values in self._parts(numbers):
            total += values
        return total

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: what each adds to the log-odds of the median customer."""
        parts = [
            values - step.values[step.usual] for step, values in zip(self.steps, self._parts(numbers), strict=True)
        ]
        return np.column_stack(parts) if parts else np.zeros((len(numbers), 0))

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        steps = [
            {"feature": step.feature, "edges": [*step.edges], "values": [*step.values], "usual": step.usual}
            for step in self.steps
        ]
        return {"kind": self.kind, "level": self.level, "steps": steps}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Steps":
        """What `as_dict` wrote. Raises ValueError saying what is wrong."""
        if not is_number(data.get("level")) or not isinstance(data.get("steps"), list):
            raise ValueError("'level' is a number and 'steps' a list")
        return cls(str(data["kind"]), float(data["level"]), tuple(_step(each) for each in data["steps"]))

    def _parts(self, numbers: pd.DataFrame) -> list[np.ndarray]:
        columns = columns_of(numbers, self.features)
        return [np.asarray(step.values)[places(columns[:, at], step.edges)] for at, step in enumerate(self.steps)]


def _step(data: Any) -> Step:
    if not isinstance(data, dict) or not isinstance(data.get("feature"), str) or not are_numbers(data.get("edges")):
        raise ValueError("each step has a 'feature' and a list of numbers, 'edges'")
    edges, usual = data["edges"], data.get("usual")
    if sorted(set(edges)) != edges:
        raise ValueError(f"the edges of '{data['feature']}' ascend")
    if not are_numbers(data.get("values"), len(edges) + 2):
        raise ValueError(f"'{data['feature']}' has {len(edges) + 2} values, numbers")
    if type(usual) is not int or not 0 <= usual < len(edges) + 2:
        raise ValueError(f"'usual' of '{data['feature']}' is one of its bins")
    return Step(data["feature"], tuple(edges), tuple(data["values"]), usual)
