"""Metrics: which figures a table gives, of which days they are, and when one may be told against the month before."""

from datetime import date

import duckdb
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.metrics import BY_CUSTOMER, BY_MONTH, METRICS, metrics_of, values_by_month

SHOP, COMPANY = load_domain(DEFS / "retail"), load_domain(DEFS / "b2b")
NAMED = {each.name: each for each in METRICS}
FEBRUARY, APRIL, MAY, JUNE = (date(2011, month, 1) for month in (2, 4, 5, 6))


@pytest.mark.parametrize(
    ("name", "month", "ends", "expected"),
    [
        ("revenue", MAY, None, False),  # the window of six months since December is full in May, April's was not
        ("revenue", JUNE, None, True),
        ("customers", MAY, None, False),  # who bought in the window: more, while it fills
        ("month_revenue", MAY, None, True),
        ("month_revenue", MAY, date(2011, 5, 31), True),
        ("month_revenue", MAY, date(2011, 5, 30), False),  # nine tenths of a month are less than a month
    ],
)
def test_a_window_that_fills_and_a_month_that_is_not_over_are_not_compared(name, month, ends, expected):
    assert NAMED[name].comparable(SHOP, month, ends) is expected


def test_customers_on_a_list_are_compared_from_the_first_month_on():
    assert COMPANY.customers_from == "master"
    assert NAMED["customers"].comparable(COMPANY, COMPANY.start, None)
    assert not NAMED["tickets"].comparable(COMPANY, COMPANY.start, None)
    assert NAMED["contract_value"].comparable(COMPANY, COMPANY.start, None)


def test_figures_of_a_month_are_of_its_days_alone_whatever_its_length():
    with duckdb.connect() as connection:
        connection.sql(
            """CREATE TABLE transactions_monthly AS SELECT * FROM (VALUES
                (DATE '2011-02-01', 'ana', 2, 30.0), (DATE '2011-02-01', 'bob', 0, -5.0),
                (DATE '2011-01-01', 'cid', 1, 50.0)) AS t(month, customer_id, orders, net)"""
        )
        known = metrics_of(BY_MONTH, ["month", "customer_id", "orders", "net"])
        rows = connection.sql(values_by_month(known, BY_MONTH)).fetchall()
    told = {name: value for month, name, _, value in rows if month == FEBRUARY}
    # Cid bought 31 days before the end of a February of 28; Bob only returned.
    assert told == {"month_revenue": 25.0, "month_orders": 2.0, "active_customers": 1.0, "month_ticket": 12.5}
    assert {name: kind for _, name, kind, _ in rows}["month_revenue"] == "money"


def test_figures_of_the_month_come_before_those_of_the_window():
    names = [each.name for each in METRICS]
    assert names.index("month_revenue") < names.index("revenue")
    assert names.index("month_orders") < names.index("orders")
    assert {each.covers for each in METRICS if each.table == BY_MONTH} == {"month"}
    assert [each.name for each in metrics_of(BY_CUSTOMER, ["customer_id"])] == ["customers"]
