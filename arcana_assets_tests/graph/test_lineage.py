"""Column lineage that is read from expressions: which columns of which tables a column is made of."""

from datetime import date

import ibis
import pyarrow as pa
import pytest

from arcana_assets.graph.lineage import column_lineage
from arcana_assets.lake.reading import table_of

SALES = ("retail", "silver", "transactions")
PEOPLE = ("retail", "silver", "customers")
APRIL = date(2011, 4, 1)


@pytest.fixture
def sales():
    columns = {"customer_id": "string", "order_id": "string", "amount": "float64", "kind": "string", "month": "date"}
    return ibis.table(columns, name="retail/silver/transactions@1")


@pytest.fixture
def people():
    return ibis.table({"customer_id": "string", "name": "string", "city": "string"}, name="retail/silver/customers@2")


def lineage(expr):
    return column_lineage(expr, table_of)


def test_names_of_views_give_the_asset_back_and_other_names_do_not():
    assert table_of("retail/silver/transactions@12") == SALES
    assert table_of("cache@3") is None
    assert table_of("ibis_pandas_memtable_x") is None


def test_a_rollup_knows_the_columns_of_its_groups_and_measures(sales):
    rollup = (
        sales.filter(sales.kind == "sale")
        .group_by("customer_id", "month")
        .agg(
            spent=sales.amount.sum(),
            returned=sales.amount.sum(where=sales.kind == "return"),
            orders=sales.order_id.nunique(),
            rows=ibis._.count(),
        )
    )
    assert lineage(rollup) == {
        "customer_id": {(SALES, "customer_id")},
        "month": {(SALES, "month")},
        "spent": {(SALES, "amount")},
        "returned": {(SALES, "amount"), (SALES, "kind")},
        "orders": {(SALES, "order_id")},
        "rows": set(),
    }


def test_a_join_of_a_rollup_with_a_table_knows_both_sides(sales, people):
    spent = sales.group_by("customer_id").agg(spent=sales.amount.sum())
    joined = people.left_join(spent, "customer_id").mutate(label=people.name + " " + people.city)
    found = lineage(joined)
    assert found["spent"] == {(SALES, "amount")}
    assert found["label"] == {(PEOPLE, "name"), (PEOPLE, "city")}
    assert found["customer_id"] == {(PEOPLE, "customer_id")}
    assert found["customer_id_right"] == {(SALES, "customer_id")}


def test_a_column_coalesced_over_an_outer_join_has_both_origins(sales, people):
    joined = people.outer_join(sales, "customer_id")
    merged = joined.select(customer_id=ibis.coalesce(joined.customer_id, joined.customer_id_right))
    assert lineage(merged) == {"customer_id": {(PEOPLE, "customer_id"), (SALES, "customer_id")}}


def test_a_self_join_keeps_its_columns_apart(sales):
    later = sales.view()
    joined = sales.join(later, "customer_id").select(sales.amount, paid=later.order_id)
    assert lineage(joined) == {"amount": {(SALES, "amount")}, "paid": {(SALES, "order_id")}}


def test_a_union_has_the_origins_of_all_branches(sales, people):
    third = ibis.memtable(pa.table({"customer_id": ["x"]}))
    both = ibis.union(sales.select("customer_id"), people.select("customer_id"), third)
    assert lineage(both) == {"customer_id": {(SALES, "customer_id"), (PEOPLE, "customer_id")}}


def test_a_window_counts_what_it_is_partitioned_and_ordered_by(sales):
    window = ibis.window(group_by=sales.customer_id, order_by=sales.month.desc())
    ranked = sales.mutate(rank=ibis.row_number().over(window), before=sales.amount.lag().over(window))
    assert lineage(ranked)["rank"] == {(SALES, "customer_id"), (SALES, "month")}
    assert lineage(ranked)["before"] == {(SALES, "amount"), (SALES, "customer_id"), (SALES, "month")}


def test_renaming_dropping_sorting_and_cutting_change_no_origin(sales):
    shaped = (
        sales.rename(customer="customer_id").drop("kind").distinct().order_by(ibis.desc("amount")).limit(5).drop_null()
    )
    assert lineage(shaped) == {
        "customer": {(SALES, "customer_id")},
        "order_id": {(SALES, "order_id")},
        "amount": {(SALES, "amount")},
        "month": {(SALES, "month")},
    }


def test_subqueries_and_memberships_count(sales, people):
    shaped = sales.select(
        share=sales.amount / sales.amount.sum().as_scalar(), known=sales.customer_id.isin(people.customer_id)
    )
    assert lineage(shaped) == {
        "share": {(SALES, "amount")},
        "known": {(SALES, "customer_id"), (PEOPLE, "customer_id")},
    }


def test_filled_unpivoted_and_unnested_columns_know_where_they_are_from(sales):
    filled = sales.fill_null({"kind": "sale"}).select("kind")
    assert lineage(filled) == {"kind": {(SALES, "kind")}}
    words = sales.mutate(word=sales.kind.split("-")).unnest("word").select("word")
    assert lineage(words) == {"word": {(SALES, "kind")}}
    long = sales.select("customer_id", "order_id", "kind").pivot_longer(["order_id", "kind"])
    assert lineage(long)["value"] >= {(SALES, "order_id"), (SALES, "kind")}


def test_constants_and_tables_that_are_no_asset_have_no_origin(sales):
    assert lineage(sales.select(n=ibis.literal(1)))["n"] == set()
    assert lineage(ibis.memtable(pa.table({"a": [1]}))) == {"a": set()}


def test_lineage_goes_through_a_cached_table(lake, engine):
    rows = pa.table({"customer_id": ["a"], "amount": [1.0], "month": [APRIL]})
    lake.write(SALES, rows, [APRIL], engine=engine, run_id="run")
    table = lake.read(SALES, [APRIL], engine)
    with engine.cache(table.group_by("customer_id").agg(spent=table.amount.sum())) as cached:
        assert lineage(cached.mutate(twice=cached.spent * 2))["twice"] == {(SALES, "amount")}


def test_a_deep_chain_of_steps_is_walked_once_a_column(sales):
    table = sales
    for _ in range(60):
        table = table.mutate(amount=table.amount + table.amount)
    assert lineage(table)["amount"] == {(SALES, "amount")}
