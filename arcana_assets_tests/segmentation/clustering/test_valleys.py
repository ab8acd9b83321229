"""Groups are two where few customers stand between them, and a cloud is none, whatever cuts through it look like."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.segmentation.clustering import threads, valleys
from arcana_assets.segmentation.clustering.kmeans import kmeans_centres
from arcana_assets.segmentation.clustering.valleys import apart, groups_of, valley


def clouds(*middles, sizes=150, seed=3, spread=1.0, idle=0):
    """Points around middles, with coordinates in which nobody differs by group, and the group of each."""
    draw = np.random.default_rng(seed)
    many = np.broadcast_to(sizes, len(middles))
    groups = np.repeat(np.arange(len(middles)), many)
    points = np.array(middles, dtype=float)[groups] + draw.normal(0, spread, (len(groups), len(middles[0])))
    return np.hstack([points, draw.normal(0, 1, (len(groups), idle))]), groups


def test_between_two_clouds_there_is_a_valley_and_between_the_halves_of_one_there_is_none():
    points, groups = clouds((0, 0), (6, 0))
    assert valley(points[groups == 0], points[groups == 1]) < 0.05
    one, _ = clouds((0, 0), sizes=2_000)
    assert valley(one[one[:, 0] < 0], one[one[:, 0] >= 0]) > 0.9
    assert valley(one, one) == 1.0  # in one place


def test_a_small_group_is_not_hidden_in_the_flank_of_a_large_one():
    points, groups = clouds((0, 0), (5, 0), sizes=(1_900, 100))
    assert valley(points[groups == 0], points[groups == 1]) < 0.3
    assert groups_of(points, 7).k == 2


@pytest.mark.parametrize("k", [2, 3, 5])
def test_as_many_groups_are_found_as_were_planted_by_most_starts(k):
    points, groups = clouds(*[(7 * place, 3 * (place % 2)) for place in range(k)], sizes=120)
    found = groups_of(points, 7)
    assert (found.k, found.starts) == (k, 6)
    assert found.agreeing >= 5
    assert found.valley < 0.3
    nearest = ((points[:, None] - found.centres) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(groups, nearest) > 0.95


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [300, 1_200])
def test_a_cloud_has_no_groups(seed, size):
    draw = np.random.default_rng(seed)
    points = draw.multivariate_normal(np.zeros(4), np.full((4, 4), 0.4) + 0.6 * np.eye(4), size)
    found = groups_of(points, 7)
    assert (found.k, found.valley, found.divisors.tolist()) == (1, 1.0, [1.0] * 4)
    np.testing.assert_allclose(found.centres[0], points.mean(axis=0))


def test_a_coordinate_in_which_no_group_differs_does_not_hide_them():
    points, groups = clouds((0, 0), (4.5, 0), (0, 4.5), (4.5, 4.5), sizes=(600, 400, 300, 200), idle=4)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    found = groups_of(points, 7)
    assert found.k == 4
    assert max(found.divisors[:2]) < 0.7 * min(found.divisors[2:])
    space = points / found.divisors
    assert space.var(axis=0).sum() == pytest.approx(points.var(axis=0).sum())

    def agreement(seen, start=None):
        centres = kmeans_centres(seen, 4, 7, start)
        return adjusted_rand_score(groups, ((seen[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1))

    assert agreement(space, found.centres / found.divisors) > agreement(points) + 0.05


def test_indicators_are_not_looked_at():
    cloud, _ = clouds((0, 0), sizes=600)
    flags = np.repeat(np.eye(3), 200, axis=0)
    points = np.hstack([cloud, flags])
    assert groups_of(points, 7, [0, 1]).k == 1
    planted, _ = clouds((0, 0), (7, 0), sizes=300)
    found = groups_of(np.hstack([planted, flags]), 7, [0, 1])
    assert found.k == 2
    assert found.divisors[2:].tolist() == [1.0] * 3


def test_more_groups_than_are_wanted_are_merged_by_the_shallowest_valley():
    points, groups = clouds((0, 0), (5, 0), (20, 0), (20, 20))
    found = groups_of(points, 7, most=3)
    assert (groups_of(points, 7).k, found.k) == (4, 3)
    nearest = ((points[:, None] - found.centres) ** 2).sum(axis=2).argmin(axis=1)
    assert adjusted_rand_score(np.where(groups == 1, 0, groups), nearest) > 0.99


def test_starts_made_at_once_are_those_made_one_after_the_other(monkeypatch):
    points, _ = clouds((0, 0), (7, 0), (0, 7))
    one = groups_of(points, 7)
    monkeypatch.setattr(threads, "WORTH", 1)
    again = groups_of(points, 7)
    np.testing.assert_array_equal(again.centres, one.centres)
    np.testing.assert_array_equal(again.divisors, one.divisors)


def test_groups_that_are_told_apart_have_deep_valleys_and_halves_of_one_cloud_have_none():
    draw = np.random.default_rng(5)
    long = draw.normal(0, 1, (600, 2)) * [6, 0.5]
    points = np.vstack([long, long + np.array([0, 4])])  # two long groups, side by side
    rightly = np.repeat([0, 1], 600)
    across = (points[:, 0] > 0) * 1
    assert apart(points, rightly, 7) < 0.05
    assert apart(points, across, 7) > 0.6
    assert apart(points, rightly * 0, 7) == 1.0
    assert apart(points, 1 - rightly, 7) == pytest.approx(apart(points, rightly, 7), abs=1e-4)


def test_below_a_thousand_customers_a_start_has_fewer_centres(monkeypatch):
    asked = []

    def counted(points, k, seed, start=None, starts=10):
        asked.append(k)
        return points[:k]

    monkeypatch.setattr("arcana_assets.segmentation.clustering.valleys.kmeans_centres", counted)
    monkeypatch.setattr("arcana_assets.segmentation.clustering.valleys._merged", lambda seen, labels, most: labels * 0)
    points, _ = clouds((0, 0), sizes=1_000)
    groups_of(points[:999], 7)
    groups_of(points, 7)
    assert asked == [8, 8, 8, 10, 10, 10, 10, 10, 10, 14, 14, 14]


def test_fewer_different_customers_than_centres_are_grouped_as_far_as_they_go():
    assert groups_of(np.ones((50, 2)), 7).k == 1
    assert groups_of(np.ones((1, 2)), 7).k == 1


def of_few(seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return np.vstack([middle + draw.normal(size=(45, 5)) for middle in np.eye(5) * 6])


def test_what_may_be_chance_between_few_customers_is_no_valley(monkeypatch):
    """Between the halves of a group of 45 there seems to be one more often than not."""
    assert [groups_of(of_few(seed), 7).k for seed in range(8)] == [5] * 8
    monkeypatch.setattr(valleys, "CHANCE", 0.0)
    assert [groups_of(of_few(seed), 7).k for seed in range(8)] != [5] * 8


def test_customers_of_whom_most_are_alike_are_seen_from_either_side():
    """Their density is a needle beside their mean: no narrower than the places at which it is looked for."""
    draw = np.random.default_rng(3)
    for at in range(40):
        alike, others = np.tile(draw.normal(0, 1, 3), (20, 1)), draw.normal(0, 1, (5, 3))
        needle = np.vstack([alike + draw.normal(0, 1e-12, (20, 3)), others])
        cloud = draw.normal(0, 1, (75, 3)) + draw.normal(0, 3, 3) + 15
        assert valley(needle, cloud) == pytest.approx(valley(cloud, needle), abs=0.02), at
        assert valley(cloud, needle) < 0.3, at
