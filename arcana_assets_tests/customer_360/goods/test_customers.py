"""The definitions of customer 360, one by one. The lookback is of three months: that of March begins with January.

Slow: each of these tests computes months of a domain.
"""

import random
from datetime import date
from decimal import Decimal

import ibis
import pytest

from arcana_assets.customer_360.goods.customers import category_columns, with_wrong_shares
from arcana_assets_tests.customer_360.goods.silver_rows import categories, known_as_of, line

pytestmark = pytest.mark.slow

NONE = categories()
LIGHT = categories(mar={"lamp": "Light", "bell": "Sound"})


@pytest.fixture
def as_of(rows_of):
    def compute(*months, lines, categories=LIGHT, names=("Light", "Sound"), **given):
        return rows_of(known_as_of(*months, lines=lines, categories=categories, names=names, **given))

    return compute


@pytest.fixture
def march(as_of):
    """The one customer of the lines as of the end of March."""

    def compute(*lines, **given):
        (row,) = as_of(3, lines=lines, **given)
        return row

    return compute


def shares(row):
    return {name.removeprefix("share_"): row[name] for name in row if name.startswith("share_")}


def test_a_sale_on_the_last_day_of_a_closed_month_is_one_day_ago(march):
    assert march(line("ana", "1", "03-31 23:59"))["recency_days"] == 1
    assert march(line("ana", "1", "03-01"))["recency_days"] == 31


def test_in_the_open_month_recency_counts_to_the_day_after_the_run(march):
    assert march(line("ana", "1", "03-15"), as_of_day=date(2011, 3, 16))["recency_days"] == 1


def test_recency_and_tenure_are_of_all_history_and_frequency_is_of_the_lookback(as_of):
    lines = [line("ana", "1", "01-15"), line("ana", "2", "01-20"), line("ana", "C3", "04-01", amount=-10)]
    (row,) = as_of(4, lines=lines)
    assert (row["recency_days"], row["tenure_months"]) == (101, 3)  # of the orders of January
    assert (row["frequency"], row["monetary"], row["average_ticket"]) == (0, Decimal(-10), None)


def test_tenure_counts_months_and_not_days(march):
    assert march(line("ana", "1", "03-01"))["tenure_months"] == 0
    assert march(line("ana", "1", "02-28"), line("ana", "2", "03-01"))["tenure_months"] == 1


def test_an_order_of_two_lines_is_one_and_the_ticket_is_what_was_sold_an_order(march):
    row = march(
        line("ana", "1", "03-01", "lamp", 10), line("ana", "1", "03-01", "bell", 6), line("ana", "2", "03-02", "lamp")
    )
    assert (row["frequency"], row["gross"], row["average_ticket"]) == (2, Decimal(26), 13)


def test_an_order_with_lines_in_two_months_counts_in_each(march):
    assert march(line("ana", "1", "02-28"), line("ana", "1", "03-01"))["frequency"] == 2


def test_returns_take_from_what_was_paid_and_are_no_orders(march):
    row = march(line("ana", "1", "02-01", amount=40), line("ana", "C2", "03-01", amount=-10))
    assert (row["frequency"], row["gross"], row["returned"], row["monetary"]) == (1, 40, 10, 30)
    assert (row["average_ticket"], row["return_share"]) == (40, 0.25)


def test_postage_and_discounts_are_paid_but_are_neither_orders_nor_products_nor_shares(march):
    row = march(
        line("ana", "1", "03-01", "lamp", 10),
        line("ana", "1", "03-01", "post", 4),
        line("ana", "2", "03-20", "post", 4),
        line("ana", "2", "03-20", "discount", -9),
    )
    assert (row["frequency"], row["recency_days"], row["distinct_products"]) == (1, 31, 1)
    assert (row["gross"], row["returned"], row["monetary"]) == (18, 9, 9)
    assert (row["average_ticket"], row["return_share"]) == (18, 0.5)
    assert shares(row) == {"light": 1, "outros": 0, "sound": 0}


