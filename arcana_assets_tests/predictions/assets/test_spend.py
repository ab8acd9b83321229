"""What customers pay, through Dagster, in real Delta tables: what is said of whom, and months that say little.

Slow: each of these tests computes months of a domain.
"""

import json

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import CUSTOMERS, SAID, Shop, sales_of
from arcana_assets_tests.worlds.shop import failure

pytestmark = pytest.mark.slow

MODELS = ("prediction_gasto",)
EVERYTHING = (*CUSTOMERS, *MODELS, *SAID)
GASTO = {"name": "gasto", "title": "Gasto", "target": "spend"}
TABLES = ("predictions", "prediction_evaluation", "prediction_results")


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


def shop_in(folder, sales, months, **settings):
    shop = Shop(folder, **{**GASTO, **settings})
    shop.deliver_sales(sales, months)
    return shop


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Seven months in one run, to be looked at only; and what Dagster was told."""
    shop = shop_in(tmp_path_factory.mktemp("shop"), sales_of(), 7)
    result = shop.run(0, 6, EVERYTHING)
    assert result.success
    return shop, result


def verdicts(result):
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_of_every_customer_it_is_said_how_much_from_what_to_what_and_nothing_of_probability(ran):
    shop, result = ran
    names = {"features_are_as_of", "enough_events", "beats_last_period", "probabilities_hold", "intervals_hold"}
    assert {name for name in names if verdicts(result)[name].passed} == names
    said, features = shop.table("predictions", 6), shop.table("feature_matrix", 6)
    assert sorted(said["customer_id"]) == sorted(features["customer_id"])
    assert said["probability"].isna().all()
    assert said["last_period"].isna().all()
    assert ((said["low"] >= 0) & (said["low"] <= said["expected"]) & (said["expected"] <= said["high"])).all()
    assert said["expected"].sum() > 0
    assert said.sort_values("expected")["decile"].is_monotonic_increasing
    assert len(shop.table("prediction_calibration")) == 0


def test_what_is_said_is_what_the_champion_makes_of_what_was_paid(ran):
    """The lookback is three months: the rate of the window is their mean, the last period the last one."""
    shop, _ = ran
    said, sales = shop.table("predictions", 6).set_index("customer_id"), sales_of()
    paid = sales.pivot_table(index="customer_id", columns="month", values="gross", aggfunc="sum").fillna(0.0)
    paid = paid.reindex(said.index).fillna(0.0)
    last, window = paid[shifted(START, 6)], paid[[shifted(START, step) for step in (4, 5, 6)]].sum(axis=1) / 3
    assert said["paid_last_period"].tolist() == pytest.approx(last.tolist())
    by_hand = {"last_period": last, "window_rate": window, "half_and_half": (last + window) / 2}
    serves = said["champion"].iloc[0]
    assert serves in (*by_hand, "ratio", "mean")
    if serves in by_hand:
        assert said["expected"].tolist() == pytest.approx(by_hand[serves].tolist())
        assert set(said["reasons"]) == {"No seu próprio ritmo"}


def test_the_leaderboard_has_the_measures_of_money_and_none_of_probability(ran):
    shop, _ = ran
    board = shop.table("prediction_evaluation", 6)
    assert set(board["candidate"]) == {"last_period", "window_rate", "half_and_half", "ratio", "mean"}
    assert board[["rmse", "mae", "spearman", "revenue_10", "coverage"]].notna().all().all()
    assert board[["auc", "brier", "slope", "bias", "lift_10", "capture_10"]].isna().all().all()
    serves = board[board["serves"]]
    assert (serves["skill"] > 0).all()
    best = board.groupby("candidate")["skill"].mean().idxmax()
    assert serves["candidate"].iloc[0] == best
    models = shop.models()
    hold_outs = models[models["month"].isin(board["hold_out"])]
    assert len(hold_outs) == 2
    assert (hold_outs["train_to"] == [shifted(month, -1) for month in hold_outs["made_in"]]).all()


def test_what_came_of_what_was_said_is_told_with_how_many_the_intervals_covered(ran):
    shop, _ = ran
    results, said, sales = shop.table("prediction_results", 6).iloc[0], shop.table("predictions", 5), sales_of()
    came = sales[sales["month"] == shifted(START, 6)].groupby("customer_id")["gross"].sum()
    paid = said["customer_id"].map(came).fillna(0.0)
    assert results["n"] == len(said)
    assert results["events"] == (paid > 0).sum()
    assert results["paid"] == pytest.approx(paid.sum())
    assert results["expected"] == pytest.approx(said["expected"].sum())
    assert results["rmse"] == pytest.approx(np.sqrt(((said["expected"] - paid) ** 2).mean()))
    assert results["coverage"] == pytest.approx(((said["low"] <= paid) & (paid <= said["high"])).mean())
    assert pd.isna(results["auc"])


def test_the_same_inputs_are_the_same_bytes_in_one_run_or_month_by_month_or_again(ran, tmp_path):
    shop, _ = ran
    other = shop_in(tmp_path, sales_of(), 7)
    assert other.run(0, 5, EVERYTHING).success
    for _ in range(2):  # the last one again
        assert other.run(6, names=EVERYTHING).success
    pd.testing.assert_frame_equal(shop.models(), other.models(), check_exact=True)
    for name in TABLES:
        by = [each for each in ("month", "customer_id", "candidate", "hold_out") if each in shop.table(name).columns]
        one, two = (each.table(name).sort_values(by, ignore_index=True) for each in (shop, other))
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_where_nobody_pays_anything_later_the_own_pace_is_said_with_a_note(tmp_path):
    """Everybody bought in the first month; what is learned from is that nobody paid since: one got something for free.

    Without a sale of anybody the months would count as not delivered.
    """
    first = sales_of(120, months=1, least=0.97)
    days = [shifted(START, step) for step in (1, 2, 3)]
    free = [first.iloc[:1].assign(month=day, day=day, gross=0.0) for day in days]
    shop = shop_in(tmp_path, pd.concat([first, *free], ignore_index=True), 4)
    result = shop.run(0, 3, EVERYTHING)
    assert result.success
    said = shop.table("predictions", 1)
    assert set(said["champion"]) == {"half_and_half"}
    assert said["note"].str.contains("0 clientes com ritmo pagaram algo; são precisos 20").all()
    assert not verdicts(result)["enough_events"].passed
    assert "expected 20 customers with a pace who paid" in verdicts(result)["enough_events"].description
    assert len(shop.table("prediction_evaluation")) == 0


def test_a_domain_of_three_months_says_the_own_pace_of_three_months_and_that_it_has_no_interval(tmp_path):
    shop = shop_in(tmp_path, sales_of(), 3, horizon_months=[3])
    result = shop.run(0, 2, EVERYTHING, as_of="2011-03-20T00:00:00+00:00")
    assert result.success
    said = shop.table("predictions", 2)
    assert len(said) == len(shop.table("feature_matrix", 2))
    assert set(said["champion"]) == {"half_and_half"}
    assert said["high"].isna().all()
    assert said["note"].str.contains("Não há mês cujo resultado se conheça").all()
    assert said["note"].str.contains("Sem intervalo").all()
    assert verdicts(result)["intervals_hold"].passed  # nothing is known of them


def test_of_who_only_gave_back_nothing_is_expected(tmp_path):
    sales = sales_of()
    back = sales["customer_id"] < "c040"
    sales.loc[back, "gross"] = -sales.loc[back, "gross"]
    shop = shop_in(tmp_path, sales, 6)
    assert shop.run(0, 5, EVERYTHING).success
    said = shop.table("predictions", 5).set_index("customer_id")
    mine = said[said.index < "c040"]
    assert len(mine) > 10
    assert (mine["expected"] == 0).all()
    assert (mine["low"] <= 0).all()
    assert said["expected"].max() > 0


def test_every_customer_only_gave_back_and_nothing_breaks(tmp_path):
    sales = sales_of(60).assign(gross=lambda rows: -rows["gross"])
    shop = shop_in(tmp_path, sales, 5)
    assert shop.run(0, 4, EVERYTHING).success
    assert (shop.table("predictions", 4)["expected"] == 0).all()


def test_a_customer_without_history_is_expected_to_pay_nothing_and_who_refused_profiling_is_not_told_of(tmp_path):
    shop = shop_in(tmp_path, sales_of(), 6)
    assert shop.run(0, 5, CUSTOMERS).success
    features, months = shop.table("feature_matrix"), [shifted(START, step) for step in range(6)]
    refused = features["customer_id"].iloc[0]  # who says no to profiling has no features
    numbers = [each for each in features.columns if each not in ("customer_id", "month")]
    new = features[features["month"] == months[5]].iloc[:1].assign(customer_id="new")
    new[numbers] = np.nan
    kept = features[features["customer_id"] != refused]
    shop.write("feature_matrix", pd.concat([kept, new.astype(kept.dtypes)], ignore_index=True), months)
    # The proof would compute the features of who refused again; what is asked here is what is said.
    assert shop.run(0, 5, (*MODELS, *SAID)).success
    said = shop.table("predictions", 5).set_index("customer_id")
    assert refused not in said.index
    assert said.loc["new", "expected"] == 0
    assert np.isfinite(said.loc["new", "high"])


def test_a_damaged_interval_or_candidate_is_named_and_made_anew_when_materialized_again(tmp_path):
    shop = shop_in(tmp_path, sales_of(), 5)
    assert shop.run(0, 4, EVERYTHING).success
    rows = shop.models()
    last = rows["month"] == shifted(START, 4)
    whole = rows[last].iloc[0]

    def broken(**values):
        frame = rows[last].assign(**values)
        shop.lake.write(("retail", "models", "gasto"), frame, [shifted(START, 4)], engine=shop.engine, run_id="x")
        return failure(shop.run(4, names=SAID))

    bands = json.loads(whole["calibration"])
    said = broken(calibration=json.dumps([{**bands[0], "high": None}, *bands[1:]]))
    assert "retail/models/gasto of 2011-04, 1 months ahead,: its intervals are a list of bands" in said
    assert "Materialize this asset and month again" in said
    model = json.loads(whole["model"])
    model["candidates"]["ratio"]["factor"]["steps"][0]["usual"] = 99
    said = broken(model=json.dumps(model))
    assert "the candidate 'ratio' is damaged: 'usual' of" in said
    assert shop.run(4, names=(*MODELS, *SAID)).success
    again = shop.models()
    assert again.loc[last, "model"].iloc[0] == whole["model"]


def test_an_open_month_repeats_what_was_said_of_the_one_before_it(tmp_path):
    shop = shop_in(tmp_path, sales_of(), 6)
    assert shop.run(0, 4, EVERYTHING, as_of="2011-05-05T00:00:00+00:00").success
    assert shop.run(5, names=EVERYTHING, as_of="2011-05-20T00:00:00+00:00").success
    then, now = shop.table("predictions", 4), shop.table("predictions", 5)
    both = now.merge(then, on="customer_id")
    assert len(both) == len(now)
    assert (both["expected_x"] == both["expected_y"]).all()
    assert set(now["made_in"]) == {shifted(START, 4)}
    assert len(shop.table("prediction_results", 5)) == 0
