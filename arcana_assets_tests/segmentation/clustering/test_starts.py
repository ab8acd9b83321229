"""Starts of K-Means are those of scikit-learn's greedy k-means++, to the bit."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from arcana_assets.segmentation.clustering.starts import spread


def points(count, width, seed=3):
    draw = np.random.default_rng(seed)
    return (draw.normal(size=(count, width)) + draw.integers(0, 3, (count, 1)) * 4).astype("float32")


@pytest.mark.parametrize(("count", "width", "k"), [(40, 2, 3), (500, 3, 8), (500, 12, 5), (5000, 6, 10)])
def test_k_means_from_these_starts_is_that_of_scikit_learn(count, width, k):
    base = points(count, width)
    theirs = KMeans(n_clusters=k, init="k-means++", n_init=4, random_state=7).fit(base)
    ours = KMeans(n_clusters=k, init=spread, n_init=4, random_state=7).fit(base)
    assert ours.cluster_centers_.tobytes() == theirs.cluster_centers_.tobytes()
    assert ours.labels_.tobytes() == theirs.labels_.tobytes()


def test_starts_are_points_of_the_base_and_far_from_each_other():
    base = np.array([[0, 0], [0, 0.1], [9, 0], [9, 0.1], [0, 9], [0.1, 9]], dtype="float32")
    for seed in range(20):
        found = spread(base, 3, np.random.RandomState(seed))
        assert {tuple(each.tolist()) for each in found} <= {tuple(each.tolist()) for each in base}
        assert {tuple(np.round(each / 9).tolist()) for each in found} == {(0, 0), (1, 0), (0, 1)}


def test_of_one_point_many_times_any_start_is_that_point():
    base = np.ones((5, 2), dtype="float32")
    assert (spread(base, 3, np.random.RandomState(1)) == 1).all()
