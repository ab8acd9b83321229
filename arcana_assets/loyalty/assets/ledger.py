"""Loyalty: the conditions of each programme and the ledger of its members, month after month.

Belongs here: which tables feed the ledger, the chain from one month to the next, its checks as Dagster shows them. Does
not belong here: what a month becomes (`programme.month`), what is checked (`programme.limits`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.domain.months import months_between, shifted, spelled
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.month_chain import require_in_chain, require_month_before
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.everyone import Base, blocks_of, everyone_of
from arcana_assets.loyalty.assets.inputs import frame_of
from arcana_assets.loyalty.assets.members import Ledgers
from arcana_assets.loyalty.programme.limits import CHECKS, failed
from arcana_assets.loyalty.programme.month import LedgerMonth
from arcana_assets.loyalty.programme.terms import Found, Terms, kept_conditions, terms_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.presentation.markdown import markdown_table

TABLES = {
    "members": tables.MEMBERS,
    "conditions": tables.CONDITIONS,
    "summary": tables.SUMMARY,
    "eligibility": tables.ELIGIBILITY,
}


class Asked(dg.Config):
    """Run config of the ledger: `find_anew: true` finds the conditions of the run's months again.

    It is kept with the months, so that a month computed again is the same; `find_anew: false` takes it back.
    """

    find_anew: bool | None = None


def loyalty_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The ledger of all programmes of a domain, their conditions, and who can be a member at all."""
    domain, key, (revenue, _) = spec.domain, spec.key_of(tables.MEMBERS), revenue_of(spec)

    @table_asset(
        spec,
        "loyalty",
        TABLES,
        ins={
            "customers": dg.AssetIn(spec.key("gold", "customer_360")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
            "monthly": with_history(revenue, domain.lookback_months - 1),
            **identity_ins(spec),
        },
        checks=[
            dg.AssetCheckSpec(name, asset=key, blocking=check.blocking, description=check.asks)
            for name, check in CHECKS.items()
        ],
    )
    def loyalty(
        context: dg.AssetExecutionContext,
        config: Asked,
        lake: Lake,
        engine: Engine,
        customers: ir.Table,
        segments: ir.Table,
        monthly: ir.Table,
        **known: ir.Table,
    ) -> Events:
        run = Run.of(context, domain)
        conditions = _conditions_before(spec, lake, engine, run)
        tell_standing(context, key, run)
        asked = _asked(config, spec, lake, engine, run.months, context.run.run_id)
        base = Base(domain, customers, segments, monthly, known.get(IDENTITIES))
        blocks, terms = blocks_of(engine, customers, run.months[-1]), dict[tuple[date, str], Terms]()
        for month in run.months:
            everyone = everyone_of(engine, base, month, blocks)
            for programme in domain.programmes:
                last, by = conditions.get(programme.name), asked.get((month, programme.name))
                terms[month, programme.name] = mine = terms_of(domain, programme, month, everyone, last, by)
                conditions[programme.name] = mine.conditions
        later = lake.materialized_months(key.path, months_between(shifted(run.months[-1], 1), run.end))
        if later := [month for month in later if month < run.end]:
            context.log.warning(
                f"The ledgers of {spelled(later)} went on from what {run.months[-1]:%Y-%m} was before this run; "
                "materialize them again, the first one first"
            )
        earlier = lake.read(key.path, [shifted(run.months[0], -1)], engine) if run.months[0] > domain.start else None
        ledgers = Ledgers(engine, base, run, blocks, terms, earlier)
        where = {name: {"dagster/column_lineage": _lineage(spec, table.arrow)} for name, table in TABLES.items()}
        yield dg.Output(ledgers, "members", metadata=where["members"])
        made = ledgers.made()
        where["summary"] |= _metadata(language_of(domain.language), made)
        parts = [done.tables for done in made]
        for name in ("conditions", "summary", "eligibility"):
            yield dg.Output(pa.concat_tables(each[name] for each in parts), name, metadata=where[name])
        yield from _checks(key, made)

    return loyalty


def _conditions_before(spec: DomainSpec, lake: Lake, engine: Engine, run: Run) -> dict[str, list[Found]]:
    """The conditions of the month before the run, by programme that goes on from it; none in the domain's first month.

    Raises ChainGap where that month was never computed, or without a programme that has earlier months.
    """
    domain, key, first = spec.domain, spec.key_of(tables.MEMBERS), run.months[0]
    if first == domain.start:
        return {}
    require_month_before(lake, key, domain.start, first)
    before = shifted(first, -1)
    chains = _chains(spec, lake, engine, lake.materialized_months(key.path, months_between(domain.start, before)))
    kept = engine.backend.to_pyarrow(lake.read(spec.key_of(tables.CONDITIONS).path, [before], engine)).to_pylist()
    found = dict[str, list[Found]]()
    for programme in domain.programmes:
        if not (chain := chains.get(programme.name)):
            continue  # a new one, which begins here
        of = f"the ledger of '{programme.name}' of "
        require_in_chain(chain, key, domain.start, first, of, "was computed without that programme")
        mine = [row for row in kept if row["programme"] == programme.name]
        found[programme.name] = kept_conditions(domain, programme, mine)
    return found


def _chains(spec: DomainSpec, lake: Lake, engine: Engine, months: Sequence[date]) -> dict[str, set[date]]:
    """The months of which each programme has a summary: those that were computed with it."""
    table = lake.read(spec.key_of(tables.SUMMARY).path, list(months), engine)
    rows = frame_of(engine, table.select("month", "programme"))
    return {str(name): set(mine) for name, mine in rows.groupby("programme")["month"]}


def _asked(
    config: Asked, spec: DomainSpec, lake: Lake, engine: Engine, months: Sequence[date], run_id: str
) -> dict[tuple[date, str], str]:
    """The runs that find conditions anew, by month and programme: this one, or those that earlier runs kept."""
    if config.find_anew is not None:
        everything = [(month, each.name) for month in months for each in spec.domain.programmes]
        return dict.fromkeys(everything, run_id) if config.find_anew else {}
    path = spec.key_of(tables.CONDITIONS).path
    if not (kept := lake.materialized_months(path, list(months))):
        return {}
    table = lake.read(path, kept, engine)
    mine = table.filter(table.found_in_run.notnull(), table.found_month == table.month)
    rows = engine.backend.to_pyarrow(mine.select("month", "programme", "found_in_run")).to_pylist()
    return {(row["month"], row["programme"]): row["found_in_run"] for row in rows}


def _metadata(language: Language, made: Sequence[LedgerMonth]) -> dict[str, Any]:
    """The movement of the run's months, as a table, and where the conditions of the last one come from."""
    head, rows = language.words("programme.movement"), []
    for done in made:
        share = done.summary["revenue_share"]
        counts = [done.summary[name] for name in ("members", "entered", "left", "at_risk", "candidates")]
        month, share = language.short_month(done.month), "" if share is None else language.percent(share)
        rows.append((month, done.programme.title, *counts, share))
    return {
        "movement": dg.MetadataValue.md(markdown_table(head, rows)),
        **{f"conditions_{done.programme.name}": done.summary["note"] for done in made},
    }


def _lineage(spec: DomainSpec, schema: pa.Schema) -> dg.TableColumnLineage:
    """All columns come of who paid what, of what conditions may name and rules exclude by, and of the segments."""
    domain, customers = spec.domain, spec.key("gold", "customer_360")
    named = {name for each in domain.programmes for name in (*each.measures, *(rule.column for rule in each.exclude))}
    sources = [(customers, name) for name in ("customer_id", *sorted(named))]
    sources += [revenue_of(spec), (spec.key("gold", "segments"), "segment_id")]
    return lineage({name: sources for name in schema.names if name not in ("month", "programme")})


def _checks(key: dg.AssetKey, made: Sequence[LedgerMonth]) -> Iterator[dg.AssetCheckResult]:
    said = [each for done in made for each in failed(done)]
    for name, check in CHECKS.items():
        wrong = [words for of, words in said if of == name]
        found = "; ".join(wrong) or check.passed
        yield verdict(key, name, not wrong, found, {"months": len(wrong)}, blocking=check.blocking)
