"""Landing to bronze: the rows of the run's months from the files that have any, as they came.

Belongs here: one asset a source, one code path for all. Does not belong here: which files are read and how
(`files`), verdicts (`bronze_checks`), types and rules (`silver`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import SqlFormat
from arcana_assets.domain.months import spelled
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import EngineError
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.engine.events import EventEngine, PutsFiles
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.errors import LakeError, MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reading import arrow_schema
from arcana_assets.lake.rows import Parts, Writable
from arcana_assets.landing.assets import bronze_checks
from arcana_assets.landing.erased import Refusal, refusal_of
from arcana_assets.landing.files.elsewhere import Elsewhere
from arcana_assets.landing.files.inventory import list_files, put_down
from arcana_assets.landing.files.kept import Before
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.files.listing import Listing
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.lookups import reader_of
from arcana_assets.landing.queried import take_in
from arcana_assets.landing.snapshots import kept_months, with_kept
from arcana_assets.landing.tables import bronze_table
from arcana_assets.landing.withdrawals import Held, leaving, refuse
from arcana_assets.landing.zone import LandingZone


class Withdrawal(dg.Config):
    """Run config of bronze: `confirm_withdrawn: true` lets rows go that the files do not have any more.

    However many they are, and also those of a snapshot that is kept with a month that is over: it is read again. It is
    recorded with the months, which do not have the rows from then on, so that nobody is
    asked again.
    """

    confirm_withdrawn: bool = False


def landing_spec(spec: DomainSpec, contract: Contract) -> dg.AssetSpec:
    """The files of a source, which the company makes and we only read."""
    return dg.AssetSpec(
        spec.key("landing", contract.name),
        description=f"{contract.description}: files like `{contract.landing.pattern}` below the landing of the domain, "
        f"as the company delivers them. A row is {contract.schema_.grain}.",
        group_name=spec.group_of_source("landing", contract.name),
        owners=spec.domain.owners,
        kinds={contract.format.kind} | ({"xlsx"} if contract.workbook else set()),
        tags={"domain": spec.domain.name, "layer": "landing"},
        metadata={
            **spec.links(contract.name),
            "pattern": contract.landing.pattern,
            "required": contract.landing.required,
            "deliveries": contract.landing.deliveries,
            **({"files": contract.landing.files} if contract.landing.files else {}),
        },
    )


def bronze_asset(spec: DomainSpec, contract: Contract) -> dg.AssetsDefinition:
    """The bronze asset of a source."""
    domain, key = spec.domain, spec.key("bronze", contract.name)

    @table_asset(
        spec,
        f"bronze_{contract.name}",
        {"bronze": bronze_table(contract)},
        deps=_after(spec, contract),
        checks=bronze_checks.specs(key, contract),
        on_events=True,
    )
    def bronze(
        context: dg.AssetExecutionContext,
        config: Withdrawal,
        landing: LandingZone,
        lake: Lake,
        engine: Engine,
        events: dg.ResourceParam[EventEngine],
    ) -> Events:
        run = Run.of(context, domain)
        months, bounds = list(run.months), run.bounds
        if isinstance(contract.format, SqlFormat):
            context.log.info(take_in(landing, domain.name, contract, contract.format, context.run.run_id))
        reader = reader_of(domain, contract.name, landing, engine)
        listing = list_files(reader, domain.name, domain.timezone, lake)
        all_held = _rows_held(key, run, lake, engine)
        kept = [] if config.confirm_withdrawn else kept_months(contract, run, all_held)
        held = {month: files for month, files in all_held.items() if month not in kept}
        months = [month for month in months if month not in kept]
        refusal = refusal_of(domain.name, contract, lake, engine)
        agree = _agreement(context, config, key, run, held, refusal)
        before = Before(lake, key.path, months, bounds, engine, contract.dated)
        columns = _columns_so_far(key, lake)
        with _elsewhere(events, reader, domain.timezone) as elsewhere:
            landed = Landed(reader, listing, months, bounds, domain.timezone, columns, agree, before, elsewhere)
            before_it = lake.read(key.path, kept, engine) if kept else None
            rows = _rows(landed, before_it, engine, events if elsewhere is not None else None, refusal)
            yield dg.Output(rows, output_name="bronze", metadata=_metadata(spec, contract, listing, kept))
            if elsewhere is not None and (words := elsewhere.words()):
                context.log.info(words)
        erased = _note_erased(lake, key, run, refusal)
        found = landed.records, landed.unread, landed.kept.counts
        inventory = put_down(listing, *found, reader, domain.name, lake, context.run.run_id)
        files, due = inventory.touching(months, bounds), inventory.due(months, bounds)
        yield bronze_checks.every_file(key, inventory)
        in_bronze = lake.rows(key.path, months) if months else 0
        yield bronze_checks.complete(key, due, in_bronze, sum(erased.get(month, 0) for month in months), files)
        if contract.dated:
            delivered = inventory.rows(run.known, bounds)
            held_or_erased = lake.rows_by_month(key.path, run.known) + Counter(erased)
            yield bronze_checks.waiting(key, delivered, held_or_erased)
            yield bronze_checks.future(key, inventory.waiting(bounds))
        yield bronze_checks.unknown(key, reader.unknown_columns(files))
        files_held = {path for files in held.values() for path, _ in files}
        yield bronze_checks.copies(key, inventory, files_held)
        if contract.landing.files:
            yield bronze_checks.all_parts(key, inventory, contract.landing.files, contract.landing.required)

    return bronze


def _after(spec: DomainSpec, contract: Contract) -> list[dg.AssetKey]:
    """What bronze is made after: its files, and, where dates are looked up, bronze of the source that has them.

    The files of that source, which a query may make, are there by then.
    """
    other = [spec.key("bronze", contract.dating.source)] if contract.dating is not None else []
    return [spec.key("landing", contract.name), *other]


@contextmanager
def _elsewhere(events: EventEngine, reader: LandingReader, timezone: str) -> Iterator[Elsewhere | None]:
    """Where files are read whose rows do not come through this process; None where all do."""
    if not isinstance(events, PutsFiles) or reader.dates is not None:
        yield None
        return
    with closing(Elsewhere(events, reader, timezone)) as elsewhere:
        yield elsewhere


def _rows(
    landed: Landed, kept: ir.Table | None, engine: Engine, events: EventEngine | None, refusal: Refusal | None
) -> Writable:
    """What landed, with the snapshots that are `kept`, without the rows of erased customers.

    With `events` some of it does not come through here.
    """

    def parts() -> tuple[ir.Table | None, pa.RecordBatchReader]:
        away, stream = landed.parts()
        if refusal is not None:
            refusal.counts.clear()
            away = refusal.elsewhere(away, events) if away is not None and events is not None else away
            stream = refusal.passing(stream)
        return away, stream if kept is None else with_kept(stream, kept, engine)

    return Parts(parts) if events is not None else lambda: parts()[1]


def _note_erased(lake: Lake, key: dg.AssetKey, run: Run, refusal: Refusal | None) -> dict[date, int]:
    """How many rows of erased customers bronze lacks of each month that is known, those of the run as it found them."""
    if refusal is not None:
        written = lake.materialized_months(key.path, run.months)
        lake.note_erased(key.path, {month: refusal.counts[month] for month in written}, "refused in bronze")
    return lake.erased_rows(key.path, run.known)


def _metadata(spec: DomainSpec, contract: Contract, listing: Listing, kept: Sequence[date]) -> dict[str, Any]:
    key = spec.key("landing", contract.name)
    return {
        "superseded": listing.superseded,
        **({"snapshots_kept": spelled(kept)} if kept else {}),
        "dagster/column_lineage": lineage({raw_name(name): [(key, name)] for name in contract.raw_columns}),
    }


def _columns_so_far(key: dg.AssetKey, lake: Lake) -> list[str]:
    try:
        return arrow_schema(lake.open(key.path)).names
    except MissingTable:
        return []


def _rows_held(key: dg.AssetKey, run: Run, lake: Lake, engine: Engine) -> Held:
    """The rows that bronze has of the months of the run, before they are replaced."""
    held: dict[date, dict[tuple[str, str], int]] = {}
    months = lake.materialized_months(key.path, run.months)
    if not months:
        return held
    try:
        rows = lake.read(key.path, months, engine)
        counted = rows.group_by("month", "_file", "_file_sha256").agg(rows=rows.count())
        for row in engine.backend.to_pyarrow(counted).to_pylist():
            held.setdefault(row["month"], {})[row["_file"], row["_file_sha256"]] = row["rows"]
    except (CorruptFile, LakeError, EngineError):
        return {}  # what is damaged is about to be replaced
    return held


def _agreement(
    context: dg.AssetExecutionContext,
    config: Withdrawal,
    key: dg.AssetKey,
    run: Run,
    held: Held,
    refusal: Refusal | None,
) -> Callable[[Inventory], None]:
    """What holds up rows that would leave, unless the run's config confirms it, which is recorded with the months."""
    domain = run.domain

    def agree(inventory: Inventory) -> None:
        found = leaving(held, inventory, run.bounds, refusal.counts if refusal is not None else {})
        if not config.confirm_withdrawn:
            refuse(found, domain.arrivals.withdrawn_share, domain.name, key.path[-1])
            return
        for month, each in found.items():
            context.log.warning(f"{month:%Y-%m}: confirmed to leave: {each.words()}")
            said = {"withdrawn_confirmed": each.words()}
            context.add_asset_metadata(said, asset_key=key, partition_key=month.isoformat())

    return agree
