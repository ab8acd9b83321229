"""Bronze to silver and quarantine: one computation a source, so that every row goes to exactly one of the two.

Belongs here: writing the two, and the account of the rows. Does not belong here: running the stages (`streaming`),
verdicts (`silver_checks`), what makes a row acceptable (`conform`).
"""

from collections.abc import Mapping
from contextlib import closing

import dagster as dg
import ibis.expr.types as ir
import pyarrow.compute as pc

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine, PutsFiles
from arcana_assets.erasure.holders import Mine, holders_of
from arcana_assets.erasure.register import read_register
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.ends import newest_days
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reading import arrow_schema
from arcana_assets.landing.assets import silver_checks
from arcana_assets.landing.assets.silver_checks import Account
from arcana_assets.landing.at_once import ConformingAtOnce
from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.joins import Other, Others, as_of_its_time
from arcana_assets.landing.conform.refusal import EARLY, before_start, kinds_of_reasons
from arcana_assets.landing.files.inventory import last_inventory
from arcana_assets.landing.streaming import Conforming
from arcana_assets.landing.tables import holding_columns, quarantine_table, silver_table


def silver_asset(spec: DomainSpec, contract: Contract) -> dg.AssetsDefinition:
    """The silver and quarantine assets of a source."""
    domain, keys = spec.domain, {layer: spec.key(layer, contract.name) for layer in ("bronze", "silver", "quarantine")}

    @table_asset(
        spec,
        f"silver_{contract.name}",
        {"silver": silver_table(contract), "quarantine": quarantine_table(contract)},
        ins={"bronze": dg.AssetIn(keys["bronze"])} | _looked_into(spec, contract),
        checks=silver_checks.specs(keys["silver"], contract),
        on_events=True,
    )
    def silver(
        context: dg.AssetExecutionContext,
        bronze: ir.Table,
        lake: Lake,
        engine: Engine,
        events: dg.ResourceParam[EventEngine],
        **silvers: ir.Table,
    ) -> Events:
        run, others = Run.of(context, domain), _others(domain, contract, silvers)
        with closing(_conforming(events, bronze, contract, run, others)) as conforming:
            metadata = {"dagster/column_lineage": _lineage(spec, contract)}
            yield dg.Output(conforming.silver, output_name="silver", metadata=metadata)
            with events.cache(conforming.quarantine()) as quarantine:
                counted = events.small(kinds_of_reasons(quarantine)).to_pylist()
                early = (events.value(before_start(quarantine)) or 0) if contract.dated else 0
                reasons = {row["reason"]: row["rows"] for row in counted}
                yield dg.Output(quarantine, output_name="quarantine", metadata={"reasons": reasons})
            landed, kept, held = (lake.rows(key.path, list(run.months)) for key in keys.values())
            left_out = events.value(conform.not_filled_in(bronze, contract)) if contract.filled_in else None
            files = last_inventory(domain.name, contract.name, lake, engine)
            wait = files.waiting(run.bounds) if contract.dated else None
            erased = sum(lake.erased_rows(keys["bronze"].path, run.months).values())
        together = landed + (wait or 0) + erased
        chosen = conforming.left_out if contract.where else None
        idle = conforming.not_in_force if contract.periods else None
        twice = conforming.duplicates.total()
        kinds = (left_out, wait, erased or None, chosen, early or None, idle)
        rows = Account(together, kept, held - early, twice, *kinds)
        yield silver_checks.accounted_for(keys["silver"], rows, files.unread)
        judged = [reason for reason in reasons if EARLY not in reason]
        yield silver_checks.few_refused(keys["silver"], contract, rows, judged)
        if holding_columns(contract):
            yield _nobody_erased(keys["silver"], contract, run, lake, engine)
        if days := contract.watched_days:
            over = [month for month in run.months if run.has_passed(month)]
            newest = newest_days(domain, lake, [contract.name], over)[contract.name]
            yield silver_checks.complete(keys["silver"], newest, days)

    return silver


def _nobody_erased(key: dg.AssetKey, contract: Contract, run: Run, lake: Lake, engine: Engine) -> dg.AssetCheckResult:
    """Looks every id of the months up that silver has, whatever bronze did."""
    if (register := read_register(run.domain.name, lake, engine)) is None:
        return silver_checks.nobody_erased(key, 0, None)
    mine, found = Mine(register, holders_of(silver_table(contract))), 0
    columns = [name for name in mine.holders.columns if name in arrow_schema(lake.open(key.path)).names]
    with engine.batches(lake.read(key.path, list(run.months), engine).select(columns)) as batches:
        for batch in batches:
            found += pc.sum(mine.rows(batch)).as_py() or 0
    return silver_checks.nobody_erased(key, found, len(register.entries))


def _looked_into(spec: DomainSpec, contract: Contract) -> dict[str, dg.AssetIn]:
    """Silver of the sources that a contract looks something up in, the months before those of the run where needed."""
    found = dict[str, dg.AssetIn]()
    for join in contract.join:
        key, name = spec.key("silver", join.source), f"of_{join.source}"
        if as_of_its_time(contract, join, spec.domain.sources[join.source].dated):
            found[name] = with_history(key)
        found.setdefault(name, dg.AssetIn(key))
    return found


def _others(domain: CustomerDomain, contract: Contract, silvers: Mapping[str, ir.Table]) -> Others:
    sources = {join.source: domain.sources[join.source] for join in contract.join}
    return {
        name: Other(silvers[f"of_{name}"], each.schema_.dated_by if each.dated else None)
        for name, each in sources.items()
    }


def _conforming(
    events: EventEngine, bronze: ir.Table, contract: Contract, run: Run, others: Others
) -> Conforming | ConformingAtOnce:
    if isinstance(events, PutsFiles):
        return ConformingAtOnce(events, bronze, contract, run.months, run.period, others)
    assert isinstance(events, Engine), "an engine streams or puts files"
    return Conforming(events, bronze, contract, run.months, run.period, others)


def _lineage(spec: DomainSpec, contract: Contract) -> dg.TableColumnLineage:
    bronze = spec.key("bronze", contract.name)
    columns = {name: [(bronze, raw) for raw in contract.origin(name)] for name in contract.schema_.names}
    for name, join in contract.joined.items():
        if name in columns:
            columns[name] = [(spec.key("silver", join.source), join.brought[name])]
    columns["month"] = [(bronze, "month")]
    return lineage({name: sources for name, sources in columns.items() if sources})
