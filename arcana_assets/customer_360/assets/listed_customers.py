"""Rollups to customer 360 of a company with a master, and customer 360 to the feature matrix.

Belongs here: which tables feed which facet, over which months. Does not belong here: what is computed (`transforms`),
the rollups themselves (`facets`).
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.periods import periods
from arcana_assets.customer_360.features import counted_values, indicators, item_indicators, listed_features, with_items
from arcana_assets.customer_360.listed.contracts import contracts, items_owned
from arcana_assets.customer_360.listed.customers import listed_customers
from arcana_assets.customer_360.listed.proposals import proposals, purchases
from arcana_assets.customer_360.listed.subscriptions import subscriptions
from arcana_assets.customer_360.listed.surveys import surveys
from arcana_assets.customer_360.listed.tickets import tickets
from arcana_assets.customer_360.listed.usage import usage
from arcana_assets.customer_360.tables import ITEMS_OWNED
from arcana_assets.customer_360.tables import customer_360 as customer_360_table
from arcana_assets.customer_360.tables import feature_matrix as feature_matrix_table
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.registry import ENCODED
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

ONE_ROW = "one_row_a_customer"
YEAR = 12  # months that growth looks back

ROLLUPS = {
    "proposals": ("proposals_monthly",),
    "tickets": ("tickets_monthly",),
    "surveys": ("surveys_monthly", "survey_aspects_monthly"),
    "usage": ("usage_daily", "usage_modules_monthly"),
}
"""The rollups that a facet looks back over."""


def listed_customer_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Customer 360, its features, and what customers own."""
    return [_customer_360(spec), _feature_matrix(spec), *([_items(spec)] if "contracts" in spec.domain.facets else [])]


def _inputs(spec: DomainSpec) -> dict[str, dg.AssetIn]:
    domain, back = spec.domain, spec.domain.lookback_months - 1
    ins = {"master": dg.AssetIn(spec.key("gold", "customers"))}
    for facet in domain.facets:
        for table in ROLLUPS.get(facet, ()):
            ins[table] = with_history(spec.key("gold", table), back)
    for facet in ("contracts", "purchases"):
        ins |= {f"{facet}_{name}": asset for name, asset in spec.silvers(facet).items()}
    yearly = spec.silvers("subscriptions", dated=False)
    ins |= {f"subscriptions_{name}": asset for name, asset in yearly.items()}
    if any(source.dated for source in domain.sources_of("subscriptions")):
        ins["subscriptions_monthly"] = with_history(spec.key("gold", "subscriptions_monthly"), max(back, YEAR))
    return ins


def _facets(domain: CustomerDomain, tables: Mapping[str, ir.Table], months: ir.Table) -> dict[str, ir.Table]:
    """The facets of the domain but the profile, in order."""

    def silver(facet: str) -> ir.Table | None:
        of = {name: table for name, table in tables.items() if name.startswith(f"{facet}_of_")}
        return together(of) if of else None

    def made(facet: str) -> ir.Table:
        match facet:
            case "contracts":
                table = silver(facet)
                assert table is not None
                return contracts(table, months, domain.items.of, domain.items.same, domain.items.group_of)
            case "subscriptions":
                return subscriptions(tables.get("subscriptions_monthly"), silver(facet), months)
            case "proposals":
                return proposals(tables["proposals_monthly"], months)
            case "purchases":
                table = silver(facet)
                assert table is not None
                return purchases(table, months)
            case "tickets":
                return tickets(tables["tickets_monthly"], months, domain.support.urgent)
            case "surveys":
                return surveys(tables["surveys_monthly"], tables["survey_aspects_monthly"], months)
        return usage(tables["usage_daily"], tables["usage_modules_monthly"], months, domain.usage.an_hour)

    return {facet: made(facet) for facet in domain.facets if facet != "customers"}


def _customer_360(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customer_360")

    @table_asset(
        spec,
        "customer_360",
        {"customers": customer_360_table(domain.facets)},
        ins=_inputs(spec),
        checks=[
            dg.AssetCheckSpec(
                ONE_ROW, asset=key, blocking=True, description="Joining never changes the number of customers"
            )
        ],
    )
    def customers(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, master: ir.Table, **tables: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        months = list(run.months)
        with failures(), ExitStack() as kept:
            facets = _facets(domain, tables, ibis.memtable(periods(run)))
            # Each facet by itself: one query of all of them takes the engine longer to plan than to run.
            computed = {name: kept.enter_context(engine.cache(facet)) for name, facet in facets.items()}
            yield dg.Output(listed_customers(master, computed), "customers")
        with failures():
            listed = lake.rows(spec.key("gold", "customers").path, months)
            rows = lake.rows(key.path, months)
            table = lake.read(key.path, months, engine)
            distinct = engine.backend.execute(table.select("customer_id", "month").distinct().count())
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ONE_ROW,
            passed=rows == distinct == listed,
            description=f"{listed} customers in the master, {rows} rows of {distinct} customers "
            "(customers counted once a month)",
            metadata={"master": listed, "rows": rows, "customers": int(distinct)},
        )

    return customers


def _feature_matrix(spec: DomainSpec) -> dg.AssetsDefinition:
    owned = {"owned": dg.AssetIn(spec.key("gold", "items_owned"))} if "contracts" in spec.domain.facets else {}

    @table_asset(
        spec,
        "feature_matrix",
        {"features": feature_matrix_table(spec.domain.facets)},
        ins={"customers": dg.AssetIn(spec.key("gold", "customer_360")), **owned},
    )
    def features(engine: Engine, customers: ir.Table, **tables: ir.Table) -> ir.Table:
        def counted(table: ir.Table) -> list[tuple[Any, ...]]:
            return [tuple(row.values()) for row in engine.backend.to_pyarrow(table).to_pylist()]

        with failures():
            blocks = {name: indicators(name, counted(counted_values(customers, name))) for name in ENCODED}
            matrix = listed_features(customers, spec.domain.facets, blocks)
            if "owned" not in tables:
                return matrix
            owned = tables["owned"]
            owners = counted(owned.group_by("month", "item_id").agg(owners=owned.count()))
            listed = dict(counted(customers.group_by("month").agg(customers=customers.count())))
            return with_items(matrix, owned, item_indicators(owners, listed))

    return features


def _items(spec: DomainSpec) -> dg.AssetsDefinition:
    domain = spec.domain

    @table_asset(spec, "items_owned", {"owned": ITEMS_OWNED}, ins=spec.silvers("contracts"))
    def owned(context: dg.AssetExecutionContext, **sources: ir.Table) -> ir.Table:
        months = ibis.memtable(periods(Run.of(context, domain)))
        items = domain.items
        return items_owned(together(sources), months, items.of, items.same, items.group_of)

    return owned
