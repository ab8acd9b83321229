"""Rewriting: months of tables without the rows of customers in the register, and without what the old ones leave.

Belongs here: finding the months, writing them again, removing the files and the log of before. Does not belong here:
whose a row is (`holders`), commits (`lake`), the order of the tables and the run (`automation.erasure`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.deployment import is_s3
from arcana_assets.domain.errors import first_line
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.holders import Holders, Mine
from arcana_assets.erasure.register import Register
from arcana_assets.lake.errors import LakeError, MissingTable
from arcana_assets.lake.files import remove_staging
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.names import TableKey, table_name
from arcana_assets.lake.reading import arrow_schema, live_files
from arcana_assets.lake.rows import Permission, always
from arcana_assets.lake.schema import MONTH
from arcana_assets.lake.written import never_written

RETENTION = "delta.logRetentionDuration"
NONE, USUAL = "interval 0 seconds", "interval 30 days"


@dataclass(frozen=True)
class Rewritten:
    """What was taken out of a table: rows by month (None: of a snapshot), and names out of lists."""

    table: str
    rows: Mapping[date | None, int] = field(default_factory=dict)
    names: int = 0


@dataclass(frozen=True)
class Cleaned:
    """What went of the files and the log of a table."""

    files: int
    log_entries: int


def rewrite(
    lake: Lake,
    key: TableKey,
    holders: Holders,
    register: Register,
    engine: Engine,
    run_id: str,
    *,
    counted: bool = False,
    permitted: Permission = always,
    wrote: Callable[[int], None] = lambda rows: None,
    spelt: Callable[[Mapping[str, str]], None] = lambda spellings: None,
) -> Rewritten:
    """Writes the months of a table again that hold anybody in the register, one commit each, without them.

    With `counted` each month says how many such rows it does not have (`Lake.erased_rows`). No id is in a predicate, a
    commit or an error. `wrote` is called after each commit with the rows that went, `spelt` before the first one with
    the texts that ids are spelt as where these differ. A table that does not exist has nothing. Raises LakeError.
    """
    try:
        table = lake.open(key)
    except MissingTable:
        return Rewritten(table_name(key))
    schema, monthly = arrow_schema(table), bool(table.metadata().partition_columns)
    columns = [name for name in holders.columns if name in schema.names]
    months: list[date | None] = (
        sorted({file[f"partition.{MONTH}"] for file in live_files(table, None)}) if monthly else [None]
    )
    mine, gone, names = Mine(register, holders), dict[date | None, int](), 0
    held = dict[date | None, tuple[int, int]]()
    for month in months if columns else ():
        rows = lake.read(key, None if month is None else [month], engine)
        found = unlisted = 0
        with engine.batches(rows.select(columns)) as batches:
            for batch in batches:
                found += pc.sum(mine.rows(batch)).as_py() or 0
                unlisted += mine.unlisted(batch)[1]
        if found or unlisted:
            held[month] = found, unlisted
    # Known before the first month is written: whoever is killed after it finds no such rows any more.
    spelt(mine.spellings())
    for month, (found, unlisted) in held.items():

        def stay(month: date | None = month) -> pa.RecordBatchReader:
            query = engine.query(lake.read(key, None if month is None else [month], engine).select(schema.names))

            def kept() -> Iterator[pa.RecordBatch]:
                with query.batches() as batches:
                    for batch in batches:
                        yield mine.unlisted(batch.filter(pc.invert(mine.rows(batch))))[0]

            return pa.RecordBatchReader.from_batches(query.schema, kept())

        before = lake.erased_rows(key, [month]).get(month, 0) if month is not None else 0
        lake.rewrite(
            key,
            stay,
            month,
            engine=engine,
            run_id=run_id,
            erased=before + found if counted else None,
            permitted=permitted,
        )
        wrote(found)
        gone[month], names = found, names + unlisted
    return Rewritten(table_name(key), gone, names)


def clean(lake: Lake, key: TableKey) -> Cleaned:
    """Removes all that is not the table of now: files of earlier versions, of killed writers, and the log of before.

    Queries that began before lose the files that they read. Raises LakeError.
    """
    try:
        table = lake.open(key)
    except MissingTable:
        return Cleaned(0, 0)
    if never_written(table):
        return Cleaned(0, 0)
    name = table_name(key)
    try:
        files = len(table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True))
        if not is_s3(lake.root):
            files += remove_staging(Path(lake.uri(key)), 0)
        kept = dict(table.metadata().configuration)
        before = table.version()
        table.alter.set_table_properties({RETENTION: NONE})
        table.create_checkpoint()
        table.cleanup_metadata()
        # None was left by one who was killed here.
        usual = kept.get(RETENTION, USUAL)
        table.alter.set_table_properties({RETENTION: USUAL if usual == NONE else usual})
    except LakeError:
        raise
    except Exception as error:  # delta-rs raises plain ones, too
        raise LakeError(
            f"{name}: the files and the log of before could not be removed: {first_line(error)}."
        ) from error
    return Cleaned(files, before + 1)
