"""Joins: what is wrong with one is said at load, with file, line, place and the nearest right name."""

import pytest

from arcana_assets.domain.folder import load_domain

ORDERS = """\
entity: orders
description: Orders
landing: {pattern: "orders/*.csv"}
format: {kind: csv}
columns:
  - {from: id, to: order_id}
  - {from: at, to: ordered_at, formats: ["%Y-%m-%d"]}
  - {from: who, to: customer_id}
  - {from: how, to: status}
key: [order_id]
"""
RATES = """\
entity: reference
description: Classes of goods
landing: {pattern: rates.csv}
format: {kind: csv}
columns:
  - {from: class, to: class}
  - {from: rate, to: rate, type: decimal}
key: [class]
"""
NO_COLUMN = "is no column that the files of this source have; map it in 'columns' or in 'helpers'"
UNUSED = "and neither 'where', 'computed' nor a join names it"
LAST = "    default: true\n"
JOIN = "join: {source: orders, on: order_id, columns: {description: status}}\n"


@pytest.fixture
def joined(folder):
    """The domain that is right, with orders and classes beside its sales, which look orders up."""
    (folder / "sources" / "orders.yaml").write_text(ORDERS, encoding="utf-8")
    (folder / "sources" / "rates.yaml").write_text(RATES, encoding="utf-8")
    path = folder / "sources" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(LAST, LAST + JOIN), encoding="utf-8")
    return load_domain(folder)


def test_a_join_names_the_columns_here_and_there(joined):
    [join] = joined.sources["sales"].join
    assert (join.key, join.brought, join.missing) == ({"order_id": "order_id"}, {"description": "status"}, "quarantine")
    assert "description" in joined.sources["sales"].made


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "source: orders",
            "source: order",
            "join.source: no other source of the domain has the name 'order'; did you mean 'orders'?",
        ),
        (
            "source: orders",
            "source: sales",
            "join.source: a source looks nothing up in itself",
        ),
        (
            "on: order_id",
            "on: order",
            f"join.on: 'order' {NO_COLUMN}; did you mean 'order_id'?",
        ),
        ("on: order_id", "on: {order_id: order}", "join.on: orders has no column 'order'; did you mean 'order_id'?"),
        (
            "on: order_id",
            "on: {ordered_at: order_id}",
            "join.on: 'ordered_at' is instant here, and 'order_id' is text in orders",
        ),
        (
            "on: order_id",
            "on: {order_id: customer_id}",
            "join.on: a row could find several rows of orders, which has the key order_id; look up by its key, or set "
            "'key: [customer_id]' there",
        ),
        ("on: order_id", "on: {}", "join.on: a join needs a column that both sources have, as in 'on: order_id'"),
        (
            "{description: status}",
            "{description: stat}",
            "join.columns: orders has no column 'stat'; did you mean 'status'?",
        ),
        (
            "{description: status}",
            "{description: ordered_at}",
            "join.columns: 'description' is text in transactions, and 'ordered_at' is instant in orders",
        ),
        (
            "{description: status}",
            "[status]",
            f"join.columns: transactions has no column 'status', {UNUSED}",
        ),
        (
            "{description: status}",
            "[customer_id]",
            "join.columns: 'customer_id' is there without this join; leave it out, or give it another name",
        ),
        (
            "columns: {desc",
            "missing: drop, columns: {desc",
            "join.missing: expected 'quarantine' or 'keep', found 'drop'",
        ),
        ("columns: {desc", "colums: {desc", "join.colums: unknown key 'colums'; did you mean 'columns'?"),
    ],
)
def test_a_join_that_cannot_be_made_is_told_at_load(joined, said, old, new, problem):
    assert f"sales.yaml:29: {problem}" in said(old, new)


def test_joins_in_a_circle_are_told_in_the_files_that_make_it(joined, folder, said):
    path = folder / "sources" / "orders.yaml"
    path.write_text(ORDERS + "join: {source: sales, on: order_id, columns: [country]}\n", encoding="utf-8")
    circle = "join.source: this join goes round in a circle"
    there = f"orders.yaml:11: {circle}: orders -> sales -> orders; leave one of them out"
    here = f"sales.yaml:29: {circle}: sales -> orders -> sales; leave one of them out"
    assert said("[order_id, product_id]\nded", "[product_id, order_id]\nded") == [there, here]


WITHOUT = ('  - {from: When, to: ordered_at, type: instant, formats: ["%Y-%m-%d"]}\n', "")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "{description: status}",
            "[ordered_at], missing: keep",
            "join.missing: 'ordered_at' puts rows into months, so a row without it cannot be kept; use quarantine",
        ),
        (
            "on: order_id, columns: {description: status}",
            "on: customer_id, columns: [ordered_at]",
            "join.on: 'ordered_at' is looked up by this key, so the files of both sources must have it as a column",
        ),
    ],
)
def test_a_date_that_puts_rows_into_months_is_found_in_the_files_of_the_other_source(
    joined, folder, said, old, new, problem
):
    path = folder / "sources" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(*WITHOUT), encoding="utf-8")
    assert f"sales.yaml:28: {problem}" in said(old, new)


def test_a_list_of_joins_is_told_by_its_place_and_a_later_one_may_use_what_an_earlier_brought(joined, folder, said):
    path = folder / "sources" / "sales.yaml"
    two = "join:\n  - {source: orders, on: order_id, columns: {class: status}}\n"
    two += "  - {source: rates, on: class, columns: [rate]}\n"
    path.write_text(path.read_text(encoding="utf-8").replace(JOIN, two), encoding="utf-8")
    assert said("{class: status}}", "{class: statu}}") == [
        "sales.yaml:30: join[0].columns: orders has no column 'statu'; did you mean 'status'?",
        f"sales.yaml:31: join[1].on: 'class' {NO_COLUMN}",
        f"sales.yaml:31: join[1].columns: transactions has no column 'rate', {UNUSED}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "type: decimal",
            "type: dezimal",
            "rates.yaml:7: columns[1].type: 'dezimal' is no type; did you mean 'decimal'?",
        ),
        ("key: [class]", "key: [clas]", "rates.yaml:8: key[0]: reference has no column 'clas'; did you mean 'class'?"),
        (
            "key: [class]",
            "helpers: [{from: x, to: class}]",
            "rates.yaml:8: helpers[0].to: 'class' is mapped twice, first in columns[0]",
        ),
    ],
)
def test_a_reference_has_the_columns_that_its_contract_names(joined, said, old, new, problem):
    assert problem in said(old, new, "sources/rates.yaml")
