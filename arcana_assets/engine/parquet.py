"""Files of a table in DuckDB: the Parquet files behind a view, in the columns of the table.

Belongs here: the SQL that reads them. Does not belong here: which files there are (`lake.reading`), connections
(`duckdb`).
"""

import functools
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import duckdb
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis import Schema
from ibis.backends.sql.datatypes import DuckDBType

from arcana_assets.engine.errors import raise_unreadable
from arcana_assets.engine.events import Files
from arcana_assets.engine.sql import listed, quoted

if TYPE_CHECKING:
    from arcana_assets.engine.duckdb import Connection, Session

_numbers = itertools.count(1)


def show(files: Files, backend: "Session") -> ir.Table:
    """The rows of the files as an Ibis table, lazily.

    Raises CorruptFile for a file whose footer cannot be read.
    """
    # One view per snapshot and months, so that a process that reads again and again does not pile them up.
    if files.snapshot not in backend.views:
        made = f"{files.name}@{next(_numbers)}"
        try:
            backend.views[files.snapshot] = _make(files, made, backend)
        except duckdb.Error as error:
            raise_unreadable(error)
            raise
    return backend.views[files.snapshot]


def select(files: Files, ask: Callable[[str], "Connection"]) -> str:
    """The rows of the files as an SQL query, in the columns of the table; not of files that have a `stream`."""
    if not files.paths:
        return f"SELECT {_columns(files, {})} WHERE false"
    source = source_of(files)
    found = {column: kind for column, kind, *_ in ask(f"DESCRIBE FROM {source}").fetchall()}
    return f"SELECT {_columns(files, found)} FROM {source}"


def source_of(files: Files) -> str:
    """The files as they are, for a FROM."""
    paths = listed(f"{files.root}/{path}" for path in files.paths)
    hive = "hive_partitioning = false"
    if files.partition is not None:
        hive = f"hive_partitioning = true, hive_types = {{'{files.partition}': DATE}}"
    return f"read_parquet({paths}, union_by_name = true, {hive})"


def _make(files: Files, name: str, backend: "Session") -> ir.Table:
    if files.stream is not None:
        _copy(files, name, backend)
    else:
        backend.run(f"CREATE TEMP VIEW {quoted(name)} AS {select(files, backend.run)}")
    # As the engine would describe it, which takes it longer than to make it.
    columns = {column: _ibis_type(_duckdb_type(kind)) for column, kind in Schema.from_pyarrow(files.columns).items()}
    return ops.DatabaseTable(name, schema=Schema(columns), source=backend).to_expr()


def _copy(files: Files, name: str, backend: "Session") -> None:
    """Reads the stream into a temporary table: it can be read only once, a view is read often."""
    assert files.stream is not None
    stream = files.stream()
    scan = f"{name} scan"
    try:
        with backend.showing(scan, stream):
            found = dict.fromkeys(stream.schema.names, "")
            backend.run(f"CREATE TEMP TABLE {quoted(name)} AS SELECT {_columns(files, found)} FROM {quoted(scan)}")
    finally:
        stream.close()


def _columns(files: Files, found: dict[str, str]) -> str:
    """Every column in its type; a column that no file has yet is null."""
    columns = []
    for name, kind in Schema.from_pyarrow(files.columns).items():
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
