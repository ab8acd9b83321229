"""Streaming: how an engine in this process runs the stages of `conform`: memory stays flat, whatever it reads.

Belongs here: the stages, and what an engine that puts files does in another way (`at_once`): the order in which months
are computed, what waits aside meanwhile. All SQL is the engine's (`duckdb.stages`, `duckdb.set_aside`). Does not belong
here: what makes a row acceptable (`conform`), the account of the rows (`assets.silver`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Period
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.set_aside import SetAside
from arcana_assets.engine.duckdb.stages import Shown, Stage, Stages
from arcana_assets.engine.events import EventEngine
from arcana_assets.lake.schema import MONTH
from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.choosing import LEFT_OUT, chosen
from arcana_assets.landing.conform.in_force import NOT_IN_FORCE, in_force
from arcana_assets.landing.conform.joins import Others, looked_up
from arcana_assets.landing.conform.rules import ENTITY

SAMPLE = 1_000  # rows that show which columns may be empty


class Conforming:
    """Conforms bronze one month after the other while silver is streamed; refused rows wait aside until it is written.

    The stages are compiled once, over a table that shows one month after the other: compiling them costs more than a
    month's rows do. They run once a month, as one query whose rows are sorted here as they come: what it groups and
    joins is kept on disk where it does not fit the engine's memory, and no table of them is made on the way.
    """

    def __init__(
        self,
        engine: Engine,
        bronze: ir.Table,
        contract: Contract,
        months: Sequence[date],
        period: Period,
        others: Others,
    ) -> None:
        self.duplicates: Counter[str] = Counter()
        self.left_out = self.not_in_force = 0
        self._bronze, self._contract, self._period, self._engine = bronze, contract, period, engine
        engine.expect(len(bronze.columns))
        self._empty = without_values(bronze, engine)
        self._months = [str(month) for month in months]
        of_months = {str(month): bronze.filter(bronze.month == ibis.literal(month)) for month in months}
        self._shown = Shown(engine, of_months)
        self._stages = Stages(engine, self._shown.table, *stages_of(contract, period, self._empty, others))
        self._sorted = engine.query(self._stages.result)
        self._schema = engine.query(conform.silver(self._stages.result, contract)).schema
        self._columns = [MONTH, *(ENTITY + name for name in self._schema.names if name != MONTH)]
        self._refused = SetAside(engine, self._stages.result)

    def silver(self) -> pa.RecordBatchReader:
        """Accepted rows of all months, as a stream; calling it again starts over."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        self.duplicates.clear()
        self.left_out = self.not_in_force = 0
        self._refused.clear()
        for month in self._months:
            self._shown.show(month)
            with self._sorted.batches() as reader:
                for batch in reader:
                    if self._contract.chooses:
                        batch = self._chosen(batch)
                    self.duplicates[month] += (pc.sum(batch["_copies"]).as_py() or 0) - batch.num_rows
                    refused = batch["_refused"]
                    if refused.true_count:
                        self._refused.add(batch.filter(refused))
                        batch = batch.filter(pc.invert(refused))
                    yield pa.RecordBatch.from_arrays([batch[name] for name in self._columns], schema=self._schema)

    def _chosen(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that the source is of; the others are counted, those of periods not in force as their own number."""
        idle = _copies(batch, NOT_IN_FORCE) if self._contract.periods else 0
        self.not_in_force += idle
        self.left_out += _copies(batch, LEFT_OUT) - idle
        return batch.filter(pc.invert(batch[LEFT_OUT]))

    def quarantine(self) -> ir.Table:
        """Refused rows of all months; there once silver was streamed to its end."""
        refused = conform.refused(self._refused.table, self._bronze, self._contract, self._period)
        return conform.quarantine(refused, self._bronze, self._empty)

    def close(self) -> None:
        """Drops what was kept aside."""
        self._engine.expect(0)
        self._refused.close()
        self._stages.close()
        self._shown.close()


def _copies(batch: pa.RecordBatch, mark: str) -> int:
    return pc.sum(batch.filter(batch[mark])["_copies"]).as_py() or 0


def stages_of(contract: Contract, period: Period, empty: Sequence[str], others: Others) -> list[Stage]:
    """From bronze to rows that are sorted out, stage by stage; `others` are the sources that they look up."""
    look = partial(looked_up, contract=contract, others=others, timezone=period.timezone)
    return [
        partial(conform.without_duplicates, empty=empty),
        *([partial(conform.filled_in, contract=contract)] if contract.filled_in else []),
        partial(conform.read, contract=contract, period=period),
        *([look] if contract.join else []),
        partial(conform.completed, contract=contract),
        *([partial(chosen, contract=contract)] if contract.where else []),
        *([partial(in_force, contract=contract, period=period)] if contract.periods else []),
        partial(conform.judged, contract=contract, period=period),
        conform.sorted_out,
    ]


def without_values(bronze: ir.Table, engine: EventEngine) -> list[str]:
    """The text columns that hold nothing in any row. Few rows show which it might be, so few columns are read."""
    columns, rows = [name for name, kind in bronze.schema().items() if kind.is_string()], bronze.limit(SAMPLE)
    for table in (rows, bronze):
        if columns:
            [held] = engine.small(table.agg([table[name].count().name(name) for name in columns])).to_pylist()
            columns = [name for name in columns if not held[name]]
    return columns
