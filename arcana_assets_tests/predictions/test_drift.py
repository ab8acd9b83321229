"""Drift of a prediction: references that come back as they were, features that moved, results that fell short."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.predictions.drift import drift_of_month, fell_short, read_references, references_of, skill_of
from arcana_assets.predictions.model import DamagedModel
from arcana_assets.predictions.rows import AsOf, Learned
from arcana_assets_tests.worlds.predictions import VOLTA

VOLTA_A_COMPRAR = Prediction(**VOLTA)
MAY = date(2011, 5, 1)


def numbers(shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({"recency_days": rng.normal(50 + shift, 10, 800), "frequency": rng.poisson(3, 800) * 1.0})


def learned(frame: pd.DataFrame) -> Learned:
    return Learned((MAY,), frame, np.ones(len(frame)))


def drifted(shift: float, used=("recency_days", "frequency")) -> pd.DataFrame:
    kept = read_references(references_of(learned(numbers())), "here")
    known = AsOf(MAY, np.arange(800).astype(object), numbers(shift))
    return drift_of_month(MAY, VOLTA_A_COMPRAR, 1, used, kept, known).set_index("feature")


def test_a_feature_that_moved_has_drifted_and_one_that_stayed_has_not():
    found = drifted(10)
    assert found["drifted"].to_dict() == {"recency_days": True, "frequency": False}
    assert found.loc["recency_days", "median_now"] - found.loc["recency_days", "median_before"] == pytest.approx(10)
    assert not drifted(0)["drifted"].any()
    assert set(drifted(10, used=("frequency",)).index) == {"frequency"}  # nobody predicts by the other one


def test_references_are_the_same_text_for_the_same_rows_in_any_order_and_none_where_nothing_was_learned():
    one = references_of(learned(numbers()))
    assert one == references_of(learned(numbers().iloc[::-1]))
    assert read_references(one, "here")[0].customers == 800
    assert references_of(Learned((), pd.DataFrame(), np.zeros(0))) == "[]"
    assert read_references(None, "here") == []  # of a model that an earlier version kept


@pytest.mark.parametrize("text", ["{", '[{"feature": "x"}]', "[1]", '{"a": 1}'])
def test_references_that_cannot_be_read_are_named_with_what_to_do(text):
    with pytest.raises(DamagedModel, match=r"retail/models/volta of 2011-05: expected the references.*Materialize"):
        read_references(text, "retail/models/volta of 2011-05")


def board(serving: float, last: float = 0.2):
    return [
        {"candidate": name, "brier": brier, "n": n, "serves": name == "rfm"}
        for n, bonus in ((300, 0.0), (100, 0.04))
        for name, brier in (("last_period", last + bonus), ("rfm", serving + bonus))
    ]


def test_skill_weighs_customers_alike():
    assert skill_of(board(0.15)) == pytest.approx(1 - (0.15 * 300 + 0.19 * 100) / (0.2 * 300 + 0.24 * 100))
    assert np.isnan(skill_of([]))


def test_of_spend_months_weigh_alike():
    rows = [
        {"candidate": "mean", "brier": None, "rmse": 9.0, "n": n, "skill": skill, "serves": True}
        for n, skill in ((900, 0.1), (100, 0.3))
    ]
    assert skill_of(rows) == pytest.approx(0.2)
    assert np.isnan(skill_of([rows[0] | {"skill": float("nan")}, rows[1]]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"observed": 0.3}, ["50.0% was said and 30.0% came"]),
        ({"skill": 0.05}, ["rfm saved 5.0% of the last period's error, 20.0% on its hold-outs"]),
        ({"skill": 0.11}, []),
        ({"skill": -0.1, "hold_out_skill": float("nan")}, []),  # nothing was compared then
        ({"skill": None}, []),
    ],
)
def test_results_fall_short_where_they_are_not_as_the_hold_outs_were(change, said):
    row = {"champion": "rfm", "predicted": 0.5, "observed": 0.45, "skill": 0.2, "hold_out_skill": 0.2} | change
    strict = VOLTA_A_COMPRAR.model_copy(update={"goals": VOLTA_A_COMPRAR.goals.model_copy(update={"bias": 0.1})})
    assert fell_short(row, strict) == said


def test_of_money_the_error_alone_is_held_against_the_hold_outs():
    spend = Prediction(name="gasto", title="Gasto", target="spend", features=["monetary"])
    row = {"champion": "ratio", "predicted": None, "observed": None, "skill": 0.1, "hold_out_skill": 0.3}
    assert fell_short(row, spend) == ["ratio saved 10.0% of the last period's error, 30.0% on its hold-outs"]
    assert fell_short(row | {"skill": 0.3}, spend) == []
