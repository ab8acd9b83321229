"""Silver to gold for customers under contract: the rollups of each entity by month.

Belongs here: which table feeds which, and that every row of silver is counted once. Does not belong here: what is
computed (`transforms.facets`), what is known of a customer over months (`listed_customers`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.adding_up import adds_up, adds_up_spec
from arcana_assets.customer_360.assets.master import master_assets
from arcana_assets.customer_360.assets.survey_rollups import survey_rollups
from arcana_assets.customer_360.listed import proposals, subscriptions, tickets, usage
from arcana_assets.customer_360.tables import (
    PROPOSALS_MONTHLY,
    SUBSCRIPTIONS_MONTHLY,
    TICKETS_MONTHLY,
    USAGE_DAILY,
    USAGE_MODULES_MONTHLY,
)
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.tables.table import Table


class Rollup(NamedTuple):
    """The rollups of an entity: their tables, and the count in one of them that is the number of rows of silver."""

    tables: Mapping[Table, Callable[[ir.Table], ir.Table]]
    counts: tuple[str, str]


def facet_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The master, its coverage and the rollups of all facets that the domain has."""
    domain = spec.domain
    rollups = {
        "proposals": Rollup(
            {PROPOSALS_MONTHLY: proposals.proposals_monthly},
            ("proposals_monthly", "items"),
        ),
        "tickets": Rollup(
            {
                TICKETS_MONTHLY: lambda silver: tickets.tickets_monthly(
                    silver, domain.timezone, domain.support.sla_hours
                )
            },
            ("tickets_monthly", "tickets"),
        ),
        "usage": Rollup(
            {
                USAGE_DAILY: lambda silver: usage.usage_daily(
                    silver, domain.timezone, domain.usage.longest_hours * domain.usage.an_hour
                ),
                USAGE_MODULES_MONTHLY: usage.usage_modules_monthly,
            },
            ("usage_daily", "sessions"),
        ),
    }
    assets = master_assets(spec)
    assets += [_rollup(spec, entity, rollup) for entity, rollup in rollups.items() if entity in domain.facets]
    if any(source.dated for source in domain.sources_of("subscriptions")):
        assets.append(_subscriptions(spec))
    if "surveys" in domain.facets:
        assets.append(survey_rollups(spec))
    return assets


def _rollup(spec: DomainSpec, entity: str, rollup: Rollup) -> dg.AssetsDefinition:
    domain, (counted, column) = spec.domain, rollup.counts

    @table_asset(
        spec,
        f"{entity}_rollups",
        {table.name: table for table in rollup.tables},
        ins=spec.silvers(entity),
        checks=[adds_up_spec(spec, counted)],
        by_month=[table.name for table in rollup.tables],
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        silver = together(sources)
        for table, make in rollup.tables.items():
            yield dg.Output(make(silver), table.name)
        run = Run.of(context, domain)
        with failures():
            expected = sum(
                lake.rows(spec.key("silver", each.name).path, list(run.months)) for each in domain.sources_of(entity)
            )
        yield adds_up(spec, counted, column, expected, run, lake, engine)

    return rollups


def _subscriptions(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, name = spec.domain, "subscriptions_monthly"

    @table_asset(
        spec,
        "subscriptions_rollups",
        {name: SUBSCRIPTIONS_MONTHLY},
        ins=spec.silvers("subscriptions", dated=True),
        checks=[adds_up_spec(spec, name)],
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        silver = together(sources)
        yield dg.Output(subscriptions.subscriptions_monthly(silver), name)
        with failures():
            expected = engine.backend.execute(silver.mrr.sum()) or 0
        yield adds_up(spec, name, "mrr", expected, Run.of(context, domain), lake, engine)

    return rollups
