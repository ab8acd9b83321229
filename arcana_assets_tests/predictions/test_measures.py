"""Measures against those of scikit-learn, and the interval that customers are resampled for."""

import numpy as np
import pytest

from arcana_assets.predictions import measures
from arcana_assets.predictions.measures import best_tenth, calibration, deciles, difference, measured, reached
from arcana_assets.predictions.methods.fitted import probability


@pytest.fixture
def told():
    rng = np.random.default_rng(1)
    logits = np.round(rng.normal(-0.5, 1, 4000), 1)  # many are alike
    return logits, (rng.random(4000) < probability(logits)).astype("float64")


def test_rank_and_distance_are_those_of_scikit_learn(told):
    from sklearn.metrics import brier_score_loss, roc_auc_score

    logits, came = told
    found = measured(logits, came)
    assert found["auc"] == pytest.approx(roc_auc_score(came, logits))
    assert found["brier"] == pytest.approx(brier_score_loss(came, probability(logits)))


def test_the_slope_is_1_of_probabilities_that_come_true_and_below_it_of_those_too_sure_of_themselves(told):
    logits, came = told
    assert measured(logits, came)["slope"] == pytest.approx(1, abs=0.1)
    assert measured(2 * logits, came)["slope"] == pytest.approx(0.5, abs=0.05)
    assert measured(logits + 1, came)["bias"] > 0.15


def test_one_kind_of_outcome_has_a_distance_and_no_rank():
    found = measured(np.array([0.0, 1.0, 2.0]), np.ones(3))
    assert np.isnan(found["auc"])
    assert np.isnan(found["slope"])
    assert found["brier"] > 0


def test_the_best_tenth_does_not_depend_on_the_order_of_rows_that_are_alike():
    weights = best_tenth(np.array([2.0, 1.0, 1.0, 1.0, *[0.0] * 16]))
    assert weights.tolist() == [1.0, *[pytest.approx(1 / 3)] * 3, *[0.0] * 16]
    assert measured(np.zeros(50), np.array([1.0] * 25 + [0.0] * 25))["lift_10"] == pytest.approx(1)


def test_of_100_contacts_the_likeliest_come_first_and_of_those_alike_a_part_counts():
    logits = np.array([2.0] * 60 + [1.0] * 80 + [0.0] * 60)
    came = np.array([1.0] * 50 + [0.0] * 10 + [1.0] * 20 + [0.0] * 60 + [1.0] * 60)
    assert measured(logits, came)["reached_100"] == pytest.approx(50 + 40 * 20 / 80)
    assert measured(logits[::-1], came[::-1])["reached_100"] == pytest.approx(60)
    assert measured(np.zeros(200), came)["reached_100"] == pytest.approx(65)  # nobody is told apart: 100 at random


def test_what_contacts_reach_may_be_revenue():
    assert reached(np.array([1.0, 3.0, 2.0]), np.array([10.0, 500.0, -20.0]), 2) == pytest.approx(480)


def test_of_fewer_than_100_customers_nothing_is_said_of_100_contacts():
    assert np.isnan(measured(np.zeros(99), np.ones(99))["reached_100"])
    assert measured(np.zeros(100), np.ones(100))["reached_100"] == pytest.approx(100)  # one kind of outcome, too


def test_who_is_as_likely_is_in_the_same_tenth():
    assert deciles(np.arange(20.0)).tolist() == [tenth for tenth in range(1, 11) for _ in range(2)]
    assert set(deciles(np.zeros(7)).tolist()) == {6}
    assert deciles(np.zeros(0)).tolist() == []


def test_rows_of_one_customer_are_drawn_together():
    rng = np.random.default_rng(2)
    by_customer = rng.normal(0, 1, 50)
    losses, whose = np.repeat(by_customer, 20), np.repeat(np.arange(50), 20)
    _, low, high = difference(losses, np.zeros(1000), whose)
    _, narrow_low, narrow_high = difference(losses, np.zeros(1000), np.arange(1000))
    assert high - low > 3 * (narrow_high - narrow_low)


def test_the_interval_of_many_customers_is_that_of_few_without_resampling(monkeypatch):
    rng = np.random.default_rng(3)
    losses, whose = rng.normal(0.1, 1, 3000), rng.integers(0, 1500, 3000)
    drawn = difference(losses, np.zeros(3000), whose)
    monkeypatch.setattr(measures, "MOST_RESAMPLED", 10)
    assert difference(losses, np.zeros(3000), whose) == pytest.approx(drawn, abs=0.01)


def test_log_odds_that_are_extreme_have_a_slope_as_well():
    rng = np.random.default_rng(5)
    true = rng.normal(1, 1, 5_000)
    came = (rng.random(5_000) < 1 / (1 + np.exp(-true))).astype("float64")
    assert calibration(true, came)[0] == pytest.approx(1, abs=0.1)
    assert calibration(30 * true + 40, came)[0] == pytest.approx(1 / 30, abs=0.003)
    assert np.isnan(calibration(true, np.ones(5_000))[0])
