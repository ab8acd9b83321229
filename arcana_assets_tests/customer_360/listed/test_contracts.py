"""Contracts: all lines of a customer count, what is active is owned, and later signatures are not known yet."""

import random
from datetime import date
from decimal import Decimal

import pytest

from arcana_assets.customer_360.listed.contracts import contracts, items_owned
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JUN, MAR, MAY, periods, read_in, silver

SAME = [" - (LICENCA|MANUTENCAO)$"]


def line(customer="ana", product_line="ERP", active=True, amount=10, signed="2024-03-10", **given):
    return {
        "customer_id": customer,
        "product_line": product_line,
        "is_active": active,
        "amount": amount,
        "signed_on": signed,
    } | given


def facet(*lines, months=(JUN,), same=SAME, **given):
    rows = read_in(list(months), *lines)
    return contracts(silver("contracts", *rows), periods(*months, **given), "product_line", same)


def owned(*lines, months=(JUN,), same=SAME, of="product_line"):
    return items_owned(silver("contracts", *read_in(list(months), *lines)), periods(*months), of, same)


def test_all_lines_of_a_customer_count_and_not_the_first_alone(one):
    row = one(facet(line(amount=10), line(product_line="CRM", amount=20), line(product_line="BI", amount="0.5")))
    assert (row["contracts_total"], row["contracts_active"], row["active_share"]) == (3, 3, 1)
    assert (row["products_owned"], row["contract_value"]) == (3, Decimal("30.5"))


def test_only_active_lines_are_owned_and_a_line_without_a_status_is_not_active(one):
    row = one(facet(line(), line(product_line="CRM", active=False, amount=99), line(product_line="BI", active=None)))
    assert (row["contracts_total"], row["contracts_active"], row["products_owned"]) == (3, 1, 1)
    assert row["active_share"] == pytest.approx(1 / 3)
    assert row["contract_value"] == 10


def test_who_has_only_cancelled_contracts_owns_nothing_and_is_known(one):
    row = one(facet(line(active=False)))
    assert (row["contracts_total"], row["contracts_active"], row["active_share"]) == (1, 0, 0)
    assert (row["products_owned"], row["contract_value"]) == (0, 0)


def test_a_line_whose_value_is_a_placeholder_is_owned_and_adds_nothing(one):
    row = one(facet(line(amount=None), line(product_line="CRM", amount="-0.01")))
    assert (row["products_owned"], row["contract_value"]) == (2, Decimal("-0.01"))


def test_licence_and_maintenance_of_a_product_are_one_item(one, rows_of):
    lines = [line(product_line="ERP - LICENCA"), line(product_line="ERP - MANUTENCAO"), line(product_line="ERP")]
    assert one(facet(*lines))["products_owned"] == 1
    assert one(facet(*lines, same=[]))["products_owned"] == 3
    assert [row["item_id"] for row in rows_of(owned(*lines))] == ["ERP"]


def test_what_is_cut_off_is_the_end_of_a_name_and_not_a_part_within(rows_of):
    lines = [line(product_line="ERP - LICENCA PLUS"), line(product_line=" ERP  - LICENCA")]
    assert [row["item_id"] for row in rows_of(owned(*lines))] == ["ERP", "ERP - LICENCA PLUS"]


def test_a_name_of_which_nothing_is_left_is_no_item(one, rows_of):
    lines = [line(product_line=None), line(product_line=" - LICENCA"), line(product_line="  ")]
    assert (one(facet(*lines))["contracts_active"], one(facet(*lines))["products_owned"]) == (3, 0)
    assert rows_of(owned(*lines)) == []


def test_items_can_be_made_of_another_column(rows_of):
    lines = [line(product="Folha", product_line="RH"), line(product="Ponto", product_line="RH")]
    assert [row["item_id"] for row in rows_of(owned(*lines, of="product"))] == ["Folha", "Ponto"]