def test_who_only_returned_things_is_known_by_what_is_null(march):
    row = march(line("ana", "C1", "03-01", amount=-10))
    assert (row["frequency"], row["monetary"], row["returned"], row["distinct_products"]) == (0, -10, 10, 0)
    absent = {name for name, value in row.items() if value is None}
    kept = {"share_light", "share_outros", "share_sound"}
    assert absent == {"recency_days", "average_ticket", "return_share", "tenure_months"} | kept


def test_a_product_bought_twice_is_one_and_one_returned_was_bought_all_the_same(march):
    row = march(
        line("ana", "1", "02-01", "lamp"),
        line("ana", "2", "03-01", "lamp"),
        line("ana", "2", "03-01", "bell"),
        line("ana", "C3", "03-02", "bell", -8),
        line("ana", "C3", "03-02", "vase", -10),  # bought before the data begin
    )
    assert row["distinct_products"] == 2


def test_what_was_reversed_is_in_no_ticket_no_share_and_no_product_and_the_customer_stays(march):
    whole = [line("ana", "9", "03-05", "bell", 500), line("ana", "C9", "03-05", "bell", -500)]
    row, without = march(line("ana", "1", "03-01", "lamp"), *whole), march(line("ana", "1", "03-01", "lamp"))
    assert row == without | {"reversed": Decimal(500)}
    alone = march(*whole)
    assert (alone["frequency"], alone["gross"], alone["monetary"], alone["distinct_products"]) == (0, 0, 0, 0)
    assert (alone["average_ticket"], alone["recency_days"], alone["reversed"]) == (None, None, 500)


def test_the_lookback_holds_its_first_month_and_nothing_before(as_of):
    edge, before = line("ana", "1", "02-01 00:00", amount=7), line("bob", "2", "01-31 23:59")
    assert [(row["customer_id"], row["monetary"]) for row in as_of(4, lines=[edge, before])] == [("ana", Decimal(7))]


def test_what_was_bought_before_the_lookback_is_in_no_sum_but_makes_no_stranger(as_of):
    lines = [line("ana", "1", "01-31", "bell", 90), line("ana", "2", "04-30", "lamp", 10)]
    (row,) = as_of(4, lines=lines, categories=categories(apr={"lamp": "Light", "bell": "Sound"}))
    assert (row["frequency"], row["gross"], row["distinct_products"], row["tenure_months"]) == (1, 10, 1, 3)
    assert shares(row) == {"light": 1, "outros": 0, "sound": 0}


def test_what_comes_after_the_month_is_not_known(march):
    row = march(line("ana", "1", "03-31"), line("ana", "2", "04-01", "bell", 90))
    assert (row["recency_days"], row["gross"], row["distinct_products"]) == (1, 10, 1)


def test_in_the_first_month_of_the_domain_the_lookback_is_that_month(as_of):
    lines = [line("ana", "1", "01-10"), line("ana", "2", "02-10")]
    (row,) = as_of(1, lines=lines, categories=categories(jan={"lamp": "Light"}))
    assert (row["month"], row["frequency"], row["recency_days"], row["tenure_months"]) == (date(2011, 1, 1), 1, 22, 0)


def test_shares_are_of_the_value_sold_whatever_was_returned(march):
    row = march(
        line("ana", "1", "02-01", "lamp", 30),
        line("ana", "2", "03-01", "bell", 10),
        line("ana", "C3", "03-02", "lamp", -30),
    )
    assert shares(row) == {"light": 0.75, "outros": 0, "sound": 0.25}


def test_shares_add_up_to_one_whatever_the_amounts(march):
    amounts = {"lamp": "0.01", "bell": "3333.3333", "vase": "7.1"}
    row = march(*(line("ana", "1", "03-01", product, Decimal(amount)) for product, amount in amounts.items()))
    assert sum(shares(row).values()) == pytest.approx(1, abs=1e-12)


def test_a_product_without_a_category_is_of_the_other_one(march):
    lines = [line("ana", "1", "03-01", "lamp", 10), line("ana", "1", "03-01", "vase", 30)]
    assert shares(march(*lines)) == {"light": 0.25, "outros": 0.75, "sound": 0}
    nameless = categories(mar={"lamp": "Light", "vase": None})
    assert shares(march(*lines, categories=nameless)) == {"light": 0.25, "outros": 0.75, "sound": None}
    assert shares(march(*lines, categories=NONE)) == {"light": None, "outros": 1, "sound": None}


