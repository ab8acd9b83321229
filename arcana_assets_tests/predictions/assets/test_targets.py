"""Targets through Dagster, in real Delta tables: who leaves, uses a coupon, buys of a group.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.customer_360.goods.tables import TRANSACTIONS_BY_CATEGORY_MONTHLY
from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets_tests.worlds.listed import (
    FIRST,
    Company,
    House,
    revenue_features,
    revenue_of,
    visits_of,
)
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import EVERYTHING, Shop, sales_of

pytestmark = pytest.mark.slow

LAST = 11


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


def verdicts(result):
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Twelve months of a company in one run, to be looked at only."""
    world = Company(tmp_path_factory.mktemp("company"))
    world.deliver(revenue_of(LAST + 1), LAST + 1)
    result = world.run(0, LAST)
    assert result.success
    return world, result


def test_only_customers_with_recurring_revenue_are_told_whether_they_leave(company):
    world, result = company
    revenue = revenue_of(LAST + 1)
    said = world.table("predictions", LAST)
    paying = set(revenue.loc[revenue["month"] == shifted(FIRST, LAST), "customer_id"])
    features = set(world.table("feature_matrix", LAST)["customer_id"])
    assert set(said["customer_id"]) == paying
    assert features - paying  # who left within the lookback has features, and nothing more to leave
    ours = ("features_are_as_of", "enough_events", "beats_last_period")
    assert {name: verdicts(result)[name].passed for name in ours} == dict.fromkeys(ours, True)


def test_who_leaves_has_no_revenue_in_the_last_month_of_the_horizon(company):
    world, _ = company
    revenue = revenue_of(LAST + 1)
    paid = {month: set(mine["customer_id"]) for month, mine in revenue.groupby("month")}
    results = world.table("prediction_results", LAST).iloc[0]
    then, now = shifted(FIRST, LAST - 3), shifted(FIRST, LAST)
    assert (results["n"], results["events"]) == (len(paid[then]), len(paid[then] - paid[now]))
    assert results["events"] > 5
    board = world.table("prediction_evaluation", LAST)
    assert (board.loc[board["serves"], "auc"] > 0.85).all()  # their revenue falls before


def test_the_last_period_of_who_leaves_is_whether_the_revenue_fell(company):
    world, _ = company
    revenue = revenue_of(LAST + 1).pivot_table(index="customer_id", columns="month", values="mrr")
    now, then = shifted(FIRST, LAST), shifted(FIRST, LAST - 3)
    said = world.table("predictions", LAST).set_index("customer_id")
    fell = revenue[now] < revenue[then]
    likelier = said["last_period"] == said["last_period"].max()
    pd.testing.assert_series_equal(likelier, fell.reindex(said.index), check_names=False)
    told = " ".join(said["reasons"])
    assert "crescimento do MRR em 3 meses" in told.replace("Crescimento", "crescimento")
    assert "mRR" not in told


def test_who_pays_nothing_for_a_month_and_then_again_has_not_left(tmp_path):
    world = Company(tmp_path, horizon_months=[2], candidates=["last_period"], minimum_events=1)
    revenue = revenue_of(4, customers=30, leaving=0)
    gap = (revenue["customer_id"] == "E003") & (revenue["month"] == shifted(FIRST, 1))
    gone = (revenue["customer_id"] == "E007") & (revenue["month"] == shifted(FIRST, 3))
    world.deliver(revenue[~gap & ~gone], 4)
    assert world.run(0, 3).success
    assert world.models().set_index("month").loc[shifted(FIRST, 3), ["rows", "events"]].tolist() == [59, 1]


def test_with_no_leaver_in_the_training_months_all_are_told_the_base_rate_and_why(tmp_path):
    world = Company(tmp_path)
    world.deliver(revenue_of(6, leaving=0), 6)
    result = world.run(0, 5)
    assert result.success
    said = world.table("predictions", 5)
    assert set(said["champion"]) == {"base_rate"}
    assert said["note"].str.contains("há 0 casos com o evento; são precisos 20").all()
    assert not verdicts(result)["enough_events"].passed
    assert set(world.models()["reason"].iloc[-1:]) == {"Serve a taxa da base: há casos de menos para aprender."}


def test_a_month_that_nobody_delivered_is_no_month_in_which_all_left(tmp_path):
    world, revenue = Company(tmp_path), revenue_of(8)
    missing = shifted(FIRST, 7)
    world.deliver(revenue[revenue["month"] != missing], 8)
    assert world.run(0, 7).success
    models = world.models().set_index("month")
    assert models.loc[missing, "train_to"] == shifted(FIRST, 3)  # that of the month before: the outcome lacks
    assert models.loc[missing, "events"] == models.loc[shifted(missing, -1), "events"]
    assert len(world.table("predictions", 7)) == 0  # nobody is known to pay


