"""Predictions through Dagster, in real Delta tables: what is said of whom, what is refused, what a month repeats.

Slow: each of these tests computes months of a domain.
"""

import json

import dagster as dg
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets.predictions.assets import inputs, parts, results
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import CUSTOMERS, EVERYTHING, MODELS, SAID, Shop, sales_of
from arcana_assets_tests.worlds.shop import failure

pytestmark = pytest.mark.slow

TABLES = ("predictions", "prediction_evaluation", "prediction_calibration", "prediction_results", "prediction_drift")


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Seven months in one run, to be looked at only; and what Dagster was told."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.deliver_sales(sales_of(), 7)
    result = shop.run(0, 6, EVERYTHING)
    assert result.success
    return shop, result


def verdicts(result):
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_every_customer_with_features_is_told_of_once_with_a_probability_and_reasons(ran):
    shop, result = ran
    ours = ("features_are_as_of", "enough_events", "beats_last_period", "probabilities_hold")
    assert {name: verdicts(result)[name].passed for name in ours} == dict.fromkeys(ours, True)
    assert verdicts(result)["features_are_as_of"].metadata["values"].value > 700
    said, features = shop.table("predictions", 6), shop.table("feature_matrix", 6)
    assert sorted(said["customer_id"]) == sorted(features["customer_id"])
    assert said["probability"].between(0, 1).all()
    assert said["champion"].nunique() == 1
    assert said["champion"].iloc[0] != "last_period"
    assert said["reasons"].str.contains("provável").mean() > 0.8
    assert not said["reasons"].str.contains("porque|por causa|devido").any()
    top = said.loc[said["probability"].idxmax()]
    assert top["decile"] == 10
    assert top["contribution_1"] > 0


def test_hold_outs_are_learned_of_months_whose_outcome_was_known_at_their_end(ran):
    shop, result = ran
    models = shop.models()
    for row in models.to_dict("records"):
        if row["train_to"] is not None and not pd.isna(row["train_to"]):
            assert row["train_to"] == shifted(row["made_in"], -1)
    board = shop.table("prediction_evaluation", 6)
    assert sorted(set(board["hold_out"])) == [shifted(START, 4), shifted(START, 5)]
    assert set(board["candidate"]) == {"last_period", "table", "rfm", "logistic", "additive", "mean"}
    serves, last = board[board["serves"]], board[board["candidate"] == "last_period"]
    assert (serves["skill"] > 0).all()
    assert (serves["reached_100"].to_numpy() > last["reached_100"].to_numpy()).all()
    events = [event.materialization.metadata for event in result.get_asset_materialization_events()]
    (told,) = {each["leaderboard"].value for each in events if "leaderboard" in each}
    assert "| of 100 | serves |" in told
    assert f"| {serves['reached_100'].iloc[-1]:.0f} | yes |" in told


def test_a_month_that_every_candidate_lost_keeps_the_last_period_serving_while_it_is_a_hold_out(ran):
    shop, _ = ran
    models, board = shop.models().set_index("month"), shop.table("prediction_evaluation", 3)
    mean = board.groupby("candidate")["brier"].mean()  # of months with about as many customers
    assert mean["table"] < mean["last_period"] - 0.005
    lost = board[(board["candidate"] != "last_period") & (board["skill"] <= 0)]
    assert set(lost["hold_out"]) == {shifted(START, 2)}
    assert models.loc[shifted(START, 3), "champion"] == "last_period"
    assert "errou tanto quanto ele ou mais em 2011-02" in models.loc[shifted(START, 3), "reason"]
    assert models.loc[shifted(START, 5), "champion"] == "rfm"  # two months later it is none any more


def test_what_was_said_is_held_against_what_came(ran):
    shop, _ = ran
    results = shop.table("prediction_results", 6).iloc[0]
    said = shop.table("predictions", 5)
    sales = sales_of()
    came = set(sales.loc[sales["month"] == shifted(START, 6), "customer_id"])
    assert results["n"] == len(said)
    assert results["events"] == said["customer_id"].isin(came).sum()
    assert results["predicted"] == pytest.approx(said["probability"].mean())


