"""Sizes of an experiment are those of the textbook, and there are none where there is nothing to plan with."""

import math

import numpy as np
import pytest

from arcana_assets.loyalty.proof.experiment import experiment, least_effect


def test_sizes_of_an_experiment_are_those_of_the_textbook():
    """Sixteen times variance over difference squared, nearly: 15.7 at 5 % and 80 %."""
    rng = np.random.default_rng(1)
    after = rng.normal(100, 40, 200_000)
    sizes = experiment(rng.normal(0, 1, 200_000), after, (0.1, 0.2)).set_index("effect")
    assert sizes.loc[0.1, "plain"] == pytest.approx(15.698 * 40**2 / 10**2, rel=0.02)
    assert sizes.loc[0.2, "plain"] == pytest.approx(sizes.loc[0.1, "plain"] / 4, rel=0.02)
    assert sizes.loc[0.1, "adjusted"] == pytest.approx(sizes.loc[0.1, "plain"], rel=0.01)
    known = experiment(after + rng.normal(0, 40, 200_000), after, (0.1,)).iloc[0]
    assert known["adjusted"] == pytest.approx(known["plain"] / 2, rel=0.03)


def test_the_least_effect_is_the_one_that_takes_as_many_customers_as_there_are():
    rng = np.random.default_rng(2)
    before = rng.gamma(2, 50, 5_000)
    after = before * rng.lognormal(0, 0.4, 5_000)
    effect = least_effect(2_000, before, after)
    assert experiment(before, after, (effect,))["adjusted"].iloc[0] == pytest.approx(1_000, rel=0.01)


def test_without_revenue_there_is_no_experiment_to_plan():
    nothing = experiment(np.zeros(5), np.zeros(5))
    assert nothing["plain"].isna().all()
    assert least_effect(100, np.zeros(5), np.zeros(5)) is None
    assert least_effect(1, np.ones(5), np.arange(5.0)) is None
    assert math.isfinite(least_effect(100, np.arange(5.0), np.array([0.0, 2, 2, 4, 4])))
    assert experiment(np.empty(0), np.empty(0))["adjusted"].isna().all()
    dust = np.array([100.1, -100.1 + 1e-9, 0.0])
    assert experiment(dust, dust)["plain"].isna().all()
    flat = experiment(np.arange(50.0), np.arange(50.0) * 2)  # all is known from before: still no group of nobody
    assert (flat["adjusted"] >= 10).all()
    assert least_effect(100, np.arange(50.0), np.arange(50.0)) > 0.01
