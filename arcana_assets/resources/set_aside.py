"""Rows set aside while a stream is open, for a table that is written after the one that is being written.

Belongs here: keeping them in the engine, which moves to disk what does not fit. Does not belong here: which rows.
"""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.resources.engine import Engine, quoted


class SetAside:
    """The rows that `chosen` makes of each batch of a stream; `add` may be called from any thread."""

    def __init__(self, engine: Engine, stream: ir.Table, chosen: Callable[[ir.Table], ir.Table]) -> None:
        backend = engine.backend
        self._backend, self._kept, self._batch = backend, f"aside@{id(self)}", f"batch@{id(self)}"
        self._none = backend.to_sql(chosen(stream).limit(0))
        self._chosen = backend.to_sql(chosen(ibis.table(stream.schema(), name=self._batch)))
        # A connection takes no other query while a stream is open on it. What is temporary is of one connection.
        self._beside = backend.con.cursor()

    def clear(self) -> None:
        """Starts over, without a row. To be called while no stream is open."""
        self._backend.con.execute(f"CREATE OR REPLACE TABLE {quoted(self._kept)} AS {self._none}")

    def add(self, batch: pa.RecordBatch) -> None:
        """Keeps what is chosen of a batch."""
        self._beside.register(self._batch, pa.Table.from_batches([batch]))
        try:
            self._beside.execute(f"INSERT INTO {quoted(self._kept)} {self._chosen}")
        finally:
            self._beside.unregister(self._batch)

    @property
    def table(self) -> ir.Table:
        """What was kept since the last `clear`."""
        return self._backend.table(self._kept)

    def close(self) -> None:
        """Drops what was kept."""
        self._beside.close()
        self._backend.con.execute(f"DROP TABLE IF EXISTS {quoted(self._kept)}")
