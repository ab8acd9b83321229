"""Drift between two months is the population stability index as the book has it."""

import math

import pytest

from arcana_assets.profile.drift import psi


def test_the_same_shares_have_not_moved():
    assert psi([10, 30], [20, 60]) == 0


def test_shares_that_moved_add_up():
    assert psi([50, 50], [80, 20]) == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4))


def test_an_empty_bin_counts_as_half_a_row():
    assert psi([100, 0], [50, 50]) == pytest.approx(-0.5 * math.log(0.5) + 0.495 * math.log(0.5 / 0.005))


@pytest.mark.parametrize(("before", "now"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([], [])])
def test_a_month_without_rows_is_compared_with_nothing(before, now):
    assert psi(before, now) is None


def test_other_bins_are_refused():
    with pytest.raises(ValueError):
        psi([1, 2], [1])
