"""Explained variance: how much of what customers did later the groups of a clustering tell.

Belongs here: the one measure, by which `benchmarks/explained_revenue.py` compares ways to group. Does not belong here:
what chooses a clustering (`gate`).
"""

import numpy as np

from arcana_assets.segmentation.clustering.preprocessing import signed_log


def explained_variance(groups: np.ndarray, outcome: np.ndarray) -> float | None:
    """The share of the variance of an outcome that lies between groups: epsilon squared, 0 to 1.

    Takes two arrays of one entry a customer: the group (-1, in no group, is a group of its own) and what each paid
    later; missing or infinite counts as nothing paid. The variance is that of the signed log1p: of plain revenue a
    handful of customers would be all there is. Eta squared rises with the number of groups even where they mean
    nothing, and candidates differ in theirs; epsilon squared takes off what k groups explain by chance, and what that
    leaves below 0 is 0. None where the outcome does not vary, or there are no more customers than groups. Neither row
    order nor the numbers of the groups matter.

    Source: Kelley, An unbiased correlation ratio measure (1935).
    """
    paid = np.asarray(outcome, dtype="float64")
    values = signed_log(np.where(np.isfinite(paid), paid, 0.0))
    _, at = np.unique(groups, return_inverse=True)
    total, k = len(values), int(at.max()) + 1 if len(at) else 0
    # Not by the sum of squares: the mean of equal numbers can miss them by its rounding.
    if total <= k or values.min() == values.max():
        return None
    # In order, so that the rounding of sums does not depend on row order.
    order = np.argsort(values, kind="stable")
    values, at = values[order], at[order]
    around = ((values - values.mean()) ** 2).sum()
    means = np.bincount(at, weights=values) / np.bincount(at)
    inside = np.sort((values - means[at]) ** 2).sum()
    return float(max(0.0, 1 - (inside / (total - k)) / (around / (total - 1))))
