"""Every expression from silver to the feature matrix compiles for DuckDB and for Spark."""

import ibis
import pytest

from arcana_assets.transforms import rollups
from arcana_assets.transforms.customer_360 import category_columns, customer_360
from arcana_assets.transforms.features import feature_matrix
from arcana_assets_tests.transforms import silver_rows
from arcana_assets_tests.transforms.dialects import statements


def table(schema, name):
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


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
EXPRESSIONS = {
    "transactions_monthly": MONTHLY,
    "transactions_by_product_monthly": BY_PRODUCT,
    "transactions_by_category_monthly": rollups.transactions_by_category_monthly(made(BY_PRODUCT, "sold"), CATEGORIES),
    "products_monthly": rollups.products_monthly(SILVER),
    "coverage_monthly": rollups.coverage_monthly(SILVER),
    "customer_360": CUSTOMERS,
    "feature_matrix": feature_matrix(made(CUSTOMERS, "customers")),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_compiles_for_duckdb_and_for_spark(name):
    for dialect, statement in statements(EXPRESSIONS[name]).items():
        assert "SELECT" in statement, dialect


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_is_ordered_by_its_grain_months_first(name):
    last = [line.strip() for line in statements(EXPRESSIONS[name])["duckdb"].rsplit("ORDER BY", 1)[1].splitlines()]
    keys = [line.split()[0].split(".")[-1].strip('"') for line in last if line]
    grain = {"coverage_monthly": ["month"], "products_monthly": ["month", "product_id", "description"]}
    item = next((kind for kind in ("product", "category") if f"_by_{kind}_" in name), None)
    items = {"product": ["product_id"], "category": ["category"], None: []}[item]
    assert keys == grain.get(name, ["month", "customer_id", *items])
