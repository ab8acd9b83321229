"""The engine of this process: DuckDB in memory, which every expression runs on unless told otherwise.

Belongs here: connections and their limits, expressions that are kept. Does not belong here: running SQL (`session`),
files (`parquet`), what is computed (the slices), where tables are kept (`lake`).
"""

import atexit
import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.engine.duckdb import parquet
from arcana_assets.engine.duckdb.macros import IN_DUCKDB
from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH, Query, Session
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.engine.errors import raise_unreadable
from arcana_assets.engine.events import AT_MOST, Files, TooManyRows
from arcana_assets.engine.scratch import remove, scratch_folder

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
        backend, of_now = self.backend, s3_filesystem()
        if backend.s3 is not of_now:  # the environment may name another server than before
            if backend.s3 is not None:
                backend.con.unregister_filesystem("s3")
            backend.con.register_filesystem(of_now)
            backend.s3 = of_now

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


def default_memory_limit(of_duckdb: str) -> str:
    """The limit where none is given. Takes DuckDB's default ("18.8 GiB"), which knows of the limits of containers."""
    number, unit = of_duckdb.split()
    machine = float(number) * _UNITS[unit] / _DUCKDB_SHARE
    return MEMORY_LIMIT if machine >= _SMALL_MACHINE else f"{machine / 2 / 1e6:.0f}MB"


def _spill_directory() -> str:
    process = os.getpid()
    if process not in _spill:
        folder = scratch_folder("duckdb")
        atexit.register(remove, folder)
        _spill[process] = str(folder)
    return _spill[process]
