"""Candidates: they score as what they were read off, parts add up, and what is not known has a place."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.predictions import CANDIDATES
from arcana_assets.predictions.methods.additive import BINS, additive, boosted
from arcana_assets.predictions.methods.every import Mean, fitted, from_dict
from arcana_assets.predictions.methods.fitted import probability
from arcana_assets.predictions.methods.steps import cut_at, places

DID = "did"
RFM = ("recency", "frequency", "value")


def world(rows=1500, seed=5):
    """Customers who come the likelier the more often they did; value says nothing, and is not known of a fifth."""
    rng = np.random.default_rng(seed)
    rate = rng.beta(1, 2, rows)
    numbers = pd.DataFrame(
        {
            "recency": rng.exponential(30 * (1.2 - rate)),
            "frequency": rng.poisson(8 * rate).astype("float64"),
            "value": np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(3, 1, rows)),
            DID: (rng.random(rows) < rate).astype("float64"),
        }
    )
    return numbers, (rng.random(rows) < rate).astype("float64")


@pytest.fixture(scope="module")
def made():
    numbers, came = world()
    return numbers, came, fitted(CANDIDATES, numbers, came, DID, RFM)


def test_additive_boosting_scores_as_the_trees_that_it_was_read_off():
    numbers, came = world()
    names = ("recency", "frequency", "value")
    model = additive(numbers, came, names)
    values = numbers[[*names]].to_numpy()
    binned = np.column_stack([places(column, cut_at(column, BINS)) for column in values.T]).astype(float)
    told = boosted(binned, came).predict_proba(binned)[:, 1]
    assert np.abs(probability(model.logits(numbers)) - told).max() < 1e-12


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_read_back_from_json_scores_the_same_to_the_last_bit(made, name):
    numbers, _, models = made
    again = from_dict(json.loads(json.dumps(models[name].as_dict())))
    assert np.array_equal(again.logits(numbers), models[name].logits(numbers))
    assert np.array_equal(again.contributions(numbers), models[name].contributions(numbers))


@pytest.mark.parametrize("name", CANDIDATES)
def test_contributions_add_up_to_the_difference_to_the_median_customer(made, name):
    numbers, _, models = made
    model = models[name]
    parts, logits = model.contributions(numbers), model.logits(numbers)
    middle = logits - parts.sum(axis=1)
    assert np.ptp(middle) < 1e-9
    usual = numbers.median().to_frame().T
    usual[DID] = float(numbers[DID].median() > 0.5)
    assert model.logits(usual)[0] == pytest.approx(middle[0], abs=1e-9)
    assert parts.shape == (len(numbers), len(model.features))


def test_the_mean_is_that_of_log_odds_and_not_of_probabilities(made):
    numbers, _, models = made
    mean = models["mean"]
    assert isinstance(mean, Mean)
    both = (models["logistic"].logits(numbers) + models["additive"].logits(numbers)) / 2
    assert np.allclose(mean.logits(numbers), both, atol=1e-12)


@pytest.mark.parametrize("name", CANDIDATES)
def test_customers_who_are_alike_are_as_likely_to_the_last_bit_wherever_they_stand(made, name):
    numbers, _, models = made
    alike = pd.concat([numbers.iloc[[5]]] * 1003, ignore_index=True)
    assert len(set(models[name].logits(alike).tolist())) == 1
    one_by_one = [models[name].logits(numbers.iloc[[at]])[0] for at in range(60)]
    assert models[name].logits(numbers)[:60].tolist() == one_by_one


def test_what_customers_did_in_the_last_period_has_two_rates_drawn_to_the_base():
    numbers = pd.DataFrame({DID: [1.0] * 40 + [0.0] * 60})
    came = np.array([1.0] * 30 + [0.0] * 10 + [1.0] * 6 + [0.0] * 54)
    said = probability(fitted(["last_period"], numbers, came, DID, RFM)["last_period"].logits(numbers))
    base = 36.5 / 101
    assert said[0] == pytest.approx((30 + 20 * base) / 60)
    assert said[-1] == pytest.approx((6 + 20 * base) / 80)


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_number_that_a_month_lacks_counts_as_not_known(made, name):
    numbers, _, models = made
    without = models[name].logits(numbers.drop(columns=["recency", "value"]))
    unknown = models[name].logits(numbers.assign(recency=np.nan, value=np.nan))
    assert np.isfinite(without).all()
    assert np.array_equal(without, unknown)


def test_the_same_rows_give_the_same_candidates(made):
    numbers, came, models = made
    again = fitted(CANDIDATES, numbers, came, DID, RFM)
    assert [each.as_dict() for each in again.values()] == [each.as_dict() for each in models.values()]


def test_numbers_that_are_the_same_for_all_are_learned_nothing_from(made):
    numbers, came, _ = made
    models = fitted(["logistic"], numbers.assign(always=1.0, never=np.nan), came, DID, RFM)
    assert models["logistic"].features == tuple(numbers.columns)


@pytest.mark.parametrize("kind", ["rfm", "logistic"])
def test_who_was_never_seen_is_not_taken_for_the_median_customer(kind):
    numbers, came = world()
    never = np.arange(len(came)) % 4 == 0
    numbers.loc[never, ["recency", "frequency"]], came[never] = np.nan, 0.0
    model = fitted([kind], numbers, came, DID, RFM)[kind]
    assert probability(model.logits(numbers))[never].mean() < 0.03
    parts = pd.DataFrame(model.contributions(numbers), columns=model.features)[never]
    assert (parts["recency"] < -2).all()
    assert (parts["frequency"] == 0).all()  # what lacks together is one reason, not two
