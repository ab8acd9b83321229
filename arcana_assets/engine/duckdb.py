"""The engine: the embedded Ibis backend (DuckDB in memory) that every expression runs on unless told otherwise.

Belongs here: connections, their limits, streaming results out of them, names and texts in their SQL. Does not belong
here: functions that engines spell differently (`primitives`), what is computed (the slices), where tables are kept
(`lake`).
"""

import atexit
import itertools
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import dagster as dg
import duckdb
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDBBackend

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.engine import parquet
from arcana_assets.engine.errors import raise_unreadable
from arcana_assets.engine.events import AT_MOST, Files, TooManyRows
from arcana_assets.engine.primitives import IN_DUCKDB
from arcana_assets.engine.scratch import remove, scratch_folder
from arcana_assets.engine.sql import listed as listed
from arcana_assets.engine.sql import literal as literal
from arcana_assets.engine.sql import quoted as quoted

Connection: TypeAlias = duckdb.DuckDBPyConnection
Relation: TypeAlias = duckdb.DuckDBPyRelation
EngineError: TypeAlias = duckdb.Error
"""DuckDB's own, for those rooms that ask in its SQL and know nothing else of it."""
OF_THE_ENGINE = (
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    duckdb.ConnectionException,
    duckdb.FatalException,
    duckdb.InternalException,
)
"""Errors that are the fault of the engine, its memory or its connection, and of no file."""
OF_THE_NETWORK = duckdb.HTTPException

ROWS_PER_BATCH = 122_880  # a DuckDB row group, and ours in the lake

MEMORY_LIMIT = "2GB"  # of each connection, where none is given
MANY_COLUMNS = 64
_SMALL_MACHINE = 4e9  # bytes; below, half of it
_DUCKDB_SHARE = 0.8  # of the machine, or of its container, that DuckDB takes by default
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}

_names = itertools.count(1)
_sessions = threading.local()
# DuckDB's binding complains on the terminal of connections that outlive the interpreter.
atexit.register(lambda: _sessions.__dict__.clear())
_spill: dict[int, str] = {}
_connections: "weakref.WeakValueDictionary[int, duckdb.DuckDBPyConnection]" = weakref.WeakValueDictionary()


class Session(DuckDBBackend):
    """Ibis on DuckDB, without the calls that DuckDB 2.0 deprecates or dropped and Ibis 12 still makes.

    `origins` remembers the expression behind each table cached by `Engine.cache`, for the lineage of its columns;
    `views` the table that shows each snapshot read from the lake.
    """

    origins: dict[str, ir.Table]
    views: dict[tuple, ir.Table]
    reaches_s3 = False

    def do_connect(self, *args: Any, **config: Any) -> None:
        super().do_connect(*args, **config)
        _connections[id(self.con)] = self.con
        self.origins, self.views = {}, {}

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> sch.Schema:
        path = ".".join(quoted(part) for part in (catalog, database, table_name) if part)
        return self._get_schema_using_query(path)

    def _get_schema_using_query(self, query: str) -> sch.Schema:
        columns = self.con.sql(f"DESCRIBE {query}").fetchall()
        from_string = self.compiler.type_mapper.from_string
        return sch.Schema({name: from_string(kind, nullable=null == "YES") for name, kind, null, *_ in columns})

    def to_pyarrow(self, expr: ir.Expr, /, **options: Any) -> Any:
        try:
            return super().to_pyarrow(expr, **options)
        except duckdb.Error as error:
            raise_unreadable(error)
            raise

    def execute(self, expr: ir.Expr, /, **options: Any) -> Any:
        # Through Arrow: the conversion of Ibis 12 reads an option that pandas 3 deprecates.
        result = self.to_pyarrow(expr, **options)
        return result.as_py() if isinstance(result, pa.Scalar) else result.to_pandas()

    def to_pyarrow_batches(
        self, expr: ir.Expr, /, *, chunk_size: int = ROWS_PER_BATCH, **_: Any
    ) -> pa.RecordBatchReader:
        """Only to override that of Ibis, which calls what DuckDB deprecates; `Engine.batches` streams rows."""
        return self.con.sql(self.to_sql(expr.as_table())).to_arrow_reader(chunk_size)

    def to_sql(self, expr: ir.Table) -> str:
        """The query of an expression, with the in-memory tables it needs registered."""
        self._run_pre_execute_hooks(expr)
        return self.compile(expr)

    def query(self, expr: ir.Table) -> "Query":
        """The expression, compiled here and now for this connection."""
        return Query(self.con, self.to_sql(expr))

    @contextmanager
    def showing(self, name: str, rows: pa.RecordBatchReader | pa.Table) -> Iterator[None]:
        """Lets queries of this connection name rows of this process, within the `with`."""
        self.con.register(name, rows)
        try:
            yield
        finally:
            self.con.unregister(name)

    def run(self, statement: str) -> Connection:
        """Runs a statement in DuckDB's SQL; what it comes to is read from what is returned, before the next one."""
        return self.con.execute(statement)


