"""Subscriptions: revenue of the month, its growth, and the yearly figure that some companies keep instead."""

import random
from decimal import Decimal

import pytest

from arcana_assets.customer_360.listed.subscriptions import subscriptions, subscriptions_monthly
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JUN, MAY, month, periods, read_in, silver

JUNE_2025 = month(6, 2025)


def billed(mrr, on, customer="ana", product="ERP"):
    return {"customer_id": customer, "billed_on": f"{on}-01", "product": product, "mrr": mrr}


def yearly(mrr_12m, customer="ana"):
    return {"customer_id": customer, "mrr_12m": mrr_12m}


def monthly(*rows):
    return subscriptions_monthly(silver("subscriptions", *rows))


def facet(*rows, months=(JUNE_2025,), **given):
    return subscriptions(monthly(*rows), None, periods(*months, **given))


def test_the_rollup_sums_lines_of_a_product(rows_of):
    rows = [billed(10, "2024-06"), billed(5, "2024-06"), billed(1, "2024-06", product=None), billed(None, "2024-05")]
    assert [tuple(row.values()) for row in rows_of(monthly(*rows))] == [
        ("ana", MAY, "ERP", 0),
        ("ana", JUN, "ERP", 15),
        ("ana", JUN, None, 1),
    ]


def test_revenue_is_of_the_month_over_all_products_and_growth_against_the_past(one):
    row = one(
        facet(
            billed(100, "2025-06"),
            billed(20, "2025-06", product="CRM"),
            billed(80, "2025-03"),
            billed(96, "2024-06"),
            billed(7, "2025-05"),
        )
    )
    assert row["mrr"] == 120
    assert (row["mrr_growth_3m"], row["mrr_growth_12m"]) == (0.5, 0.25)
    assert row["mrr_12m"] is None


def test_who_had_revenue_in_the_lookback_and_has_none_now_has_zero(one):
    row = one(facet(billed(100, "2025-03"), billed(50, "2024-06")))
    assert (row["mrr"], row["mrr_growth_3m"], row["mrr_growth_12m"]) == (0, -1, -1)


@pytest.mark.parametrize("past", [None, 0, "-5"])
def test_growth_from_nothing_is_absent(one, past):
    rows = [billed(100, "2025-06")] + ([] if past is None else [billed(past, "2025-03"), billed(past, "2024-06")])
    row = one(facet(*rows))
    assert (row["mrr"], row["mrr_growth_3m"], row["mrr_growth_12m"]) == (100, None, None)


def test_who_had_revenue_before_the_lookback_only_has_no_row(rows_of):
    assert rows_of(facet(billed(100, "2024-12"))) == []
    assert [row["mrr"] for row in rows_of(facet(billed(100, "2025-01")))] == [0]


def test_a_lookback_beyond_a_year_is_looked_back_over(one):
    row = one(facet(billed(100, "2024-01"), lookback=24))
    assert (row["mrr"], row["mrr_growth_12m"]) == (0, None)


def test_revenue_of_later_months_is_not_known(rows_of, one):
    assert rows_of(facet(billed(100, "2025-07"))) == []
    assert one(facet(billed(100, "2025-07"), billed(1, "2025-06")))["mrr"] == 1


def test_the_yearly_figure_alone_says_nothing_of_the_month(by_customer):
    rows = [*read_in([JUN], yearly(1200), yearly(0, "bob")), *read_in([MAY], yearly(7))]
    found = by_customer(subscriptions(None, silver("subscriptions", *rows), periods(JUN)))
    assert [(row["mrr"], row["mrr_12m"], row["mrr_growth_3m"]) for row in found.values()] == [
        (None, 1200, None),
        (None, 0, None),
    ]


def test_both_figures_of_a_customer_are_in_one_row(by_customer):
    of_year = silver("subscriptions", *read_in([JUN], yearly("1200.5"), yearly(60, "bob")))
    found = by_customer(
        subscriptions(monthly(billed(100, "2024-06"), billed(3, "2024-05", "cy")), of_year, periods(JUN))
    )
    assert {who: (row["mrr"], row["mrr_12m"]) for who, row in found.items()} == {
        "ana": (100, Decimal("1200.5")),
        "bob": (None, 60),
        "cy": (0, None),
    }


def test_a_yearly_row_without_a_figure_is_absence(rows_of):
    assert rows_of(subscriptions(None, silver("subscriptions", *read_in([JUN], yearly(None))), periods(JUN))) == []


def test_without_any_source_there_is_nothing_to_say():
    with pytest.raises(ValueError, match="a monthly or a yearly source"):
        subscriptions(None, None, periods(JUN))


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order):
    rows = [
        billed(f"{number}.{line}", f"2024-{number:02}", who, f"P{line}")
        for who in ("ana", "bob")
        for number in range(1, 7)
        for line in range(3)
        if who == "ana" or number % 2
    ]
    months = [FEB, MAY, JUN]
    shuffled = random.Random(3).sample(rows, len(rows))
    together = in_any_order(facet(*rows, months=months))
    assert together == [row for each in months for row in in_any_order(facet(*shuffled, months=[each]))]
    assert [(row["month"], row["mrr"]) for row in together if row["customer_id"] == "bob"] == [
        (FEB, 0),
        (MAY, Decimal("15.3")),
        (JUN, 0),
    ]
