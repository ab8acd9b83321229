"""Stability: whether a clustering is found again in other samples of the same customers.

Belongs here: the bootstrap refits and their agreement. Does not belong here: how much agreement is enough (`gate`).
"""

import numpy as np

from arcana_assets.segmentation.clustering.clusterer_data import DENSITY
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.threads import mapped, one_thread

REFITTED_ON = 5_000  # customers of a bootstrap sample, at most: what is asked is whether the structure is found again
JUDGED_ON = 10_000
STARTS = 2  # of a refit: its sample is small, and the best of ten starts is hardly another


def stability(points: np.ndarray, clusterer: Clusterer, labels: np.ndarray, seed: int, refits: int) -> float:
    """Mean adjusted Rand index (Hubert and Arabie 1985) of a clustering and its refits on bootstrap samples.

    A refit sees as many customers as there are, drawn with replacement, 5,000 at most; what is compared is how it
    groups all of them, of more than 10,000 a seeded sample. 1 is the same groups each time, 0 is chance; a sample in
    which no group is found counts 0. Customers in no group count as a group of their own.
    """
    asked = {"smallest": clusterer.settings["smallest"]} if clusterer.algorithm in DENSITY else {"k": clusterer.k}
    draw = np.random.default_rng(seed)
    judged = np.arange(len(points))
    if len(points) > JUDGED_ON:
        judged = np.sort(draw.choice(len(points), JUDGED_ON, replace=False))
    samples = [np.sort(draw.choice(len(points), min(len(points), REFITTED_ON))) for _ in range(refits)]

    def agreement(drawn: np.ndarray) -> float:
        try:
            again = fit_clusterer(points[drawn], clusterer.algorithm, asked, seed, starts=STARTS)
        except UnusableClustering:
            return 0.0
        return adjusted_rand_index(labels[judged], again.labels(points[judged]))

    with one_thread():
        # Regions are sought one after the other: see `candidates.candidates`.
        if clusterer.algorithm in DENSITY:
            return float(np.mean([agreement(each) for each in samples]))
        return float(np.mean(mapped(agreement, samples, len(points))))


def adjusted_rand_index(one: np.ndarray, other: np.ndarray) -> float:
    """How alike two labelings of the same points are, whatever the numbers of their groups: 1 the same, 0 by chance.

    Counted in pairs of points, in whole numbers. Source: Hubert and Arabie 1985.
    """
    groups, again = (np.unique(each, return_inverse=True)[1] for each in (one, other))
    width = int(again.max()) + 1
    shared = np.bincount(groups * width + again)
    total, both = len(one), int((shared**2).sum())
    in_one, in_other = (int((np.bincount(each) ** 2).sum()) for each in (groups, again))
    only_one, only_other, together = in_one - both, in_other - both, both - total
    if not only_one and not only_other:
        return 1.0
    apart = total**2 - in_one - in_other + both
    expected = (together + only_one) * (only_one + apart) + (together + only_other) * (only_other + apart)
    return 2.0 * (together * apart - only_one * only_other) / expected
