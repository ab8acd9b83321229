"""Horizons in days through Dagster, in real Delta tables: windows after a month, and the day by which half are back.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.months import shifted
from arcana_assets.graph import spec
from arcana_assets_tests.worlds.listed import FIRST, House, visits_of
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import EVERYTHING, Shop, sales_of

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture(scope="module")
def in_days(tmp_path_factory):
    """Seven months of a shop whose next orders are told in days, in one run, to be looked at only."""
    shop = Shop(tmp_path_factory.mktemp("days"), horizon_months=[], horizon_days=[7, 30], goals={"bias": 0.9})
    shop.deliver_sales(sales_of(), 7)
    result = shop.run(0, 6, EVERYTHING)
    assert result.success
    return shop, result


def test_a_window_over_the_end_of_a_short_month_is_known_when_the_next_month_is(in_days):
    shop, _ = in_days
    models = shop.models()
    assert set(models["unit"]) == {"days"}
    of = {horizon: mine.set_index("month")["train_to"] for horizon, mine in models.groupby("horizon")}
    february, march = date(2011, 2, 1), date(2011, 3, 1)
    assert of[7][february] == date(2011, 1, 1)
    assert of[30][february] == date(2010, 12, 1)  # 30 days from the end of January end on 2 March
    assert of[30][march] == february  # and those from the end of February on 30 March
    results = shop.table("prediction_results")
    mine = results[(results["horizon"] == 30) & (results["month"] == march)]
    assert sorted(mine["made_in"]) == [date(2011, 1, 1), february]


@pytest.mark.parametrize("days", [7, 30])
def test_what_came_within_days_is_the_first_order_after_the_month(in_days, days):
    shop, _ = in_days
    made, sales = date(2011, 3, 1), sales_of()
    until = pd.Timestamp(2011, 4, 1) + pd.Timedelta(days=days - 1)
    after = sales[(sales["month"] > made) & (pd.to_datetime(sales["day"]) <= until)]
    said = shop.table("predictions", 3)
    said = said[said["horizon"] == days]
    (found,) = shop.table("prediction_results").query(f"horizon == {days}").loc[
        lambda rows: rows["made_in"] == made, "events"
    ]  # fmt: skip
    assert found == said["customer_id"].isin(set(after["customer_id"])).sum()
    before = sales[sales["month"] <= made]
    since = pd.Timestamp(2011, 4, 1) - pd.Timedelta(days=days)
    did = set(before.loc[pd.to_datetime(before["day"]) >= since, "customer_id"])
    likelier = said["last_period"] == said["last_period"].max()
    assert set(said.loc[likelier, "customer_id"]) == did & set(said["customer_id"])


def test_the_day_by_which_half_are_back_is_of_the_longest_horizon_and_of_who_comes(in_days):
    shop, _ = in_days
    said, calibration = shop.table("predictions", 6), shop.table("prediction_calibration", 6)
    assert said.loc[said["horizon"] == 7, "next_visit_by"].isna().all()
    assert calibration.loc[calibration["horizon"] == 7, "half_by"].isna().all()
    far = said[said["horizon"] == 30]
    tenths = calibration[calibration["horizon"] == 30].set_index("decile")
    assert tenths.loc[10, "half_by"] <= 30
    assert np.isnan(tenths.loc[1, "half_by"])  # fewer than half of them ever did
    assert tenths.loc[tenths["observed"] >= 0.5, "half_by"].notna().all()
    for said_of_one, day in zip(far["probability"], far["next_visit_by"], strict=True):
        like = tenths.iloc[(tenths["predicted"] - said_of_one).abs().argmin()]  # of another level, another tenth
        half = like["half_by"]
        expected = None if np.isnan(half) else (pd.Timestamp(2011, 7, 1) + pd.Timedelta(days=half - 1)).date()
        assert day == expected


def test_an_open_month_tells_no_outcome_in_days(in_days, tmp_path):
    shop = Shop(tmp_path, horizon_months=[], horizon_days=[7])
    shop.deliver_sales(sales_of(), 7)
    assert shop.run(0, 6, EVERYTHING, as_of="2011-06-20T00:00:00+00:00").success
    assert len(shop.table("prediction_results", 6)) == 0
    assert set(shop.table("predictions", 6)["made_in"]) == {shifted(START, 5)}


def test_a_house_of_three_months_says_in_days_what_it_can(tmp_path):
    world = House(tmp_path, target="visits", horizon_days=[7, 14, 30], features=["visits"], minimum_events=10)
    world.deliver(visits_of(3), 3)
    assert world.run(0, 2, as_of="2024-04-02T12:00:00+00:00").success
    models = world.models()
    february, march = (models[models["month"] == shifted(FIRST, step)].set_index("horizon") for step in (1, 2))
    assert february["train_to"].tolist() == [FIRST, FIRST, None]  # 30 days from January end on 1 March
    assert march["champion"].tolist() == ["logistic", "logistic", "last_period"]
    assert set(march["train_to"]) == {shifted(FIRST, 1)}
    said = world.table("predictions", 2)
    assert set(said["unit"]) == {"days"}
    assert said["next_visit_by"].isna().all()  # there is no hold-out of 30 days yet
