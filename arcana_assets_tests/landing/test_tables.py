"""What a source's tables declare, from its contract alone, and what becomes of rows that are not of it."""

import dagster as dg
import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph import spec as graph_spec
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.landing.tables import bronze_table, quarantine_table, silver_table
from arcana_assets_tests.landing.conform.bronze_rows import SALES, contract
from arcana_assets_tests.worlds.run import deployment_in, materialized

SOLD = contract([*SALES, {"from": "customer", "to": "country", "optional": True}], name="transactions")
MAY = pa.array(["2011-05-01"]).cast(pa.date32())


def types(table):
    return {name: column.type for name, column in table.columns.items()}


def test_bronze_has_every_raw_column_as_text_beside_where_it_came_from():
    found = types(bronze_table(SOLD))
    assert list(found)[:6] == ["order", "product", "day", "pieces", "price", "customer"]
    assert {found[name] for name in list(found)[:6]} == {"text"}
    assert {name: found[name] for name in ("_malformed", "_text", "_file", "_line", "month")} == {
        "_malformed": "text",
        "_text": "text",
        "_file": "text",
        "_line": "integer",
        "month": "date",
    }


def test_bronze_has_room_for_columns_that_no_contract_speaks_of_and_names_those_that_clash_anew():
    assert bronze_table(SOLD).column("Till").type == "text"
    assert "_file_" in bronze_table(contract([*SALES[:2], {"from": "_file", "to": "country"}])).columns


def test_silver_has_the_columns_of_the_entity_in_their_types_and_says_which_are_required():
    table = silver_table(SOLD)
    entity = SOLD.schema_
    assert list(table.columns) == ["month", *entity.names]
    assert {name: types(table)[name] for name in ("ordered_at", "quantity", "unit_price", "is_product")} == {
        "ordered_at": "instant",
        "quantity": "integer",
        "unit_price": "decimal",
        "is_product": "boolean",
    }
    assert table.arrow.field("ordered_at").type == pa.timestamp("us", tz="UTC")
    assert [name for name, column in table.columns.items() if column.required] == [
        column.name for column in entity.columns if column.required
    ]
    assert table.columns["order_id"].required
    assert not table.columns["country"].required
    assert (table.grain, table.key) == (entity.grain, ())


def test_a_source_that_says_who_the_customer_is_says_so_in_every_layer():
    source = load_domain(DEFS / "b2b").sources["mrr"]
    raw = raw_name(source.mapped["customer_id"].from_)
    assert silver_table(source).customers == ("customer_id",)
    assert bronze_table(source).customers == quarantine_table(source).customers == (raw,)
    assert silver_table(source).key == ("customer_id", "month"), "the key of the contract, a month each"


def test_quarantine_has_the_raw_row_with_the_list_of_its_reasons():
    table = quarantine_table(SOLD)
    assert {name: types(table)[name] for name in ("month", "_reasons", "_line")} == {
        "month": "date",
        "_reasons": "texts",
        "_line": "integer",
    }
    assert table.column("order").type == "text"


def written(table, rows, root, monkeypatch):
    """The run that an asset of the table makes of the rows."""
    monkeypatch.setattr(graph_spec, "RETRIES", dg.RetryPolicy(max_retries=0))

    @table_asset(DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail"), "sales", {"sales": table})
    def sales():
        return rows

    return materialized([sales], MAY.to_pylist(), deployment_in(root), as_of="2011-06-15T00:00:00+00:00")


def words(result):
    return "\n".join(str(event.step_failure_data.error) for event in result.get_step_failure_events())


def row(table, **values):
    """One row of the table, null but for its month and the given values."""
    fields = {field.name: pa.nulls(1, field.type) for field in table.arrow}
    return pa.table(fields | {"month": MAY} | values)


@pytest.mark.parametrize(
    ("table", "column", "given", "said"),
    [
        (bronze_table(SOLD), "pieces", pa.array([2]), "column pieces is BIGINT, declared VARCHAR"),
        (bronze_table(SOLD), "_line", pa.array(["2"]), "column _line is VARCHAR, declared BIGINT"),
        (silver_table(SOLD), "quantity", pa.array([2.5]), "column quantity is DOUBLE, declared BIGINT"),
        (silver_table(SOLD), "unit_price", pa.array([1.5]), "column unit_price is DOUBLE, declared DECIMAL(18, 4)"),
        (silver_table(SOLD), "order_idd", pa.array(["1"]), "column order_idd is not declared; did you mean 'order_id'"),
        (quarantine_table(SOLD), "_reasons", pa.array(["bad"]), "column _reasons is VARCHAR, declared VARCHAR[]"),
    ],
)
def test_rows_of_another_type_are_not_written_and_the_run_says_what_was_declared(
    table, column, given, said, lake, tmp_path, monkeypatch
):
    result = written(table, row(table, **{column: given}), tmp_path, monkeypatch)
    assert not result.success
    assert said in words(result)
    assert "Nothing was written." in words(result)
    assert lake.materialized_months(("retail", table.layer, table.name), MAY.to_pylist()) == []


@pytest.mark.parametrize("table", [bronze_table(SOLD), silver_table(SOLD), quarantine_table(SOLD)])
def test_rows_as_declared_are_written_with_the_words_of_their_columns(table, lake, tmp_path, monkeypatch):
    result = written(table, row(table), tmp_path, monkeypatch)
    assert result.success, words(result)
    fields = lake.open(("retail", table.layer, table.name)).schema().fields
    assert {field.name: field.metadata["comment"] for field in fields} == {
        name: table.column(name).explained for name in table.arrow.names
    }


def test_a_raw_column_that_nobody_declared_is_text_in_bronze(tmp_path, monkeypatch):
    table = bronze_table(SOLD)
    assert written(table, row(table, Till=pa.array(["7"])), tmp_path, monkeypatch).success
    result = written(table, row(table, Till=pa.array([7])), tmp_path, monkeypatch)
    assert "column Till is BIGINT, declared VARCHAR" in words(result)
