"""Offers: orders with a coupon and discounts, drawn towards the base's."""

import pytest

from arcana_assets.customer_360.visitors.coupons import coupons, coupons_monthly
from arcana_assets_tests.customer_360.listed.silver_rows import JUN, periods, silver


def line(order, amount, who="ana", coupon=None, discount=None, at="2024-06-01 10:00", kind="sale"):
    return {
        "order_id": order, "customer_id": who, "ordered_at": at, "amount": amount, "coupon_id": coupon,
        "discount": discount, "kind": kind,
    }  # fmt: skip


LINES = [
    line("1", 80, coupon="c", discount=20),
    line("1", 20),
    line("2", 50),
    line("3", 30, at="2024-06-02 10:00"),
    line("4", -30, at="2024-06-02 11:00", kind="return"),
    line("5", 10, who=None),
    line("6", 100, who="bob"),
]


def test_an_order_counts_once_whatever_its_lines_say_and_a_return_is_none(rows_of):
    found = rows_of(coupons_monthly(silver("transactions", *LINES), "UTC"))
    told = ("customer_id", "lines", "orders", "with_coupon", "gross", "discount", "largest", "most_a_day")
    assert [tuple(row[name] for name in told) for row in found] == [
        ("ana", 5, 3, 1, 180, 20, 100, 2),
        ("bob", 1, 1, 0, 100, 0, 100, 1),
    ]


def test_shares_of_offers_are_drawn_by_mean_orders_of_the_base(by_customer):
    monthly = coupons_monthly(silver("transactions", *LINES), "UTC")
    plain, drawn = (by_customer(coupons(monthly, periods(JUN), orders)) for orders in (0, 2))
    assert plain["ana"]["coupon_share"] == pytest.approx(1 / 3)
    assert plain["ana"]["discounted_share"] == pytest.approx(0.1)
    assert drawn["bob"]["coupon_share"] == pytest.approx((0 + 2 * 0.25) / 3)
    mean = 300 / 4  # value before discounts of an order
    assert drawn["bob"]["discounted_share"] == pytest.approx((0 + 2 * mean * 20 / 300) / (100 + 2 * mean))
    assert drawn["ana"]["largest_order"] == 100
