"""Explained variance: how much of what customers did later the groups of a clustering tell.

Belongs here: the one measure. Does not belong here: which months are later (`assets.later_revenue`), what is made of it
(`gate`).
"""

import numpy as np

from arcana_assets.ml.preprocessing import signed_log


def explained_variance(groups: np.ndarray, outcome: np.ndarray) -> float | None:
    """The share of the variance of an outcome that lies between groups: epsilon squared, 0 to 1.

    Takes the group of each customer (-1, in no group, is a group of its own) and what each paid later. The variance is
    that of the signed log1p: of plain revenue a handful of customers would be all there is. Eta squared rises with the
    number of groups even where they mean nothing, and candidates differ in theirs; epsilon squared takes off what k
    groups explain by chance. None where the outcome does not vary, or there are no more customers than groups.

    Source: Kelley, An unbiased correlation ratio measure (1935).
    """
    values = signed_log(np.asarray(outcome, dtype="float64"))
    _, at = np.unique(groups, return_inverse=True)
    total, k = len(values), int(at.max()) + 1 if len(values) else 0
    if total <= k:
        return None
    around = ((values - values.mean()) ** 2).sum()
    if around <= 0:
        return None
    means = np.bincount(at, weights=values) / np.bincount(at)
    inside = ((values - means[at]) ** 2).sum()
    return float(max(0.0, 1 - (inside / (total - k)) / (around / (total - 1))))
