"""Where Dagster keeps runs and events on one machine: its own SQLite files, through connections that stay open.

Belongs here: how connections to the files of the instance are held. Does not belong here: what is in them (Dagster's
own storage, whose tables these are), which instance a process has (`cli`, dagster.yaml).
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60  # that a writer waits for another
KEPT = 8  # files that stay open: the index, and the runs of late


class KeptEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in SQLite, but with connections that are kept, and one transaction an event or batch of them.

    As it comes, Dagster 1.13 makes an SQLAlchemy engine for each of the three to six queries of an event, and each
    engine compiles its statements anew: some 10 ms of CPU an event, and a backfill has ten thousand. The files and
    their tables are the same: either can open what the other wrote. A crash of the process loses nothing that was
    committed; one of the machine may lose the last events, never the file (SQLite's WAL with `synchronous = NORMAL`).
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._lock = threading.RLock()
        self._transaction: ExitStack | None = None
        self._connections: dict[str, Connection] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def store_event(self, event: EventLogEntry) -> None:
        """Stores an event, in its run's file and in the index, as one transaction of each."""
        with self._together():
            super().store_event(event)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Stores events as one transaction of each file; none is stored where one cannot be."""
        with self._together():
            for each in events:
                super().store_event(each)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table, which Dagster asks at every check; one that was there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

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
                with ExitStack() as self._transaction:
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
        engine = self._engines.get(shard)
        if engine is None:
            engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _prepare)
            self._initdb(engine)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        return engine

    def _close(self, but: int = 0) -> None:
        """Closes the files that were not asked for of late."""
        with self._lock:
            while len(self._engines) > but:
                self._engines.popitem(last=False)[1].dispose()


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


def _prepare(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
