"""Candidates that count: whether the customer did it in the last period, and how recent and frequent customers did.

Belongs here: rates of groups of customers, drawn to the base's. Does not belong here: what is fitted (`linear`,
`additive`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.fitted import are_numbers, columns_of, log_odds
from arcana_assets.predictions.methods.steps import Step, Steps, cut_at, places

BINS, DRAWN = 5, 20.0  # bins of each side of the table; customers of the base that a cell is drawn to


def last_period(numbers: pd.DataFrame, came: np.ndarray, feature: str) -> Steps:
    """How many came of those who had, and of those who had not, in as many months before.

    Takes the number that says so, 0 or 1, and what came. Both rates are drawn to the base's by `DRAWN` customers.
    """
    did = numbers[feature].to_numpy(dtype="float64")
    base = _rate(came)
    values = [log_odds_of(_drawn(came[did == each], base)) for each in (0.0, 1.0)]
    usual = int(np.median(did) > 0.5) if len(did) else 0
    return Steps("last_period", 0.0, (Step(feature, (0.5,), (*values, log_odds_of(base)), usual),))


def base_rate(came: np.ndarray) -> Steps:
    """The same of everybody: how many came of all."""
    return Steps("base_rate", log_odds(float(came.sum()), len(came)), ())


@dataclass(frozen=True)
class Cells:
    """Rates by two numbers: a cell for each pair of bins, the last of each side for what is not known."""

    features: tuple[str, str]
    edges: tuple[tuple[float, ...], tuple[float, ...]]
    cells: tuple[tuple[float, ...], ...]
    usual: tuple[int, int]

    def logits(self, numbers: pd.DataFrame) -> np.ndarray:
        """The log-odds of the event, a value a row."""
        rows, columns = self._at(numbers)
        return np.asarray(self.cells)[rows, columns]

    def contributions(self, numbers: pd.DataFrame) -> np.ndarray:
        """Rows x features: from the median's cell along each side in turn, in the mean over both orders."""
        cells, (rows, columns), (row, column) = np.asarray(self.cells), self._at(numbers), self.usual
        both, middle = cells[rows, columns], cells[row, column]
        first = (cells[rows, column] - middle + both - cells[row, columns]) / 2
        return np.column_stack([first, both - middle - first])

    def as_dict(self) -> dict[str, Any]:
        """The candidate as JSON values."""
        return {
            "kind": "table",
            "features": [*self.features],
            "edges": [[*each] for each in self.edges],
            "cells": [[*each] for each in self.cells],
            "usual": [*self.usual],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Cells":
        """What `as_dict` wrote. Raises ValueError saying what is wrong."""
        names, edges, cells, usual = (data.get(name) for name in ("features", "edges", "cells", "usual"))
        if not isinstance(names, list) or len(names) != 2 or not all(isinstance(each, str) for each in names):
            raise ValueError("'features' are two names")
        if not isinstance(edges, list) or len(edges) != 2 or not all(map(are_numbers, edges)):
            raise ValueError("'edges' are two lists of numbers")
        high, wide = (len(each) + 2 for each in edges)
        if not isinstance(cells, list) or len(cells) != high or not all(are_numbers(each, wide) for each in cells):
            raise ValueError(f"'cells' are {high} lists of {wide} numbers")
        if not isinstance(usual, list) or [type(at) for at in usual] != [int, int]:
            raise ValueError("'usual' are two places of a cell")
        if not (0 <= usual[0] < high and 0 <= usual[1] < wide):
            raise ValueError("'usual' is one of the cells")
        rows = tuple(tuple(each) for each in cells)
        return cls((names[0], names[1]), (tuple(edges[0]), tuple(edges[1])), rows, (usual[0], usual[1]))

    def _at(self, numbers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        values = columns_of(numbers, self.features)
        return places(values[:, 0], self.edges[0]), places(values[:, 1], self.edges[1])


def table(numbers: pd.DataFrame, came: np.ndarray, features: tuple[str, str]) -> Cells:
    """How many came of customers as recent and as frequent, each cell drawn to the base by `DRAWN` customers."""
    values = columns_of(numbers, features)
    edges = (cut_at(values[:, 0], BINS), cut_at(values[:, 1], BINS))
    at = [places(values[:, side], edges[side]) for side in (0, 1)]
    base = _rate(came)
    cells = tuple(
        tuple(
            log_odds_of(_drawn(came[(at[0] == row) & (at[1] == column)], base)) for column in range(len(edges[1]) + 2)
        )
        for row in range(len(edges[0]) + 2)
    )
    usual = [int(places(np.array([_median(values[:, side])]), edges[side])[0]) for side in (0, 1)]
    return Cells(features, edges, cells, (usual[0], usual[1]))


def log_odds_of(rate: float) -> float:
    """The log-odds of a rate that is neither 0 nor 1."""
    return float(np.log(rate / (1 - rate)))


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _rate(came: np.ndarray) -> float:
    return (float(came.sum()) + 0.5) / (len(came) + 1)


def _drawn(came: np.ndarray, base: float) -> float:
    return (float(came.sum()) + DRAWN * base) / (len(came) + DRAWN)
