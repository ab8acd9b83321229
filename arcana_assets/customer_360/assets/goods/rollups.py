"""Silver to gold, month by month: rollups by customer, by product and by category, and items owned.

Belongs here: which table feeds which, over which months. Does not belong here: what is computed (`goods`), what is
known of a customer over months (`goods.customers`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.checks import ADDS_UP
from arcana_assets.customer_360.assets.goods.categories import categories_asset
from arcana_assets.customer_360.assets.identities import identity_ins, under_customers
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.reversals import lines_of_a_size, with_reversals
from arcana_assets.customer_360.goods.tables import (
    PRODUCT_CATEGORIES,
    PRODUCTS_MONTHLY,
    TRANSACTIONS_BY_CATEGORY_MONTHLY,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_COVERAGE,
    TRANSACTIONS_MONTHLY,
)
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.checks import plotted
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake

_TOTALS = ("rows", "rows_without_customer", "net", "net_without_customer")


def rollup_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Rollups by customer, by product and by category, and the product categories between them."""
    return [_rollups(spec), categories_asset(spec), _by_category(spec)]


def _rollups(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, coverage = spec.domain, spec.key_of(TRANSACTIONS_COVERAGE)
    words = "Value by customer + value without customer = value in silver"

    @table_asset(
        spec,
        "rollups",
        {
            "monthly": TRANSACTIONS_MONTHLY,
            "by_product": TRANSACTIONS_BY_PRODUCT_MONTHLY,
            "products": PRODUCTS_MONTHLY,
            "coverage": TRANSACTIONS_COVERAGE,
        },
        ins={**spec.silvers("transactions"), **identity_ins(spec)},
        checks=[dg.AssetCheckSpec(ADDS_UP, asset=coverage, blocking=True, description=words)],
        by_month=["by_product"],
        on_events=True,
    )
    def rollup(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        lines = together({name: inputs[name] for name in spec.silvers("transactions")})
        silver = under_customers("transactions", lines, inputs)
        with events.cache(lines_of_a_size(silver)) as undone:  # few lines, which three of the tables ask for
            transactions = with_reversals(silver, undone)
            yield dg.Output(rollups.transactions_monthly(transactions, domain.timezone), "monthly")
            yield dg.Output(rollups.transactions_by_product_monthly(transactions), "by_product")
            yield dg.Output(rollups.products_monthly(silver), "products")
            covered = rollups.coverage_monthly(transactions)
            sums = covered.group_by("month").agg([covered[name].sum().fill_null(0).name(name) for name in _TOTALS])
            found = {row.pop("month"): row for row in events.small(sums).to_pylist()}
            months = list(Run.of(context, domain).months)
            of = {month: found.get(month, dict.fromkeys(_TOTALS, 0)) for month in months}
            plotted(context, coverage, {m: {name: float(n) for name, n in each.items()} for m, each in of.items()})
            totals = {name: sum(each[name] for each in of.values()) for name in _TOTALS}
            yield dg.Output(covered, "coverage")
            by_customer = lake.read(spec.key_of(TRANSACTIONS_MONTHLY).path, months, events)
            yield _adds_up(coverage, events.value(by_customer.net.sum()) or 0, totals)

    return rollup


def _adds_up(key: dg.AssetKey, by_customer: Decimal | int, totals: Mapping[str, Any]) -> dg.AssetCheckResult:
    """Whether no amount was lost between silver and the rollup by customer."""
    silver, without = totals["net"], totals["net_without_customer"]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ADDS_UP,
        passed=by_customer == silver - without,
        description=f"{by_customer} by customer + {without} without customer = {silver} in silver",
        metadata={"by_customer": float(by_customer), "without_customer": float(without), "silver": float(silver)},
    )


def _by_category(spec: DomainSpec) -> dg.AssetsDefinition:
    @table_asset(
        spec,
        "transactions_by_category",
        {"by_category": TRANSACTIONS_BY_CATEGORY_MONTHLY},
        ins={
            "by_product": dg.AssetIn(spec.key_of(TRANSACTIONS_BY_PRODUCT_MONTHLY)),
            "categories": dg.AssetIn(spec.key_of(PRODUCT_CATEGORIES)),
        },
        on_events=True,
    )
    def by_category(by_product: ir.Table, categories: ir.Table) -> ir.Table:
        return rollups.transactions_by_category_monthly(by_product, categories)

    return by_category
