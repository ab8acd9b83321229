from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest

from arcana_assets.domain.months import Period
from arcana_assets_tests.landing.conform.bronze_rows import GOOD, MAY, PERIOD, SALES, Conformed, contract


@pytest.fixture
def conformed(backend):
    return partial(Conformed, backend)


def test_a_good_row_becomes_a_row_of_its_entity(conformed):
    result = conformed(contract(), GOOD)
    assert (result.quarantine, result.duplicates) == ([], 0)
    assert result.silver == [
        {
            "month": MAY,
            "customer_id": "c",
            "order_id": "1",
            "ordered_at": datetime(2011, 5, 4, tzinfo=UTC),
            "product_id": "lamp",
            "description": None,
            "quantity": 2,
            "unit_price": Decimal("1.5"),
            "amount": Decimal(3),
            "country": None,
            "kind": "sale",
            "is_product": True,
            **dict.fromkeys(("store_id", "channel", "card_id", "coupon_id", "discount", "scanned_at")),
        }
    ]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"order": None}, ["order_id: must be present"]),
        ({"customer": None}, []),
        ({"pieces": "2.5"}, ["quantity: '2.5' is not a whole number"]),
        ({"price": "1,5"}, ["unit_price: '1,5' is not a number"]),
        ({"day": "2011-02-30"}, ["ordered_at: '2011-02-30' is not a date in %Y-%m-%d"]),
        ({"day": "2010-11-30"}, ["ordered_at: '2010-11-30' is before the domain's start, 2010-12"]),
        ({"day": "2011-05-20"}, ["ordered_at: '2011-05-20' is in the future as of 2011-05-20 00:00 UTC"]),
        ({"day": "2011-05-19"}, []),
        ({"day": "2010-12-01"}, []),
        ({"pieces": "x", "price": None}, ["quantity: 'x' is not a whole number", "unit_price: must be present"]),
        ({"pieces": "9" * 15, "price": "9999"}, ["amount: too large for a decimal of 18 digits"]),
        ({"price": "9" * 100}, [f"unit_price: '{'9' * 80}' is not a number"]),
        (dict.fromkeys(GOOD), ["blank row"]),
        (dict.fromkeys(GOOD, " "), ["blank row"]),
        ({"product": "product"}, []),
        (dict.fromkeys(GOOD) | {"_malformed": "bad quoting", "_text": '"'}, ["malformed line: bad quoting"]),
    ],
)
def test_a_row_is_refused_with_every_reason_there_is(conformed, change, reasons):
    result = conformed(contract(), GOOD | change)
    assert result.reasons == reasons
    assert len(result.silver) == (not reasons)


def test_a_refused_row_is_kept_as_it_came(conformed):
    change = {"pieces": " x ", "_file": "b.csv", "_file_sha256": "sha of b", "_line": 7}
    [row] = conformed(contract(), GOOD | change).quarantine
    assert row == GOOD | change | {
        "month": MAY,
        "_reasons": ["quantity: ' x ' is not a whole number"],
        "_malformed": None,
        "_text": None,
    }


@pytest.mark.parametrize(("timezone", "first"), [("UTC", True), ("America/Sao_Paulo", True), ("Asia/Tokyo", False)])
def test_the_start_of_the_domain_is_midnight_of_its_own_calendar(conformed, timezone, first):
    columns = [column | {"formats": ["%Y-%m-%dT%H:%M%z"]} if "formats" in column else column for column in SALES]
    period = Period(date(2010, 12, 1), PERIOD.as_of, timezone)
    late = conformed(contract(columns), GOOD | {"day": "2010-12-01T03:00Z"}, period=period)
    early = conformed(contract(columns), GOOD | {"day": "2010-11-30T15:00Z"}, period=period)
    assert (len(late.silver), len(early.silver)) == (1, 0 if first else 1)


