"""Events that stand out among those of their month: orders, products of an order, sales taken back whole."""

from datetime import date

import pytest

from arcana_assets.customer_360.goods.reversals import lines_of_a_size
from arcana_assets.customer_360.outliers.events import outlying_events
from arcana_assets.domain.settings.outliers import Outliers
from arcana_assets_tests.customer_360.goods.silver_rows import line, silver

MARCH, APRIL = date(2011, 3, 1), date(2011, 4, 1)


@pytest.fixture
def found(rows_of):
    def _found(*lines, **settings):
        rows = silver(*lines)
        events = outlying_events(rows, lines_of_a_size(rows), Outliers(**settings), "UTC")
        return sorted(rows_of(events), key=lambda row: (row["month"], row["rule"], row["key"]))

    return _found


def orders(number, month="03", product="lamp", amount=10):
    return [line(f"c{at}", f"{month}-{product}-{at}", f"{month}-05", product, amount + at % 3) for at in range(number)]


def pieces(number, each):
    return each | {"quantity": number}


def test_an_order_far_above_those_of_its_month_is_told(found):
    big = [line("ana", "9", "03-07", product, 400) for product in ("lamp", "bell", "post")]
    rows = found(*orders(30), *big, line(None, "10", "03-07", amount=2_000))
    assert [(row["rule"], row["key"], row["customer_id"], row["value"]) for row in rows] == [
        ("large_order", "10", None, 2_000),
        ("large_order", "9", "ana", 1_200),
    ]
    assert rows[1]["measure"] == "order_value"
    assert rows[1]["centre"] == pytest.approx(11)
    assert rows[1]["share_of_revenue"] == pytest.approx(1_200 / 3_530)
    assert found(*orders(30), *big, event_deviations=40) == []


def test_a_month_is_compared_with_itself_alone(found):
    alone = found(*orders(30), line("ana", "9", "03-07", amount=900))
    both = found(*orders(30), line("ana", "9", "03-07", amount=900), *orders(60, "04", amount=5_000))
    assert [row for row in both if row["month"] == MARCH] == alone
    assert not [row for row in both if row["month"] == APRIL]


def test_a_product_of_an_order_far_above_its_sales_of_the_month_is_told_and_one_of_few_sales_is_not(found):
    usual = [pieces(2 + (at % 3 == 0), each) for at, each in enumerate(orders(30))]
    few = [pieces(2, each) for each in orders(15, product="bell")]
    wholesale = [pieces(300, line("ana", "9", "03-07", name, 10)) for name in ("lamp", "bell")]
    (row,) = found(*usual, *few, *wholesale)
    assert (row["rule"], row["measure"], row["key"], row["value"]) == ("large_line", "quantity", "9 lamp", 300)
    assert row["spread"] == 0.25


def test_what_was_reversed_is_told_as_that_and_as_nothing_else(found):
    day = [line("ana", "9", "03-07 09:00", amount=5_000), line("ana", "C9", "03-07 11:00", amount=-5_000)]
    later = [line("bob", "8", "03-07", "bell", 70), line("bob", "C8", "03-21", "bell", -70)]
    rows = found(*orders(30), *day, *later)
    assert [(row["rule"], row["key"], row["customer_id"], row["value"], row["measure"]) for row in rows] == [
        ("reversal", "C8 bell", "bob", 70, "reversed"),
        ("reversal_of_the_day", "C9 lamp", "ana", 5_000, "reversed"),
    ]
    assert [row["score"] for row in rows] == [None, None]
    assert rows[1]["share_of_revenue"] == pytest.approx(5_000 / (330 + 5_070))


def test_nothing_gives_nothing(found):
    assert found() == []
    assert found(line("ana", "C1", "03-01", amount=-10)) == []