def test_what_falls_short_of_its_goals_is_warned_of(ran):
    shop, _ = ran
    shop = Shop(shop.root / "strict", goals={"skill": 0.9, "slope": [0.99, 1.01], "bias": 0.001})
    shop.deliver_sales(sales_of(), 6)
    result = shop.run(0, 5, EVERYTHING)
    assert result.success  # they are warnings
    assert "of its error; the goal is 90.0%" in verdicts(result)["beats_last_period"].description
    assert "the calibration slope was" in verdicts(result)["probabilities_hold"].description


@pytest.mark.slow
def test_months_in_one_run_or_one_after_the_other_or_again_are_the_same(ran, tmp_path):
    """Slow: seven months twice, because months are judged by those before them."""
    shop, _ = ran
    other = Shop(tmp_path)
    other.deliver_sales(sales_of(), 7)
    assert other.run(0, 4, EVERYTHING).success
    for step in (5, 6, 6):  # the last one again
        assert other.run(step, names=EVERYTHING).success
    for name in TABLES:
        by = [each for each in ("month", "customer_id", "horizon", "candidate", "hold_out", "decile")
              if each in shop.table(name).columns]  # fmt: skip
        one, two = (each.table(name).sort_values(by, ignore_index=True) for each in (shop, other))
        pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(shop.models(), other.models())


def test_a_feature_that_knows_the_future_is_refused_and_nothing_is_predicted_from_it(ran, tmp_path):
    shop = Shop(tmp_path)
    sales = sales_of()
    shop.deliver_sales(sales, 7)
    assert shop.run(0, 6, CUSTOMERS).success
    features = shop.table("feature_matrix")
    later = {(row.customer_id, shifted(row.month, -1)) for row in sales.itertuples()}
    planted = [(row.customer_id, row.month) in later for row in features.itertuples()]
    features.loc[planted, "monetary"] += 1000.0  # who buys in the month after looks rich in this one
    shop.write("feature_matrix", features, [shifted(START, step) for step in range(7)])
    result = shop.run(0, 6, (*MODELS, *SAID))
    assert not result.success
    check = verdicts(result)["features_are_as_of"]
    assert not check.passed
    assert "computed again without later months, has other features: monetary of" in check.description
    assert shop.lake.materialized_months(("retail", "gold", "predictions"), [shifted(START, 6)]) == []


def test_a_domain_of_three_months_says_what_it_can_and_why_no_more(tmp_path):
    shop = Shop(tmp_path, horizon_months=[1, 3])
    shop.deliver_sales(sales_of(), 3)
    result = shop.run(0, 2, EVERYTHING, as_of="2011-03-20T00:00:00+00:00")
    assert result.success
    models = shop.models()
    assert models.loc[models["month"] == START, "champion"].isna().all()  # nothing came yet
    march = models[models["month"] == shifted(START, 2)].set_index("horizon")
    assert isinstance(march.loc[1, "champion"], str)
    assert pd.isna(march.loc[3, "champion"])
    assert "Não há mês cujo resultado se conheça" in march.loc[3, "reason"]
    said = shop.table("predictions", 2)
    assert set(said["horizon"]) == {1}
    assert not verdicts(result)["enough_events"].passed
    assert "3 months ahead: 0 events among 0 customers" in verdicts(result)["enough_events"].description


def test_a_target_that_always_happens_is_said_of_all_alike_with_a_note_and_no_crash(tmp_path):
    shop = Shop(tmp_path)
    every = sales_of(customers=60, months=1)
    months = [shifted(START, step) for step in range(5)]
    sales = pd.concat([every.assign(month=month, day=month) for month in months], ignore_index=True)
    shop.deliver_sales(sales, 5)
    result = shop.run(0, 4, EVERYTHING)
    assert result.success
    said = shop.table("predictions", 4)
    assert said["probability"].nunique() == 1
    assert said["probability"].iloc[0] > 0.95
    assert set(said["champion"]) == {"base_rate"}
    assert said["note"].str.contains("há 0 casos sem o evento; são precisos 20").all()
    assert set(said["reasons"]) == {"Como a maioria dos clientes"}
    assert len(shop.table("prediction_evaluation")) == 0
    assert not verdicts(result)["enough_events"].passed