def test_a_month_with_half_of_the_customers_is_warned_of_and_mended_by_its_delivery(tmp_path):
    settings = {"goals": {"slope": [0, 9], "bias": 0.2}}
    world, whole, revenue = Company(tmp_path / "a", **settings), Company(tmp_path / "b", **settings), revenue_of(9)
    last = shifted(FIRST, 8)
    half = revenue[(revenue["month"] != last) | (revenue["customer_id"] < "E150")]
    world.deliver(half, 9)
    result = world.run(0, 8)
    assert result.success
    assert not verdicts(result)["probabilities_hold"].passed
    assert "as of 2024-06 the mean probability was -0." in verdicts(result)["probabilities_hold"].description
    world.deliver(revenue, 9)
    whole.deliver(revenue, 9)
    assert world.run(8, 8).success
    assert whole.run(0, 8).success
    both = [each.table("predictions", 8).sort_values("customer_id", ignore_index=True) for each in (world, whole)]
    pd.testing.assert_frame_equal(*both)


def test_revenue_that_knows_who_leaves_is_refused(tmp_path):
    world, revenue = Company(tmp_path), revenue_of(9)
    of = world.deliver(revenue, 9)
    features = revenue_features(revenue, of)
    last = revenue.groupby("customer_id")["month"].max()
    leaving = features["customer_id"].map(last) < shifted(FIRST, 8)
    features.loc[leaving, "mrr"] *= 0.5  # as a master that is overwritten when somebody leaves
    world.known(features, of)
    result = world.run(0, 8)
    assert not result.success
    assert "has other features: mrr of" in verdicts(result)["features_are_as_of"].description


def test_a_feature_that_ends_between_months_counts_as_not_known_and_is_said(tmp_path):
    world, revenue = Company(tmp_path), revenue_of(9)
    of = world.deliver(revenue, 9)
    features = revenue_features(revenue, of)
    features.loc[features["month"] == of[-1], "mrr_growth_3m"] = np.nan
    world.known(features, of)
    assert world.run(0, 8).success
    said = world.table("predictions", 8)
    assert said["probability"].between(0, 1).all()
    assert said["note"].str.contains("O mês nada sabe de mrr_growth_3m").all()


def test_who_takes_back_consent_is_told_nothing_and_still_counts_in_what_was_said_before(company, tmp_path):
    world, revenue = Company(tmp_path), revenue_of(10)
    of = world.deliver(revenue, 10)
    features = revenue_features(revenue, of)
    refused = sorted(revenue.loc[revenue["month"] == of[-1], "customer_id"])[0]
    world.known(features[(features["customer_id"] != refused) | (features["month"] < of[-1])], of)
    assert world.run(0, 9).success
    assert refused in set(world.table("predictions", 8)["customer_id"])
    assert refused not in set(world.table("predictions", 9)["customer_id"])
    results = world.table("prediction_results", 9).iloc[0]
    assert results["n"] == len(world.table("predictions", 6))


def test_a_coupon_is_one_of_a_receipt_and_not_the_receipt(tmp_path):
    world = House(
        tmp_path, target="uses_coupon", horizon_months=[1], features=["coupon_share", "visits"],
        candidates=["last_period", "logistic"],
    )  # fmt: skip
    visits = visits_of(7)
    world.deliver(visits, 7)
    result = world.run(0, 6)
    assert result.success
    assert verdicts(result)["features_are_as_of"].passed
    used = visits[visits["with_coupon"] > 0]
    results = world.table("prediction_results", 6).iloc[0]
    came = set(used.loc[used["month"] == shifted(FIRST, 6), "customer_id"])
    said = world.table("predictions", 5)
    assert results["events"] == said["customer_id"].isin(came).sum()
    assert said["reasons"].str.contains("sou cupom").any()
    assert not said["reasons"].str.contains("omprou|veio").any()


def test_who_becomes_a_customer_later_is_neither_learned_from_nor_told(tmp_path):
    world = House(tmp_path, target="visits", horizon_months=[1], features=["visits"])
    visits = visits_of(6)
    known = set(visits.loc[visits["month"] == FIRST, "customer_id"])
    others = sorted(set(visits["customer_id"]) - known)
    since = {each: date(2024, 6, 3) for each in others[:20]}  # they came before all the same, the master says
    never = {f"N{at:03}": date(2025, 1, 7) for at in range(50)}
    world.deliver(visits, 6, since | never)
    assert world.run(0, 5).success
    said = {step: set(world.table("predictions", step)["customer_id"]) for step in (1, 5)}
    assert not said[5] & set(never)
    assert said[5] >= set(since)
    came = set(visits.loc[visits["month"] <= shifted(FIRST, 1), "customer_id"])
    assert said[1] & set(since) == came & set(since)


