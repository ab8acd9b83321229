"""Snapshots that are kept: those of months that are over, of a source that says how things stand.

Belongs here: which months keep theirs, and their rows beside those of a run. Does not belong here: reading files
(`landed`), what is known of a month by its snapshot (`customer_360`).
"""

from collections.abc import Collection, Iterator
from datetime import date

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.run import Run


def kept_months(contract: Contract, run: Run, held: Collection[date]) -> list[date]:
    """The months of a run, among those that bronze has rows of, whose snapshot is not read again.

    A file that says how things stand says nothing of a month that is over but what came afterwards. So the last one
    that was read while the nights still refreshed the month stays, or, of a month that was filled later, the first one.
    """
    if contract.dated or not contract.schema_.state:
        return []
    return [month for month in run.months if month in held and run.settled(month)]


def with_kept(fresh: pa.RecordBatchReader, kept: ir.Table, engine: Engine) -> pa.RecordBatchReader:
    """The rows that landed, then those that are kept, in the columns of both."""
    query = engine.query(kept)
    schema = pa.schema([*fresh.schema, *(field for field in query.schema if field.name not in fresh.schema.names)])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in fresh:
            yield _filled(batch, schema)
        with query.batches() as stream:
            for batch in stream:
                yield _filled(batch, schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _filled(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch in the columns and types of a schema, null where it has none."""
    columns = [
        batch[field.name].cast(field.type) if field.name in batch.schema.names else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
