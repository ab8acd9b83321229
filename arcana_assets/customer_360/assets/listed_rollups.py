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
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together
from arcana_assets.graph.io_manager import BY_MONTH
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake

MONTH_BY_MONTH: dict[str, Any] = {BY_MONTH: True}


class Rollup(NamedTuple):
    """The rollups of an entity: their tables, and the count in one of them that is the number of rows of silver."""

    tables: Mapping[str, tuple[str, Callable[[ir.Table], ir.Table]]]
    counts: tuple[str, str]


def facet_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The master, its coverage and the rollups of all facets that the domain has."""
    domain = spec.domain
    rollups = {
        "proposals": Rollup(
            {"proposals_monthly": ("Proposals of each customer in each month.", proposals.proposals_monthly)},
            ("proposals_monthly", "items"),
        ),
        "tickets": Rollup(
            {
                "tickets_monthly": (
                    "Tickets of each customer by month of opening, priority and month of closing.",
                    lambda silver: tickets.tickets_monthly(silver, domain.timezone, domain.support.sla_hours),
                )
            },
            ("tickets_monthly", "tickets"),
        ),
        "usage": Rollup(
            {
                "usage_daily": (
                    "Sessions of each customer on each day.",
                    lambda silver: usage.usage_daily(
                        silver, domain.timezone, domain.usage.longest_hours * domain.usage.an_hour
                    ),
                ),
                "usage_modules_monthly": (
                    "Sessions of each customer by module, in each month.",
                    usage.usage_modules_monthly,
                ),
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

    @dg.multi_asset(
        name=f"{domain.name}_{entity}_rollups",
        ins=spec.silvers(entity),
        outs={name: spec.out("gold", name, words, **MONTH_BY_MONTH) for name, (words, _) in rollup.tables.items()},
        check_specs=[adds_up_spec(spec, counted)],
        **spec.options,
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        silver = together(sources)
        for name, (_, make) in rollup.tables.items():
            yield dg.Output(make(silver), name)
        run = Run.of(context, domain)
        with failures():
            expected = sum(
                lake.rows(spec.key("silver", each.name).path, list(run.months)) for each in domain.sources_of(entity)
            )
        yield adds_up(spec, counted, column, expected, run, lake, engine)

    return rollups


def _subscriptions(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, name = spec.domain, "subscriptions_monthly"

    @dg.multi_asset(
        name=f"{domain.name}_subscriptions_rollups",
        ins=spec.silvers("subscriptions", dated=True),
        outs={name: spec.out("gold", name, "Recurring revenue of each customer by product, in each month.")},
        check_specs=[adds_up_spec(spec, name)],
        **spec.options,
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        silver = together(sources)
        yield dg.Output(subscriptions.subscriptions_monthly(silver), name)
        with failures():
            expected = engine.backend.execute(silver.mrr.sum()) or 0
        yield adds_up(spec, name, "mrr", expected, Run.of(context, domain), lake, engine)

    return rollups
