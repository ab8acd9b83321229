"""Proposals by their items, and the company's own count of what was contracted."""

import random
from decimal import Decimal

import pytest

from arcana_assets.customer_360.listed.proposals import proposals, proposals_monthly
from arcana_assets.customer_360.listed.purchases import purchases
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JUN, MAR, MAY, periods, read_in, silver


def item(customer="ana", proposal="p1", on="2024-06-10", amount=80, full=100, discount=20):
    return {
        "customer_id": customer,
        "proposal_id": proposal,
        "proposed_on": on,
        "amount": amount,
        "full_amount": full,
        "discount": discount,
    }


def facet(*rows, months=(JUN,), **given):
    return proposals(proposals_monthly(silver("proposals", *rows)), periods(*months, **given))


def test_items_of_a_proposal_are_one_proposal(one):
    row = one(facet(item(), item(amount=45, full=50, discount=5), item(proposal="p2", on="2024-05-01")))
    assert (row["proposals"], row["proposal_items"], row["proposal_value"]) == (2, 3, 205)
    assert row["discount_share"] == pytest.approx(45 / 250)
    assert row["months_since_proposal"] == 0


@pytest.mark.parametrize(("full", "discount"), [(0, 0), (0, 5), (-1, 0), (None, None), (None, 5)])
def test_without_a_value_before_discounts_there_is_no_share_of_it(one, full, discount):
    row = one(facet(item(amount=None, full=full, discount=discount)))
    assert (row["proposals"], row["proposal_value"], row["discount_share"]) == (1, 0, None)


def test_an_item_without_a_discount_has_a_share_of_zero(one):
    assert one(facet(item(discount=None)))["discount_share"] == 0


@pytest.mark.parametrize(("on", "months"), [("2024-06-30", 0), ("2024-05-31", 1), ("2024-01-01", 5)])
def test_months_since_the_last_proposal_in_the_lookback(one, on, months):
    assert one(facet(item(on="2024-01-01"), item(on=on)))["months_since_proposal"] == months


def test_what_lies_outside_of_the_lookback_is_not_known(by_customer):
    rows = [item("ana", on="2024-01-01"), item("bob", on="2023-12-31"), item("cy", on="2024-07-01")]
    assert list(by_customer(facet(*rows))) == ["ana"]
    assert list(by_customer(facet())) == []


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order):
    rows = [
        item(who, f"p{day // 2}", f"2024-{number:02}-{day:02}", "0.1", "0.3333", "0.2")
        for who in ("ana", "bob")
        for number in range(1, 7)
        for day in range(1, 5)
    ]
    months = [FEB, MAR, JUN]
    shuffled = random.Random(3).sample(rows, len(rows))
    together = in_any_order(facet(*rows, months=months))
    assert together == [row for each in months for row in in_any_order(facet(*shuffled, months=[each]))]


def counted(*rows, months=(JUN,)):
    return purchases(silver("purchases", *rows), periods(*months))


def bought(customer="ana", number=2, value="10.5"):
    return {"customer_id": customer, "purchases_12m": number, "purchases_value_12m": value}


def test_the_count_of_the_company_is_that_of_the_month_it_was_read_in(in_any_order):
    rows = [*read_in([MAY], bought(number=2)), *read_in([JUN], bought(number=3), bought("bob", 0, 0))]
    found = in_any_order(counted(*rows, months=[MAY, JUN]))
    assert [tuple(row.values()) for row in found] == [
        ("ana", MAY, 2, Decimal("10.5")),
        ("ana", JUN, 3, Decimal("10.5")),
        ("bob", JUN, 0, 0),
    ]
    assert in_any_order(counted(*rows, months=[JUN])) == [row for row in found if row["month"] == JUN]


def test_a_row_that_says_no_number_is_absence(rows_of, one):
    assert rows_of(counted(*read_in([JUN], bought(number=None, value=None)))) == []
    row = one(counted(*read_in([JUN], bought(number=1, value=None))))
    assert (row["purchases_12m"], row["purchases_value_12m"]) == (1, None)
