"""How alike two labelings are: the adjusted Rand index, as scikit-learn has it, to the bit."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.segmentation.clustering.stability import adjusted_rand_index


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
