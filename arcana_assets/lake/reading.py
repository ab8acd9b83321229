"""Reading a Delta table in DuckDB: the live Parquet files of the wanted months, behind a view named after the table.

Belongs here: from a Delta snapshot to an Ibis table. Does not belong here: which months exist and may be read (`lake`).
"""

import functools
import itertools
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from urllib.parse import unquote

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from deltalake import DeltaTable
from ibis import Schema
from ibis.backends.sql.datatypes import DuckDBType

from arcana_assets.deployment import is_s3
from arcana_assets.engine.duckdb import Connection, Engine, EngineError, Session, listed, quoted
from arcana_assets.engine.errors import raise_unreadable
from arcana_assets.lake.schema import MONTH

# What these features change does not concern a reader of plain Parquet files.
_PLAIN_FEATURES = {"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"}
_VIEW = re.compile(r"(.+)@\d+")
_numbers = itertools.count(1)


def table_of(view: str) -> tuple[str, ...] | None:
    """The table (domain, layer, table) behind a view made here; None for any other name."""
    match = _VIEW.fullmatch(view)
    return tuple(match[1].split("/")) if match and "/" in match[1] else None


def arrow_schema(table: DeltaTable) -> pa.Schema:
    """The columns of the table, in its order."""
    return pa.schema(table.schema().to_arrow())


def live_files(table: DeltaTable, months: Sequence[date] | None, *more: str) -> list[dict]:
    """The files (path, size_bytes, num_records) of the months in this version of the table; of all months for None.

    `more` are further fields of the log, such as `max.<column>`; one that it does not have is left out.

    Paths come from the log, relative: delta-rs percent-encodes the folder in its `file_uris`, which no reader expects.
    """
    actions = pa.table(table.get_add_actions(flatten=True))
    column = f"partition.{MONTH}"
    wanted = [name for name in ("path", "size_bytes", "num_records", column, *more) if name in actions.column_names]
    # In the order they were written, month by month: the log lists them in any order.
    files = sorted(actions.select(wanted).to_pylist(), key=lambda file: file["path"])
    return files if months is None else [file for file in files if file.get(column) in set(months)]


def greatest(table: DeltaTable, column: str, months: Sequence[date]) -> dict[date, Any]:
    """The greatest value of a column in each of the months, as the log says; None of a month without rows.

    A month with a file of which the log does not say it is left out.
    """
    said, found = f"max.{column}", dict[date, Any].fromkeys(months)
    for file in live_files(table, months, said):
        month, value = file[f"partition.{MONTH}"], file.get(said)
        if value is None and file["num_records"]:
            found.pop(month, None)
        elif value is not None and month in found:
            found[month] = value if found[month] is None else max(found[month], value)
    return found


def view(table: DeltaTable, name: str, months: Sequence[date] | None, engine: Engine) -> ir.Table:
    """The rows of the months as an Ibis table, lazily, in the columns of the table.

    The list of files fixes the snapshot: commits made later are not seen. Raises CorruptFile for a file whose
    footer cannot be read.
    """
    backend = engine.backend
    # One view per snapshot and months, so that a process that reads again and again does not pile them up.
    snapshot = (table.table_uri, table.metadata().id, table.version(), None if months is None else tuple(months))
    if snapshot not in backend.views:
        _reach(table, engine)
        made = f"{name}@{next(_numbers)}"
        try:
            backend.views[snapshot] = _make(table, made, months, backend)
        except EngineError as error:
            raise_unreadable(error)
            raise
    return backend.views[snapshot]


def doubled(table: DeltaTable, files: Sequence[dict], columns: Sequence[str], engine: Engine) -> int:
    """How many different values these columns have in more than one row of the files, which have all of them.

    Raises CorruptFile for a file that cannot be read.
    """
    if not files:
        return 0
    _reach(table, engine)
    key, source = ", ".join(map(quoted, columns)), _read_parquet(table, [file["path"] for file in files])
    query = f"SELECT count(*) FROM (SELECT 1 FROM {source} GROUP BY {key} HAVING count(*) > 1)"
    try:
        found = engine.sql(query).only()
    except EngineError as error:
        raise_unreadable(error)
        raise
    return int(found)


