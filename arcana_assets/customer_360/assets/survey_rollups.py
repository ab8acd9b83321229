"""Silver surveys to their rollups; those without a date are dated through their ticket.

Belongs here: which tickets date which surveys, and which surveys wait for the month of their ticket. Does not belong
here: what is computed (`transforms.facets.surveys`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.adding_up import adds_up, adds_up_spec
from arcana_assets.customer_360.listed import surveys
from arcana_assets.customer_360.tables import SURVEY_ASPECTS_MONTHLY, SURVEYS_MONTHLY
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

WAITING = "no_surveys_waiting"


def survey_rollups(spec: DomainSpec) -> dg.AssetsDefinition:
    """The rollups by kind and by aspect."""
    domain, monthly, aspects = spec.domain, "surveys_monthly", "survey_aspects_monthly"
    by_ticket = [source for source in domain.sources_of("surveys") if not source.dated]
    waiting = "Every survey that is dated through a ticket is counted in the month of that ticket"

    @table_asset(
        spec,
        "surveys_rollups",
        {monthly: SURVEYS_MONTHLY, aspects: SURVEY_ASPECTS_MONTHLY},
        ins={
            **spec.silvers("surveys"),
            **({f"tickets_{name}": asset for name, asset in spec.silvers("tickets").items()} if by_ticket else {}),
        },
        checks=[
            adds_up_spec(spec, monthly),
            *([dg.AssetCheckSpec(WAITING, asset=spec.key("gold", monthly), description=waiting)] if by_ticket else []),
        ],
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            of_dates = [sources[f"of_{each.name}"] for each in domain.sources_of("surveys") if each.dated]
            of_tickets = [sources[f"of_{each.name}"] for each in by_ticket]
            opened = [table for name, table in sources.items() if name.startswith("tickets_")]
            dated = surveys.dated(_union(of_dates), _union(of_tickets), _union(opened))
            with engine.cache(dated) as answered:
                yield dg.Output(surveys.surveys_monthly(answered), monthly)
                yield dg.Output(surveys.survey_aspects_monthly(answered), aspects)
            # Counted in silver, not after the join, which could take a survey twice.
            expected = sum(
                lake.rows(spec.key("silver", each.name).path, list(run.months))
                for each in domain.sources_of("surveys")
                if each.dated
            )
            if by_ticket:
                known = together({str(place): table for place, table in enumerate(opened)})
                snapshot = together({str(place): table for place, table in enumerate(of_tickets)})
                expected += engine.backend.execute(snapshot.semi_join(known, ["month", "ticket_id"]).count())
            yield adds_up(spec, monthly, "answers", expected, run, lake, engine)
            if by_ticket:
                yield _waiting(spec, of_tickets, run, lake, engine)

    return rollups


def _union(tables: list[ir.Table]) -> ir.Table | None:
    return together({str(place): table for place, table in enumerate(tables)}) if tables else None


def _waiting(spec: DomainSpec, of_tickets: list[ir.Table], run: Run, lake: Lake, engine: Engine) -> dg.AssetCheckResult:
    """Surveys of the latest snapshot by the month of their ticket, against what the rollup of that month holds."""
    key, last = spec.key("gold", "surveys_monthly"), run.months[-1]
    begun = months_between(spec.domain.start, shifted(run.end, -1))
    silvers = [spec.key("silver", each.name).path for each in spec.domain.sources_of("tickets")]
    known = {path: lake.materialized_months(path, begun) for path in map(tuple, silvers)}
    tickets_ = _union([lake.read(path, months, engine) for path, months in known.items() if months])
    latest = _union(of_tickets)
    assert latest is not None
    assert tickets_ is not None
    latest = latest.filter(latest.month == ibis.literal(last))
    opened = tickets_.group_by("ticket_id").agg(opened_in=tickets_.month.min())
    found = latest.left_join(opened, "ticket_id")
    counts = engine.backend.to_pyarrow(found.group_by("opened_in").agg(surveys=found.count())).to_pylist()
    due = {row["opened_in"]: row["surveys"] for row in counts}
    unknown = due.pop(None, 0)
    months = lake.materialized_months(key.path, sorted(due))
    kinds = [source.constants.get("kind") for source in spec.domain.sources_of("surveys") if not source.dated]
    held: dict[Any, int] = {}
    if months:
        kept = lake.read(key.path, months, engine)
        kept = kept.filter(kept.kind.isin(kinds))
        rows = engine.backend.to_pyarrow(kept.group_by("month").agg(answers=kept.answers.sum())).to_pylist()
        held = {row["month"]: row["answers"] for row in rows}
    differing = [month for month in sorted(due) if due[month] != held.get(month, 0)]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=WAITING,
        passed=not differing and not unknown,
        severity=dg.AssetCheckSeverity.WARN,
        description=(f"refresh {', '.join(f'{month:%Y-%m}' for month in differing)}" if differing else "no month waits")
        + f"; {unknown} surveys belong to no known ticket, so they have no date",
        metadata={"without_ticket": unknown, "months": [f"{month:%Y-%m}" for month in differing]},
    )