RULES = [
    ({"column": "customer_id", "nullable": False}, {"customer": None}, "customer_id: must be present"),
    ({"column": "product_id", "isin": ["lamp", "bell"]}, {"product": "x"}, "must be one of lamp, bell, found x"),
    ({"column": "quantity", "isin": [1, 2]}, {"pieces": "3"}, "quantity: must be one of 1, 2, found 3"),
    ({"column": "quantity", "in_range": {"min": 1}}, {"pieces": "0"}, "quantity: must be at least 1, found 0"),
    (
        {"column": "unit_price", "in_range": {"min": 0, "max": 2, "include_min": False, "include_max": False}},
        {"price": "2"},
        "unit_price: must be greater than 0 and less than 2, found 2",
    ),
    (
        {"column": "ordered_at", "in_range": {"min": "2011-05-01"}},
        {"day": "2011-04-30"},
        "ordered_at: must be at least 2011-05-01, found 2011-04-30",
    ),
    ({"column": "order_id", "str_matches": r"\d+$"}, {"order": "1x"}, r"order_id: must match \d+$, found 1x"),
    ({"column": "order_id", "str_matches": "1|2"}, {"order": "x1"}, "order_id: must match 1|2, found x1"),
    ({"compare": "unit_price <= quantity"}, {"price": "3"}, "must have unit_price <= quantity, found 3, 2"),
    ({"compare": "amount == quantity"}, {"price": "3"}, "must have amount == quantity, found 6.0000, 2"),
    ({"compare": "order_id != product_id"}, {"order": "lamp"}, "must have order_id != product_id, found lamp, lamp"),
    (
        {"column": "quantity", "in_range": {"max": 9}, "reason": "too many"},
        {"pieces": "10"},
        "quantity: too many, found 10",
    ),
]


@pytest.mark.parametrize(("rule", "change", "reason"), RULES)
def test_a_broken_rule_is_a_reason(conformed, rule, change, reason):
    kept = {"price": "1"}
    result = conformed(contract(rules=[rule]), GOOD | kept, GOOD | kept | change)
    assert len(result.silver) == 1
    [found] = result.reasons
    assert found.endswith(reason)


@pytest.mark.parametrize(
    "rule", [rule for rule, *_ in RULES if rule.get("column") == "customer_id" or "compare" in rule]
)
def test_a_null_keeps_every_rule_but_that_it_must_be_present(conformed, rule):
    rules = [rule, {"column": "customer_id", "isin": ["z"]}, {"column": "customer_id", "unique": True}]
    result = conformed(contract(rules=rules), GOOD | {"customer": None, "price": "1"})
    assert len(result.silver) == ("nullable" not in rule)


def test_absent_values_are_replaced_by_defaults_and_unreadable_ones_are_not(conformed):
    columns = [column | ({"default": 1} if column["to"] == "quantity" else {}) for column in SALES]
    result = conformed(contract(columns), GOOD | {"pieces": None}, GOOD | {"pieces": "x"})
    assert [row["quantity"] for row in result.silver] == [1]
    assert result.reasons == ["quantity: 'x' is not a whole number"]


def test_a_line_that_repeats_the_header_is_no_row_even_where_every_column_takes_any_text(conformed):
    columns = [{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}]
    terms = contract(columns, "products", where={"name": {"in": ["lamp"]}})
    result = conformed(terms, *({"code": code, "name": name} for code, name in [("code", "name"), ("code", "lamp")]))
    assert [row["name"] for row in result.silver] == ["lamp"]
    assert (result.reasons, result.left_out) == (["repeats the header"], 0)
    alone = conformed(contract([{"from": "client", "to": "customer_id"}], "customers"), {"client": "client"})
    assert [row["customer_id"] for row in alone.silver] == ["client"]  # one column alone tells no header


def test_constants_fill_a_column_that_no_file_has(conformed):
    result = conformed(contract(constants={"country": "Brazil", "is_product": False}), GOOD)
    assert [(row["country"], row["is_product"]) for row in result.silver] == [("Brazil", False)]


def test_a_blank_row_is_one_even_where_defaults_would_make_it_whole(conformed):
    columns = [{"from": "code", "to": "product_id", "default": "none"}, {"from": "name", "to": "name", "default": "-"}]
    result = conformed(contract(columns, "products"), {"code": " ", "name": None}, {"code": None, "name": "x"})
    assert ([row["name"] for row in result.silver], result.reasons) == (["x"], ["blank row"])


def test_a_lookup_goes_by_value_then_by_the_whole_pattern_then_by_default(conformed):
    lookup = {
        "to": "description",
        "from": "product_id",
        "values": {"P1": "one", "P22": "by value"},
        "patterns": [{"matches": "P\\d+|Q", "value": "pattern"}],
        "default": "other",
    }
    codes = {"P1": "one", "P22": "by value", "P3": "pattern", "Q": "pattern", "QQ": "other", "xP3": "other"}
    result = conformed(contract(lookups=[lookup]), *(GOOD | {"product": code} for code in codes))
    assert {row["product_id"]: row["description"] for row in result.silver} == codes


