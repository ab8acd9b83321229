"""Who stands out among the customers of a month: far above the median of logarithms, or told apart by all together."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.customer_360.outliers.customers import Usual, outlying_customers
from arcana_assets.domain.settings.outliers import Outliers

RULES = Outliers(contamination=0)


def base(monetary, **more):
    ids = [f"c{place:03}" for place in range(len(monetary))]
    return pd.DataFrame({"customer_id": ids, "monetary": monetary, **more})


def flagged(frame, settings=RULES):
    measures = [name for name in frame.columns if name != "customer_id"]
    return outlying_customers(frame, measures, settings)


ALIKE = [90.0, 100.0, 110.0] * 10


def test_who_is_far_above_the_others_is_told_with_all_that_one_needs_to_see_why():
    (row,) = flagged(base([*ALIKE, 900.0])).to_dict("records")
    assert (row["key"], row["customer_id"], row["grain"]) == ("c030", "c030", "customer")
    assert (row["rule"], row["measure"], row["value"]) == ("robust_z", "monetary", 900)
    assert row["centre"] == pytest.approx(100)
    assert row["spread"] == 0.5  # the others are nearer to each other than that
    assert row["score"] == pytest.approx((np.log(901) - np.log(101)) / 0.5)
    assert row["share_of_revenue"] == pytest.approx(900 / 3_900)


def test_four_times_what_everybody_has_is_nothing_and_a_spread_is_measured_where_there_is_one():
    assert flagged(base([1.0] * 40 + [7.0])).empty  # most have one order
    assert len(flagged(base([1.0] * 40 + [8.0]))) == 1
    spread = [float(np.expm1(each)) for each in np.random.default_rng(1).normal(5, 1, 400)]
    assert len(flagged(base(spread))) <= 2  # three robust deviations of a normal distribution
    assert len(flagged(base(spread), Outliers(contamination=0, deviations=1))) > 40


def test_who_got_back_much_stands_out_and_who_pays_little_or_nothing_does_not():
    found = flagged(base([*ALIKE, -5_000.0, 1.0, 0.0, np.nan]))
    assert found["value"].tolist() == [-5_000]
    assert found["share_of_revenue"].tolist() == [0]


def test_of_fewer_than_twenty_nobody_stands_out():
    assert flagged(base([100.0] * 18 + [1e9])).empty
    assert len(flagged(base([100.0] * 19 + [1e9]))) == 1
    assert flagged(base([100.0] * 15 + [1e9]), Outliers(contamination=0.4)).empty


def test_a_measure_counts_by_itself_and_a_customer_may_be_flagged_by_several():
    found = flagged(base([*ALIKE, 9_000.0], frequency=[1.0] * 30 + [200.0]))
    assert found["measure"].tolist() == ["frequency", "monetary"]
    assert found["customer_id"].tolist() == ["c030", "c030"]


def crowd(size=400):
    draw = np.random.default_rng(5)
    value = np.exp(draw.normal(5, 1, size))
    return base(value, frequency=np.round(value / 40 + draw.uniform(1, 2, size)))


def test_the_forest_flags_no_more_than_its_share_and_nobody_where_it_is_none():
    found = flagged(crowd(), Outliers(contamination=0.02, deviations=99))
    assert set(found["rule"]) == {"isolation_forest"}
    assert set(found["measure"]) == {"together"}
    assert len(found) == 8
    assert (found["score"] > 0).all()
    assert flagged(crowd(), Outliers(contamination=0, deviations=99)).empty
    assert len(flagged(crowd(), Outliers(contamination=0.1, deviations=99))) == 40


def test_the_forest_finds_who_is_odd_by_two_measures_together():
    odd = crowd()
    odd.loc[7, ["monetary", "frequency"]] = [5.0, 60.0]  # neither is much, both together nobody has
    assert "c007" in set(flagged(odd, Outliers(contamination=0.01, deviations=99))["customer_id"])


def test_of_customers_who_are_all_alike_none_is_an_outlier():
    assert flagged(base([100.0] * 200), Outliers(contamination=0.2)).empty


def test_the_same_customers_in_another_order_are_flagged_the_same():
    frame = crowd().assign(mrr_12m=lambda rows: rows["monetary"].where(rows.index % 3 == 0))
    first = flagged(frame, Outliers())
    again = flagged(frame.sample(frac=1, random_state=2), Outliers())
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not first.equals(flagged(frame, Outliers(seed=8)))


def test_without_customers_or_measures_there_is_nobody_and_without_money_no_share():
    assert flagged(base([])).empty
    assert flagged(base([100.0] * 30)[["customer_id"]], Outliers()).empty
    found = flagged(base([100.0] * 30)[["customer_id"]].assign(sessions=[1.0] * 29 + [5_000.0]))
    assert found["share_of_revenue"].isna().tolist() == [True]


def test_blocks_held_against_what_is_usual_of_all_have_the_outliers_of_all_at_once():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"customer_id": [f"c{at:03}" for at in range(200)], "monetary": rng.lognormal(4, 1, 200)})
    frame.loc[3, "monetary"] = 1e6
    frame["frequency"] = np.where(rng.random(200) < 0.1, np.nan, rng.integers(1, 40, 200))
    whole = outlying_customers(frame, ["monetary", "frequency"], Outliers())
    assert set(whole["rule"]) == {"robust_z", "isolation_forest"}
    usual, paid = Usual.of(frame, ["monetary", "frequency"], Outliers()), float(np.sort(frame["monetary"]).sum())
    parts = [usual.outlying(frame.iloc[at : at + 7], paid) for at in range(0, 200, 7)]
    told = pd.concat([part for part in parts if len(part)], ignore_index=True)
    pd.testing.assert_frame_equal(told, whole, check_exact=True)
