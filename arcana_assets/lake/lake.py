"""The lake: every table of the platform as one Delta table, replaced month by month, atomically.

Belongs here: naming, reading, writing and which months exist. Does not belong here: what tables mean, housekeeping
(`maintenance`), and how Dagster is told (`graph.io_manager`).
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction

from arcana_assets.deployment import is_s3, storage_options
from arcana_assets.domain.errors import first_line
from arcana_assets.domain.months import shifted
from arcana_assets.engine.events import EventEngine, PutsFiles
from arcana_assets.lake import reading
from arcana_assets.lake.commits import INPUTS, VERSION, Inputs
from arcana_assets.lake.errors import (
    ConcurrentWrite,
    ForeignMonth,
    LakeError,
    MissingMonth,
    MissingTable,
    WriteFailed,
    write_error,
)
from arcana_assets.lake.files import Staged, in_log, remove_staging
from arcana_assets.lake.names import (
    SNAPSHOT,
    TableKey,
    consecutive,
    entry,
    erased_entry,
    table_name,
    table_uri,
)
from arcana_assets.lake.puts import put_files, put_parts
from arcana_assets.lake.rows import Declaration, Parts, Permission, Rows, RunAgain, Watch, Writable, always, rows_of
from arcana_assets.lake.schema import MONTH, check_layout, evolved, writer_of
from arcana_assets.lake.written import WriteResult, never_written, result_of

# Read by delta-rs at its first write. With its own defaults a month of 160 million rows took 3 GB of memory, with
# these 0.6 GB for 4 % more time. Two of the three are undocumented; a benchmark watches them.
for _name, _value in {
    "DELTARS_MAX_CONCURRENT_WRITERS": "1",
    "DELTARS_WRITER_BATCH_CHANNEL_SIZE": "1",
    "DELTARS_MAX_IN_FLIGHT_UPLOAD_BYTES": "67108864",
}.items():
    os.environ.setdefault(_name, _value)

ATTEMPTS = 5  # of a write that another run got ahead of
PAUSE_SECONDS = 0.5  # grows with the attempts, with jitter, so that rivals do not meet again
COMMIT_RETRIES = 50  # of a commit alone, where rivals replaced other months


class Lake(dg.ConfigurableResource):
    """Delta tables at `<root>/<domain>/<layer>/<table>`; the asset key is the same three words.

    A monthly table has a `month` DATE column, the first day, which is its only partition column; a snapshot has none.
    Which months were ever materialized, be it with no row, is in the commits that did it (Delta application
    transactions `month:<first day>`), so it is as atomic as the data.
    """

    root: str

    def uri(self, key: TableKey) -> str:
        """Where the table is. Raises BadTableName for anything but three plain words, BadRoot where no lake can be."""
        return table_uri(self.root, key)

    def read(self, key: TableKey, months: Sequence[date] | None, engine: EventEngine) -> ir.Table:
        """The rows of exactly these months, lazily, as they are now; None is the snapshot, or all there is.

        Columns come in the order of the table, those that no file has yet as nulls. Raises MissingTable,
        MissingMonth, CorruptFile.
        """
        return self.read_and_count(key, months, engine)[0]

    def read_and_count(
        self, key: TableKey, months: Sequence[date] | None, engine: EventEngine
    ) -> tuple[ir.Table, dict[str, int]]:
        """As `read`, and how often each of the months, or the snapshot, had been written by then (`commits.Written`).

        Raises as `read` does.
        """
        name, table = table_name(key), self._open(key)
        if table is None:
            raise MissingTable(name, self.root)
        if months is not None:
            months = sorted(set(months))
            missing = [month for month in months if table.transaction_version(entry(month)) is None]
            if missing:
                raise MissingMonth(name, missing)
        elif not table.metadata().partition_columns and table.transaction_version(SNAPSHOT) is None:
            raise MissingTable(name, self.root)
        written = {VERSION: table.version()}
        for month in months or ():
            written[f"{month:%Y-%m}"] = table.transaction_version(entry(month)) or 0
        if (times := table.transaction_version(SNAPSHOT)) is not None:
            written[SNAPSHOT] = times
        return engine.table(reading.files_of(table, name, months)), written

    def materialized_months(self, key: TableKey, months: Sequence[date]) -> list[date]:
        """Those of the months that were ever written, with rows or without."""
        table = self._open(key)
        if table is None:
            return []
        return [month for month in months if table.transaction_version(entry(month)) is not None]

    def rows(self, key: TableKey, months: Sequence[date] | None) -> int:
        """How many rows the months (or the snapshot, or all) hold, as the log of the table says; reads none."""
        return sum(file["num_records"] for file in reading.live_files(self.open(key), months))

    def rows_by_month(self, key: TableKey, months: Sequence[date]) -> Counter[date]:
        """How many rows each of the months holds, as the log of the table says; reads none."""
        held: Counter[date] = Counter()
        for file in reading.live_files(self.open(key), months):
            held[file[f"partition.{MONTH}"]] += file["num_records"]
        return held

    def greatest(self, key: TableKey, column: str, months: Sequence[date]) -> dict[date, Any]:
        """The greatest value of a column in those of the months that were ever written; None where they have no row.

        The log of the table says it, to the millisecond, and no row is read. Months of which it does not are left out.
        """
        table = self._open(key)
        if table is None:
            return {}
        there = [month for month in months if table.transaction_version(entry(month)) is not None]
        return reading.greatest(table, column, there)

    def write(
        self,
        key: TableKey,
        data: Writable,
        months: Sequence[date] | None,
        *,
        engine: EventEngine,
        run_id: str,
        by_month: bool = False,
        declared: Declaration | None = None,
        unique: Sequence[str] = (),
        permitted: Permission = always,
        inputs: Inputs | None = None,
    ) -> WriteResult:
        """Replaces the months (which follow each other), or the whole snapshot for None, in one commit.

        Rows stream; with `by_month` an expression is computed one month after the other, so memory stays flat over a
        long range. `declared` is given the columns that the rows come with and returns those that they are to have, or
        refuses them; without it new columns are added to the table, missing ones are null and another type is an error.
        A field's metadata `comment` becomes the comment of a new column. `unique` are the columns of a key, which is
        looked up in what was written: the result says how many of its values are there twice. Staging files that killed
        writers left more than a day ago are removed. Where another run replaced the same month meanwhile the rows are
        computed again, a bounded number of times; a bare RecordBatchReader cannot be, a callable that makes one can.
        `permitted` is asked while rows pass and after the last one, before anything is committed; what it raises ends
        the write. An expression of an engine that puts files is put into the folder of the table, and committed from
        there; so are `Parts`, with their stream beside it. `inputs` is kept with the commit, for `commits.mixtures`.
        Raises LakeError.
        """
        name = table_name(key)
        months = None if months is None else consecutive(name, months)
        if not is_s3(self.root):
            remove_staging(Path(self.uri(key)))
        if isinstance(data, ir.Table) and isinstance(engine, PutsFiles):
            permitted()
            put = put_files(self.uri(key), name, data, engine, months is not None, declared)
            return self.commit(
                key, put, months, engine=engine, run_id=run_id, unique=unique, permitted=permitted, inputs=inputs
            )
        if isinstance(data, Parts):
            assert isinstance(engine, PutsFiles), "parts are for an engine that puts files"
            put = put_parts(self.uri(key), name, data, engine, months, declared, permitted, ATTEMPTS)
            return self.commit(
                key, put, months, engine=engine, run_id=run_id, unique=unique, permitted=permitted, inputs=inputs
            )
        rows = rows_of(name, data, engine, months, by_month, declared)
        attempts = ATTEMPTS if rows.repeatable else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._replace(key, rows, months, run_id, unique, engine, permitted, inputs or {})
            except RunAgain as again:
                if attempt == attempts:
                    raise WriteFailed(name, again, retriable=rows.repeatable) from again
                continue
            except CommitFailedError as error:
                if attempt == attempts:
                    raise ConcurrentWrite(name, months, attempts, error) from error
            time.sleep(random.uniform(0.1, 1) * PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable")

    def commit(
        self,
        key: TableKey,
        staged: Staged,
        months: Sequence[date] | None,
        *,
        engine: EventEngine,
        run_id: str,
        unique: Sequence[str] = (),
        permitted: Permission = always,
        inputs: Inputs | None = None,
    ) -> WriteResult:
        """As `write`, of files that are in the table's folder already: they are its rows of these months from then on.

        Files of other months are refused, and a month without a file has no row. `permitted` is asked before each try.
        Where another run replaced the same month meanwhile the commit alone is tried again, a bounded number of times;
        files that were not committed in the end are removed by `maintain`, by their age. Raises LakeError.
        """
        name = table_name(key)
        months = None if months is None else consecutive(name, months)
        expected: set[date | None] = {None} if months is None else {*months}
        if foreign := {file.month for file in staged.files} - expected:
            raise ForeignMonth(name, foreign, months or [])
        for attempt in range(1, ATTEMPTS + 1):
            permitted()
            try:
                return self._take(key, staged, months, run_id, unique, engine, inputs or {})
            except CommitFailedError as error:
                if attempt == ATTEMPTS:
                    raise ConcurrentWrite(name, months, attempt, error) from error
            time.sleep(random.uniform(0.1, 1) * PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable")

    def rewrite(
        self,
        key: TableKey,
        rows: Callable[[], pa.RecordBatchReader],
        month: date | None,
        *,
        engine: EventEngine,
        run_id: str,
        erased: int | None = None,
        permitted: Permission = always,
    ) -> WriteResult:
        """Replaces a month, or the snapshot, by what stays of it when rows of erased customers are gone, in one commit.

        It counts as no writing: what was made of the month is still made of it. `erased` is how many such rows the
        month does not have from then on, kept with the commit (`erased_rows`). Raises LakeError.
        """
        name, months = table_name(key), None if month is None else [month]
        made = rows_of(name, rows, engine, months, by_month=False, declared=None)
        told = {} if month is None or erased is None else {month: erased}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._replace(key, made, months, run_id, (), engine, permitted, None, told)
            except CommitFailedError as error:
                if attempt == ATTEMPTS:
                    raise ConcurrentWrite(name, months, attempt, error) from error
            time.sleep(random.uniform(0.1, 1) * PAUSE_SECONDS * attempt)
        raise AssertionError("unreachable")

    def erased_rows(self, key: TableKey, months: Sequence[date]) -> dict[date, int]:
        """How many rows of erased customers each of the months does not have, of those that lack any."""
        table = self._open(key)
        if table is None:
            return {}
        found = {month: table.transaction_version(erased_entry(month)) or 0 for month in months}
        return {month: rows for month, rows in found.items() if rows}

    def note_erased(self, key: TableKey, rows: Mapping[date, int], run_id: str) -> None:
        """Says how many rows of erased customers the months do not have, in one commit; none where it is known."""
        table = self.open(key)
        if all((table.transaction_version(erased_entry(month)) or 0) == count for month, count in rows.items()):
            return
        table.create_write_transaction(
            [],
            "append",
            reading.arrow_schema(table),
            partition_by=[MONTH],
            commit_properties=_commit(table, [], run_id, None, only_next=False, erased=rows),
        )

    def open(self, key: TableKey) -> DeltaTable:
        """The Delta table as it is now. Raises MissingTable."""
        table = self._open(key)
        if table is None:
            raise MissingTable(table_name(key), self.root)
        return table

    def _open(self, key: TableKey) -> DeltaTable | None:
        uri = self.uri(key)
        try:
            return DeltaTable(uri, storage_options=storage_options(uri))
        except TableNotFoundError:
            return None
        except Exception as error:  # delta-rs raises plain ones, too
            raise LakeError(f"{table_name(key)} in {self.root} cannot be opened: {first_line(error)}.") from error

    def _replace(
        self,
        key: TableKey,
        rows: Rows,
        months: Sequence[date] | None,
        run_id: str,
        unique: Sequence[str],
        engine: EventEngine,
        permitted: Permission,
        inputs: Inputs | None,
        erased: Mapping[date, int] | None = None,
    ) -> WriteResult:
        name = table_name(key)
        table = self._open(key) or self._create(key, rows.schema, months)
        check_layout(name, table.metadata().partition_columns, monthly=months is not None)
        existing, fresh = reading.arrow_schema(table), never_written(table)
        # The columns that a failed first write left behind must not bind this one.
        columns, grown = evolved(name, None if fresh else existing, rows.schema)
        schema_mode: Literal["merge", "overwrite"] | None = "merge" if grown else None
        if fresh:
            schema_mode = "overwrite" if columns != existing else None
        watch = Watch(name, columns, months, permitted)
        with rows.open() as batches:
            try:
                write_deltalake(
                    table,
                    watch.over(batches),
                    mode="overwrite",
                    predicate=_predicate(months),
                    schema_mode=schema_mode,
                    writer_properties=writer_of(columns),
                    commit_properties=_commit(
                        table, months, run_id, inputs, only_next=schema_mode == "overwrite", erased=erased or {}
                    ),
                )
            except CommitFailedError:
                raise
            except Exception as error:  # delta-rs raises plain ones, too
                if watch.error is not None and not isinstance(watch.error, OSError):
                    raise watch.error from None
                cause = watch.error or error
                raise write_error(name, self.uri(key), cause, over_network=is_s3(self.root)) from cause
        return result_of(table, name, months, watch.rows, watch.by_month, unique, engine)

    def _take(
        self,
        key: TableKey,
        staged: Staged,
        months: Sequence[date] | None,
        run_id: str,
        unique: Sequence[str],
        engine: EventEngine,
        inputs: Inputs,
    ) -> WriteResult:
        name = table_name(key)
        table = self._open(key) or self._create(key, staged.schema, months)
        check_layout(name, table.metadata().partition_columns, monthly=months is not None)
        existing, fresh = reading.arrow_schema(table), never_written(table)
        columns, _ = evolved(name, None if fresh else existing, staged.schema)
        by_month = Counter[date]()
        for file in staged.files:
            if file.month is not None:
                by_month[file.month] += file.rows
        now = int(time.time() * 1000)
        partitions: list[dict[str, str | None]] = [
            {} if months is None else {MONTH: f"{file.month}"} for file in staged.files
        ]
        try:
            if fresh and columns != existing:
                # Columns that a failed first write left: files cannot come with others than the table has.
                write_deltalake(table, columns.empty_table(), mode="overwrite", schema_mode="overwrite")
            table.create_write_transaction(
                [
                    AddAction(in_log(file), file.bytes, of, now, data_change=True, stats=file.stats)
                    for file, of in zip(staged.files, partitions, strict=True)
                ],
                "overwrite",
                columns,
                partition_by=None if months is None else [MONTH],
                partition_filters=None if months is None else [(MONTH, "in", [f"{month}" for month in months])],
                commit_properties=_commit(table, months, run_id, inputs, only_next=False),
            )
            table.update_incremental()
        except CommitFailedError:
            raise
        except Exception as error:  # delta-rs raises plain ones, too
            raise write_error(name, self.uri(key), error, over_network=is_s3(self.root)) from error
        return result_of(table, name, months, sum(file.rows for file in staged.files), by_month, unique, engine)

    def _create(
        self,
        key: TableKey,
        schema: pa.Schema,
        months: Sequence[date] | None,
    ) -> DeltaTable:
        name, uri = table_name(key), self.uri(key)
        columns, _ = evolved(name, None, schema)
        try:
            return DeltaTable.create(
                uri,
                columns,
                mode="error",
                partition_by=None if months is None else [MONTH],
                name=name,
                storage_options=storage_options(uri),
            )
        except CommitFailedError:
            raise
        except Exception as error:
            # Another run may have created it between our look and our try: then that one is the table.
            created = self._open(key)
            if created is None:
                raise write_error(name, uri, error, over_network=is_s3(self.root)) from error
            return created


def _predicate(months: Sequence[date] | None) -> str | None:
    if months is None:
        return None
    return f"{MONTH} >= '{months[0]}' AND {MONTH} < '{shifted(months[-1], 1)}'"


def _commit(
    table: DeltaTable,
    months: Sequence[date] | None,
    run_id: str,
    inputs: Inputs | None,
    only_next: bool,
    erased: Mapping[date, int] | None = None,
) -> CommitProperties:
    """`only_next`: nothing may have been committed since the table was opened. Without `inputs` it is no writing.

    delta-rs lets a commit that replaces the columns pass behind one that added rows in the old columns; without
    retries it refuses every commit but the very next.
    """
    entries = [SNAPSHOT] if months is None else [entry(month) for month in months]
    counted = [] if inputs is None else [(name, (table.transaction_version(name) or 0) + 1) for name in entries]
    counted += [(erased_entry(month), rows) for month, rows in (erased or {}).items()]
    return CommitProperties(
        custom_metadata={
            "run_id": run_id,
            "months": ",".join(f"{month:%Y-%m}" for month in months or ()),
            **({} if inputs is None else {INPUTS: json.dumps(inputs, sort_keys=True)}),
        },
        app_transactions=[Transaction(name, number) for name, number in counted],
        max_commit_retries=0 if only_next else COMMIT_RETRIES,
    )
