"""Rollups to customer 360, and customer 360 to the feature matrix.

Belongs here: which tables feed them, over which months, as of which day. Does not belong here: what is computed
(`transforms`), the rollups themselves (`rollups`).
"""

import functools
import operator
from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.periods import periods
from arcana_assets.customer_360.features import feature_matrix
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.customer_360.tables import customer_360 as customer_360_table
from arcana_assets.customer_360.tables import feature_matrix as feature_matrix_table
from arcana_assets.domain.facets.features import SHARE
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

ONE_ROW, SHARES = "one_row_a_customer", "shares_add_up"
TOLERANCE = 1e-9  # of the sum of shares, which are floating-point numbers


def customer_360_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Customer 360 and its features."""
    return [_customer_360(spec), _feature_matrix(spec)]


def _customer_360(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customer_360")

    @table_asset(
        spec,
        "customer_360",
        {"customers": customer_360_table(domain.facets)},
        ins={
            "monthly": with_history(spec.key("gold", "transactions_monthly")),
            "by_product": with_history(spec.key("gold", "transactions_by_product_monthly"), domain.lookback_months - 1),
            "categories": dg.AssetIn(spec.key("gold", "product_categories")),
        },
        checks=[
            dg.AssetCheckSpec(
                ONE_ROW, asset=key, blocking=True, description="Joining never changes the number of customers"
            ),
            dg.AssetCheckSpec(
                SHARES,
                asset=key,
                blocking=True,
                description="The shares of each customer add up to 1, or are absent together",
            ),
        ],
    )
    def customers(
        context: dg.AssetExecutionContext,
        lake: Lake,
        engine: Engine,
        monthly: ir.Table,
        by_product: ir.Table,
        categories: ir.Table,
    ) -> Iterator[Any]:
        run, other = Run.of(context, domain), domain.families.other
        with failures():
            known = engine.backend.to_pyarrow(categories.select("category").distinct()).column("category").to_pylist()
            computed = ibis.memtable(periods(run))
            columns = category_columns([*known, other])
            yield dg.Output(customer_360(monthly, by_product, categories, computed, columns, other), "customers")
            expected = _customers_in_lookback(monthly, computed, engine)
            kept = lake.read(key.path, list(run.months), engine)
            rows, distinct = (
                lake.rows(key.path, list(run.months)),
                engine.backend.execute(kept.select("customer_id", "month").distinct().count()),
            )
            wrong = _with_wrong_shares(kept, engine)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ONE_ROW,
            passed=rows == distinct == expected,
            description=f"{expected} customers in the rollups, {rows} rows of {distinct} customers "
            "(customers counted once a month)",
            metadata={"customers_in_rollups": expected, "rows": rows, "customers": int(distinct)},
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=SHARES,
            passed=not wrong,
            description=f"{len(wrong)} of {rows} rows have shares that do not add up to 1"
            + (f", the first of customer {wrong[0]['customer_id']} in {wrong[0]['month']:%Y-%m}" if wrong else ""),
            metadata={"rows": len(wrong)},
        )

    return customers


def _customers_in_lookback(monthly: ir.Table, periods: ir.Table, engine: Engine) -> int:
    events = monthly.select("customer_id", event="month")
    inside = events.join(periods, [events.event <= periods.month, events.event >= periods.window_start])
    return int(engine.backend.execute(inside.select("customer_id", "month").distinct().count()))


def _with_wrong_shares(customers: ir.Table, engine: Engine) -> list[dict[str, Any]]:
    """Customer and month of each row whose shares are known in part, or add up to another number than 1."""
    names = [name for name in customers.columns if name.startswith(SHARE)]
    bought = customers.filter(ibis.or_(*(customers[name].notnull() for name in names)))
    total = functools.reduce(operator.add, (bought[name].fill_null(0.0) for name in names))
    wrong = bought.filter((total - 1).abs() > TOLERANCE).select("customer_id", "month")
    return engine.backend.to_pyarrow(wrong.order_by("month", "customer_id")).to_pylist()


def _feature_matrix(spec: DomainSpec) -> dg.AssetsDefinition:
    @table_asset(
        spec,
        "feature_matrix",
        {"features": feature_matrix_table(spec.domain.facets)},
        ins={"customers": dg.AssetIn(spec.key("gold", "customer_360"))},
    )
    def features(customers: ir.Table) -> ir.Table:
        return feature_matrix(customers)

    return features
