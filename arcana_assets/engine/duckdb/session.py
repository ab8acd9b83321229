"""Sessions of DuckDB: a connection as Ibis' backend, its queries, and its own words for those who ask in its SQL.

Belongs here: running SQL, and streaming results out of a connection. Does not belong here: limits and the tables of a
step (`engine`), files (`parquet`).
"""

import weakref
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import duckdb
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDBBackend

from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.engine.errors import raise_unreadable

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

_connections: "weakref.WeakValueDictionary[int, duckdb.DuckDBPyConnection]" = weakref.WeakValueDictionary()


class Session(DuckDBBackend):
    """Ibis on DuckDB, without the calls that DuckDB 2.0 deprecates or dropped and Ibis 12 still makes.

    In-memory tables are forgotten once nothing refers to their expressions, where Ibis 12 keeps them to the end of the
    process: whoever keeps the SQL of an expression keeps the expression, too.

    `origins` remembers the expression behind each table cached by `Engine.cache`, for the lineage of its columns;
    `views` the table that shows each snapshot read from the lake; `s3` the filesystem that it reads buckets through.
    """

    origins: dict[str, ir.Table]
    views: dict[Hashable, ir.Table]
    s3: object | None = None

    def do_connect(self, *args: Any, **config: Any) -> None:
        super().do_connect(*args, **config)
        _connections[id(self.con)] = self.con
        self.origins, self.views, self._gone = {}, {}, deque[str]()

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        # Not in the finalizer itself: the collector may run it in any thread, in the middle of a query.
        while self._gone:
            self.con.unregister(self._gone[0])
            self._gone.popleft()
        super()._register_in_memory_table(op)
        weakref.finalize(op, self._gone.append, op.name).atexit = False

    def _make_memtable_finalizer(self, name: str) -> None:
        """None to be run at the end of the process."""

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
        return Query(self.con, self.to_sql(expr), expr)

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
    """An expression bound to the connection of the thread that made it; may be run from any thread, again and again.

    `of` is the expression itself, whose rows of this process are there as long as it is.
    """

    connection: duckdb.DuckDBPyConnection
    sql: str
    of: ir.Table | None = field(default=None, repr=False, compare=False)

    def where(self, condition: str) -> "Query":
        """The rows of the query that meet a condition, in SQL."""
        return self.asking(f"SELECT * FROM ({self.sql}) WHERE {condition}")

    def asking(self, sql: str) -> "Query":
        """Another query on the rows of this one."""
        return replace(self, sql=sql)

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


def interrupt_queries() -> None:
    """Ends the queries under way on the connections of this process, in whichever thread; they raise there.

    A connection without a query is left as it is.
    """
    for connection in list(_connections.values()):
        connection.interrupt()


def _translated(stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from stream
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise_unreadable(error)
        raise