def test_a_raw_column_may_be_spelt_like_one_of_the_entity_or_of_bronze(conformed):
    columns = [
        {"from": "month", "to": "order_id"},
        {"from": "order_id", "to": "product_id"},
        {"from": "_file", "to": "description"},
        *SALES[2:],
    ]
    spelt = contract(columns, ignored=["_line", "_copies", "home", "amount"])
    row = GOOD | {"month_": "5", "order_id": "lamp", "_file_": "b", "amount": "many", "_copies_": "2"}
    result = conformed(spelt, row, row | {"pieces": "x"})
    assert [(kept["order_id"], kept["product_id"], kept["description"]) for kept in result.silver] == [
        ("5", "lamp", "b")
    ]
    [refused] = result.quarantine
    assert {name: refused[name] for name in ("month", "month_", "_file", "_file_", "amount", "_copies_")} == {
        "month": MAY,
        "month_": "5",
        "_file": "a.csv",
        "_file_": "b",
        "amount": "many",
        "_copies_": "2",
    }


RECEIPT = [
    *(each for each in SALES if each["to"] != "product_id"),
    {"from": "store", "to": "store_id"},
    {"from": "off", "to": "discount"},
]
BOUGHT = {"order": "35110599", "day": "2011-05-04", "pieces": "1", "price": "80", "customer": "c", "store": "s1"}


def test_where_lines_name_no_product_the_store_stands_for_it_and_a_discount_is_taken_off(conformed):
    (row,) = conformed(contract(RECEIPT), BOUGHT | {"off": "20"}).silver
    assert (row["product_id"], row["amount"], row["unit_price"]) == ("s1", Decimal(60), Decimal(80))
    (row,) = conformed(contract(RECEIPT), BOUGHT).silver
    assert row["amount"] == Decimal(80)
    (row,) = conformed(contract(RECEIPT), BOUGHT | {"off": "20", "pieces": "-1"}).silver
    assert row["amount"] == Decimal(-60)  # taken back for what was paid
    refused = conformed(contract(RECEIPT), BOUGHT | {"store": None})
    assert refused.reasons == ["product_id: must be present"]


@pytest.mark.parametrize(
    ("order", "day", "kept"),
    [("35110599", "2011-05-04", True), ("35110499", "2011-05-04", False), ("351", "2011-05-04", False)],
)
def test_a_key_that_contradicts_its_date_is_refused(conformed, order, day, kept):
    rule = {"column": "order_id", "spells_date": {"of": "ordered_at", "from": 3, "format": "%y%m"}}
    result = conformed(contract(RECEIPT, rules=[rule]), BOUGHT | {"order": order, "day": day})
    words = "order_id, ordered_at: must hold the date of ordered_at as %y%m from character 3 on"
    assert result.reasons == ([] if kept else [f"{words}, found {order}, {day}"])


def test_the_date_that_a_key_tells_is_the_local_one(backend):
    zoned = [*(each for each in RECEIPT if each["to"] != "ordered_at")]
    zoned.append({"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d %H:%M%z"]})
    rule = {"column": "order_id", "spells_date": {"of": "ordered_at", "from": 3, "format": "%y%m"}}
    period = Period(date(2010, 12, 1), datetime(2011, 5, 20, tzinfo=UTC), "America/Sao_Paulo")
    row = BOUGHT | {"order": "351104", "day": "2011-05-01 02:00+0000"}  # still April in São Paulo
    assert not Conformed(backend, contract(zoned, rules=[rule]), row, period=period).reasons


def test_values_that_are_not_wanted_are_refused_and_absent_ones_are_kept(conformed):
    rule = {"column": "customer_id", "notin": ["TESTE"], "reason": "is the account of testers"}
    result = conformed(contract(rules=[rule]), GOOD | {"customer": "TESTE"}, GOOD | {"customer": None, "order": "2"})
    assert result.reasons == ["customer_id: is the account of testers, found TESTE"]
    assert [row["order_id"] for row in result.silver] == ["2"]
