"""An asset of declared tables, run: what is not as declared is not written, or nothing is computed from it."""

from datetime import date
from decimal import Decimal

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, columns
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph.files_asset import files_asset
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import AS_DECLARED, table_asset
from arcana_assets.tables.table import Table
from arcana_assets_tests.worlds.run import deployment_in, materialized

MAY = date(2011, 5, 1)
MONEY_TYPE = pa.decimal128(18, 4)
SPEC = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
SPENT = Table(
    "gold",
    "customers",
    "spent",
    "What each customer spent.",
    "a customer and month",
    ("customer_id", "month"),
    columns(CUSTOMER, MONTH, ("spent", "decimal", "What was paid", MONEY)),
)
TOTAL = Table(
    "gold", "customers", "total", "Its sum.", "a month", ("month",), columns(MONTH, ("rows", "integer", "Rows"))
)
KEPT = Table(
    "bronze", "bronze", "products", "As it came.", "a line", (), columns(MONTH, ("text", "text", "As it came"))
)


def rows(*spent: object, kind: pa.DataType = MONEY_TYPE) -> pa.Table:
    """Rows of customers a, b, a, b, ... in May."""
    return pa.table(
        {
            "customer_id": pa.array([("a", "b")[at % 2] for at in range(len(spent))], pa.string()),
            "month": pa.array([MAY] * len(spent), pa.date32()),
            "spent": pa.array(spent, kind),
        }
    )


@pytest.fixture
def run(tmp_path, engine):
    """Runs an asset that makes these rows of SPENT, and one that counts them."""

    def run(made: object) -> dg.ExecuteInProcessResult:
        @table_asset(SPEC, "spent", {"spent": SPENT})
        def spent():
            yield dg.Output(made, "spent", metadata={"told": 7})

        @table_asset(SPEC, "total", {"total": TOTAL}, ins={"spent": dg.AssetIn(SPEC.key_of(SPENT))})
        def total(spent: ir.Table):
            return spent.group_by("month").agg(rows=spent.count())

        return materialized([spent, total], [MAY], deployment_in(tmp_path), engine=engine)

    return run


def checks(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    found = result.get_asset_check_evaluations()
    assert {each.check_name for each in found} <= {AS_DECLARED}
    return {each.asset_key.path[-1]: (each.passed, each.description or "") for each in found}


def written(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.path[-1] for event in result.get_asset_materialization_events()}


def test_rows_as_declared_are_written_checked_and_computed_from(run):
    result = run(rows(Decimal(1), Decimal(2)))
    assert result.success
    assert checks(result) == {"spent": (True, "one row a customer_id, month"), "total": (True, "one row a month")}
    metadata = result.asset_materializations_for_node("retail_spent")[0].metadata
    assert metadata["told"].value == 7
    assert "dagster/column_schema" not in metadata, "the definition has it"


def test_of_rows_with_a_doubled_key_nothing_is_computed(run):
    result = run(rows(Decimal(1), Decimal(2), Decimal(3)))
    assert not result.success
    assert checks(result) == {"spent": (False, "1 values of customer_id, month stand in more than one row")}
    assert written(result) == {"spent"}
    assert "retail_total" not in {event.step_key for event in result.get_step_success_events()}


def test_a_column_of_another_type_fails_the_step_before_anything_is_written(run, lake):
    result = run(rows(1.5, kind=pa.float64()))
    [failure] = result.get_step_failure_events()
    said = failure.step_failure_data.user_failure_data.description
    assert "gold/spent is not as it is declared: column spent is DOUBLE, declared DECIMAL(18, 4)." in said
    assert written(result) == set()
    assert lake.materialized_months(("retail", "gold", "spent"), [MAY]) == []


def test_a_column_that_nobody_declared_fails_the_step_with_the_nearest_name(run, lake):
    result = run(rows(Decimal(1)).rename_columns(["customer_id", "month", "spend"]))
    [failure] = result.get_step_failure_events()
    said = failure.step_failure_data.user_failure_data.description
    assert "column spend is not declared; did you mean 'spent'?" in said
    assert "column spent lacks" in said
    assert lake.materialized_months(("retail", "gold", "spent"), [MAY]) == []


def test_a_table_without_a_key_may_hold_a_row_twice(tmp_path, lake, engine):
    @table_asset(SPEC, "kept", {"kept": KEPT})
    def kept():
        return pa.table({"month": pa.array([MAY, MAY]), "text": ["x", "x"]})

    result = materialized([kept], [MAY], deployment_in(tmp_path), engine=engine)
    assert checks(result) == {"products": (True, "rows are kept as they came, without a key")}
    assert lake.rows(("retail", "bronze", "products"), [MAY]) == 2


def test_the_check_and_the_columns_are_told_before_any_run():
    @table_asset(SPEC, "spent", {"spent": SPENT})
    def spent():
        return rows()

    [check] = spent.check_specs
    assert (check.name, check.blocking) == (AS_DECLARED, True)
    assert "no two rows of the run have the same customer_id, month" in (check.description or "")
    [told] = spent.specs
    assert told.description == "What each customer spent. A row is a customer and month."
    schema = told.metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns] == ["customer_id", "month", "spent"]
    [column] = [each for each in schema.columns if each.name == "spent"]
    assert (column.type, column.description) == ("DECIMAL(18, 4)", "What was paid (currency of the domain)")
    assert schema.constraints.other == ["one row a customer_id, month"]


def test_a_key_that_nobody_looked_at_is_no_key_that_holds(tmp_path, engine):
    @table_asset(SPEC, "spent", {"spent": SPENT})
    def spent():
        return rows(Decimal(5))

    result = materialized([spent], [MAY], deployment_in(tmp_path), engine=engine, io_manager=dg.InMemoryIOManager())
    assert not result.success
    assert checks(result) == {}


def test_two_inputs_of_one_table_are_refused_for_only_one_of_them_would_come():
    twice = {name: dg.AssetIn(SPEC.key_of(SPENT)) for name in ("spent", "again")}
    with pytest.raises(ValueError, match=r"total reads retail/gold/\w+ under two names"):
        table_asset(SPEC, "total", {"total": TOTAL}, ins=twice)


def test_nor_does_an_asset_that_publishes_read_a_table_under_two_names():
    twice = {name: dg.AssetIn(SPEC.key_of(SPENT)) for name in ("spent", "again")}
    with pytest.raises(ValueError, match=r"page reads retail/gold/\w+ under two names"):
        files_asset(SPEC, "page", "A page.", {"html"}, ins=twice)