def test_a_category_that_the_catalogue_renames_takes_its_past_along(as_of):
    lines = [line("ana", "1", "01-10", "lamp", 30), line("ana", "2", "03-10", "bell", 10)]
    catalogue = categories(
        jan={"lamp": "Light"}, feb={"lamp": "Moda", "bell": "Sound"}, mar={"lamp": "Moda", "bell": "Moda"}
    )
    rows = as_of(1, 2, 3, lines=lines, categories=catalogue, names=["Light", "Moda", "Sound"])
    assert [shares(row) for row in rows] == [
        {"light": 1, "moda": None, "outros": 0, "sound": None},
        {"light": None, "moda": 1, "outros": 0, "sound": 0},
        {"light": None, "moda": 1, "outros": 0, "sound": None},
    ]


def test_names_that_fold_to_one_column_share_it(march):
    lines = [line("ana", "1", "03-01", "lamp", 10), line("ana", "1", "03-01", "bell", 30)]
    found = march(*lines, categories=categories(mar={"lamp": "Café", "bell": "CAFE!"}), names=["Café", "CAFE!"])
    assert shares(found) == {"cafe": 1, "outros": 0}


def test_a_category_called_absent_is_not_taken_for_the_column_that_marks_absence(march):
    named = categories(mar={"lamp": "Absent"})
    assert shares(march(line("ana", "1", "03-01"), categories=named, names=["Absent"])) == {
        "category_absent": 1,
        "outros": 0,
    }
    assert category_columns(["Absent", "Category absent"]) == {"share_category_absent": ["Absent", "Category absent"]}


def test_a_category_of_signs_only_has_a_column_too():
    assert category_columns(["***", "Moda"]) == {"share_moda": ["Moda"], "share_sem_nome": ["***"]}


YEAR = [
    *(line("ana", f"a{month}", f"{month:02}-11", "lamp", 10 * month) for month in range(1, 6)),
    *(line("bob", f"b{month}", f"{month:02}-12", "bell", 7) for month in (1, 5)),
    line("bob", "C1", "02-01", "bell", -7),
    line("cy", "c1", "04-30", "vase", 3),
    line(None, "n1", "04-30", "vase", 3),
]
KINDS = {"lamp": "Light", "bell": "Sound"}


def test_several_months_at_once_are_each_month_alone(as_of):
    given = {"lines": YEAR, "categories": categories(jan=KINDS, feb={}, mar={"lamp": "Sound"}, apr=KINDS, may=KINDS)}
    together = as_of(1, 2, 3, 4, 5, **given)
    assert together == [row for month in (1, 2, 3, 4, 5) for row in as_of(month, **given)]
    assert [(row["month"].month, row["customer_id"]) for row in together if row["customer_id"] != "ana"] == [
        *((month, "bob") for month in (1, 2, 3)),
        *((4, "bob"), (4, "cy"), (5, "bob"), (5, "cy")),
    ]


def test_the_order_of_rows_says_nothing(as_of):
    shuffled = random.Random(3).sample(YEAR, len(YEAR))
    given = {"categories": categories(mar=KINDS, apr=KINDS, may=KINDS)}
    assert as_of(3, 4, 5, lines=shuffled, **given) == as_of(3, 4, 5, lines=YEAR, **given)


def test_no_rows_give_no_customers(as_of):
    assert as_of(1, 2, 3, lines=[], categories=NONE) == []
    assert as_of(3, lines=[line(None, "1", "03-01")]) == []


@pytest.mark.parametrize(
    ("light", "sound", "wrong"),
    [(0.25, 0.75, 0), (1.0, None, 0), (None, None, 0), (0.5, None, 1), (0.5, 0.5 + 1e-8, 1), (0.1, 0.9 + 1e-12, 0)],
)
def test_shares_add_up_to_one_or_are_absent_together(rows_of, light, sound, wrong):
    schema = {"customer_id": "string", "month": "date", "share_light": "float64", "share_sound": "float64"}
    row = {"customer_id": "ana", "month": date(2010, 12, 1), "share_light": light, "share_sound": sound}
    assert len(rows_of(with_wrong_shares(ibis.memtable([row], schema=schema)))) == wrong
