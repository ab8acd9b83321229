"""Additive boosting: trees that look at one number each, read off as a step function a number.

Belongs here: fitting it and reading it off. Does not belong here: scoring (`steps`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.fitted import columns_of
from arcana_assets.predictions.methods.steps import Step, Steps, cut_at, places

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

BINS = 32


def additive(numbers: pd.DataFrame, came: np.ndarray, features: tuple[str, ...]) -> Steps:
    """Boosting without interactions on quantile bins. Needs both kinds of outcomes.

    Default boosting is far too sure of itself on a few thousand rows (calibration slope .47 on the public sales file);
    one number a tree costs .0014 of AUC there, and what each number adds is exact and small enough to keep as a table.
    """
    values = columns_of(numbers, features)
    cut = Cut.of(values)
    fit = boosted(cut.binned(values), came)
    level, steps = read_off(fit.decision_function, cut, features)
    return Steps("additive", level, steps)


@dataclass(frozen=True)
class Cut:
    """Numbers cut into bins: the edges of each, and the bin of its median."""

    edges: tuple[tuple[float, ...], ...]
    usual: tuple[int, ...]

    @classmethod
    def of(cls, values: np.ndarray) -> "Cut":
        """At the quantiles of each column of values, shape (n, features)."""
        edges = tuple(cut_at(column, BINS) for column in values.T)
        return cls(edges, tuple(_usual(column, cut) for column, cut in zip(values.T, edges, strict=True)))

    def binned(self, values: np.ndarray) -> np.ndarray:
        """The bins of values, in their shape."""
        return np.column_stack([places(column, cut) for column, cut in zip(values.T, self.edges, strict=True)]).astype(
            float
        )


def read_off(
    score: Callable[[np.ndarray], np.ndarray], cut: Cut, features: tuple[str, ...]
) -> tuple[float, tuple[Step, ...]]:
    """What a sum of functions of one bin each says of the median customer, and what each bin adds to it.

    Takes the sum as a function of bins, shape (n, features).
    """
    middle = np.asarray(cut.usual, dtype="float64")
    level = float(score(middle[None, :])[0])
    steps = []
    for at, name in enumerate(features):
        tried = np.repeat(middle[None, :], len(cut.edges[at]) + 2, axis=0)
        tried[:, at] = np.arange(len(tried))
        steps.append(Step(name, cut.edges[at], tuple(map(float, score(tried) - level)), cut.usual[at]))
    return level, tuple(steps)


def boosted(binned: np.ndarray, came: np.ndarray) -> "HistGradientBoostingClassifier":
    """The boosting itself, of bins; the same rows give the same trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        interaction_cst="no_interactions",
        max_iter=200,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        learning_rate=0.05,
        early_stopping=False,  # by itself from 10,000 rows on, against a random tenth of them
        random_state=0,
    ).fit(binned, came)


def _usual(values: np.ndarray, edges: tuple[float, ...]) -> int:
    known = values[~np.isnan(values)]
    return int(places(np.array([np.median(known) if len(known) else np.nan]), edges)[0])