def test_an_open_month_repeats_the_one_before_it_of_who_may_still_be_profiled(ran, tmp_path):
    shop = Shop(tmp_path)
    shop.deliver_sales(sales_of(), 7)
    assert shop.run(0, 5, EVERYTHING, as_of="2011-06-05T00:00:00+00:00").success
    open_month, before = shifted(START, 6), shifted(START, 5)
    assert shop.run(6, names=CUSTOMERS, as_of="2011-06-20T00:00:00+00:00").success
    features = shop.table("feature_matrix", 6)
    refused = features["customer_id"].iloc[0]  # who says no to profiling has no features
    shop.write("feature_matrix", features[features["customer_id"] != refused], [open_month])
    assert shop.run(6, names=(*MODELS, *SAID), as_of="2011-06-20T00:00:00+00:00").success
    then, now = shop.table("predictions", 5), shop.table("predictions", 6)
    assert refused in set(then["customer_id"])
    assert refused not in set(now["customer_id"])
    assert set(now["made_in"]) == {before}
    both = now.merge(then, on="customer_id")
    assert len(both) == len(now)
    assert (both["probability_x"] == both["probability_y"]).all()
    assert len(shop.table("prediction_results", 6)) == 0


def test_a_damaged_model_is_named_with_what_to_do_and_is_fitted_anew_when_materialized_again(ran, tmp_path):
    shop = Shop(tmp_path)
    shop.deliver_sales(sales_of(), 4)
    assert shop.run(0, 3, EVERYTHING).success
    rows = shop.models()
    last = rows["month"] == shifted(START, 3)
    broken = json.loads(rows.loc[last, "model"].iloc[0])
    broken["candidates"]["rfm"]["weights"] = ["x"]
    rows.loc[last, "model"] = json.dumps(broken)
    shop.lake.write(("retail", "models", "volta"), rows[last], [shifted(START, 3)], engine=shop.engine, run_id="x")
    said = failure(shop.run(3, names=SAID))
    assert "retail/models/volta of 2011-03, 1 months ahead,: the candidate 'rfm' is damaged" in said
    assert "Materialize this asset and month again" in said
    assert shop.run(3, names=(*MODELS, *SAID)).success
    assert "x" not in json.loads(shop.models().loc[last, "model"].iloc[0])["candidates"]["rfm"]["weights"]


def test_blocks_of_seven_customers_say_what_all_at_once_are_told(ran, monkeypatch):
    shop, _ = ran
    before = {name: shop.table(name, 6) for name in TABLES}
    monkeypatch.setattr(parts, "AT_ONCE", 7)
    assert shop.run(6, names=SAID).success
    for name, rows in before.items():
        by = [each for each in ("customer_id", "horizon", "candidate", "hold_out", "decile", "made_in", "feature")
              if each in rows.columns]  # fmt: skip
        again = shop.table(name, 6)
        pd.testing.assert_frame_equal(
            again.sort_values(by, ignore_index=True), rows.sort_values(by, ignore_index=True), rtol=1e-12
        )


def test_results_of_many_are_measured_on_a_sample_and_counted_of_all(ran, monkeypatch):
    shop, _ = ran
    (before,) = shop.table("prediction_results", 6).to_dict("records")
    monkeypatch.setattr(results, "MOST_A_MONTH", 100)
    assert shop.run(6, names=SAID).success
    (row,) = shop.table("prediction_results", 6).to_dict("records")
    for name in ("n", "events", "predicted", "observed", "hold_out_skill"):
        assert row[name] == pytest.approx(before[name], abs=1e-9)
    assert row["auc"] != before["auc"]
    assert row["auc"] == pytest.approx(before["auc"], abs=0.1)
    assert shop.run(6, names=SAID).success
    (again,) = shop.table("prediction_results", 6).to_dict("records")
    assert repr(again) == repr(row)


def test_models_of_many_are_learned_from_a_sample_which_is_proved(monkeypatch, tmp_path):
    monkeypatch.setattr(inputs, "MOST_A_MONTH", 100)
    shop = Shop(tmp_path)
    shop.deliver_sales(sales_of(), 4)
    result = shop.run(0, 3, EVERYTHING)
    assert result.success
    last = shop.models().iloc[-1]
    assert (last["rows"], last["train_from"], last["train_to"]) == (300, START, shifted(START, 2))
    proof = verdicts(result)["features_are_as_of"]
    assert proof.passed
    assert proof.metadata["values"].value == 4 * 100
    assert len(shop.table("predictions", 3)) == len(shop.table("feature_matrix", 3))
