"""What assets return goes into the lake as their table declares it, and what they ask for comes out of it."""

from datetime import date

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest

from arcana_assets.domain.column import CUSTOMER, MONTH, columns
from arcana_assets.graph.table_asset import DeclaredRows
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.run import deployment_in, materialized

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2011-01-01", end_date="2011-07-01")
SILVER = ["retail", "silver", "transactions"]
GOLD = ["retail", "gold", "spending"]
SALES = pd.DataFrame(
    {
        "customer_id": ["a", "b", "a", "a"],
        "amount": [1.0, 2.0, 3.0, 4.0],
        "month": pd.Series([date(2011, 1, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 4, 1)]),
    }
)


def table(layer: str, name: str, key: tuple[str, ...], *said) -> Table:
    return Table(layer, name, "customers", "For tests.", "a row", key, columns(*said))


SALE = table("silver", "transactions", (), CUSTOMER, ("amount", "double", "What was paid.", "GBP"), MONTH)
SPENDING = table("gold", "spending", ("customer_id", "month"), CUSTOMER, MONTH, ("spent", "double", "Its sum"))
HISTORY = table("gold", "history", ("month",), MONTH, ("seen", "integer", "Rows so far"))
TOTALS = table("gold", "totals", (), ("rows", "integer", "Rows"))


@dg.asset(key=SILVER, partitions_def=MONTHS)
def transactions(context) -> DeclaredRows:
    months = [date.fromisoformat(key) for key in context.partition_keys]
    return DeclaredRows(SALE, SALES[SALES.month.isin(months)], by_month=False)


@dg.asset(key=GOLD, partitions_def=MONTHS, ins={"sales": dg.AssetIn(SILVER)})
def spending(sales: ir.Table) -> DeclaredRows:
    return DeclaredRows(SPENDING, sales.group_by("customer_id", "month").agg(spent=sales.amount.sum()), by_month=True)


@dg.asset(
    key=["retail", "gold", "history"],
    partitions_def=MONTHS,
    ins={"sales": dg.AssetIn(SILVER, partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=0))},
)
def history(context, sales: ir.Table) -> DeclaredRows:
    month = date.fromisoformat(context.partition_key)
    return DeclaredRows(HISTORY, pa.table({"month": [month], "seen": [sales.count().execute()]}), by_month=False)


@dg.asset(key=["retail", "gold", "totals"], ins={"sales": dg.AssetIn(SILVER)})
def totals(sales: ir.Table) -> DeclaredRows:
    return DeclaredRows(TOTALS, pa.table({"rows": [sales.count().execute()]}), by_month=False)


@dg.asset(key=["retail", "gold", "nothing"], partitions_def=MONTHS)
def nothing() -> None:
    pass


ASSETS = [transactions, spending, history, totals, nothing]


@pytest.fixture
def materialize(tmp_path, engine):
    """Materializes assets in one run for a month, a range of months, or without."""

    def materialize(*assets, month=None, until=None):
        months = [date.fromisoformat(each) for each in (month, until) if each]
        return materialized(ASSETS, months, deployment_in(tmp_path), list(assets), engine=engine)

    materialize.deployment, materialize.engine = deployment_in(tmp_path), engine
    return materialize


def rows(lake, engine, key):
    table = lake.read(key, None, engine).to_pyarrow().to_pylist()
    return sorted(tuple(row.values()) for row in table)


def test_a_range_of_months_is_one_run_and_one_commit(lake, engine, materialize):
    result = materialize(transactions, spending, month="2011-01-01", until="2011-03-01")
    assert result.success
    january, february = date(2011, 1, 1), date(2011, 2, 1)
    assert rows(lake, engine, GOLD) == [("a", january, 1.0), ("a", february, 3.0), ("b", january, 2.0)]
    assert lake.materialized_months(GOLD, [january, february, date(2011, 3, 1), date(2011, 4, 1)]) == [
        january,
        february,
        date(2011, 3, 1),
    ]
    assert lake.open(GOLD).version() == 1
    assert lake.open(GOLD).history(1)[0]["run_id"] == result.run_id


def test_months_run_one_by_one_are_the_same_tables_as_in_a_range(lake, engine, materialize):
    for month in ("2011-02-01", "2011-01-01"):
        materialize(transactions, spending, month=month)
    alone = rows(lake, engine, GOLD)
    materialize(transactions, spending, month="2011-01-01", until="2011-02-01")
    assert rows(lake, engine, GOLD) == alone