@dataclass(frozen=True)
class Query:
    """An expression bound to the connection of the thread that made it; may be run from any thread, again and again."""

    connection: duckdb.DuckDBPyConnection
    sql: str

    def where(self, condition: str) -> "Query":
        """The rows of the query that meet a condition, in SQL."""
        return Query(self.connection, f"SELECT * FROM ({self.sql}) WHERE {condition}")

    @cached_property
    def schema(self) -> pa.Schema:
        return self.connection.sql(f"SELECT * FROM ({self.sql}) LIMIT 0").to_arrow_table().schema

    def table(self, **days: date) -> pa.Table:
        """All rows, with each `given_day` of the query: to compile it once is cheaper than for each month anew."""
        with self._given(days):
            return self.connection.sql(self.sql).to_arrow_table()

    def rows(self, **days: date) -> list[tuple[Any, ...]]:
        """All rows as tuples, of a query that has few."""
        with self._given(days):
            found: list[tuple[Any, ...]] = self.connection.sql(self.sql).fetchall()
        return found

    def only(self, **days: date) -> Any:
        """The value of a query that has one row of one column."""
        [(value,)] = self.rows(**days)
        return value

    @contextmanager
    def batches(self, rows: int = ROWS_PER_BATCH, **days: date) -> Iterator[pa.RecordBatchReader]:
        """The rows as a stream, which is closed at the end of the `with`, drained or not."""
        # DuckDB refuses the next query while a stream is open, so it is closed whatever happens to its reader.
        stream = None
        with self._given(days):
            try:
                stream = self.connection.sql(self.sql).to_arrow_reader(rows)
                yield pa.RecordBatchReader.from_batches(stream.schema, _translated(stream))
            finally:
                if stream is not None:
                    stream.close()

    @contextmanager
    def _given(self, days: Mapping[str, date]) -> Iterator[None]:
        """Days are of one reading; the next one is not to see them."""
        try:
            for name, day in days.items():
                self.connection.execute(f"SET VARIABLE {quoted(name)} = DATE {literal(day.isoformat())}")
            yield
        except duckdb.Error as error:
            raise_unreadable(error)
            raise
        finally:
            for name in days:
                self.connection.execute(f"RESET VARIABLE {quoted(name)}")


@dataclass(frozen=True)
class Here:
    """The engine of one thread, for a stream that another thread pulls while the first one waits."""

    backend: Session


