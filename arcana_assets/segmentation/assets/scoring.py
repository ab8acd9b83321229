"""Scoring: the segments of all customers as a stream, a block of customers at a time, through the months of a run.

Belongs here: who is scored together, and where the segments of the month before come from. Does not belong here: the
segment of a customer (`models.scores`), the tables (`segments`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.blocks import Block, blocks
from arcana_assets.engine.duckdb import ROWS_PER_BATCH, Engine, Query
from arcana_assets.segmentation.assets.inputs import customers_in
from arcana_assets.segmentation.models.scores import Models, segments_of_month
from arcana_assets.segmentation.tables import SEGMENTS
from arcana_assets.tables.frames import as_table

AT_ONCE = 100_000  # customers who are held in memory, with the segments of one month


@dataclass(frozen=True)
class Scoring:
    """The rows of `segments` of some months that follow each other; they can be made again and again.

    A block of customers goes through all months before the next one does, so that each month has the segments of the
    one before at hand, and nothing else is kept.
    """

    domain: CustomerDomain
    fitted: Mapping[str, Models]
    customers: Mapping[date, Query]
    before: Query | None
    blocks: Sequence[Block]

    @classmethod
    def of(
        cls,
        domain: CustomerDomain,
        fitted: Mapping[str, Models],
        features: ir.Table,
        months: Sequence[date],
        before: ir.Table | None,
        engine: Engine,
    ) -> "Scoring":
        """Takes the models by segmentation and month, the feature matrix of the months, and the segments of the month
        before them, as (customer_id, segmentation, segment_id)."""
        # Compiled here: the stream is pulled from a thread that has a connection of its own.
        customers = {each: engine.query(customers_in(features, each).order_by("customer_id")) for each in months}
        of_before = None if before is None else engine.query(before)
        return cls(domain, fitted, customers, of_before, blocks(features, AT_ONCE * len(months), engine))

    def reader(self) -> pa.RecordBatchReader:
        """The rows from the beginning."""
        return pa.RecordBatchReader.from_batches(SEGMENTS.schema_of(SEGMENTS.arrow), self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for block in self.blocks:
            before = self._segments_before(block)
            for month, query in self.customers.items():
                frame = query.where(block.condition).table().to_pandas()
                found = segments_of_month(self.domain, frame, self.fitted, before, month)
                before = {name: rows.set_index("customer_id")["segment_id"] for name, rows in found.items()}
                told = [rows.assign(month=month, segmentation=name) for name, rows in found.items()]
                yield from as_table(told, SEGMENTS).to_batches(max_chunksize=ROWS_PER_BATCH)

    def _segments_before(self, block: Block) -> dict[str, pd.Series]:
        """The segment of each customer of a block in the month before the first one, by segmentation."""
        if self.before is None:
            return {}
        frame = self.before.where(block.condition).table().to_pandas()
        return {
            str(name): rows.set_index("customer_id")["segment_id"]
            for name, rows in frame.groupby("segmentation", sort=True)
        }