def test_a_coupon_that_all_use_in_every_month_is_said_of_all_alike(tmp_path):
    world = House(tmp_path, target="uses_coupon", horizon_months=[1], features=["coupon_share", "visits"])
    first = visits_of(1, customers=80).assign(with_coupon=1)
    world.deliver(pd.concat([first.assign(month=shifted(FIRST, step)) for step in range(4)], ignore_index=True), 4)
    assert world.run(0, 3).success
    said = world.table("predictions", 3)
    assert set(said["champion"]) == {"base_rate"}
    assert said["note"].str.contains("há 0 casos sem o evento; são precisos 20").all()


GROUP = {"target": "buys_item_group", "features": ["frequency", "recency_days"], "candidates": ["last_period", "rfm"]}


def group_sales(shop: Shop, sales: pd.DataFrame, months: int, name: str = "Bath & Toys") -> pd.DataFrame:
    """Half of the customers buy of the group whenever they buy, the others never do."""
    shop.deliver_sales(sales, months)
    of = [shifted(START, step) for step in range(months)]
    even = sales["customer_id"].str[1:].astype(int) % 2 == 0
    rows = sales.assign(category=np.where(even, name, "Lamps"), units=1, returned=0, reversed=0, net=sales["gross"])
    shop.put(TRANSACTIONS_BY_CATEGORY_MONTHLY, rows[rows["month"].isin(of)], of)
    return sales[even]


def test_a_group_is_bought_by_who_buys_of_it_and_is_found_by_its_spelling(tmp_path):
    settings = {**GROUP, "item_group": "bath & toys", "candidates": ["last_period", "logistic"]}
    shop = Shop(tmp_path, **settings)
    bought = group_sales(shop, sales_of(), 6)
    result = shop.run(0, 5, EVERYTHING)
    assert result.success
    results = shop.table("prediction_results", 5).iloc[0]
    came = set(bought.loc[bought["month"] == shifted(START, 5), "customer_id"])
    said = shop.table("predictions", 4)
    assert results["events"] == said["customer_id"].isin(came).sum() > 20
    likeliest = said.nlargest(20, "probability")["customer_id"].str[1:].astype(int)
    assert (likeliest % 2 == 0).all()
    assert said["reasons"].str.contains("omprou da categoria").any()


def test_a_group_that_no_product_has_is_silence_with_the_nearest_name(tmp_path):
    shop = Shop(tmp_path, **{**GROUP, "item_group": "Lamp", "candidates": ["last_period", "logistic"]})
    group_sales(shop, sales_of(), 4)
    result = shop.run(0, 3, EVERYTHING)
    assert result.success
    assert set(shop.table("predictions", 3)["champion"]) == {"base_rate"}
    check = verdicts(result)["enough_events"]
    assert not check.passed
    assert "no product was ever sold of the category 'Lamp'; did you mean 'Lamps'?" in check.description


def test_a_row_of_no_revenue_is_none(tmp_path):
    world = Company(tmp_path, candidates=["last_period"], minimum_events=1)
    revenue = revenue_of(5, customers=40, leaving=0)
    nothing = (revenue["customer_id"] == "E001") & (revenue["month"] == shifted(FIRST, 4))
    revenue.loc[nothing, "mrr"] = 0.0
    of = world.deliver(revenue, 5)
    assert world.run(0, 4).success
    assert world.models().set_index("month").loc[of[-1], "events"] == 1
    assert "E001" not in set(world.table("predictions", 4)["customer_id"])


def test_a_row_of_who_refused_is_seen_and_stops_what_follows(tmp_path):
    world = House(tmp_path, target="visits", horizon_months=[1], features=["visits"])
    of = world.deliver(visits_of(3), 3)
    assert verdicts(world.run(0, 2))["no_profile_without_consent"].passed
    rows = pd.DataFrame({"customer_id": [visits_of(3)["customer_id"].iloc[0]], "month": [of[-1]]})
    no = rows.assign(since=date(2020, 1, 1), profiling_opt_in=False)  # a feature matrix that was not made again since
    world.lake.write(("mall", "gold", "customer_360"), no, [of[-1]], engine=world.engine, run_id="later")
    check = verdicts(world.run(2, 2))["no_profile_without_consent"]
    assert (check.passed, check.blocking) == (False, True)
    assert "rows are of customers who refused" in check.description