class Engine(dg.ConfigurableResource):
    """DuckDB in memory: one connection a thread and configuration, so that all tables of a step can be joined.

    The order of rows is kept (DuckDB's default), because a rerun then writes the same rows in the same order. It is
    free: 30 million rows copied through the lake took 18 s and 0.7 GB with it, 16 s and 0.7 GB without.

    Without a `memory_limit` (ARCANA_MEMORY_LIMIT) a connection gets 2 GB, or half of a machine that has less than
    4 GB. DuckDB's own default is 80 % of the machine, and it fills what it may before it spills: peak memory would
    grow with the data up to the size of the machine, and each connection counts for itself. With the limit, sorts,
    joins and aggregates beyond it go to `temp_directory`, and the peak stays flat.
    """

    threads: int | None = None
    memory_limit: str | None = None
    temp_directory: str | None = None

    @property
    def backend(self) -> Session:
        """The Ibis backend of this thread. Sessions run in UTC; ICU time zones and the primitives are there."""
        settings = (self.threads, self.memory_limit, self.temp_directory)
        sessions: dict[tuple, Session] = _sessions.__dict__.setdefault(f"of process {os.getpid()}", {})
        if settings not in sessions:
            sessions[settings] = self._connect()
        return sessions[settings]

    def query(self, expr: ir.Table) -> Query:
        """The expression, compiled here and now for the connection of this thread."""
        return self.backend.query(expr)

    def sql(self, text: str) -> Query:
        """A query in the engine's own SQL, for the connection of this thread."""
        return Query(self.backend.con, text)

    def run(self, statement: str) -> None:
        """Runs a statement in the engine's own SQL, on the connection of this thread."""
        self.backend.run(statement)

    @contextmanager
    def batches(self, expr: ir.Table, rows: int = ROWS_PER_BATCH) -> Iterator[pa.RecordBatchReader]:
        """Streams the rows of an expression; the stream is closed at the end of the `with`, drained or not.

        Raises CorruptFile where a file of the lake turns out to be unreadable on the way.
        """
        with self.query(expr).batches(rows) as reader:
            yield reader

    @contextmanager
    def cache(self, expr: ir.Table) -> Iterator[ir.Table]:
        """Computes an expression once, for uses that would compute it again; dropped at the end of the `with`."""
        backend, name = self.backend, f"cache@{next(_names)}"
        try:
            backend.con.execute(f"CREATE TEMP TABLE {quoted(name)} AS {backend.to_sql(expr)}")
        except duckdb.Error as error:
            raise_unreadable(error)
            raise
        backend.origins[name] = expr
        try:
            yield backend.table(name)
        finally:
            del backend.origins[name]
            backend.con.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    @property
    def puts_files(self) -> bool:
        """Rows of DuckDB reach the lake as a stream through this process."""
        return False

    def table(self, files: Files) -> ir.Table:
        """The rows of the files as an Ibis table, lazily. Raises CorruptFile for a file whose footer is unreadable."""
        if is_s3(files.root):
            self.reach_s3()
        return parquet.show(files, self.backend)

    def small(self, expr: ir.Expr, at_most: int = AT_MOST) -> pa.Table:
        """The rows of an expression, in the types that it promises. Raises TooManyRows, and CorruptFile."""
        found: pa.Table = self.backend.to_pyarrow(expr.as_table().limit(at_most + 1))
        if found.num_rows > at_most:
            raise TooManyRows(at_most)
        return found

    def value(self, expr: ir.Scalar) -> Any:
        """What a scalar comes to. Raises CorruptFile."""
        return self.backend.execute(expr)

    def reach_s3(self) -> None:
        """Lets DuckDB read `s3://` through fsspec: its own httpfs extension cannot be loaded without the internet."""
        backend = self.backend
        if not backend.reaches_s3:
            backend.con.register_filesystem(s3_filesystem())
            backend.reaches_s3 = True

    def expect(self, columns: int) -> None:
        """Has queries of so many columns planned without what takes the cube of their number.

        DuckDB 2.0 finds out for every sort and group how its columns could be packed. In a chain of views over 100
        columns that took 2 s of a plan, over 300 more than 20 s and over 900 more than 8 minutes; without it, 0.5 s.
        """
        given = "'compressed_materialization'" if columns > MANY_COLUMNS else "''"
        self.backend.con.execute(f"SET disabled_optimizers = {given}")

    def _connect(self) -> Session:
        config: dict[str, Any] = {"temp_directory": self.temp_directory or _spill_directory()}
        if self.threads:
            config["threads"] = self.threads
        if self.memory_limit:
            config["memory_limit"] = self.memory_limit
        backend = Session()
        backend.do_connect(":memory:", **config)
        if not self.memory_limit:
            ((of_duckdb,),) = backend.con.sql("SELECT current_setting('memory_limit')").fetchall()
            backend.con.execute(f"SET memory_limit = {literal(default_memory_limit(of_duckdb))}")
        backend.con.execute("SET TimeZone = 'UTC'")
        for name, definition in IN_DUCKDB.items():
            backend.con.execute(f"CREATE OR REPLACE MACRO {name} AS {definition}")
        return backend


def interrupt_queries() -> None:
    """Ends the queries under way on the connections of this process, in whichever thread; they raise there.

    A connection without a query is left as it is.
    """
    for connection in list(_connections.values()):
        connection.interrupt()


def default_memory_limit(of_duckdb: str) -> str:
    """The limit where none is given. Takes DuckDB's default ("18.8 GiB"), which knows of the limits of containers."""
    number, unit = of_duckdb.split()
    machine = float(number) * _UNITS[unit] / _DUCKDB_SHARE
    return MEMORY_LIMIT if machine >= _SMALL_MACHINE else f"{machine / 2 / 1e6:.0f}MB"


def _translated(stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from stream
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise_unreadable(error)
        raise


def _spill_directory() -> str:
    process = os.getpid()
    if process not in _spill:
        folder = scratch_folder("duckdb")
        atexit.register(remove, folder)
        _spill[process] = str(folder)
    return _spill[process]
