"""What customers paid up to a month and after it, from the rollup by month."""

from datetime import date
from decimal import Decimal

import ibis
import pandas as pd
import pytest

from arcana_assets.customer_360.revenue import lookback_revenue, outcomes, revenue_history
from arcana_assets.domain.months import shifted

MAY = date(2011, 5, 1)


def monthly(*rows):
    """Rows of customer, months before May (negative) or after, orders, net, returned."""
    made = [
        (name, shifted(MAY, step), orders, Decimal(net), Decimal(net + back), Decimal(back),
         shifted(MAY, step) if orders else None)
        for name, step, orders, net, back in rows
    ]  # fmt: skip
    names = ["customer_id", "month", "orders", "net", "gross", "returned", "day"]
    frame = pd.DataFrame(made, columns=names)
    return ibis.memtable(frame.assign(first_day=frame["day"], last_day=frame["day"]).drop(columns="day"))


ROWS = [("ana", -7, 1, 7, 0), ("ana", -2, 2, 30, 5), ("ana", 0, 1, 10, 0), ("ana", 1, 1, 99, 1), ("ana", 3, 1, 50, 0),
        ("bo", 1, 1, 5, 0), ("cy", 0, 0, -20, 20), ("cy", 2, 0, -1, 1)]  # fmt: skip


def test_nothing_later_than_the_month_is_counted(rows_of):
    rows = {
        row["customer_id"]: row
        for row in rows_of(revenue_history(monthly(*ROWS), "net", MAY, shifted(MAY, -9), 6, (1, 3)))
    }
    assert set(rows) == {"ana", "cy"}
    assert (rows["ana"]["last_1"], rows["ana"]["last_3"], rows["ana"]["window"]) == (10, 40, 40)
    assert rows["cy"]["last_1"] == -20


def test_each_sum_begins_with_its_first_month_and_not_before(rows_of):
    """A unit of its own in each month back, so that a sum says which months it holds."""
    each_month = monthly(*(("ana", -back, 1, 10**back, 0) for back in range(8)))
    (ana,) = rows_of(revenue_history(each_month, "net", MAY, shifted(MAY, -9), 6, (1, 3)))
    assert ana == {"customer_id": "ana", "last_1": 1, "last_3": 111, "window": 111_111}
    (ana,) = rows_of(lookback_revenue(each_month, "net", MAY, 6))
    assert ana == {"customer_id": "ana", "lookback_revenue": 111_111, "bought_months": 6}


def test_months_before_the_first_one_of_the_domain_are_none(rows_of):
    (ana, _) = rows_of(revenue_history(monthly(*ROWS), "net", MAY, shifted(MAY, -1), 6, (3,)))
    assert ana == {"customer_id": "ana", "last_3": 10, "window": 10}


def test_the_lookback_is_the_months_up_to_the_month(rows_of):
    rows = {row.pop("customer_id"): row for row in rows_of(lookback_revenue(monthly(*ROWS), "net", MAY, 3))}
    assert rows == {
        "ana": {"lookback_revenue": 40, "bought_months": 2},
        "cy": {"lookback_revenue": -20, "bought_months": 0},
    }
    bare = monthly(*ROWS).select("customer_id", "month", mrr="net")
    rows = {row["customer_id"]: row for row in rows_of(lookback_revenue(bare, "mrr", MAY, 8))}
    assert (rows["ana"]["lookback_revenue"], rows["ana"]["bought_months"]) == (47, 3)


def test_outcomes_are_of_the_months_after_and_no_others(rows_of):
    rows = {row["customer_id"]: row for row in rows_of(outcomes(monthly(*ROWS), "net", MAY, 2))}
    assert rows["ana"] == {
        "customer_id": "ana",
        "revenue": 99,
        "bought_months": 1,
        "orders": 1,
        "gross": 100,
        "returned": 1,
    }
    assert (rows["cy"]["revenue"], rows["cy"]["bought_months"]) == (-1, 0)
    assert rows_of(outcomes(monthly(*ROWS), "net", MAY, 3))[0]["revenue"] == 149


def test_without_orders_a_month_with_revenue_counts(rows_of):
    bare = monthly(*ROWS).select("customer_id", "month", mrr="net")
    rows = {row["customer_id"]: row for row in rows_of(outcomes(bare, "mrr", MAY, 3))}
    assert rows["ana"] == {"customer_id": "ana", "revenue": 149, "bought_months": 2}
    assert rows["cy"]["bought_months"] == 0


def test_a_month_in_which_two_accounts_of_a_customer_bought_is_one_month(rows_of):
    both = monthly(
        ("ana", 0, 1, 10, 0), ("ana", 0, 1, 5, 0), ("ana", -1, 0, -3, 3), ("ana", 1, 1, 2, 0), ("ana", 1, 2, 4, 0)
    )
    (before,) = rows_of(lookback_revenue(both, "net", MAY, 6))
    (after,) = rows_of(outcomes(both, "net", MAY, 3))
    assert (before["bought_months"], after["bought_months"]) == (1, 1)
    (without,) = rows_of(lookback_revenue(both.drop("orders"), "net", MAY, 6))
    assert without["bought_months"] == 1


def test_sums_of_cents_are_exact(rows_of):
    many = [("ana", -step, 1, 1, 0) for step in range(5)]
    table = monthly(*many).mutate(net=ibis.literal("0.1").cast("decimal(18,4)"))
    (row,) = rows_of(revenue_history(table, "net", MAY, shifted(MAY, -9), 6, (1,)))
    assert row["window"] == pytest.approx(0.5, abs=0)
