"""Where Dagster keeps runs and events on one machine: its own SQLite files, through connections that stay open.

Belongs here: how connections to the files of the instance are held. Does not belong here: what is in them (Dagster's
own storage, whose tables these are), which instance a process has (`cli`, dagster.yaml).
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME as INDEX
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from dagster_shared.record import copy
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60  # that a writer waits for another
KEPT = 8  # files that stay open: the index, and the runs of late


class _Kept(NamedTuple):
    """An engine, and the device and inode of the file that its connections have open."""

    engine: Engine
    file: tuple[int, int] | None


class KeptEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in SQLite, but with connections that are kept, and one transaction an event or batch of them.

    As it comes, Dagster 1.13 makes an SQLAlchemy engine for each of the three to six queries of an event, and each
    engine compiles its statements anew: some 10 ms of CPU an event, and a backfill has ten thousand. The files and
    their tables are the same: either can open what the other wrote. A crash of the process loses nothing that was
    committed; one of the machine may lose the last events, never the file (SQLite's WAL with `synchronous = NORMAL`).

    A connection outlives the file that it was opened for. Where another process removed or replaced a file, the next
    question or event goes to the one that is there now, which is made where there is none.

    No transaction spans two files. That of the run is committed first: where it cannot be, nothing is stored. Where
    only the index cannot, the run's file keeps the events; Dagster then stores those of a batch once more, one by one,
    so the log of a run may tell an event twice, but no table has a materialization twice.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.RLock()
        self._transaction: ExitStack | None = None
        self._connections: dict[str, Connection] = {}
        super().__init__(base_dir, inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        """Stores an event, in its run's file and in the index, as one transaction of each.

        Raises SQLAlchemy's OperationalError where a file cannot be written.
        """
        with self._together():
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores events as one transaction of each file; none is stored where one cannot be inserted.

        Raises SQLAlchemy's OperationalError where a file cannot be written.
        """
        with self._together():
            for each in events:
                super().store_event(each)

    def store_asset_check_event(self, event: EventLogEntry, event_id: int | None) -> None:
        """Stores a check that is planned, or its result, as one row a run.

        Dagster plans one row a partition of the run, while a check that judges a run as a whole has one result: the
        others stayed planned for ever, a quarter of the index, and the history of a check showed them as skipped.
        """
        planned = event.dagster_event
        if planned is not None and planned.event_type == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
            of_run = copy(planned.asset_check_planned_data, partitions_subset=None)
            event = event._replace(dagster_event=planned._replace(event_specific_data=of_run))
        super().store_asset_check_event(event, event_id)

    def delete_events(self, run_id: str) -> None:
        """Deletes the events of a run with the file that they are in, and the results of its checks.

        Dagster empties the file and leaves it as large as it was, and it leaves the results.
        """
        with self._together(), self.index_connection() as index:
            self.delete_events_for_run(index, run_id)
            index.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
        if self.supports_global_concurrency_limits:
            self.free_concurrency_slots_for_run(run_id)
        with self._lock:
            if run_id in self._engines:
                self._engines.pop(run_id).engine.dispose()
            for ending in ("", "-wal", "-shm"):
                Path(self.path_for_shard(run_id) + ending).unlink(missing_ok=True)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, which Dagster asks at every check."""
        with self.index_connection() as connection:
            return bool(connection.dialect.has_table(connection, table_name))

    def wipe(self) -> None:
        """Removes everything."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Closes every connection."""
        self._close()
        super().dispose()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Within, a file has one connection, whoever asks for it; at the end all are committed, or rolled back."""
        with self._lock:
            if self._transaction is not None:
                yield
                return
            try:
                with ExitStack() as files:
                    # What is entered first is committed last, or rolled back where a commit before it fails.
                    self._connections[INDEX] = files.enter_context(self._engine(INDEX).begin())
                    self._transaction = files
                    yield
            finally:
                self._transaction = None
                self._connections.clear()
                self._close(but=KEPT)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._lock:
            if self._transaction is None:
                with self._engine(shard).begin() as connection:
                    yield connection
                self._close(but=KEPT)
                return
            if shard not in self._connections:
                self._connections[shard] = self._transaction.enter_context(self._engine(shard).begin())
            yield self._connections[shard]

    def _engine(self, shard: str) -> Engine:
        kept = self._engines.get(shard)
        if kept is not None and kept.file != _identity(self.path_for_shard(shard)):
            self._engines.pop(shard).engine.dispose()  # SQLite leaves the WAL alone where the file is another by now
            kept = None
        if kept is None:
            kept = self._open(shard)
        self._engines.move_to_end(shard)
        return kept.engine

    def _open(self, shard: str) -> _Kept:
        path = self.path_for_shard(shard)
        there = _identity(path) is not None
        engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare)
        self._initdb(engine)
        kept = self._engines[shard] = _Kept(engine, _identity(path))
        if shard == INDEX and not there:  # as Dagster does where it makes one
            self.reindex_events()
            self.reindex_assets()
        return kept

    def _close(self, but: int = 0) -> None:
        """Closes the files that were not asked for of late."""
        with self._lock:
            while len(self._engines) > but:
                self._engines.popitem(last=False)[1].engine.dispose()


class KeptSqliteStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite files below `base_dir`, with the event log above."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLogStorage(f"{base_dir}/history/runs/")

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptSqliteStorage":
        """What dagster.yaml asks for."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _identity(path: str) -> tuple[int, int] | None:
    """Which file is at a path; None where none is."""
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _prepare(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
