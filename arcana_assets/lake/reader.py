"""The reader: SQL over the live files of the lake, for all who only look at it: the page, `arcana sql`, the profile.

Belongs here: one DuckDB for a process, from tables and months to the files that a query reads, answers that are kept.
Does not belong here: the queries, the tables of computations (`reading`), what a query may be
(`duckdb.read_only`).
"""

import itertools
import math
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from arcana_assets.deployment import storage_options
from arcana_assets.domain.errors import first_line
from arcana_assets.engine.duckdb.parquet import select
from arcana_assets.engine.duckdb.read_only import BadQuery, lock, only_question, read_only
from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH, Connection, EngineError, Relation
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.engine.errors import raise_unreadable
from arcana_assets.lake.errors import LakeError, MissingTable
from arcana_assets.lake.names import table_name, table_uri
from arcana_assets.lake.reading import arrow_schema, files_of, live_files, needs_delta_reader
from arcana_assets.lake.schema import MONTH

_numbers = itertools.count(1)  # of what a session has for itself
LOOKS_EVERY = 1.0  # seconds: whether a table was written since
KEPT_BYTES = 128 * 2**20  # of answers, of the last asked
Key = tuple[str, str, str]
"""Domain, layer and table."""


class Part(NamedTuple):
    """What of a table a query reads: its months, or all of it."""

    key: Key
    months: tuple[date, ...] | None = None


