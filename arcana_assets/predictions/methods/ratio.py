"""The factor on a customer's pace: what was paid over half-and-half, by boosting without interactions.

Belongs here: fitting it. Does not belong here: the amount that it makes (`amounts`), reading trees off (`additive`).

A tree cannot say more than it saw, and few customers pay most: boosting of the money itself missed by 31 to 45 % more
than half-and-half on the public sales file. Of a factor the large and the small are alike.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from arcana_assets.predictions.methods.additive import Cut, read_off
from arcana_assets.predictions.methods.amounts import Ratio, half_and_half
from arcana_assets.predictions.methods.fitted import columns_of
from arcana_assets.predictions.methods.steps import Steps


def has_pace(numbers: pd.DataFrame) -> np.ndarray:
    """Who has a pace to be above or below of."""
    return half_and_half().amounts(numbers) > 0


def ratio(numbers: pd.DataFrame, paid: np.ndarray, features: tuple[str, ...], months: Sequence[int]) -> Ratio:
    """Poisson boosting of paid / pace, weighed by the root of the pace, on quantile bins.

    Takes rows month by month, `months` saying how many each month has. Each month is held against its own level, so
    that a season is no customer's doing, and the factors keep the sum of the paces of the rows. Rows of months in which
    nobody paid say nothing; needs one of another.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    pace = half_and_half()
    base, came = pace.amounts(numbers), np.maximum(paid, 0.0)
    of = np.repeat(np.arange(len(months)), months)
    level = _levels(of, base, came)[of]
    kept = (base > 0) & (level > 0)
    values, base, came, level = columns_of(numbers[kept], features), base[kept], came[kept], level[kept]
    cut = Cut.of(values)
    binned = cut.binned(values)
    # Chosen on one month ahead, and on three as of April and May: 60 to 200 trees, leaves of 40 to 100, differ by .3 %
    # of the error in the mean; small leaves follow single customers where one or two months are all that is known.
    fit = HistGradientBoostingRegressor(
        loss="poisson",
        interaction_cst="no_interactions",
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=100,
        l2_regularization=1.0,
        learning_rate=0.05,
        early_stopping=False,
        random_state=0,
    ).fit(binned, came / base / level, sample_weight=np.sqrt(base))
    middle, steps = read_off(lambda bins: np.log(fit.predict(bins)), cut, features)
    free = Steps("ratio", middle, steps)
    kept_level = float(np.log(base.sum() / (base * np.exp(free.logits(numbers[kept]))).sum()))
    return Ratio(pace, Steps("ratio", middle + kept_level, steps))


def _levels(of: np.ndarray, base: np.ndarray, came: np.ndarray) -> np.ndarray:
    """What each month paid over the paces of it, of those who have one; 0 of a month in which nobody paid or could."""
    there = base > 0
    said, found = (np.bincount(of, np.where(there, each, 0.0), minlength=int(of.max()) + 1) for each in (base, came))
    return np.divide(found, said, out=np.zeros_like(found), where=said > 0)