def test_the_materialization_tells_rows_schema_place_and_lineage(lake, materialize):
    result = materialize(transactions, spending, month="2011-01-01", until="2011-02-01")
    events = {
        e.partition: e.materialization.metadata
        for e in result.get_asset_materialization_events()
        if e.asset_key == dg.AssetKey(GOLD)
    }
    numbers = {name: each.value for name, each in events["2011-01-01"].items()}
    assert numbers.pop("bytes") > 0
    assert numbers == {"dagster/partition_row_count": 2, "files": 1, "delta_version": 1}  # the rest is said once a run
    last = events["2011-02-01"]
    assert last["files"].value == 1, "of the month, not of the run"
    assert (last["dagster/row_count"].value, last["rows_written"].value) == (3, 3)
    assert last["dagster/partition_row_count"].value == 1
    assert last["rows_by_month"].value == {"2011-01": 2, "2011-02": 1}
    assert last["dagster/uri"].value == lake.uri(GOLD)
    assert last["delta_version"].value == 1
    lineage = last["dagster/column_lineage"].lineage.deps_by_column
    assert lineage["spent"] == [dg.TableColumnDep(asset_key=dg.AssetKey(SILVER), column_name="amount")]
    assert lineage["customer_id"] == [dg.TableColumnDep(asset_key=dg.AssetKey(SILVER), column_name="customer_id")]


def test_the_row_count_is_that_of_the_table_and_the_rows_written_are_those_of_the_run(materialize):
    materialize(transactions, month="2011-01-01", until="2011-03-01")
    (event,) = materialize(transactions, month="2011-02-01").get_asset_materialization_events()
    told = event.materialization.metadata
    counts = [told[name].value for name in ("dagster/row_count", "rows_written", "dagster/partition_row_count")]
    assert counts == [3, 1, 1]


def test_columns_that_the_definition_does_not_have_are_told(materialize):
    materialize(transactions, month="2011-01-01")
    with_more = table("silver", "transactions", (), CUSTOMER, MONTH)

    @dg.asset(key=SILVER, partitions_def=MONTHS)
    def transactions_of_less() -> DeclaredRows:
        return DeclaredRows(with_more, SALES[["customer_id", "month"]][:0], by_month=False)

    result = materialized([transactions_of_less], [date(2011, 1, 1)], materialize.deployment, engine=materialize.engine)
    (event,) = result.get_asset_materialization_events()
    columns = {c.name: c.type for c in event.materialization.metadata["dagster/column_schema"].schema.columns}
    assert columns == {"customer_id": "VARCHAR", "month": "DATE", "amount": "DOUBLE"}


def test_columns_are_told_and_kept_with_what_their_table_declares(lake, materialize):
    result = materialize(transactions, month="2011-01-01")
    (event,) = result.get_asset_materialization_events()
    assert "dagster/column_schema" not in event.materialization.metadata, "they are those of the definition"
    comments = {field.name: field.metadata.get("comment") for field in lake.open(SILVER).schema().fields}
    assert comments["amount"] == "What was paid. (GBP)"


def test_an_input_over_a_window_of_months_gets_exactly_those_clipped_at_the_first(lake, engine, materialize):
    key = ["retail", "gold", "history"]
    materialize(transactions, month="2011-01-01", until="2011-03-01")
    for month in ("2011-01-01", "2011-02-01", "2011-03-01"):
        materialize(history, month=month)
    assert [seen for _, seen in rows(lake, engine, key)] == [2, 3, 1]


def test_an_unpartitioned_asset_gets_every_month_there_is(lake, engine, materialize):
    materialize(transactions, month="2011-01-01", until="2011-02-01")
    materialize(totals)
    assert rows(lake, engine, ["retail", "gold", "totals"]) == [(3,)]


def test_a_missing_month_fails_with_the_sentence_that_says_what_to_do(materialize):
    materialize(transactions, month="2011-01-01")
    result = materialize(spending, month="2011-04-01")
    (failure,) = result.get_step_failure_events()
    data = failure.step_failure_data
    assert data.user_failure_data.description == (
        "retail/silver/transactions has no month 2011-04. Materialize it first: partition 2011-04-01 of the same asset."
    )
    assert data.error.cause.cls_name == "MissingMonth"


def test_an_asset_that_returns_nothing_writes_nothing(lake, materialize):
    assert materialize(nothing, month="2011-01-01").success
    assert lake.materialized_months(["retail", "gold", "nothing"], [date(2011, 1, 1)]) == []
