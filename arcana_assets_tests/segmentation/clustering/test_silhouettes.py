"""The silhouettes of many clusterings are those of scikit-learn, of all customers or, said so, of a sample."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from arcana_assets.segmentation.clustering.silhouettes import silhouettes


def base(total=1_500, width=6, seed=1):
    draw = np.random.default_rng(seed)
    points = draw.normal(draw.integers(0, 4, (total, 1)), 0.7, (total, width)) + 1_000
    return points, [draw.integers(0, k, total) for k in (2, 5)] + [(points[:, 0] > 1_001).astype(int)]


def test_each_value_is_that_of_scikit_learn():
    points, labelings = base()
    for labels, found in zip(labelings, silhouettes(points, labelings, 7), strict=True):
        assert found.value == pytest.approx(silhouette_score(points, labels), abs=1e-5)
        assert (found.whole, found.customers, found.error) == (True, 1_500, None)


def test_a_hand_made_one_is_right_and_a_point_that_is_alone_counts_nothing():
    points, labels = np.array([[0.0], [1], [4]]), np.array([0, 0, 1])
    (found,) = silhouettes(points, [labels], 7)
    assert found.value == pytest.approx((3 / 4 + 2 / 3 + 0) / 3, abs=1e-6)


def test_customers_who_are_alike_are_no_distance_apart():
    kinds = np.random.default_rng(4).normal(0, 3, (40, 30))
    points, kind = np.repeat(kinds, 20, axis=0), np.repeat(np.arange(40), 20)
    of_kinds, across = silhouettes(points, [kind, np.arange(800) % 3 + kind % 2], 7)
    assert of_kinds.value == pytest.approx(1, abs=1e-7)
    assert across.value == pytest.approx(silhouette_score(points, np.arange(800) % 3 + kind % 2), abs=1e-7)


def test_who_is_in_no_group_is_left_out():
    points, (_, labels, _) = base()
    holed = np.where(np.arange(len(labels)) % 7 == 0, -1, labels)
    (found,) = silhouettes(points, [holed], 7)
    inside = holed >= 0
    assert found.value == pytest.approx(silhouette_score(points[inside], holed[inside]), abs=1e-5)
    assert found.customers == inside.sum()


def test_one_group_has_no_silhouette():
    points, (labels, *_) = base(100)
    alone, none, two = silhouettes(points, [np.zeros(100, dtype=int), np.full(100, -1), labels], 7)
    assert (alone, none) == (None, None)
    assert two is not None


def test_the_number_of_tiles_at_work_at_once_changes_nothing(monkeypatch):
    points, labelings = base()
    expected = silhouettes(points, labelings, 7)
    for threads in (1, 3):
        monkeypatch.setattr("arcana_assets.segmentation.clustering.threads.WORTH", 1)
        monkeypatch.setattr("arcana_assets.segmentation.clustering.threads.THREADS", threads)
        assert silhouettes(points, labelings, 7) == expected


def test_beyond_the_limit_a_seeded_sample_comes_with_an_error_that_holds():
    points, (*_, labels) = base(6_000)
    (whole,) = silhouettes(points, [labels], 7)
    found = [silhouettes(points, [labels], seed, exact_up_to=5_000, sample=1_000)[0] for seed in range(12)]
    assert {(each.whole, each.customers) for each in found} == {(False, 1_000)}
    assert found[0] == silhouettes(points, [labels], 0, exact_up_to=5_000, sample=1_000)[0]
    assert sum(abs(each.value - whole.value) <= 2 * each.error for each in found) >= 11
