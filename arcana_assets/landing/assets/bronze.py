"""Landing to bronze: the rows of the run's months from the files that have any, as they came.

Belongs here: one asset a source, one code path for all. Does not belong here: types and rules (`silver`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb import Engine
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake import reading as lake_reading
from arcana_assets.lake.errors import LakeError, MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.assets import bronze_checks
from arcana_assets.landing.assets.bronze_checks import COMPLETE, COPIES, PARTS, UNKNOWN, WAITING
from arcana_assets.landing.conform import dating
from arcana_assets.landing.files.inventory import Inventory, take_inventory
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.tables import bronze_table
from arcana_assets.landing.zone import LandingFile, LandingZone


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
    parts = f"The delivery has all of its files, which are {contract.landing.files}; copies do not count"
    waiting = "Bronze holds as many rows of each month that has begun as the files have now"

    @table_asset(
        spec,
        f"bronze_{contract.name}",
        {"bronze": bronze_table(contract)},
        deps=[spec.key("landing", contract.name)],
        checks=[
            dg.AssetCheckSpec(
                COMPLETE, asset=key, blocking=True, description="Rows in the files of these months = rows in bronze"
            ),
            dg.AssetCheckSpec(
                UNKNOWN, asset=key, description="The files have no column that the contract does not speak of"
            ),
            dg.AssetCheckSpec(
                COPIES, asset=key, description="No file was delivered twice under two names or taken away again"
            ),
            *([dg.AssetCheckSpec(WAITING, asset=key, description=waiting)] if contract.dated else []),
            *([dg.AssetCheckSpec(PARTS, asset=key, description=parts)] if contract.landing.files else []),
        ],
    )
    def bronze(context: dg.AssetExecutionContext, landing: LandingZone, lake: Lake, engine: Engine) -> Iterator[Any]:
        run = Run.of(context, domain)
        reader = LandingReader(landing, engine, contract)

        def count(rows: ir.Table) -> ir.Table:
            return dating.rows_by_month(rows, contract, domain.timezone)

        with failures():
            inventory = take_inventory(
                domain.name,
                contract,
                reader,
                count,
                landing,
                lake,
                engine,
                context.run.run_id,
                timezone=domain.timezone,
            )
            files = inventory.touching(run.months, domain.start, run.end) if contract.dated else list(inventory.files)
            relisted = [file for file in files if not inventory.files[file].easy]
            if relisted:
                reader.inspect(relisted, landing.digests(relisted), count)
            rows = _bronze_rows(reader, files, inventory, contract, run)
            rows = dating.spelt_as(rows, _columns_so_far(key, lake), contract)
            vanished = sorted({*inventory.vanished, *(_files_of(key, run, lake, engine) - inventory.delivered)})
            unknown = reader.unknown_columns(files)
            yield dg.Output(
                _guarded(rows, files, landing, engine),
                output_name="bronze",
                metadata={
                    "files": [file.path for file in files],
                    "superseded": list(inventory.superseded),
                    "dagster/column_lineage": lineage(
                        {raw_name(name): [(spec.key("landing", contract.name), name)] for name in contract.raw_columns}
                    ),
                },
            )
            yield bronze_checks.complete(key, inventory, run, lake, contract)
            if contract.dated:
                yield bronze_checks.waiting(key, inventory, run, lake)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=UNKNOWN,
            passed=not unknown,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"columns": unknown},
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=COPIES,
            passed=not inventory.copies and not vanished,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"copies": dict(inventory.copies), "vanished": vanished},
        )
        if contract.landing.files:
            yield bronze_checks.all_parts(key, inventory, contract.landing)

    return bronze


def _bronze_rows(
    reader: LandingReader, files: list[LandingFile], inventory: Inventory, contract: Contract, run: Run
) -> ir.Table:
    if not files:
        return dating.no_rows(contract)
    homes = [inventory.files[file].home(run.domain.start) for file in files]
    listed = pa.table(
        {
            "filename": [file.uri for file in files],
            "_file": [file.path for file in files],
            "_file_sha256": [inventory.files[file].sha256 for file in files],
            "home": pa.array(homes, pa.date32()),
        }
    )
    return dating.bronze(
        reader.rows(files), ibis.memtable(listed), contract, run.domain.timezone, run.domain.start, run.months
    )


def _guarded(rows: ir.Table, files: list[LandingFile], landing: LandingZone, engine: Engine) -> Any:
    """The rows as a stream that ends in an error when a file has changed since it was listed.

    The error comes before anything is committed.
    """
    query = engine.query(rows)

    def stream() -> pa.RecordBatchReader:
        def batches() -> Iterator[pa.RecordBatch]:
            try:
                with query.batches() as reader:
                    yield from reader
            except Exception:
                landing.assert_unchanged(files)  # says more than the engine's error, where that is why
                raise
            landing.assert_unchanged(files)

        return pa.RecordBatchReader.from_batches(query.schema(), batches())

    return stream


def _columns_so_far(key: dg.AssetKey, lake: Lake) -> list[str]:
    try:
        return lake_reading.arrow_schema(lake.open(key.path)).names
    except MissingTable:
        return []


def _files_of(key: dg.AssetKey, run: Run, lake: Lake, engine: Engine) -> set[str]:
    """The files that bronze has rows of in the months of the run, before it is replaced."""
    months = lake.materialized_months(key.path, run.months)
    if not months:
        return set()
    try:
        files = lake.read(key.path, months, engine).select("_file").distinct()
        return set(engine.backend.to_pyarrow(files)["_file"].to_pylist())
    except (CorruptFile, LakeError, duckdb.Error):
        return set()  # what is damaged is about to be replaced


def _columns(contract: Contract) -> dg.TableSchema:
    raw = [dg.TableColumn(raw_name(name), "VARCHAR", description="as it came") for name in contract.raw_columns]
    found = {
        "_malformed": "Why the line is no row; null for rows",
        "_text": "The line as it came, where it is no row",
        "_file": "The file, relative to the landing of the domain",
        "_file_sha256": "Hash of the file's content",
        "_line": "Line of the file, where the reader knows it",
    }
    return dg.TableSchema(
        [
            *raw,
            *(
                dg.TableColumn(name, "BIGINT" if name == "_line" else "VARCHAR", description=text)
                for name, text in found.items()
            ),
        ]
    )
