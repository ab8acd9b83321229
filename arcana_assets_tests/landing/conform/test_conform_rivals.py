from datetime import date
from functools import partial

import ibis
import pytest

from arcana_assets.landing.conform import conform
from arcana_assets_tests.landing.conform.bronze_rows import GOOD, PERIOD, Conformed, bronze, contract


@pytest.fixture
def conformed(backend):
    return partial(Conformed, backend)


def test_rows_that_share_what_must_be_unique_are_refused_all_of_them(conformed):
    rules = [{"unique": ["order_id", "product_id"]}, {"column": "customer_id", "unique": True}]
    rows = [
        GOOD | {"order": "1", "pieces": "1", "customer": None},
        GOOD | {"order": "1", "pieces": "2", "customer": None},
        GOOD | {"order": "2", "customer": "x"},
        GOOD | {"order": "3", "customer": "x"},
        GOOD | {"order": "4", "customer": "y"},
        GOOD | {"order": "5", "customer": "y", "pieces": "x"},  # refused for itself, and no rival
    ]
    result = conformed(contract(rules=rules), *rows)
    assert [row["order_id"] for row in result.silver] == ["4"]
    assert result.reasons == [
        "customer_id: must be unique by customer_id",
        "customer_id: must be unique by customer_id",
        "order_id, product_id: must be unique by order_id, product_id",
        "order_id, product_id: must be unique by order_id, product_id",
        "quantity: 'x' is not a whole number",
    ]


def test_rows_that_agree_in_every_raw_column_are_one_with_the_provenance_of_the_first(conformed):
    copies = [{"_file": "b.csv", "_line": 1}, {"_file": "a.csv", "_line": 9}, {"_file": "a.csv", "_line": 3}]
    result = conformed(contract(), *(GOOD | {"pieces": "x", "_file_sha256": copy["_file"]} | copy for copy in copies))
    [row] = result.quarantine
    assert (row["_file"], row["_line"], row["_file_sha256"], result.duplicates) == ("a.csv", 3, "a.csv", 2)


def test_rows_that_differ_in_a_column_nobody_maps_are_no_duplicates(conformed):
    result = conformed(contract(ignored=["till"]), GOOD | {"till": "1"}, GOOD | {"till": "2"}, GOOD | {"till": "2"})
    assert (len(result.silver), result.duplicates) == (2, 1)


def test_rows_of_two_months_are_no_duplicates(conformed):
    result = conformed(contract(), dict.fromkeys(GOOD), dict.fromkeys(GOOD) | {"month": date(2011, 4, 1)})
    assert (len(result.quarantine), result.duplicates) == (2, 0)


PRODUCTS = [{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}, {"from": "price", "to": "list_price"}]


def product(code, name, price=None, **more):
    return {"code": code, "name": name, "price": price} | more


def test_rows_that_share_a_key_and_differ_are_refused_for_nobody_can_tell_which_is_right(conformed):
    rows = [product("1", "lamp"), product("1", "lamp"), product("2", "a"), product("2", "b"), product("3", "x", "y")]
    result = conformed(contract(PRODUCTS, "products", key=["product_id"]), *rows)
    assert ([row["product_id"] for row in result.silver], result.duplicates) == (["1"], 1)
    several = "product_id: must be unique, found in several rows that differ"
    assert result.reasons == ["list_price: 'y' is not a number", several, several]


def test_a_key_may_come_again_in_another_month(conformed):
    rows = [product("1", "lamp"), product("1", "bell", month=date(2011, 4, 1))]
    result = conformed(contract(PRODUCTS, "products", key=["product_id"]), *rows)
    assert len(result.silver) == 2


def test_the_latest_row_of_a_key_wins_and_those_before_it_are_refused(conformed):
    rows = [product("1", "old", "1"), product("1", "new", "2"), product("1", "unpriced"), product("1", "bad", "x")]
    latest = contract(PRODUCTS, "products", key=["product_id"], deduplicate={"by": "list_price"})
    result = conformed(latest, *rows)
    assert [row["name"] for row in result.silver] == ["new"]
    superseded = "product_id: superseded by the row with a later list_price"
    assert result.reasons == ["list_price: 'x' is not a number", superseded, superseded]


def test_the_first_row_of_a_key_wins_where_the_contract_says_so(conformed):
    """A receipt is of who handed it in first; a row that says nothing of the column comes last."""
    rows = [product("1", "late", "2"), product("1", "first", "1"), product("1", "unpriced")]
    first = contract(PRODUCTS, "products", key=["product_id"], deduplicate={"by": "list_price", "keep": "first"})
    result = conformed(first, *rows)
    assert [row["name"] for row in result.silver] == ["first"]
    assert result.reasons == ["product_id: superseded by the row with an earlier list_price"] * 2


def test_of_two_latest_rows_the_same_one_wins_in_whatever_order_they_come(conformed):
    # They differ only in a column that bronze had to rename, which begins like its own.
    latest = contract(PRODUCTS, "products", key=["product_id"], deduplicate={"by": "list_price"}, ignored=["_file"])
    rows = [product("1", "lamp", "1", _file_=f"{number:02}") for number in range(40)]
    for given in (rows, rows[::-1], rows[20:] + rows[:20]):
        result = conformed(latest, *given)
        assert sorted(row["_file_"] for row in result.quarantine) == [f"{number:02}" for number in range(1, 40)]


def test_columns_known_to_be_empty_need_not_tell_rows_apart(backend):
    of = contract(ignored=["till"])
    rows = [GOOD, GOOD, GOOD | {"pieces": "x", "_file": "b.csv"}, GOOD | {"pieces": "x"}, GOOD | {"order": "2"}]
    landed = ibis.memtable(bronze(of, *rows))

    def ends(empty):
        typed = conform.completed(conform.read(conform.without_duplicates(landed, empty), of, PERIOD), of)
        judged = conform.judged(typed, of, PERIOD)
        rows = conform.sorted_out(judged)
        for end in (
            conform.silver(rows, of),
            conform.quarantine(conform.refused(rows, landed, of, PERIOD), landed, empty),
        ):
            yield sorted(map(repr, backend.to_pyarrow(end).to_pylist()))

    assert list(ends(())) == list(ends(("till", "_malformed", "_text")))
