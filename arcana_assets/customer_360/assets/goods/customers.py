"""Rollups to customer 360, and customer 360 to the feature matrix.

Belongs here: which tables feed them, over which months. Does not belong here: what is computed (`goods`, `features`),
the rollups themselves (`goods.rollups`).
"""

from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360 import tables
from arcana_assets.customer_360.assets.checks import one_row, one_row_spec
from arcana_assets.customer_360.assets.outliers import nobody_leaves, nobody_leaves_spec
from arcana_assets.customer_360.features import counted_values, feature_matrix, indicators
from arcana_assets.customer_360.goods.customers import category_columns, customer_360, with_wrong_shares
from arcana_assets.customer_360.goods.tables import (
    PRODUCT_CATEGORIES,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_MONTHLY,
)
from arcana_assets.customer_360.listed.registered import with_registered
from arcana_assets.customer_360.outliers.flags import with_flags
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.customer_360.periods import in_lookback, periods_of
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.domain.facets.registry import ENCODED_REGISTERED
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake

_SHARES = "shares_add_up"


def customer_360_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Customer 360 and its features."""
    return [_customer_360(spec), _feature_matrix(spec)]


def _customer_360(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customer_360")

    @table_asset(
        spec,
        "customer_360",
        {"customers": tables.customer_360(domain.facets)},
        ins={
            "monthly": with_history(spec.key_of(TRANSACTIONS_MONTHLY)),
            "by_product": with_history(spec.key_of(TRANSACTIONS_BY_PRODUCT_MONTHLY), domain.lookback_months - 1),
            "categories": dg.AssetIn(spec.key_of(PRODUCT_CATEGORIES)),
            "outliers": dg.AssetIn(spec.key_of(OUTLIERS)),
            **(spec.silvers("customers") if REGISTERED.name in domain.facets else {}),
        },
        checks=[
            one_row_spec(key, "Joining never changes the number of customers"),
            nobody_leaves_spec(key),
            dg.AssetCheckSpec(
                _SHARES,
                asset=key,
                blocking=True,
                description="The shares of each customer add up to 1, or are absent together",
            ),
        ],
        on_events=True,
    )
    def customers(
        context: dg.AssetExecutionContext,
        lake: Lake,
        events: dg.ResourceParam[EventEngine],
        monthly: ir.Table,
        by_product: ir.Table,
        categories: ir.Table,
        outliers: ir.Table,
        **silvers: ir.Table,
    ) -> Events:
        run, other = Run.of(context, domain), domain.families.other
        known = events.small(categories.select("category").distinct()).column("category").to_pylist()
        periods = periods_of(run.as_of_days, domain)
        columns = category_columns([*known, other])
        tell_standing(context, key, run)
        known_of = customer_360(monthly, by_product, categories, periods, columns, other)
        if silvers:
            known_of = with_registered(known_of, together(silvers), domain.regions)
        yield dg.Output(with_flags(known_of, outliers), "customers")
        inside = in_lookback(monthly.select("customer_id", "month"), periods)
        bought = events.value(inside.select("customer_id", "month").distinct().count())
        yield one_row(key, bought, "the rollups", run, lake)
        yield nobody_leaves(key, bought, outliers, run, lake, events)
        yield _shares(key, lake.read(key.path, list(run.months), events), events)

    return customers


def _shares(key: dg.AssetKey, customers: ir.Table, engine: EventEngine) -> dg.AssetCheckResult:
    wrong = engine.small(with_wrong_shares(customers)).to_pylist()
    first = f", the first in {min(row['month'] for row in wrong):%Y-%m}" if wrong else ""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=_SHARES,
        passed=not wrong,
        description=f"{len(wrong)} rows have shares that do not add up to 1{first}",
        metadata={"rows": len(wrong)},
    )


def _feature_matrix(spec: DomainSpec) -> dg.AssetsDefinition:
    @table_asset(
        spec,
        "feature_matrix",
        {"features": tables.feature_matrix(spec.domain.facets)},
        ins={"customers": dg.AssetIn(spec.key("gold", "customer_360"))},
        on_events=True,
    )
    def features(events: dg.ResourceParam[EventEngine], customers: ir.Table) -> ir.Table:
        def counted(table: ir.Table) -> list[tuple[Any, ...]]:
            return [tuple(row.values()) for row in events.small(table).to_pylist()]

        encoded = ENCODED_REGISTERED if REGISTERED.name in spec.domain.facets else ()
        blocks = {name: indicators(name, counted(counted_values(customers, name))) for name in encoded}
        return feature_matrix(customers, blocks)

    return features
