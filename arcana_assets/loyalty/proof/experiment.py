"""Experiment: how many customers it takes to see an effect of a programme, by what they paid before and after.

Belongs here: sample sizes. Does not belong here: comparing members and others as they are (`proof.comparison`).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from arcana_assets.loyalty.proof.comparison import CONFIDENCE, LEAST

POWER = 0.8  # share of experiments that show an effect that is there
_NEGLIGIBLE = 1e-3  # of the standard deviation: a mean below that is none
_MOST_EXPLAINED = 0.99  # of the variance, by what was paid before: nothing is known better than that
_EFFECTS = (0.05, 0.1, 0.2)


def experiment(before: np.ndarray, after: np.ndarray, effects: Sequence[float] = _EFFECTS) -> pd.DataFrame:
    """Customers a group that a randomised experiment takes to see an effect on revenue: effect, plain, adjusted.

    Takes what customers like those of the experiment paid a month before and after, shape (n,). Two groups of equal
    size, `LEAST` or more, a two-sided test at 5 %, a power of 80 %, effects as shares of the mean. `adjusted` makes use
    of what is known from before, which leaves a variance of 1 - correlation squared (Deng, Xu, Kohavi, Walker,
    Improving the Sensitivity of Online Controlled Experiments, 2013). Null where revenue has no positive mean.
    """
    rows = []
    for effect in effects:
        needed = _needed(effect, before, after)
        rows.append((effect, *([None, None] if needed is None else (max(LEAST, math.ceil(each)) for each in needed))))
    return pd.DataFrame(rows, columns=["effect", "plain", "adjusted"])


def least_effect(customers: int, before: np.ndarray, after: np.ndarray) -> float | None:
    """The smallest effect, as a share of mean revenue, that so many customers in two equal groups can show."""
    needed = _needed(1.0, before, after)
    return None if needed is None or customers < 2 else math.sqrt(needed[1] / (customers / 2))


def _needed(effect: float, before: np.ndarray, after: np.ndarray) -> tuple[float, float] | None:
    """Customers a group, plain and adjusted; None where revenue has no positive mean."""
    if not len(after) or after.mean() <= _NEGLIGIBLE * after.std() or after.mean() <= 0:
        return None
    varies = len(after) > 1 and before.std() > 0 and after.std() > 0
    explained = min(float(np.corrcoef(before, after)[0, 1]) ** 2, _MOST_EXPLAINED) if varies else 0.0
    normal = NormalDist()
    quantiles = normal.inv_cdf((1 + CONFIDENCE) / 2) + normal.inv_cdf(POWER)  # of a two-sided test, and of its power
    plain = 2 * quantiles**2 * float(after.var()) / (effect * float(after.mean())) ** 2
    return plain, plain * (1 - explained)