def _reach(table: DeltaTable, engine: Engine) -> None:
    if is_s3(table.table_uri):
        engine.reach_s3()


def select_of(table: DeltaTable, months: Sequence[date] | None, ask: Callable[[str], Connection]) -> str:
    """The rows of the months as an SQL query of their live files, in the columns of the table.

    Not of files of a table that `needs_delta_reader`: they say something else than its rows.
    """
    schema, files = arrow_schema(table), live_files(table, months)
    if not files:
        return f"SELECT {_columns(schema, {})} WHERE false"
    source = _read_parquet(table, [file["path"] for file in files])
    found = {column: kind for column, kind, *_ in ask(f"DESCRIBE FROM {source}").fetchall()}
    return f"SELECT {_columns(schema, found)} FROM {source}"


def _make(table: DeltaTable, name: str, months: Sequence[date] | None, backend: Session) -> ir.Table:
    schema = arrow_schema(table)
    if needs_delta_reader(table) and live_files(table, months):
        _copy_scan(table, name, months, backend, schema)
    else:
        backend.run(f"CREATE TEMP VIEW {quoted(name)} AS {select_of(table, months, backend.run)}")
    # As the engine would describe it, which takes it longer than to make it.
    columns = {column: _ibis_type(_duckdb_type(kind)) for column, kind in Schema.from_pyarrow(schema).items()}
    return ops.DatabaseTable(name, schema=Schema(columns), source=backend).to_expr()


def _read_parquet(table: DeltaTable, paths: Sequence[str]) -> str:
    root = table.table_uri.rstrip("/")
    if root.startswith("file://"):
        root = unquote(root.removeprefix("file://"))
    files = listed(f"{root}/{unquote(path)}" for path in paths)
    hive = f"hive_partitioning = true, hive_types = {{'{MONTH}': DATE}}"
    if not table.metadata().partition_columns:
        hive = "hive_partitioning = false"
    return f"read_parquet({files}, union_by_name = true, {hive})"


def _columns(schema: pa.Schema, found: dict[str, str]) -> str:
    """Every column in its type; a column that no file has yet is null."""
    columns = []
    for name, kind in Schema.from_pyarrow(schema).items():
        wanted, column = _duckdb_type(kind), quoted(name)
        if name not in found:
            columns.append(f"CAST(NULL AS {wanted}) AS {column}")
        elif found[name] == wanted:
            columns.append(column)
        else:
            columns.append(f"CAST({column} AS {wanted}) AS {column}")
    return ", ".join(columns)


@functools.cache
def _duckdb_type(kind: dt.DataType) -> str:
    return DuckDBType.to_string(kind)


@functools.cache
def _ibis_type(kind: str) -> dt.DataType:
    return DuckDBType.from_string(kind, nullable=True)


def needs_delta_reader(table: DeltaTable) -> bool:
    """Whether rows or names differ from what is in the files (deletion vectors, column mapping set by Spark)."""
    protocol = table.protocol()
    return protocol.min_reader_version == 2 or bool(set(protocol.reader_features or ()) - _PLAIN_FEATURES)


def _copy_scan(
    table: DeltaTable, name: str, months: Sequence[date] | None, backend: Session, schema: pa.Schema
) -> None:
    """Reads through delta-rs into a temporary table: its stream can be read only once, a view is read often."""
    predicate = None
    if months is not None:
        days = ", ".join(f"DATE '{month}'" for month in months)
        predicate = f"{MONTH} IN ({days})"
    stream = pa.RecordBatchReader.from_stream(table.scan(predicate=predicate))
    scan = f"{name} scan"
    try:
        with backend.showing(scan, stream):
            found = dict.fromkeys(stream.schema.names, "")
            backend.run(f"CREATE TEMP TABLE {quoted(name)} AS SELECT {_columns(schema, found)} FROM {quoted(scan)}")
    finally:
        stream.close()