def test_a_line_signed_after_the_month_is_not_known_in_it(by_customer):
    lines = [
        line("ana", signed="2024-05-31"),
        line("bob", signed="2024-06-01"),
        line("ana", "CRM", signed="2024-06-01"),
    ]
    (ana,) = by_customer(facet(*lines, months=[MAY])).values()
    assert (ana["customer_id"], ana["contracts_total"], ana["products_owned"]) == ("ana", 1, 1)
    june = by_customer(facet(*lines, months=[JUN]))
    assert (june["ana"]["contracts_total"], june["bob"]["contracts_total"]) == (2, 1)


def test_while_a_month_is_open_it_knows_what_was_signed_up_to_the_day_of_the_run(one):
    lines = [line(signed="2024-06-15"), line(product_line="CRM", signed="2024-06-16")]
    assert one(facet(*lines, as_of_day=date(2024, 6, 16)))["contracts_total"] == 1


def test_a_line_without_a_date_is_known_in_every_month(one):
    row = one(facet(line(signed=None), months=[FEB]))
    assert (row["contracts_total"], row["contracts_signed"], row["months_since_contract"]) == (1, 0, None)


def test_signatures_are_counted_in_the_lookback_whatever_became_of_them(one):
    lines = [
        line(signed="2023-12-31"),
        line(signed="2024-01-01"),
        line(signed="2024-06-30", active=False),
        line(signed=None),
    ]
    row = one(facet(*lines))
    assert (row["contracts_total"], row["contracts_signed"], row["months_since_contract"]) == (4, 2, 0)


CANCELLED = {"active": False, "cancelled_on": "2024-06-10"}


def test_a_contract_cancelled_in_june_is_in_force_in_march_whose_file_is_of_july(one, rows_of):
    lines = [line(**CANCELLED), line(product_line="CRM", amount=5)]
    march, june = (one(facet(*lines, months=[month])) for month in (MAR, JUN))
    assert [(row["contracts_active"], row["products_owned"], row["contract_value"]) for row in (march, june)] == [
        (2, 2, 15),
        (1, 1, 5),
    ]
    assert (march["active_share"], march["contracts_end_unknown"], june["contracts_end_unknown"]) == (1, 0, 0)
    assert [row["item_id"] for row in rows_of(owned(*lines, months=[MAR]))] == ["CRM", "ERP"]
    assert [row["item_id"] for row in rows_of(owned(*lines, months=[JUN]))] == ["CRM"]


@pytest.mark.parametrize(("ended", "in_force"), [("2024-05-31", 0), ("2024-06-30", 0), ("2024-07-01", 1)])
def test_a_line_is_in_force_at_the_end_of_a_month_up_to_whose_last_day_it_was_not_cancelled(one, ended, in_force):
    for status in (True, False, None):
        row = one(facet(line(active=status, cancelled_on=ended)))
        assert (row["contracts_active"], row["contracts_end_unknown"]) == (in_force, 0)


def test_a_line_that_has_ended_nobody_knows_when_counts_as_ended_and_is_said(one, rows_of):
    lines = [line(active=False), line(product_line="CRM", active=None), line(product_line="BI")]
    row = one(facet(*lines, months=[MAR]))
    assert (row["contracts_total"], row["contracts_active"], row["contracts_end_unknown"]) == (3, 1, 2)
    assert [row["item_id"] for row in rows_of(owned(*lines, months=[MAR]))] == ["BI"]


def test_a_month_of_which_the_snapshot_of_its_time_is_kept_says_what_it_said_then(rows_of):
    then = read_in([MAR], line(signed="2024-03-01"), line(product_line="CRM"))
    later = read_in([JUN], line(signed="2024-03-01", active=False), line(product_line="CRM"), line(product_line="BI"))
    for made in (contracts, items_owned):
        at_its_time = rows_of(made(silver("contracts", *then), periods(MAR), "product_line", SAME))
        again = rows_of(made(silver("contracts", *then, *later), periods(MAR, JUN), "product_line", SAME))
        assert [row for row in again if row["month"] == MAR] == at_its_time


