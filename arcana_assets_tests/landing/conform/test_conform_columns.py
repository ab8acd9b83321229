"""Columns as files have them: line totals, zones, sums and texts of columns, and rows that a source is not of."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from arcana_assets_tests.landing.conform.bronze_rows import GOOD, SALES, Conformed, contract

ORDER, PRODUCT, DAY, PIECES, PRICE, CUSTOMER = SALES
TOTAL = {"from": "price", "to": "amount"}


def sold(backend, of, *rows):
    return Conformed(backend, of, *(GOOD | row for row in rows))


def test_a_file_of_line_totals_has_the_price_of_a_piece_by_them(backend):
    found = sold(backend, contract([ORDER, PRODUCT, DAY, PIECES, TOTAL]), {"pieces": "4", "price": "10"})
    [row] = found.silver
    assert (row["amount"], row["unit_price"], row["kind"]) == (Decimal(10), Decimal("2.5"), "sale")


@pytest.mark.parametrize("total", ["-10", "10"])
def test_what_is_taken_back_comes_to_less_than_nothing_whatever_sign_its_total_has(backend, total):
    found = sold(backend, contract([ORDER, PRODUCT, DAY, PIECES, TOTAL]), {"pieces": "-4", "price": total})
    [row] = found.silver
    assert (row["amount"], row["unit_price"], row["kind"]) == (Decimal(-10), Decimal("2.5"), "return")


@pytest.mark.parametrize(("price", "discount"), [("-1.5", None), ("1.5", None), ("1", "9")])
def test_nothing_that_is_taken_back_is_ever_worth_more_than_nothing(backend, price, discount):
    of = contract([*SALES, {"from": "off", "to": "discount"}]) if discount else contract()
    [row] = sold(backend, of, {"pieces": "-2", "price": price} | ({"off": discount} if discount else {})).silver
    assert row["amount"] == (Decimal(0) if discount else Decimal(-3))


def test_a_line_of_no_piece_is_neither_a_sale_nor_a_return_and_has_no_price_of_a_piece(backend):
    found = sold(backend, contract([ORDER, PRODUCT, DAY, PIECES, TOTAL]), {"pieces": "0", "price": "3"})
    [row] = found.silver
    assert (row["amount"], row["unit_price"], row["kind"]) == (Decimal(3), None, None)


def test_lines_of_prices_still_come_to_quantity_times_price(backend):
    [row] = sold(backend, contract(), {"pieces": "-2", "price": "1.5"}).silver
    assert (row["amount"], row["kind"]) == (Decimal(-3), "return")


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        ("2011-05-04 00:30", datetime(2011, 5, 4, 3, 30, tzinfo=UTC)),
        ("2011-05-01 01:00", datetime(2011, 5, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_date_without_an_offset_is_of_the_zone_that_its_column_says(backend, day, instant):
    dated = DAY | {"formats": ["%Y-%m-%d %H:%M"], "zone": "America/Sao_Paulo"}
    [row] = sold(backend, contract([ORDER, PRODUCT, dated, PIECES, PRICE]), {"day": day}).silver
    assert row["ordered_at"] == instant


def test_one_column_may_be_used_twice(backend):
    of = contract([*SALES, {"from": "product", "to": "description", "clean": ["upper"]}])
    [row] = sold(backend, of, {}).silver
    assert (row["product_id"], row["description"]) == ("lamp", "LAMP")


FREIGHT = {"from": "freight", "to": "freight", "type": "decimal"}


def with_freight(text, **given):
    columns = [ORDER, PRODUCT, DAY, CUSTOMER]
    price = {"from": "price", "to": "price", "type": "decimal"}
    plain = {"constants": {"quantity": 1}, "computed": {"amount": text}}
    return contract(columns, helpers=[price, FREIGHT], **(plain | given))


@pytest.mark.parametrize(
    ("text", "price", "freight", "amount"),
    [
        ("price + freight", "0.1", "0.2", "0.3"),  # exact, as money has to be
        ("price + if_null(freight, 0)", "19.99", "", "19.99"),
        ("price + freight", "19.99", "", None),
        ("price * 3 - freight / 2", "1.5", "3", "3"),
        ("price / freight", "1", "0", None),  # of a division by zero there is nothing
        ("price / freight", "1", "3", "0.3333"),
        ("price if price > freight else -abs(freight)", "1", "2", "-2"),
        ("round(price, 1)", "1.26", "0", "1.3"),
        ("0 if freight == 0 and not price < 1 else price", "7", "0", "0"),
        ("price * 99999999999", "99999999", "0", None),  # too large for money, and no error of the engine
    ],
)
def test_an_amount_is_computed_of_other_columns(backend, text, price, freight, amount):
    found = sold(backend, with_freight(text), {"price": price, "freight": freight})
    [row] = found.silver
    assert row["amount"] == (None if amount is None else Decimal(amount))


def test_an_amount_of_which_a_part_is_absent_is_absent_and_the_row_is_kept(backend):
    of = contract(helpers=[FREIGHT], computed={"amount": "unit_price * quantity + freight"})
    found = sold(backend, of, {"freight": ""})
    assert [row["amount"] for row in found.silver] == [None]
    assert found.reasons == []


def test_texts_are_put_together_and_later_columns_may_use_earlier_ones(backend):
    said = {
        "both": "concat(order_id, '/', product_id)",
        "description": "upper(both) + '!'",
        "country": "if_null(customer_id, 'none')",
    }
    [row] = sold(backend, contract(computed=said), {"customer": ""}).silver
    assert (row["description"], row["country"]) == ("1/LAMP!", "none")


STATUS = {"from": "status", "to": "status", "clean": ["lower"]}


def with_status(**conditions):
    return contract(helpers=[STATUS], where=conditions)


def test_rows_that_a_source_is_not_of_are_counted_and_neither_kept_nor_refused(backend):
    of = with_status(status={"not_in": ["canceled"]})
    found = sold(
        backend,
        of,
        {"status": "delivered"},
        {"status": "Canceled", "order": "2"},
        {"status": "canceled", "order": "2", "_line": 7},  # spelt in another way, so no duplicate
        {"status": "canceled", "order": "2", "_line": 8},  # a duplicate of the line before: both are left out
        {"status": "canceled", "order": "3", "product": ""},  # it would be refused, but the source is not of it
        {"status": "", "order": "4"},
        {"status": "delivered", "order": "5", "product": ""},
        {"status": "canceled", "order": "6", "pieces": "many"},  # what cannot be read is refused, whatever it is
    )
    assert [row["order_id"] for row in found.silver] == ["1", "4"]
    assert found.left_out == 4
    assert found.reasons == ["product_id: must be present", "quantity: 'many' is not a whole number"]


@pytest.mark.parametrize(
    ("conditions", "orders"),
    [
        ({"status": {"in": ["b", "c"]}}, "23"),
        ({"status": {"present": True}}, "123"),
        ({"status": {"present": False}}, "4"),
        ({"unit_price": {"above": 1, "at_most": 2}}, "2"),
        ({"unit_price": {"at_least": 2}, "status": {"not_in": ["c"]}}, "24"),
        ({"ordered_at": {"below": "2011-05-02"}}, "1"),
        ({"amount": {"above": 2}}, "234"),  # what is derived as well: free rows by rule
    ],
)
def test_all_conditions_have_to_be_met_and_what_is_absent_meets_few(backend, conditions, orders):
    rows = [
        {"order": str(n), "status": status, "price": str(n), "day": f"2011-05-0{n}"}
        for n, status in enumerate("abc", 1)
    ] + [{"order": "4", "status": "", "price": "4", "day": "2011-05-04"}]
    found = sold(backend, with_status(**conditions), *rows)
    assert "".join(sorted(row["order_id"] for row in found.silver)) == orders
    assert found.left_out == 4 - len(orders)


def test_trial_rows_are_left_out_by_what_is_computed(backend):
    of = contract(
        helpers=[STATUS],
        computed={"is_trial": "status == 'trial' or unit_price == 0"},
        where={"is_trial": {"in": [False]}},
    )
    found = sold(
        backend,
        of,
        {"status": "paid"},
        {"status": "trial", "order": "2"},
        {"status": "paid", "order": "3", "price": "0"},
    )
    assert [row["order_id"] for row in found.silver] == ["1"]


def test_rows_that_are_left_out_are_rivals_of_none(backend):
    of = with_status(status={"not_in": ["canceled"]}).model_copy(update={"key": ["order_id"]})
    found = sold(backend, of, {"status": "canceled", "price": "9"}, {"status": "delivered"})
    assert [row["unit_price"] for row in found.silver] == [Decimal("1.5")]
    assert found.quarantine == []
