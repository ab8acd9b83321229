"""Silver to gold, month by month: rollups by customer, by product and by category, and the product categories.

Belongs here: which table feeds which, over which months. Does not belong here: what is computed (`transforms`, `ml`),
what is known of a customer over months (`customer_360`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.adding_up import ADDS_UP
from arcana_assets.customer_360.assets.periods import periods
from arcana_assets.customer_360.assets.product_categories import _categories
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.tables import (
    ITEMS_OWNED,
    PRODUCTS_MONTHLY,
    TRANSACTIONS_BY_CATEGORY_MONTHLY,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_COVERAGE,
    TRANSACTIONS_MONTHLY,
)
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

TOTALS = ("rows", "rows_without_customer", "net", "net_without_customer")


def rollup_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Rollups by customer, by product and by category, and the product categories between them."""
    return [_rollups(spec), _categories(spec), _by_category(spec), _items(spec)]


def _rollups(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, coverage = spec.domain, spec.key("gold", "transactions_coverage")

    @table_asset(
        spec,
        "rollups",
        {
            "monthly": TRANSACTIONS_MONTHLY,
            "by_product": TRANSACTIONS_BY_PRODUCT_MONTHLY,
            "products": PRODUCTS_MONTHLY,
            "coverage": TRANSACTIONS_COVERAGE,
        },
        ins=spec.silvers("transactions"),
        checks=[
            dg.AssetCheckSpec(
                ADDS_UP,
                asset=coverage,
                blocking=True,
                description="Value by customer + value without customer = value in silver",
            )
        ],
        by_month=["by_product"],
    )
    def rollup(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        transactions = together(sources)
        yield dg.Output(rollups.transactions_monthly(transactions, domain.timezone), "monthly")
        yield dg.Output(rollups.transactions_by_product_monthly(transactions), "by_product")
        yield dg.Output(rollups.products_monthly(transactions), "products")
        with failures():
            covered = rollups.coverage_monthly(transactions)
            totals = engine.backend.to_pyarrow(
                covered.agg([covered[name].sum().name(name) for name in TOTALS])
            ).to_pylist()[0]
        yield dg.Output(covered, "coverage", metadata={name: float(value or 0) for name, value in totals.items()})
        with failures():
            by_customer = lake.read(
                spec.key("gold", "transactions_monthly").path, list(Run.of(context, domain).months), engine
            )
            kept = engine.backend.execute(by_customer.net.sum()) or 0
        found = (totals["net"] or 0) - (totals["net_without_customer"] or 0)
        yield dg.AssetCheckResult(
            asset_key=coverage,
            check_name=ADDS_UP,
            passed=kept == found,
            description=f"{kept} by customer + {totals['net_without_customer'] or 0} without customer "
            f"= {totals['net'] or 0} in silver",
            metadata={
                "by_customer": float(kept),
                "without_customer": float(totals["net_without_customer"] or 0),
                "silver": float(totals["net"] or 0),
            },
        )

    return rollup


def _by_category(spec: DomainSpec) -> dg.AssetsDefinition:
    @table_asset(
        spec,
        "transactions_by_category",
        {"by_category": TRANSACTIONS_BY_CATEGORY_MONTHLY},
        ins={
            "by_product": dg.AssetIn(spec.key("gold", "transactions_by_product_monthly")),
            "categories": dg.AssetIn(spec.key("gold", "product_categories")),
        },
    )
    def by_category(by_product: ir.Table, categories: ir.Table) -> ir.Table:
        return rollups.transactions_by_category_monthly(by_product, categories)

    return by_category


def _items(spec: DomainSpec) -> dg.AssetsDefinition:
    domain = spec.domain

    @table_asset(
        spec,
        "items_owned",
        {"owned": ITEMS_OWNED},
        ins={
            "by_product": with_history(spec.key("gold", "transactions_by_product_monthly")),
            "categories": dg.AssetIn(spec.key("gold", "product_categories")),
        },
        by_month=["owned"],
    )
    def owned(context: dg.AssetExecutionContext, by_product: ir.Table, categories: ir.Table) -> ir.Table:
        months = ibis.memtable(periods(Run.of(context, domain)))
        return rollups.items_owned(by_product, categories, months, domain.items.group_of)

    return owned
