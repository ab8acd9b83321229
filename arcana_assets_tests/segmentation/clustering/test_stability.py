"""What is found again in samples drawn with replacement, and how alike two labelings are, as scikit-learn has it."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.segmentation.clustering.clusterers import fit_clusterer
from arcana_assets.segmentation.clustering.stability import adjusted_rand_index, stability


def test_a_group_of_one_customer_is_as_stable_as_samples_hold_it():
    """A sample drawn with replacement holds a customer in 63 of 100 cases; without, two places form no three groups."""
    points = np.repeat([[0.0], [1.0], [9.0]], [50, 50, 1], axis=0)
    clusterer = fit_clusterer(points, "kmeans", {"k": 3}, 7)
    found = stability(points, clusterer, clusterer.labels(points), 7, 60)
    assert found == pytest.approx(1 - 1 / np.e, abs=0.12)
    assert 60 * found == pytest.approx(round(60 * found))  # each refit finds all of it again, or nothing


@pytest.mark.parametrize("seed", range(6))
def test_it_is_that_of_scikit_learn_for_any_labelings(seed):
    draw = np.random.default_rng(seed)
    one, other = draw.integers(-1, 4, 300), draw.integers(0, 6, 300)
    mixed = np.where(draw.random(300) < 0.7, one, other)
    for left, right in ((one, other), (one, mixed), (mixed, one)):
        assert adjusted_rand_index(left, right) == adjusted_rand_score(left, right)


def test_the_numbers_of_groups_do_not_count():
    assert adjusted_rand_index(np.array([0, 0, 1, 2]), np.array([5, 5, -1, 3])) == 1.0


def test_one_group_against_many_is_chance():
    assert adjusted_rand_index(np.zeros(4, dtype=int), np.arange(4)) == 0.0
