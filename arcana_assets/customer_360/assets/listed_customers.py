"""Rollups to customer 360 of a company with a master, and customer 360 to the feature matrix.

Belongs here: which tables feed them, over which months. Does not belong here: which facets there are and what is
computed (`listed`, `features`), the rollups themselves (`listed_rollups`).
"""

from contextlib import ExitStack
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.checks import one_row, one_row_spec
from arcana_assets.customer_360.assets.consent import consent_specs, consented
from arcana_assets.customer_360.assets.facets import facet_inputs, made_facet
from arcana_assets.customer_360.assets.outliers import nobody_leaves, nobody_leaves_spec
from arcana_assets.customer_360.consent import PROFILING
from arcana_assets.customer_360.features import (
    counted_values,
    indicators,
    item_indicators,
    listed_features,
    who_may_be_profiled,
    with_items,
)
from arcana_assets.customer_360.items import ITEMS_OWNED
from arcana_assets.customer_360.listed.customers import listed_customers
from arcana_assets.customer_360.listed.registry import computations_of
from arcana_assets.customer_360.outliers.flags import with_flags
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.customer_360.tables import customer_360, feature_matrix
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.commercial import CONSENT
from arcana_assets.domain.facets.registry import ENCODED, FACETS
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake


def listed_customer_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Customer 360 and its features."""
    return [_customer_360(spec), _feature_matrix(spec)]


def _customer_360(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customer_360")

    @table_asset(
        spec,
        "customer_360",
        {"customers": customer_360(domain.facets)},
        ins={
            "master": dg.AssetIn(spec.key("gold", "customers")),
            "outliers": dg.AssetIn(spec.key_of(OUTLIERS)),
            **facet_inputs(spec, computations_of(domain)),
        },
        checks=[
            one_row_spec(key, "Joining never changes the number of customers"),
            nobody_leaves_spec(key),
        ],
        on_events=True,
    )
    def customers(
        context: dg.AssetExecutionContext,
        lake: Lake,
        events: dg.ResourceParam[EventEngine],
        master: ir.Table,
        outliers: ir.Table,
        **inputs: ir.Table,
    ) -> Events:
        run = Run.of(context, domain)
        tell_standing(context, key, run)
        with ExitStack() as kept:
            facets = {made.entity: made_facet(made, domain, inputs, run.as_of_days) for made in computations_of(domain)}
            # Each facet by itself: one query of all of them takes the engine longer to plan than to run.
            computed = {name: kept.enter_context(events.cache(facet)) for name, facet in facets.items()}
            asked = CONSENT.name in domain.facets
            yield dg.Output(with_flags(listed_customers(master, computed, asked), outliers), "customers")
        listed = lake.rows(spec.key("gold", "customers").path, list(run.months))
        yield one_row(key, listed, "the master", run, lake)
        yield nobody_leaves(key, listed, outliers, run, lake, events)

    return customers


def _feature_matrix(spec: DomainSpec) -> dg.AssetsDefinition:
    key = spec.key("gold", "feature_matrix")
    has_items = any(FACETS[facet].owns_items for facet in spec.domain.facets)
    owned = {"owned": dg.AssetIn(spec.key_of(ITEMS_OWNED))} if has_items else {}

    @table_asset(
        spec,
        "feature_matrix",
        {"features": feature_matrix(spec.domain.facets)},
        ins={"customers": dg.AssetIn(spec.key("gold", "customer_360")), **owned},
        checks=consent_specs(spec, key, PROFILING),
        on_events=True,
    )
    def features(
        context: dg.AssetExecutionContext,
        lake: Lake,
        events: dg.ResourceParam[EventEngine],
        customers: ir.Table,
        **tables: ir.Table,
    ) -> Events:
        yield dg.Output(_features(spec.domain, events, who_may_be_profiled(customers), tables.get("owned")), "features")
        yield from consented(spec, key, PROFILING, Run.of(context, spec.domain), lake, events)

    return features


def _features(domain: CustomerDomain, engine: EventEngine, customers: ir.Table, owned: ir.Table | None) -> ir.Table:
    def counted(table: ir.Table) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in engine.small(table).to_pylist()]

    blocks = {name: indicators(name, counted(counted_values(customers, name))) for name in ENCODED}
    matrix = listed_features(customers, domain.facets, blocks)
    if owned is None:
        return matrix
    owned = owned.semi_join(customers, ["customer_id", "month"])
    owners = counted(owned.group_by("month", "item_id").agg(owners=owned.count()))
    listed = dict(counted(customers.group_by("month").agg(customers=customers.count())))
    return with_items(matrix, owned, item_indicators(owners, listed))
