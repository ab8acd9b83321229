"""Silver to gold for customers of a master: the rollups of each facet by month.

Belongs here: which sources feed which tables, and that every row of silver is counted once. Does not belong here: which
facets there are and what is computed (`listed`), what is known of a customer over months (`listed_customers`).
"""

from contextlib import ExitStack

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.checks import adds_up, adds_up_spec
from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.assets.waiting import waiting, waiting_spec
from arcana_assets.customer_360.computation import Computation
from arcana_assets.customer_360.identities import folded
from arcana_assets.customer_360.listed.registry import computations_of
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake


def listed_rollup_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables between silver and the facets of a domain."""
    return [_rollups(spec, made) for made in computations_of(spec.domain) if made.summed(spec.domain)]


def _rollups(spec: DomainSpec, made: Computation) -> dg.AssetsDefinition:
    domain, undated, counted = spec.domain, made.undated(spec.domain), made.counted
    dated = [source for source in made.summed(domain) if source.by_month]
    others = domain.sources_of(made.dated_by.entity) if made.dated_by and undated else []
    key = spec.key_of(counted.table)

    @table_asset(
        spec,
        f"{made.entity}_rollups",
        {table.name: table for table in made.rollups},
        ins={
            **silver_ins(spec, dated),
            **silver_ins(spec, undated, months_back=1),
            **silver_ins(spec, others, months_back=domain.lookback_months),
            **identity_ins(spec),
        },
        checks=[adds_up_spec(key), *([waiting_spec(key, made)] if undated else [])],
        by_month=[] if undated else [table.name for table in made.rollups],
        on_events=True,
    )
    def rollups(
        context: dg.AssetExecutionContext, lake: Lake, events: dg.ResourceParam[EventEngine], **inputs: ir.Table
    ) -> Events:
        run = Run.of(context, domain)
        silver = [silver_rows(inputs, sources) for sources in (dated, undated, others)]
        silver = [None if rows is None else folded(rows, inputs.get(IDENTITIES)) for rows in silver]
        with ExitStack() as kept:
            rows = made.rows(*silver)
            if undated:
                # Joined once, not once for each table and month: 3 s where it took 19.
                rows = kept.enter_context(events.cache(rows.filter(rows.month.isin(list(run.months)))))
            for table, make in made.rollups.items():
                yield dg.Output(make(rows, domain), table.name)
            expected = events.value(made.expected(silver[0], silver[1], silver[2], run.months)) or 0
            yield adds_up(key, counted.column, expected, run, lake, events)
            if undated:
                yield waiting(spec, made, inputs, run, lake, events)

    return rollups
