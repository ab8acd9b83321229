"""Rewriting: months of tables without the rows of customers in the register, and without what the old ones leave.

Belongs here: finding the months, writing them again, removing the files and the log of before. Does not belong here:
whose a row is (`holders`), commits (`lake`), the order of the tables and the run (`automation.erasure`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
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


@dataclass(frozen=True)
class Rewritten:
    """What was taken out of a table: rows by month (None: of a snapshot), and names out of lists.

    `spellings` are the texts that ids are spelt as in it, where these differ.
    """

    table: str
    rows: Mapping[date | None, int] = field(default_factory=dict)
    names: int = 0
    spellings: Mapping[str, str] = field(default_factory=dict, repr=False)

    def spellings_of(self, ids: Collection[str]) -> set[str]:
        """How the table spells these ids, where it does so in another way."""
        return {text for text, each in self.spellings.items() if each in ids}


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
    wrote: Callable[[], None] = lambda: None,
) -> Rewritten:
    """Writes the months of a table again that hold anybody in the register, one commit each, without them.

    With `counted` each month says how many such rows it does not have (`Lake.erased_rows`). No id is in a predicate, a
    commit or an error. `wrote` is called after each commit. A table that does not exist has nothing. Raises LakeError.
    """
    try:
        table = lake.open(key)
    except MissingTable:
        return Rewritten(table_name(key))
    schema, monthly = arrow_schema(table), bool(table.metadata().partition_columns)
    columns = [name for name in holders.columns if name in schema.names]
    months = sorted({file[f"partition.{MONTH}"] for file in live_files(table, None)}) if monthly else [None]
    mine, gone, names = Mine(register, holders), dict[date | None, int](), 0
    for month in months if columns else ():
        rows = lake.read(key, None if month is None else [month], engine)
        found = unlisted = 0
        with engine.batches(rows.select(columns)) as batches:
            for batch in batches:
                found += pc.sum(mine.rows(batch)).as_py() or 0
                unlisted += mine.unlisted(batch)[1]
        if not found and not unlisted:
            continue

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
        wrote()
        gone[month], names = found, names + unlisted
    return Rewritten(table_name(key), gone, names, mine.spellings())


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
        table.alter.set_table_properties({RETENTION: "interval 0 seconds"})
        table.create_checkpoint()
        table.cleanup_metadata()
        table.alter.set_table_properties({RETENTION: kept.get(RETENTION, "interval 30 days")})
    except LakeError:
        raise
    except Exception as error:  # delta-rs raises plain ones, too
        raise LakeError(
            f"{name}: the files and the log of before could not be removed: {first_line(error)}."
        ) from error
    return Cleaned(files, before + 1)
