"""Purchases of customers whom a master lists: a facet like others, its ratios drawn towards the base's.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import pytest

from arcana_assets.customer_360.consent import MARKETING, PROFILING, consent_coverage, refused
from arcana_assets.customer_360.features import listed_features, who_may_be_profiled
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns, customer_360, with_wrong_shares
from arcana_assets.customer_360.listed.customers import listed_customers
from arcana_assets.customer_360.listed.master import customers
from arcana_assets_tests.customer_360.goods import silver_rows as goods
from arcana_assets_tests.customer_360.listed.silver_rows import statements

pytestmark = pytest.mark.slow

MARCH = date(2011, 3, 1)
FACETS = ("customers", "transactions")
LINES = [
    goods.line("ana", "1", "03-01", "lamp", 80),
    goods.line("ana", "2", "03-02", "bread", 20),
    goods.line("bob", "3", "03-03", "bread", 100),
    goods.line("old", "4", "03-04", "bread", -30),  # only brought something back
]
NAMED = goods.categories(mar={"lamp": "Light", "bread": "Food"})


def facet(*lines, orders=0):
    transactions = goods.silver(*lines)
    return customer_360(
        rollups.transactions_monthly(transactions, "UTC"),
        rollups.transactions_by_product_monthly(transactions),
        NAMED,
        goods.periods(3),
        category_columns(["Light", "Food", "Outros"]),
        "Outros",
        orders,
    )


def master(*rows):
    return customers(statements(*({"month": MARCH, **row} for row in rows)), {})


def known(*rows, lines=LINES, asked=False):
    return listed_customers(master(*rows), {"transactions": facet(*lines)}, asked)


def test_who_is_listed_and_buys_has_what_a_shop_knows_and_who_does_not_has_nothing(by_customer):
    found = by_customer(known({"customer_id": "ana"}, {"customer_id": "cid", "since": "2010-01-01"}))
    assert set(found) == {"ana", "cid"}  # bob is on no list
    assert found["ana"]["has_transactions"] is True
    assert (found["ana"]["frequency"], found["ana"]["monetary"], found["ana"]["share_light"]) == (2, 100, 0.8)
    assert found["cid"]["has_transactions"] is False
    assert found["cid"]["monetary"] is None is found["cid"]["share_light"]


def test_tenure_is_by_the_master_where_it_knows_a_day_else_by_the_first_order(by_customer):
    lines = [*LINES, goods.line("ana", "0", "01-05")]
    found = by_customer(known({"customer_id": "ana"}, {"customer_id": "bob", "since": "2010-03-01"}, lines=lines))
    assert (found["ana"]["tenure_months"], found["bob"]["tenure_months"]) == (2, 12)


def test_features_say_the_absence_of_the_facet_and_of_shares(by_customer):
    table = known({"customer_id": "ana"}, {"customer_id": "old"}, {"customer_id": "cid"})
    found = by_customer(listed_features(table, FACETS, {}))
    told = {
        who: (row["transactions_absent"], row["share_absent"], row["average_ticket_absent"])
        for who, row in found.items()
    }
    assert told == {"ana": (0, 0, 0), "old": (0, 1, 1), "cid": (1, 1, 1)}


def test_shares_are_drawn_by_mean_orders_of_the_base_and_still_add_up_to_one(by_customer, rows_of):
    drawn = facet(*LINES, orders=2)
    found = by_customer(drawn)
    mean, light = 200 / 3, 80 / 200
    assert found["ana"]["share_light"] == pytest.approx((80 + 2 * mean * light) / (100 + 2 * mean))
    assert found["bob"]["share_light"] == pytest.approx((0 + 2 * mean * light) / (100 + 2 * mean))
    assert found["old"]["share_light"] is None
    assert rows_of(with_wrong_shares(drawn)) == []


CONSENTS = [
    {"customer_id": "ana", "profiling_opt_in": True, "marketing_opt_in": False},
    {"customer_id": "bob", "profiling_opt_in": False, "marketing_opt_in": True},
    {"customer_id": "cid"},
]


def test_who_refused_to_be_profiled_has_no_features_and_who_was_never_asked_has(by_customer, rows_of):
    table = known(*CONSENTS, asked=True)
    assert set(by_customer(who_may_be_profiled(table))) == {"ana", "cid"}
    assert [row["customer_id"] for row in rows_of(refused(table, table, PROFILING))] == ["bob"]
    assert [row["customer_id"] for row in rows_of(refused(table, table, MARKETING))] == ["ana"]
    assert sorted(row["customer_id"] for row in rows_of(refused(table, table, PROFILING, MARKETING))) == ["ana", "bob"]
    coverage = {row["purpose"]: row for row in rows_of(consent_coverage(table))}
    told = ("customers", "granted", "refused", "unasked")
    assert [coverage["profiling"][name] for name in told] == [3, 1, 1, 1]
    assert [coverage["marketing"][name] for name in told] == [3, 1, 1, 1]


def test_a_no_of_any_row_is_a_no_and_nobody_is_left_out_where_nobody_is_asked(by_customer):
    twice = [{"customer_id": "ana", "marketing_opt_in": yes} for yes in (True, False, None)]
    assert by_customer(known(*twice, asked=True))["ana"]["marketing_opt_in"] is False
    assert set(by_customer(who_may_be_profiled(known(*CONSENTS)))) == {"ana", "bob", "cid"}
