"""What was sold and taken back whole within its month: which lines, what it takes off sums, what it leaves alone."""

import random
from datetime import date
from decimal import Decimal

import pytest

from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.reversals import lines_of_a_size, reversals, with_reversals
from arcana_assets_tests.customer_360.goods.silver_rows import line, silver

MARCH = date(2011, 3, 1)


def some(number, each):
    """The line with so many pieces of the same price."""
    return each | {"quantity": each["quantity"] * number, "amount": each["amount"] * number}


@pytest.fixture
def reversed_orders(rows_of):
    def _found(*lines):
        rows = rows_of(with_reversals(silver(*lines)))
        assert len(rows) == len(lines)
        return sorted(row["order_id"] for row in rows if row["is_reversed"])

    return _found


SALE = line("ana", "1", "03-05", amount=10)
BACK = line("ana", "C1", "03-20", amount=-10)


def test_a_sale_and_its_return_of_the_same_month_are_reversed(reversed_orders):
    assert reversed_orders(SALE, BACK, line("ana", "2", "03-05", amount=11)) == ["1", "C1"]


@pytest.mark.parametrize(
    "other",
    [
        line("bob", "C1", "03-20", amount=-10),
        line(None, "C1", "03-20", amount=-10),
        line("ana", "C1", "03-20", "bell", amount=-10),
        line("ana", "C1", "03-20", amount=-9),
        some(2, line("ana", "C1", "03-20", amount=-5)),
        line("ana", "C1", "03-04", amount=-10),
        line("ana", "C1", "04-01", amount=-10),
    ],
    ids=["customer", "nobody", "product", "price", "pieces", "before", "month"],
)
def test_a_return_of_another_size_or_before_its_sale_or_in_another_month_reverses_nothing(reversed_orders, other):
    assert reversed_orders(SALE, other) == []


def test_what_is_taken_back_at_the_time_of_its_sale_was_sold_first(reversed_orders):
    assert reversed_orders(line("ana", "C1", "03-05", amount=-10), SALE) == ["1", "C1"]


def test_each_return_reverses_one_sale_the_latest_before_it(reversed_orders):
    sales = [line("ana", order, day) for order, day in (("1", "03-01"), ("2", "03-08"), ("3", "03-25"))]
    assert reversed_orders(*sales, BACK) == ["2", "C1"]
    earlier = line("ana", "C0", "03-02", amount=-10)
    assert reversed_orders(*sales, BACK, earlier) == ["1", "2", "C0", "C1"]
    third = line("ana", "C2", "03-21", amount=-10)  # what is left to take back was sold in another month
    assert len(reversed_orders(*sales, BACK, earlier, third)) == 4


def test_net_value_and_lines_of_everybody_are_those_of_silver_to_the_cent(rows_of):
    draw, lines = random.Random(11), []
    for at in range(600):
        amount = draw.choice([-3, -2, 2, 2, 3, 5]) * Decimal("1.01")
        lines.append(line(draw.choice(["ana", "bo", None]), f"{at}", f"03-{draw.randint(1, 28):02}", amount=amount))
    rows = rows_of(rollups.transactions_monthly(silver(*lines), "UTC"))
    assert sum(row["reversed"] for row in rows) > 100
    for row in rows:
        mine = [each for each in lines if each["customer_id"] == row["customer_id"]]
        assert row["gross"] - row["returned"] == row["net"] == sum(each["amount"] for each in mine)
        assert row["lines"] == len(mine)
        sold = sum(each["amount"] for each in mine if each["kind"] == "sale")
        assert row["gross"] + row["reversed"] == sold
    (covered,) = rows_of(rollups.coverage_monthly(silver(*lines)))
    assert covered["reversed"] == sum(row["reversed"] for row in rows)
    by_product = rows_of(rollups.transactions_by_product_monthly(silver(*lines)))
    assert sum(row["reversed"] for row in by_product) == covered["reversed"]


def test_an_order_taken_back_whole_is_none_and_a_rest_of_it_is_one(rows_of):
    bell = line("ana", "1", "03-05", "bell", 3)
    (whole,) = rows_of(rollups.transactions_monthly(silver(SALE, BACK), "UTC"))
    assert (whole["orders"], whole["units"], whole["last_day"], whole["reversed"]) == (0, 0, None, 10)
    (rest,) = rows_of(rollups.transactions_monthly(silver(SALE, bell, BACK), "UTC"))
    assert (rest["orders"], rest["gross"], rest["returned"], rest["last_day"]) == (1, 3, 0, date(2011, 3, 5))


def test_a_month_does_not_change_when_a_later_one_takes_its_sales_back(rows_of):
    march, april = [SALE], [line("ana", "C1", "04-02", amount=-10)]
    (alone,) = rows_of(rollups.transactions_monthly(silver(*march), "UTC"))
    first, second = rows_of(rollups.transactions_monthly(silver(*march, *april), "UTC"))
    assert first == alone
    assert (second["gross"], second["returned"], second["reversed"]) == (0, 10, 0)


def test_reversals_are_told_by_the_order_that_took_back_with_their_worth_and_whether_of_the_day(rows_of):
    lines = [SALE, BACK, line("bob", "7", "03-09 10:00", amount=4), line("bob", "C7", "03-09 12:00", amount=-4)]
    rows = rows_of(reversals(lines_of_a_size(silver(*lines)), "UTC").order_by("order_id"))
    assert [tuple(row.values()) for row in rows] == [
        ("ana", MARCH, "C1", "lamp", 10, False),
        ("bob", MARCH, "C7", "lamp", 4, True),
    ]


def test_lines_that_were_told_before_are_taken_as_they_are(rows_of):
    few = lines_of_a_size(silver(SALE, BACK))
    told = with_reversals(silver(SALE, BACK, line("bob", "2", "03-05")), few)
    assert with_reversals(told) is told
    assert [row["is_reversed"] for row in sorted(rows_of(told), key=lambda row: row["order_id"])] == [True, False, True]
