"""What adds up over months, and what is left out of it."""

import random
from datetime import date
from decimal import Decimal

import pytest

from arcana_assets.customer_360.goods import rollups
from arcana_assets_tests.customer_360.goods.silver_rows import categories, line, silver

JANUARY, FEBRUARY, MARCH = (date(2011, month, 1) for month in (1, 2, 3))

MONTH = [
    line("ana", "1", "03-01", "lamp", 10),
    line("ana", "1", "03-01", "bell", 5),
    line("ana", "1", "03-01", "post", 3),
    line("ana", "2", "03-09", "lamp", 10),
    line("ana", "C3", "03-20", "lamp", -9),
    line("ana", "C4", "03-21", "discount", -2),
    line(None, "5", "03-02", "lamp", 10),
]


@pytest.fixture
def monthly(rows_of):
    return lambda *lines, timezone="UTC": rows_of(rollups.transactions_monthly(silver(*lines), timezone))


def test_money_is_of_all_lines_and_orders_units_and_days_are_of_merchandise(monthly):
    assert monthly(*MONTH) == [
        {
            "customer_id": "ana",
            "month": MARCH,
            "orders": 2,
            "lines": 6,
            "units": 2,  # three sold, one taken back
            "gross": Decimal(28),  # postage is in it
            "returned": Decimal(11),  # the discount is in it
            "reversed": Decimal(0),
            "net": Decimal(17),
            "first_day": date(2011, 3, 1),
            "last_day": date(2011, 3, 9),
        }
    ]


@pytest.mark.parametrize("alone", [line("ana", "1", "03-01", "post", 3), line("ana", "C1", "03-01", "lamp", -3)])
def test_postage_alone_or_a_return_alone_is_no_order(monthly, alone):
    (row,) = monthly(alone)
    assert (row["orders"], row["first_day"], row["last_day"]) == (0, None, None)
    assert row["gross"] - row["returned"] == row["net"] == alone["amount"]


def test_a_line_of_no_piece_is_no_order_and_its_money_counts_where_its_sign_says(monthly):
    nothing = {"quantity": 0, "kind": None}
    (row,) = monthly(
        line("ana", "1", "03-01", amount=10),
        line("ana", "2", "03-02", amount=4) | nothing,
        line("ana", "3", "03-03", amount=-1) | nothing,
        line("ana", "4", "03-04", amount=-10),
    )
    assert (row["orders"], row["gross"], row["returned"], row["reversed"], row["net"]) == (0, 4, 1, 10, 3)


def test_an_order_with_lines_in_two_months_counts_in_each(monthly):
    rows = monthly(line("ana", "1", "01-31"), line("ana", "1", "02-01"))
    assert [(row["month"], row["orders"]) for row in rows] == [(JANUARY, 1), (FEBRUARY, 1)]


def test_the_day_of_an_order_is_that_of_the_domains_timezone(monthly):
    late = line("ana", "1", "07-01 23:30")  # UTC: half past midnight in the summer of London
    assert [monthly(late, timezone=zone)[0]["last_day"].day for zone in ("UTC", "Europe/London")] == [1, 2]


def test_by_product_has_merchandise_only_and_returns_take_away(rows_of):
    rows = rows_of(rollups.transactions_by_product_monthly(silver(*MONTH)))
    found = [(row["product_id"], row["orders"], row["units"], row["gross"], row["returned"]) for row in rows]
    assert found == [("bell", 1, 1, Decimal(5), 0), ("lamp", 2, 1, Decimal(20), Decimal(9))]
    assert {row["customer_id"] for row in rows} == {"ana"}


def test_every_amount_falls_into_one_category_even_of_a_product_that_has_none(rows_of):
    by_product = rollups.transactions_by_product_monthly(silver(*MONTH))
    rows = rows_of(rollups.transactions_by_category_monthly(by_product, categories(mar={"lamp": "Light"})))
    assert [(row["category"], row["net"]) for row in rows] == [("Light", Decimal(11)), (None, Decimal(5))]


def test_products_are_counted_by_name_to_whomever_they_were_sold(rows_of):
    renamed = line("ana", "9", "03-30", "bell") | {"description": "GLOCKE"}
    rows = rows_of(rollups.products_monthly(silver(*MONTH, renamed)))
    assert [(row["product_id"], row["description"], row["lines"]) for row in rows] == [
        ("bell", "BELL", 1),
        ("bell", "GLOCKE", 1),
        ("lamp", "LAMP", 4),
    ]


def test_rows_without_customer_are_in_the_coverage_only(rows_of, monthly):
    (row,) = rows_of(rollups.coverage_monthly(silver(*MONTH)))
    assert (row["rows"], row["rows_without_customer"], row["customers"], row["orders"]) == (7, 1, 1, 3)
    assert row["net"] - row["net_without_customer"] == Decimal(17) == sum(each["net"] for each in monthly(*MONTH))
    assert monthly(line(None, "5", "03-02")) == []


TABLES = {
    "monthly": lambda rows: rollups.transactions_monthly(rows, "UTC"),
    "by_product": rollups.transactions_by_product_monthly,
    "by_category": lambda rows: rollups.transactions_by_category_monthly(
        rollups.transactions_by_product_monthly(rows), categories(mar={"lamp": "Light", "bell": "Sound"})
    ),
    "products": rollups.products_monthly,
    "coverage": rollups.coverage_monthly,
}


@pytest.mark.parametrize("table", TABLES)
def test_no_rows_give_no_rows(rows_of, table):
    assert rows_of(TABLES[table](silver())) == []


@pytest.mark.parametrize("table", TABLES)
def test_the_order_of_rows_says_nothing(rows_of, table):
    lines = [*MONTH, *(line(f"c{number}", "7", "03-05", "bell", number) for number in range(1, 20))]
    shuffled = random.Random(3).sample(lines, len(lines))
    assert rows_of(TABLES[table](silver(*shuffled))) == rows_of(TABLES[table](silver(*lines)))
