"""Silver to gold for customers under contract: the master, who is not in it, and the rollups of each entity by month.

Belongs here: which table feeds which, and that every row of silver is counted once. Does not belong here: what is
computed (`transforms.facets`), what is known of a customer over months (`listed_customers`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.assets.spec import DomainSpec, Run, together
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_io import BY_MONTH, failures
from arcana_assets.transforms.facets import master, proposals, subscriptions, surveys, tickets, usage

ADDS_UP, ONE_ROW, AGREE, KNOWN, WAITING = (
    "rollups_add_up",
    "one_row_a_customer",
    "statements_agree",
    "customers_are_listed",
    "no_surveys_waiting",
)
MOST_ORPHANS = 0.05  # of a source's rows in a run, before its coverage warns
MOST_CONTRADICTIONS = 0.05  # of the customers
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
    assets = [_master(spec), _coverage(spec)]
    assets += [_rollup(spec, entity, rollup) for entity, rollup in rollups.items() if entity in domain.facets]
    if any(source.dated for source in domain.sources_of("subscriptions")):
        assets.append(_subscriptions(spec))
    if "surveys" in domain.facets:
        assets.append(_surveys(spec))
    return assets


def _master(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customers")

    @dg.multi_asset(
        name=f"{domain.name}_customers",
        ins=spec.silvers("customers"),
        outs={
            "customers": spec.out(
                "gold", "customers", "The master: one row for each customer listed, as most rows about it say."
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                ONE_ROW, asset=key, blocking=True, description="Each customer that silver lists has one row"
            ),
            dg.AssetCheckSpec(
                AGREE,
                asset=key,
                description=f"Rows contradict each other about at most {MOST_CONTRADICTIONS:.0%} of the customers",
            ),
        ],
        **spec.options,
    )
    def customers(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        months = list(Run.of(context, domain).months)
        with failures():
            listing = together({each.name: sources[f"of_{each.name}"] for each in domain.listing})
            statements = master.of_listed(together(sources), listing)
            yield dg.Output(master.customers(statements, domain.regions), "customers")
            listed = engine.backend.execute(listing.select("customer_id", "month").distinct().count())
            kept = lake.read(key.path, months, engine)
            told = engine.backend.to_pyarrow(
                kept.agg(
                    customers=kept.select("customer_id", "month").distinct().count().as_scalar(),
                    contradicted=(kept.contradictions > 0).sum(),
                )
            ).to_pylist()[0]
            rows, contradicted = lake.rows(key.path, months), told["contradicted"] or 0
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ONE_ROW,
            passed=rows == listed == told["customers"],
            description=f"{listed} customers in silver, {rows} rows of {told['customers']} customers in the master "
            "(customers counted once a month)",
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=AGREE,
            passed=contradicted <= MOST_CONTRADICTIONS * max(rows, 1),
            severity=dg.AssetCheckSeverity.WARN,
            description=f"rows contradict each other about {contradicted} of {rows} customers; the value that most "
            "rows state was taken",
        )

    return customers


def _coverage(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "source_coverage")
    sources = {
        name: contract
        for name, contract in domain.sources.items()
        if contract not in domain.listing and "customer_id" in contract.schema_.names
    }

    @dg.multi_asset(
        name=f"{domain.name}_source_coverage",
        ins={
            "listed": dg.AssetIn(spec.key("gold", "customers")),
            **{f"of_{name}": dg.AssetIn(spec.key("silver", name)) for name in sources},
        },
        outs={
            "coverage": spec.out(
                "gold", "source_coverage", "How many customers each source knows, and how many the master does not."
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                KNOWN,
                asset=key,
                description=f"At most {MOST_ORPHANS:.0%} of the rows of each source are of customers not in the master",
            )
        ],
        **spec.options,
    )
    def coverage(
        context: dg.AssetExecutionContext, engine: Engine, listed: ir.Table, **silvers: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        months = ibis.memtable(pa.table({"month": pa.array(run.months, pa.date32())}))
        with failures():
            tables = [
                engine.backend.to_pyarrow(master.coverage(name, contract.entity, silvers[f"of_{name}"], listed, months))
                for name, contract in sources.items()
            ]
        table = pa.concat_tables(tables).sort_by([("month", "ascending"), ("source", "ascending")])
        yield dg.Output(table, "coverage", metadata={"sources": dg.MetadataValue.md(_by_source(table))})
        totals = table.group_by("source").aggregate([("rows", "sum"), ("orphan_rows", "sum")]).to_pylist()
        orphans = [row for row in totals if row["orphan_rows_sum"] > MOST_ORPHANS * row["rows_sum"]]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=KNOWN,
            passed=not orphans,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(
                f"{row['source']}: {row['orphan_rows_sum']} of {row['rows_sum']} rows are of customers that the master "
                "does not list"
                for row in sorted(orphans, key=lambda row: row["source"])
            )
            or f"no source has more; {sum(row['orphan_rows_sum'] for row in totals)} rows in all",
            metadata={row["source"]: row["orphan_rows_sum"] for row in totals},
        )

    return coverage


def _by_source(coverage: pa.Table) -> str:
    """Coverage of the last month, as Markdown."""
    rows = [row for row in coverage.to_pylist() if row["month"] == max(coverage["month"].to_pylist())]
    head = "| source | rows | customers | orphan rows | orphan customers | master covered |"
    return f"{head}\n|---|---|---|---|---|---|\n" + "\n".join(
        f"| {row['source']} | {row['rows']} | {row['customers']} | {row['orphan_rows']} | {row['orphan_customers']} | "
        f"{row['covered_share'] or 0:.1%} |"
        for row in rows
    )


def _rollup(spec: DomainSpec, entity: str, rollup: Rollup) -> dg.AssetsDefinition:
    domain, (counted, column) = spec.domain, rollup.counts

    @dg.multi_asset(
        name=f"{domain.name}_{entity}_rollups",
        ins=spec.silvers(entity),
        outs={name: spec.out("gold", name, words, **MONTH_BY_MONTH) for name, (words, _) in rollup.tables.items()},
        check_specs=[_adds_up_spec(spec, counted)],
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
        yield _adds_up(spec, counted, column, expected, run, lake, engine)

    return rollups


def _subscriptions(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, name = spec.domain, "subscriptions_monthly"

    @dg.multi_asset(
        name=f"{domain.name}_subscriptions_rollups",
        ins=spec.silvers("subscriptions", dated=True),
        outs={name: spec.out("gold", name, "Recurring revenue of each customer by product, in each month.")},
        check_specs=[_adds_up_spec(spec, name)],
        **spec.options,
    )
    def rollups(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        silver = together(sources)
        yield dg.Output(subscriptions.subscriptions_monthly(silver), name)
        with failures():
            expected = engine.backend.execute(silver.mrr.sum()) or 0
        yield _adds_up(spec, name, "mrr", expected, Run.of(context, domain), lake, engine)

    return rollups


def _surveys(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, monthly, aspects = spec.domain, "surveys_monthly", "survey_aspects_monthly"
    by_ticket = [source for source in domain.sources_of("surveys") if not source.dated]
    waiting = "Every survey that is dated through a ticket is counted in the month of that ticket"

    @dg.multi_asset(
        name=f"{domain.name}_surveys_rollups",
        ins={
            **spec.silvers("surveys"),
            **({f"tickets_{name}": asset for name, asset in spec.silvers("tickets").items()} if by_ticket else {}),
        },
        outs={
            monthly: spec.out("gold", monthly, "Surveys of each customer by kind, in each month."),
            aspects: spec.out("gold", aspects, "Scores that each customer gave to each aspect, in each month."),
        },
        check_specs=[
            _adds_up_spec(spec, monthly),
            *([dg.AssetCheckSpec(WAITING, asset=spec.key("gold", monthly), description=waiting)] if by_ticket else []),
        ],
        **spec.options,
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
                expected = engine.backend.execute(answered.count())
            yield _adds_up(spec, monthly, "answers", expected, run, lake, engine)
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


def _adds_up_spec(spec: DomainSpec, table: str) -> dg.AssetCheckSpec:
    words = "What the rollup adds up to is what silver holds"
    return dg.AssetCheckSpec(ADDS_UP, asset=spec.key("gold", table), blocking=True, description=words)


def _adds_up(
    spec: DomainSpec, table: str, column: str, expected: Any, run: Run, lake: Lake, engine: Engine
) -> dg.AssetCheckResult:
    key = spec.key("gold", table)
    with failures():
        found = engine.backend.execute(lake.read(key.path, list(run.months), engine)[column].sum()) or 0
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ADDS_UP,
        passed=found == expected,
        description=f"{found} {column} in the rollup, {expected} in silver",
        metadata={"rollup": float(found), "silver": float(expected)},
    )