def test_acquisition_is_what_was_signed_in_the_twelve_months_that_end_with_the_month(one):
    lines = [
        line(signed="2023-06-30", amount=1),
        line(signed="2023-07-01", amount=2),
        line(product_line="CRM - LICENCA", signed="2024-06-30", amount=4, active=False),
        line(product_line="CRM - MANUTENCAO", signed="2024-01-10", amount=None),
        line(product_line=None, signed="2024-05-01", amount=8),
        line(product_line="BI", signed="2024-07-01", amount=16),
        line(product_line="BI", signed=None, amount=32),
    ]
    row = one(facet(*lines))
    assert (row["acquired_items_12m"], row["acquired_value_12m"]) == (2, 14)
    march = one(facet(*lines, months=[MAR]))
    assert (march["acquired_items_12m"], march["acquired_value_12m"]) == (2, 3)


def test_who_signed_nothing_in_twelve_months_acquired_nothing(one):
    row = one(facet(line(signed="2019-02-03")))
    assert (row["acquired_items_12m"], row["acquired_value_12m"]) == (0, 0)


@pytest.mark.parametrize(("signed", "months"), [("2024-06-30", 0), ("2024-05-31", 1), ("1971-06-02", 636)])
def test_months_since_the_last_signature_count_months_and_not_days(one, signed, months):
    assert one(facet(line(signed="1971-01-01"), line(signed=signed)))["months_since_contract"] == months


def test_an_item_is_owned_since_its_first_signature_and_recent_by_any_in_the_lookback(rows_of):
    lines = [
        line(product_line="ERP - LICENCA", signed="2019-02-03"),
        line(product_line="ERP - MANUTENCAO", signed="2024-02-01"),
        line(product_line="CRM", signed="2019-02-03"),
        line(product_line="CRM", signed="2024-02-01", active=False),
        line(product_line="BI", signed=None),
    ]
    assert [(row["item_name"], row["since"], row["recent"]) for row in rows_of(owned(*lines))] == [
        ("BI", None, False),
        ("CRM", date(2019, 2, 3), False),
        ("ERP", date(2019, 2, 3), True),
    ]


def test_who_has_no_contract_has_no_row(rows_of):
    assert rows_of(facet()) == []
    assert rows_of(facet(line(signed="2024-07-01"))) == []
    assert rows_of(owned(line(active=False), line(active=None))) == []


def test_a_snapshot_of_another_month_is_not_counted(one):
    rows = [*read_in([MAY], line(), line("bob")), *read_in([JUN], line())]
    assert one(contracts(silver("contracts", *rows), periods(JUN), "product_line", SAME))["contracts_total"] == 1


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order, rows_of):
    lines = [
        line(customer, item, signed=f"2024-{number:02}-15", amount=number)
        for customer in ("ana", "bob")
        for number, item in enumerate(["ERP", "CRM - LICENCA", "CRM", "BI"], start=1)
    ]
    months = [FEB, MAR, MAY]
    shuffled = random.Random(3).sample(lines, len(lines))
    together = in_any_order(facet(*lines, months=months))
    assert together == [row for month in months for row in in_any_order(facet(*shuffled, months=[month]))]
    assert [row["products_owned"] for row in together if row["customer_id"] == "ana"] == [2, 2, 3]
    items = rows_of(owned(*lines, months=months))
    assert items == [row for month in months for row in rows_of(owned(*shuffled, months=[month]))]


def test_what_is_owned_is_what_is_counted(in_any_order, rows_of):
    lines = [line("ana", f"P{number} - LICENCA", active=number % 3 != 0) for number in range(9)] * 2
    lines += [line("bob", "P1", active=None), line("cy", "P1"), line("cy", None)]
    counted = {row["customer_id"]: row["products_owned"] for row in in_any_order(facet(*lines))}
    items = [row["customer_id"] for row in rows_of(owned(*lines))]
    assert counted == {"ana": 6, "bob": 0, "cy": 1}
    assert {customer: items.count(customer) for customer in counted} == counted
