"""Rows set aside while a stream is open, for a table that is written after the one that is being written.

Belongs here: keeping them in the engine, which moves to disk what does not fit. Does not belong here: which rows.
"""

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import quoted


class SetAside:
    """Rows in the columns of `like`, which is read on the engine's connection meanwhile; add from any thread."""

    def __init__(self, engine: Engine, like: ir.Table) -> None:
        self._backend, self._kept, self._batch = engine.backend, f"aside@{id(self)}", f"batch@{id(self)}"
        self._none = self._backend.query(like.limit(0))
        # A connection takes no other query while a stream is open on it. What is temporary is of one connection.
        self._beside = self._backend.con.cursor()

    def clear(self) -> None:
        """Starts over, without a row. To be called while no stream is open."""
        self._backend.con.execute(f"CREATE OR REPLACE TABLE {quoted(self._kept)} AS {self._none.sql}")

    def add(self, rows: pa.RecordBatch) -> None:
        """Keeps the rows."""
        self._beside.register(self._batch, pa.Table.from_batches([rows]))
        try:
            self._beside.execute(f"INSERT INTO {quoted(self._kept)} FROM {quoted(self._batch)}")
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
