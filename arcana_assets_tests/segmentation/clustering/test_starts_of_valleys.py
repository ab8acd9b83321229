"""What a start makes of its rounds, and what the starts decide by their votes."""

import numpy as np
import pytest
from scipy.stats import norm

from arcana_assets.segmentation.clustering import valleys
from arcana_assets.segmentation.clustering.valleys import Start, groups_of

POINTS = np.random.default_rng(3).normal(0, 1, (60, 2)) + np.repeat([[0, 0], [9, 0], [18, 4]], 20, axis=0)
THIRDS, HALVES, NOBODY = np.repeat([0, 1, 2], 20), np.repeat([0, 1], 30), np.zeros(60, dtype=int)


def start(k, within=0.5):
    """What a start found: so many groups, and the share of the spread that is within them; without groups all of it."""
    return Start(np.arange(2.0 * k).reshape(k, 2), 0.1 if k > 1 else 1.0, np.full(2, within if k > 1 else 1.0))


@pytest.fixture
def voted(monkeypatch):
    """The groups of six starts that found what they are given."""

    def of(*starts):
        left = iter(starts)
        monkeypatch.setattr(valleys, "_start", lambda *_: next(left))
        return groups_of(POINTS, 7)

    return of


@pytest.mark.parametrize(
    ("numbers", "k", "agreeing"),
    [
        ((4, 4, 4, 3, 3, 5), 4, 3),
        ((4, 4, 3, 3, 1, 1), 3, 2),  # as many for four as for three: the fewer
        ((3, 3, 3, 1, 1, 1), 3, 3),
        ((3, 3, 1, 1, 1, 1), 1, 4),  # more than six in ten found none
    ],
)
def test_there_are_as_many_groups_as_most_starts_find_unless_most_find_none(voted, numbers, k, agreeing):
    found = voted(*(start(number) for number in numbers))
    assert (found.k, found.agreeing, found.starts) == (k, agreeing, 6)


def test_of_the_starts_that_agree_the_one_whose_groups_are_narrowest_is_taken(voted):
    narrow = Start(np.full((3, 2), 7.0) + np.eye(3)[:, :2], 0.3, np.array([0.2, 0.4]))
    found = voted(start(3), start(3, 0.3), narrow, start(3, 0.4), start(4, 0.1), start(1))
    np.testing.assert_array_equal(found.centres, narrow.centres)
    assert found.valley == 0.3


@pytest.mark.parametrize(
    ("rounds", "k"),
    [
        ((HALVES, THIRDS, THIRDS), 3),
        ((THIRDS, HALVES, HALVES), 3),  # whom a later round merged the first one told apart
        ((THIRDS, NOBODY), 3),
        ((NOBODY,), 1),
    ],
)
def test_a_start_has_the_groups_of_its_last_round_unless_the_first_one_had_more(monkeypatch, rounds, k):
    left = iter(rounds)
    monkeypatch.setattr(valleys, "_round", lambda *_: (next(left), 0.2))
    found = valleys._start(POINTS, np.arange(2), 8, 7, None)
    assert found.k == k
    if k > 1:
        np.testing.assert_allclose(found.centres[0], POINTS[: 60 // k].mean(axis=0))


def clump(size, at):
    """Points on a line whose density is that of a normal distribution around a place, without chance."""
    return (norm.ppf((np.arange(size) + 0.5) / size) + at)[:, None]


@pytest.mark.parametrize(("size", "groups"), [(35, 1), (965, 2)])
def test_a_small_group_must_lie_further_apart_to_be_one(size, groups):
    """The valley of either is well below the limit; of 35 customers that may be chance."""
    points = np.vstack([clump(965, 0), clump(size, 3.4)])
    labels = np.repeat([0, 1], [965, size])
    assert valleys.valley(points[labels == 0], points[labels == 1]) < valleys.SHALLOW - 0.1
    assert len(np.unique(valleys._merged(points, labels, None))) == groups


def two_clouds(*more):
    draw = np.random.default_rng(3)
    return np.vstack([draw.normal(at, 1, (500, 2)) for at in (0, 9)] + [np.array(each) for each in more])


def test_a_handful_of_strangers_is_no_group_and_hides_none():
    strangers = np.random.default_rng(5).normal(40, 0.1, (20, 2))
    found = groups_of(two_clouds(strangers), 7)
    assert (found.k, found.agreeing) == (2, 6)
    assert found.centres.max() < 12


def test_a_group_that_k_means_leaves_almost_nobody_makes_a_start_find_none(monkeypatch):
    """Of 31 who were merged eleven stand in a cloud, which has them: twenty of a thousand are left."""
    points = two_clouds()[:980]
    points = np.vstack([points, np.full((20, 2), 30.0)])
    labels = np.r_[np.repeat([0, 1], [500, 469]), np.full(31, 2)]
    monkeypatch.setattr(valleys, "_merged", lambda *_: labels)
    found, worst = valleys._round(points, np.arange(2), 8, 7, None)
    assert (found.max(), worst) == (0, 1.0)


def test_halves_that_k_means_makes_of_a_group_are_merged_once_more(monkeypatch):
    points = np.random.default_rng(2).normal(0, 1, (400, 2))
    halves, merges = (points[:, 0] > 0).astype(int), []

    def merged(seen, labels, most):
        merges.append(len(np.unique(labels)))
        return halves if len(merges) == 1 else labels * 0

    monkeypatch.setattr(valleys, "_merged", merged)
    assert valleys._round(points, np.arange(2), 8, 7, None)[0].max() == 0
    assert merges == [8, 2]


def test_a_coordinate_counts_for_ten_times_as_much_as_it_did_and_no_more():
    draw = np.random.default_rng(3)
    tight = np.repeat([0.0, 9.0], 60) + draw.normal(0, 1e-4, 120)
    found = groups_of(np.column_stack([tight, draw.normal(0, 1, 120)]), 7)
    assert found.k == 2
    assert found.divisors[1] / found.divisors[0] == pytest.approx(10, rel=0.02)


def test_groups_are_sought_among_all_customers_not_among_the_first(monkeypatch):
    monkeypatch.setattr(valleys, "SOUGHT_ON", 300)
    draw = np.random.default_rng(3)
    assert groups_of(np.vstack([draw.normal(0, 1, (340, 2)), draw.normal(9, 1, (80, 2))]), 7).k == 2
