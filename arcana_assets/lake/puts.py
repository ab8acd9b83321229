"""Puts: rows as files in the folder of their table, put there by the engine that has them, or as a stream beside them.

Belongs here: in which columns, and where. Does not belong here: what their footers say (`files`), the commit (`lake`).
"""

import uuid
from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.dataset as ds
from ibis import Schema

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH
from arcana_assets.engine.events import PutsFiles
from arcana_assets.lake.errors import UnwritableColumn, WriteFailed, write_error
from arcana_assets.lake.files import Staged, staged, staged_folder
from arcana_assets.lake.rows import Declaration, Parts, Permission, RunAgain, Watch, as_declared
from arcana_assets.lake.schema import MONTH, kept_type, told


def put_files(
    uri: str, name: str, rows: ir.Table, engine: PutsFiles, monthly: bool, declared: Declaration | None
) -> Staged:
    """Has an engine put the rows into a folder of their own below the table's, which waits for its commit.

    Raises UnwritableColumn for rows of a monthly table that have no month, and what `declared` refuses.
    """
    columns = _columns(name, pa.schema(rows.schema().to_pyarrow()), monthly, declared)
    token = uuid.uuid4().hex
    engine.put(rows, staged_folder(uri, token), columns, MONTH if monthly else None)
    return staged(uri, token, columns, monthly)


def put_parts(
    uri: str,
    name: str,
    parts: Parts,
    engine: PutsFiles,
    months: Sequence[date] | None,
    declared: Declaration | None,
    permitted: Permission,
    attempts: int,
) -> Staged:
    """As `put_files`, and the stream beside them in the same columns: null in a part that does not have one.

    Both are made again where the stream ends in RunAgain, so many times at most. Raises ForeignMonth for a month in the
    stream that is none of these, WriteFailed, and what the stream ends in.
    """
    for attempt in range(1, attempts + 1):
        permitted()
        try:
            return _put_both(uri, name, parts, engine, months, declared, permitted)
        except RunAgain as again:
            if attempt == attempts:
                raise WriteFailed(name, again, retriable=True) from again
        except (OSError, pa.ArrowException) as error:
            raise write_error(name, uri, error, over_network=is_s3(uri)) from error
    raise AssertionError("unreachable")


def _put_both(
    uri: str,
    name: str,
    parts: Parts,
    engine: PutsFiles,
    months: Sequence[date] | None,
    declared: Declaration | None,
    permitted: Permission,
) -> Staged:
    rows, stream = parts.make()
    monthly, there = months is not None, pa.schema(rows.schema().to_pyarrow() if rows is not None else [])
    given = pa.schema([*there, *(field for field in stream.schema if field.name not in there.names)])
    columns = _columns(name, given, monthly, declared)
    columns = pa.schema([field.with_type(kept_type(name, field.name, field.type)) for field in columns])
    token = uuid.uuid4().hex
    folder = staged_folder(uri, token)
    if rows is not None:
        kinds = Schema.from_pyarrow(columns)
        lacking = {each: ibis.null(kind) for each, kind in kinds.items() if each not in rows.columns}
        engine.put(rows.mutate(lacking), folder, columns, MONTH if monthly else None)
    _write(Watch(name, columns, months, permitted), stream, folder)
    return staged(uri, token, columns, monthly)


def _columns(name: str, given: pa.Schema, monthly: bool, declared: Declaration | None) -> pa.Schema:
    columns = as_declared(name, given, declared)
    if monthly and MONTH not in columns.names:
        raise UnwritableColumn(
            f"{name} is a monthly table, but the rows have no column `month` (the first day, a date)."
        )
    return columns


def _write(watch: Watch, stream: pa.RecordBatchReader, folder: str) -> None:
    """Writes the stream to its end."""
    parquet = ds.ParquetFileFormat()
    by_month = ds.partitioning(pa.schema([(MONTH, pa.date32())]), flavor="hive") if watch.months is not None else None
    try:
        ds.write_dataset(
            watch.over(iter(stream)),
            folder.removeprefix("s3://"),
            filesystem=s3_filesystem() if is_s3(folder) else None,
            format=parquet,
            file_options=parquet.make_write_options(
                compression="zstd", compression_level=3, write_statistics=told(watch.schema)
            ),
            partitioning=by_month,
            basename_template="beside-{i}.parquet",
            existing_data_behavior="overwrite_or_ignore",
            max_rows_per_group=ROWS_PER_BATCH,
        )
    except Exception:
        if watch.error is not None:  # as it was raised
            raise watch.error from None
        raise
    finally:
        stream.close()
