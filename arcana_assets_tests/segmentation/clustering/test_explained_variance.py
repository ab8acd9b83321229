"""What groups tell of later revenue: outcomes whose logarithms are small whole numbers."""

import numpy as np
import pytest

from arcana_assets.segmentation.clustering.explained_variance import explained_variance


def paid(*logarithms):
    """Revenue whose signed log1p are these numbers."""
    return np.sign(logarithms) * np.expm1(np.abs(logarithms))


def eta_squared(groups, values):
    within = sum(((values[groups == g] - values[groups == g].mean()) ** 2).sum() for g in np.unique(groups))
    return 1 - within / ((values - values.mean()) ** 2).sum()


def test_the_share_is_the_variance_between_groups_less_what_chance_gives():
    # Means 1 and 5 of 0, 2 and 4, 6: squares 4 inside, 20 around 3; eta squared 0.8, and 1 - (4 / 2) / (20 / 3) is 0.7.
    assert explained_variance(np.array([1, 1, 2, 2]), paid(0, 2, 4, 6)) == pytest.approx(0.7)


def test_groups_that_tell_all_explain_all():
    assert explained_variance(np.array([0, 0, 1, 1, 2, 2]), paid(1, 1, 2, 2, 5, 5)) == pytest.approx(1)


def test_groups_that_tell_less_than_chance_explain_nothing():
    assert explained_variance(np.array([0, 1, 0, 1]), paid(0, 0, 3, 3)) == 0.0


def test_a_single_group_explains_nothing():
    assert explained_variance(np.zeros(3, dtype="int64"), paid(0, 1, 2)) == 0.0


def test_customers_in_no_group_are_a_group_of_their_own():
    # As one group with the others the means would be equal.
    assert explained_variance(np.array([-1, -1, 0, 0]), paid(0, 2, 4, 6)) == pytest.approx(0.7)
    assert explained_variance(np.array([0, 0, 0, 0]), paid(0, 2, 4, 6)) == 0.0


def test_the_numbers_of_the_groups_need_not_be_consecutive():
    assert explained_variance(np.array([900, 900, 7, 7]), paid(0, 2, 4, 6)) == pytest.approx(0.7)


def test_returns_that_outweigh_sales_lie_on_the_other_side_of_nothing():
    # Means -2 and 2 of -3, -1 and 1, 3: the same squares as of 0, 2 and 4, 6.
    assert explained_variance(np.array([1, 1, 2, 2]), paid(-3, -1, 1, 3)) == pytest.approx(0.7)


def test_one_huge_customer_is_not_all_the_variance():
    revenue = np.array([0.0, 0.0, 0.0, 100.0, 100.0, 1_000_000.0])
    assert explained_variance(np.array([0, 0, 0, 1, 1, 1]), revenue) > 0.5
    assert eta_squared(np.array([0, 0, 0, 1, 1, 1]), revenue) < 0.21


@pytest.mark.parametrize("absent", [np.nan, np.inf, -np.inf])
def test_an_outcome_that_is_missing_is_nothing_paid(absent):
    found = explained_variance(np.array([1, 1, 2, 2]), np.array([absent, *paid(2, 4, 6)]))
    assert found == pytest.approx(0.7)


@pytest.mark.parametrize("amount", [0.0, 0.1, 12.34])
@pytest.mark.parametrize("customers", [2, 3, 10, 1000])
def test_an_outcome_that_does_not_vary_has_no_share(amount, customers):
    groups = np.zeros(customers, dtype="int64")
    groups[1:] = np.arange(customers - 1) % 2
    assert explained_variance(groups, np.full(customers, amount)) is None


@pytest.mark.parametrize("groups", [[], [1], [1, 2], [3, 1, 2]])
def test_no_more_customers_than_groups_tell_nothing(groups):
    assert explained_variance(np.array(groups, dtype="int64"), np.arange(len(groups))) is None


def test_groups_without_meaning_explain_next_to_nothing_however_many_they_are():
    draw = np.random.default_rng(1)
    groups = np.arange(60) % 12
    outcomes = [paid(*draw.normal(5, 1, 60)) for _ in range(100)]
    uncorrected = np.mean([eta_squared(groups, np.log1p(each)) for each in outcomes])
    assert uncorrected == pytest.approx(11 / 59, abs=0.02)
    assert np.mean([explained_variance(groups, each) for each in outcomes]) < 0.06


def test_neither_row_order_nor_the_numbers_of_groups_change_a_bit_of_the_share():
    draw = np.random.default_rng(4)
    groups = draw.integers(-1, 5, 5_001)
    outcome = draw.lognormal(4, 2, 5_001) * (groups + 2)
    found = explained_variance(groups, outcome)
    for _ in range(20):
        order = draw.permutation(5_001)
        assert explained_variance(groups[order], outcome[order]) == found
        assert explained_variance(9 - groups[order], outcome[order]) == found
