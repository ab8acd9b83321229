"""Each primitive is defined in every engine; every expression of gold compiles for each, and has the types it says."""

import re

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import pytest
from ibis.backends.sql.datatypes import DuckDBType

from arcana_assets.customer_360.features import feature_matrix
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.customer_360.goods.reversals import lines_of_a_size, reversals
from arcana_assets.customer_360.outliers.events import outlying_events
from arcana_assets.customer_360.outliers.flags import with_flags
from arcana_assets.customer_360.outliers.measured import measured_buyers
from arcana_assets.domain.settings.outliers import Outliers
from arcana_assets.engine import primitives
from arcana_assets.engine.duckdb.macros import IN_DUCKDB
from arcana_assets.engine.spark.compiler import SparkCompiler
from arcana_assets_tests.customer_360.goods import silver_rows
from arcana_assets_tests.customer_360.listed.expressions import GOLD, OTHERS, ROLLUPS
from arcana_assets_tests.engine.dialects import statements


def table(schema, name):
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


DECLARED = {name for name, each in vars(primitives).items() if hasattr(each, "__wrapped__")}


def test_every_primitive_is_declared_once_and_defined_in_both_engines():
    assert {definition.split("(")[0] for definition in IN_DUCKDB} == DECLARED
    assert {name for name in DECLARED if not hasattr(SparkCompiler, f"_{name}")} == {"given_day"}  # of one process
    assert "to_instant" in DECLARED


def made(expression, name):
    """A table of the expression's columns: each stage reads what the one before wrote."""
    return ibis.table(expression.schema(), name=name)


SILVER = table(silver_rows.SILVER, "silver")
CATEGORIES = table(silver_rows.CATEGORIES, "categories")
PERIODS = table(silver_rows.PERIODS, "periods")
MONTHLY = rollups.transactions_monthly(SILVER, "America/Sao_Paulo")
BY_PRODUCT = rollups.transactions_by_product_monthly(SILVER)
CUSTOMERS = customer_360(
    made(MONTHLY, "monthly"),
    made(BY_PRODUCT, "by_product"),
    CATEGORIES,
    PERIODS,
    category_columns(["Eletrônicos", "Moda", "Outros"]),
    "Outros",
)
EVENTS = outlying_events(SILVER, made(lines_of_a_size(SILVER), "undone"), Outliers(), "America/Sao_Paulo")
EXPRESSIONS = {
    "transactions_monthly": MONTHLY,
    "transactions_by_product_monthly": BY_PRODUCT,
    "transactions_by_category_monthly": rollups.transactions_by_category_monthly(made(BY_PRODUCT, "sold"), CATEGORIES),
    "products_monthly": rollups.products_monthly(SILVER),
    "coverage_monthly": rollups.coverage_monthly(SILVER),
    "customer_360": CUSTOMERS,
    "feature_matrix": feature_matrix(made(CUSTOMERS, "customers")),
    "flags": with_flags(made(CUSTOMERS, "customers"), made(EVENTS, "outliers")),
}
STEPS = {
    "lines of a size": lines_of_a_size(SILVER),
    "reversals": reversals(made(lines_of_a_size(SILVER), "undone"), "America/Sao_Paulo"),
    "outlying events": EVENTS,
    "measured buyers": measured_buyers(made(MONTHLY, "monthly"), PERIODS),
}
"""What is no table of its own, and so in no order."""

SUBSCRIBERS = {f"subscribers: {name}": expression for name, expression in {**GOLD, **OTHERS}.items()}
ALL = {**EXPRESSIONS, **STEPS, **SUBSCRIBERS}


@pytest.mark.parametrize("name", ALL)
def test_every_expression_compiles_for_duckdb_and_for_spark(name):
    for dialect, statement in statements(ALL[name]).items():
        assert "SELECT" in statement, dialect


@pytest.mark.parametrize("name", ALL)
def test_no_expression_takes_a_row_by_chance(name):
    for statement in statements(ALL[name]).values():
        assert not re.search(r"\b(FIRST|ANY_VALUE|ARBITRARY)\(", statement)


@pytest.mark.parametrize("name", ALL)
def test_the_types_that_duckdb_makes_are_those_of_the_expression(backend, name):
    expression = ALL[name]
    read = [node.to_expr() for node in expression.op().find(ops.UnboundTable)]
    for each in read:
        backend.con.register(each.get_name(), each.schema().to_pyarrow().empty_table())
    made = backend.con.sql(backend.to_sql(expression)).types
    for each in read:
        backend.con.unregister(each.get_name())
    kinds = [_kind(DuckDBType.from_string(str(kind))) for kind in made]
    found = dict(zip(expression.columns, kinds, strict=True))
    assert found == {column: _kind(kind) for column, kind in expression.schema().items()}


def _kind(kind):
    # Sums of integers are of 128 bits in DuckDB, which Arrow knows as decimals; the lake writes what Ibis promises.
    kind = dt.int64 if kind == dt.Decimal(38, 0) else kind
    return dt.Timestamp(timezone="UTC") if kind.is_timestamp() else kind.copy(nullable=True)


def order_of(expression):
    last = [line.strip() for line in statements(expression)["duckdb"].rsplit("ORDER BY", 1)[1].splitlines()]
    return [line.split()[0].split(".")[-1].strip('"') for line in last if line]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_is_ordered_by_its_grain_months_first(name):
    grain = {"coverage_monthly": ["month"], "products_monthly": ["month", "product_id", "description"]}
    item = next((kind for kind in ("product", "category") if f"_by_{kind}_" in name), None)
    items = {"product": ["product_id"], "category": ["category"], None: []}[item]
    assert order_of(EXPRESSIONS[name]) == grain.get(name, ["month", "customer_id", *items])


@pytest.mark.parametrize("name", [*ROLLUPS, "customer_360", "feature_matrix"])
def test_every_gold_table_of_listed_customers_is_ordered_by_its_grain_months_first(name):
    rest = {
        "items_owned": ["item_id"],
        "subscriptions_monthly": ["product"],
        "tickets_monthly": ["priority", "closed_in"],
        "surveys_monthly": ["kind"],
        "survey_aspects_monthly": ["aspect"],
        "usage_daily": ["day"],
        "usage_modules_monthly": ["module_id"],
        "app_events_monthly": ["kind"],
        "presence_daily": ["day"],
    }
    of_others = {"staff_devices": ["device_id"], "footfall_daily": ["day", "hour", "zone_id"]}
    grain = of_others.get(name, ["customer_id", *rest.get(name, [])])
    assert order_of(GOLD[name]) == ["month", *grain]