@dataclass(frozen=True, eq=False)
class _Known:
    """A table at one version: it is another one, and its answers are others, when either changes.

    `selects` are the months of it that were asked for, as queries over its files; it is known as long as one of these
    is read.
    """

    id: str
    version: int
    table: DeltaTable
    selects: dict[tuple[date, ...] | None, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def schema(self) -> pa.Schema:
        return arrow_schema(self.table)

    @cached_property
    def monthly(self) -> bool:
        return bool(self.table.metadata().partition_columns)

    @cached_property
    def rows(self) -> dict[date | None, int]:
        """How many rows there are by month; those of a table without months under None."""
        found = dict[date | None, int]()
        for file in live_files(self.table, None):
            month = file.get(f"partition.{MONTH}")
            found[month] = found.get(month, 0) + file["num_records"]
        return dict(sorted(found.items(), key=lambda each: each[0] or date.min))


def _drop(connection: Connection, name: str) -> None:
    """Drops the copy of a table at a version at which nobody reads it any more."""
    with suppress(EngineError), connection.cursor() as cursor:  # a DuckDB that is closed has none
        cursor.execute(f"DROP TABLE {name}")


class _Watched:
    """A table under watch: what it is now, opened anew only where somebody has written; looked at once a second."""

    def __init__(self, uri: str) -> None:
        self._uri, self._options, self._lock = uri, storage_options(uri), threading.Lock()
        self._newest: DeltaTable | None = None
        self._known: _Known | None = None
        self._looked = -math.inf

    def now(self) -> _Known | None:
        """The table as it is now; None where there is none."""
        with self._lock:
            if time.monotonic() - self._looked < LOOKS_EVERY:
                return self._known
            try:
                if self._newest is None:
                    self._newest = DeltaTable(self._uri, storage_options=self._options)
                else:
                    self._newest.update_incremental()
            except TableNotFoundError:
                self._known, self._newest = None, None
                return None
            finally:
                self._looked = time.monotonic()
            seen = str(self._newest.metadata().id), self._newest.version()
            if self._known is None or (self._known.id, self._known.version) != seen:
                # Of its own: the one that is brought up to date must not change under a query.
                self._known = _Known(*seen, DeltaTable(self._uri, seen[1], storage_options=self._options))
            return self._known


class Reader:
    """Answers queries over the tables of a lake, for many threads at once, in one DuckDB of at most `memory_limit`.

    A query sees each of its tables as it was within the last second, whole, and only the files of the months that it
    names.
    Answers are kept while the tables they were made of have the same versions, 128 MB of them and none that is larger;
    who asks what somebody else has just asked waits for that answer. Nothing here writes, and nothing outside of the
    lake can be read.
    """

    def __init__(self, root: str, threads: int | None = None, memory_limit: str | None = None) -> None:
        self.root = root
        self._connection = read_only([root], threads, memory_limit)
        lock(self._connection)
        self._lock = threading.Lock()
        self._tables: dict[Key, _Watched] = {}
        self._answers: OrderedDict[tuple, Future[pa.Table]] = OrderedDict()
        self._kept = 0

    def exists(self, key: Key) -> bool:
        """Whether the table was ever written."""
        return self._known(key) is not None

    def version(self, key: Key) -> int:
        """The version of the table as it is now. Raises MissingTable."""
        return self._there(key).version

    def months(self, key: Key) -> tuple[date, ...]:
        """The months of which the table has rows, in order; none where it does not exist or has no months."""
        known = self._known(key)
        return () if known is None else tuple(month for month in known.rows if month is not None)

    def monthly(self, key: Key) -> bool:
        """Whether the table has months. Raises MissingTable."""
        return self._there(key).monthly

    def written_at(self, key: Key) -> datetime:
        """When the version of now was committed, in UTC. Raises MissingTable."""
        (last,) = self._there(key).table.history(1)
        return datetime.fromtimestamp(last["timestamp"] / 1000, UTC)

    def schema(self, key: Key) -> pa.Schema:
        """The columns of the table, each with its `comment`. Raises MissingTable."""
        return self._there(key).schema

    def rows_by_month(self, key: Key) -> dict[date | None, int]:
        """How many rows each month of the table has, as its log says. Raises MissingTable."""
        return dict(self._there(key).rows)

    def rows(self, query: str, parts: Mapping[str, Part], **values: Any) -> pa.Table:
        """The rows of a query in which `parts` are tables by name, and `values` are what `$name` stands for.

        Raises MissingTable, CorruptFile, NotReadOnly, and BadQuery for a query that cannot be answered.
        """
        known = {name: self._there(part.key) for name, part in parts.items()}
        seen = tuple((name, parts[name].months, each.id, each.version) for name, each in known.items())
        asked = (query, seen, tuple(sorted(values.items())))
        with self._lock:
            answer = self._answers.get(asked)
            mine = answer is None
            if answer is None:
                answer = self._answers[asked] = Future()
            self._answers.move_to_end(asked)
        if not mine:
            return answer.result()
        try:
            with self._asked(query, parts, known, values) as relation:
                found = relation.to_arrow_table()
        except BaseException as error:
            with self._lock:
                del self._answers[asked]
            answer.set_exception(error)
            raise
        self._keep(asked, answer, found)
        return found

    @contextmanager
    def batches(
        self, query: str, parts: Mapping[str, Part], rows: int = ROWS_PER_BATCH, **values: Any
    ) -> Iterator[pa.RecordBatchReader]:
        """As `rows`, as a stream and not kept: for what is too much to hold."""
        known = {name: self._there(part.key) for name, part in parts.items()}
        with self._asked(query, parts, known, values) as relation:
            stream = relation.to_arrow_reader(rows)
            try:
                yield stream
            finally:
                stream.close()

    @contextmanager
    def shell(self, tables: Mapping[Key, Sequence[date] | None]) -> Iterator["Shell"]:
        """A session in which tables are views named by layer and table, with their comments, as they are now.

        Of the tables given no other session sees anything, and nothing is left of them afterwards.
        """
        known = {key: self._there(key) for key in tables}
        with self._session() as cursor:
            own = quoted(f"shell {next(_numbers)}")
            cursor.execute(f"ATTACH ':memory:' AS {own}")
            try:
                for (_, layer, name), months in tables.items():
                    table, place = known[_, layer, name], f"{own}.{quoted(layer)}.{quoted(name)}"
                    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {own}.{quoted(layer)}")
                    select = self._select(table, None if months is None else tuple(months))
                    cursor.execute(f"CREATE VIEW {place} AS {select}")
                    for column in table.schema:
                        if comment := (column.metadata or {}).get(b"comment"):
                            text = comment.decode().replace("'", "''")
                            cursor.execute(f"COMMENT ON COLUMN {place}.{quoted(column.name)} IS '{text}'")
                cursor.execute(f"USE {own}")
                yield Shell(cursor)
            finally:
                cursor.execute("USE memory")
                cursor.execute(f"DETACH {own}")

    def close(self) -> None:
        """Ends the DuckDB; nothing can be asked afterwards."""
        self._connection.close()

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        cursor = self._connection.cursor()
        try:
            yield cursor
        except EngineError as error:
            raise_unreadable(error)
            raise BadQuery(error) from None
        finally:
            cursor.close()

    @contextmanager
    def _asked(
        self, query: str, parts: Mapping[str, Part], known: Mapping[str, _Known], values: Mapping[str, Any]
    ) -> Iterator[Relation]:
        """The relation of a query over tables as they are `known`, in a session of its own."""
        text = self._text(query, parts, known)
        with self._session() as cursor:
            yield cursor.sql(text, params=dict(values)) if values else cursor.sql(text)

    def _text(self, query: str, parts: Mapping[str, Part], known: Mapping[str, _Known]) -> str:
        """The query with its tables as the files that they are; NotReadOnly for one that is more than a question.

        A table that is named twice is read twice, of its columns and rows what each place needs: DuckDB would hold
        them in memory, 35 MB of a million customers' segments.
        """
        query = only_question(query)
        selects = ", ".join(
            f"{quoted(name)} AS NOT MATERIALIZED ({self._shown(part, self._select(known[name], part.months))})"
            for name, part in parts.items()
        )
        if not selects:
            return query
        # A query that has names of its own goes on with them.
        first, _, rest = query.lstrip().partition(" ")
        return f"WITH {selects}, {rest}" if first.upper() == "WITH" else f"WITH {selects} {query}"

    def _shown(self, part: Part, select: str) -> str:
        """What a query sees of a part, whose rows are those of `select`."""
        return select

    def _select(self, known: _Known, months: tuple[date, ...] | None) -> str:
        with known.lock:
            found = known.selects.get(months)
            if found is None:
                with self._session() as cursor:
                    found = known.selects[months] = self._made(known, months, cursor)
            return found

    def _made(self, known: _Known, months: tuple[date, ...] | None, cursor: Connection) -> str:
        if not needs_delta_reader(known.table) or not live_files(known.table, months):
            return select(files_of(known.table, "", months), cursor.execute)
        # Rows that Spark deleted, or columns that it renamed, are known by delta-rs alone: they are copied once.
        if None not in known.selects:
            name = f"memory.main.{quoted(f'copy {next(_numbers)} of {known.id} at {known.version}')}"
            stream = pa.RecordBatchReader.from_stream(known.table.scan())
            cursor.register("scan of delta-rs", stream)
            cursor.execute(f'CREATE TABLE {name} AS FROM "scan of delta-rs"')
            cursor.unregister("scan of delta-rs")
            known.selects[None] = f"FROM {name}"
            weakref.finalize(known, _drop, self._connection, name).atexit = False
        if months is None:
            return known.selects[None]
        days = ", ".join(f"DATE '{month}'" for month in months)
        return f"SELECT * {known.selects[None]} WHERE {MONTH} IN ({days})"

    def _there(self, key: Key) -> _Known:
        known = self._known(key)
        if known is None:
            raise MissingTable(table_name(key), self.root)
        return known

    def _known(self, key: Key) -> _Known | None:
        with self._lock:
            watched = self._tables.get(key)
            if watched is None:
                watched = self._tables[key] = _Watched(table_uri(self.root, key))
        try:
            return watched.now()
        except (DeltaError, OSError) as error:
            raise LakeError(f"{table_name(key)} in {self.root} cannot be opened: {first_line(error)}.") from error

    def _keep(self, asked: tuple, answer: "Future[pa.Table]", found: pa.Table) -> None:
        """Hands an answer to all who wait, and keeps it unless it is larger than all that may be kept."""
        with self._lock:
            answer.set_result(found)
            if found.nbytes > KEPT_BYTES:
                del self._answers[asked]
                return
            self._kept += found.nbytes
            done = [each for each, of in self._answers.items() if of.done()] if self._kept > KEPT_BYTES else []
            for oldest in done:
                if self._kept <= KEPT_BYTES:
                    break
                self._kept -= self._answers.pop(oldest).result().nbytes


class Shell:
    """A session over tables as views, for queries that people write."""

    def __init__(self, cursor: Connection) -> None:
        self._cursor = cursor

    def table(self, query: str) -> pa.Table:
        """The rows of one query that reads. Raises NotReadOnly, BadQuery, CorruptFile."""
        with self.batches(query) as stream:
            return stream.read_all()

    @contextmanager
    def batches(self, query: str, rows: int = ROWS_PER_BATCH) -> Iterator[pa.RecordBatchReader]:
        """The rows of one query that reads. Raises NotReadOnly, BadQuery, CorruptFile."""
        text = only_question(query)
        try:
            stream = self._cursor.sql(text).to_arrow_reader(rows)
        except EngineError as error:
            raise_unreadable(error)
            raise BadQuery(error) from None
        try:
            yield stream
        except (EngineError, pa.ArrowException, OSError) as error:
            raise_unreadable(error)
            raise BadQuery(error) from None
        finally:
            stream.close()
