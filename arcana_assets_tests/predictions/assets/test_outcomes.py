"""Windows after a month, and who is in them, on small tables."""

from datetime import date

import ibis
import pandas as pd
import pytest

from arcana_assets.customer_360.revenue import bought_in
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.predictions.assets.outcomes import (
    activity_rows,
    first_days,
    group_of,
    in_last_days,
    window_ends,
)
from arcana_assets.predictions.evaluation import half_by

JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)


@pytest.mark.parametrize(
    ("month", "horizon", "unit", "ends"),
    [
        (JANUARY, 28, "days", FEBRUARY),
        (JANUARY, 29, "days", MARCH),  # February has 28 days
        (date(2012, 1, 1), 29, "days", date(2012, 2, 1)),  # and in 2012 one more
        (JANUARY, 59, "days", MARCH),
        (JANUARY, 60, "days", date(2011, 4, 1)),
        (date(2010, 12, 1), 1, "days", JANUARY),
        (JANUARY, 2, "months", MARCH),
    ],
)
def test_a_window_ends_in_the_month_of_its_last_day(month, horizon, unit, ends):
    assert window_ends(month, horizon, unit) == ends


def days(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "first_day", "last_day"])
    for column in ("month", "first_day", "last_day"):
        frame[column] = pd.to_datetime(frame[column])
    table = ibis.memtable(frame)
    return table.mutate(**{name: table[name].cast("date") for name in ("month", "first_day", "last_day")})


ROWS = days(
    ("ana", JANUARY, date(2011, 1, 3), date(2011, 1, 25)),
    ("ana", MARCH, date(2011, 3, 2), date(2011, 3, 20)),
    ("bob", FEBRUARY, date(2011, 2, 1), date(2011, 2, 28)),
    ("bob", MARCH, date(2011, 3, 1), date(2011, 3, 1)),
    ("cid", FEBRUARY, None, None),  # brought something back, and bought nothing
    ("dan", MARCH, date(2011, 3, 3), date(2011, 3, 3)),
)


def told(table):
    return Engine().backend.to_pyarrow(table).to_pandas()


def test_the_first_day_after_a_month_counts_from_one_over_the_end_of_a_short_month():
    found = told(first_days(ROWS, JANUARY, 30)).set_index("customer_id")["day"]
    assert found.to_dict() == {"ana": 30, "bob": 1}  # 2 March is the thirtieth day, 3 March too late
    assert set(told(first_days(ROWS, JANUARY, 31))["customer_id"]) == {"ana", "bob", "dan"}


def test_the_last_days_of_a_month_are_as_many_up_to_its_end():
    assert set(told(in_last_days(ROWS, JANUARY, 7))["customer_id"]) == {"ana"}  # 25 to 31 January
    assert set(told(in_last_days(ROWS, JANUARY, 6))["customer_id"]) == set()
    assert set(told(in_last_days(ROWS, FEBRUARY, 40))["customer_id"]) == {"ana", "bob"}  # March is not known


def test_half_came_by_the_day_of_the_one_in_the_middle_and_by_none_where_fewer_came():
    nan = float("nan")
    assert half_by(pd.Series([3.0, nan, 1.0]).to_numpy()) == 3
    assert half_by(pd.Series([3.0, nan, 1.0, nan]).to_numpy()) == 3
    assert half_by(pd.Series([3.0, nan, nan]).to_numpy()) is None


def prediction(**settings):
    usual = {"name": "x", "title": "X", "features": ["monetary"], "candidates": ["last_period"]}
    return Prediction.model_validate({**usual, **settings})


def test_orders_tell_no_use_of_a_coupon_and_other_categories_no_purchase_of_a_group():
    rows = ibis.memtable(
        pd.DataFrame(
            [("ana", 2, 0, "Serviços", 5.0), ("bob", 1, 1, "Servicos", 0.0), ("cid", 1, 1, "Moda", 5.0)],
            columns=["customer_id", "orders", "with_coupon", "category", "gross"],
        ).assign(month=JANUARY)
    )
    used = activity_rows(rows, "with_coupon", prediction(target="uses_coupon"), ())
    assert set(told(used.filter(bought_in(used, "with_coupon")))["customer_id"]) == {"bob", "cid"}
    group = prediction(target="buys_item_group", item_group="servicos")
    bought = activity_rows(rows, "gross", group, ("Serviços", "Servicos", "Moda"))
    assert set(told(bought)["customer_id"]) == {"ana", "bob"}
    assert set(told(bought.filter(bought_in(bought, "gross")))["customer_id"]) == {"ana"}
    assert group_of(group, ("Moda",)) == []
