"""Rows on their way into the lake: whatever an asset returned, as a stream that can be counted and, mostly, run again.

Belongs here: sources of record batches, and the watch over which months pass. Does not belong here: types
(`schema`) and commits (`lake`).
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.types as pat

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import ROWS_PER_BATCH, Query
from arcana_assets.engine.events import EventEngine
from arcana_assets.lake.errors import ForeignMonth, UnwritableColumn
from arcana_assets.lake.schema import MONTH, conform, kept_type

Batches = Iterator[pa.RecordBatch]
Declaration = Callable[[pa.Schema], pa.Schema]
"""From the columns that rows come with to those that they are to have; raises for columns that may not be."""
Permission = Callable[[], None]
"""Raises where a write may not go on."""

ASKED_EVERY = 2.0  # seconds, while rows pass


def always() -> None:
    """The permission of who needs to ask nobody."""


class RunAgain(Exception):
    """Raised, with why, by a stream of rows that has to be run from its beginning, in another way.

    Nothing that passed is kept.
    """


@dataclass(frozen=True)
class Parts:
    """Rows of which an engine puts some, the expression, and others come through this process, the stream.

    `make` makes both, anew each time. The stream is read to its end after the expression was put, before both are
    committed as one: an error that it ends in ends the write.
    """

    make: Callable[[], tuple[ir.Table | None, pa.RecordBatchReader]]


Writable = ir.Table | pa.Table | pd.DataFrame | pa.RecordBatchReader | Callable[[], pa.RecordBatchReader] | Parts


@dataclass(frozen=True)
class Rows:
    """Where the rows come from: their columns, a way to open the stream, and whether it can be opened again."""

    schema: pa.Schema
    open: Callable[[], AbstractContextManager[Batches]]
    repeatable: bool = True


def rows_of(
    table: str,
    data: object,
    engine: EventEngine,
    months: Sequence[date] | None,
    by_month: bool,
    declared: Declaration | None,
) -> Rows:
    """The stream behind what an asset returned. `declared` says what columns it is to have."""
    if isinstance(data, ir.Table):
        assert isinstance(engine, Engine), "an engine that streams nothing puts files"
        rows = _of_expression(data, engine, months if by_month else None)
    elif isinstance(data, pd.DataFrame):
        rows = _of_table(pa.Table.from_pandas(data, preserve_index=False))
    elif isinstance(data, pa.Table):
        rows = _of_table(data)
    elif isinstance(data, pa.RecordBatchReader):
        rows = Rows(data.schema, lambda: nullcontext(iter(data)), repeatable=False)
    elif callable(data):
        rows = _of_maker(data)
    else:
        raise UnwritableColumn(
            f"{table}: cannot write a {type(data).__module__}.{type(data).__qualname__}. Return an Ibis table, "
            "a pyarrow table or record batch reader, or a pandas frame."
        )
    rows = Rows(as_declared(table, rows.schema, declared), rows.open, rows.repeatable)
    if months is not None and MONTH not in rows.schema.names:
        raise UnwritableColumn(
            f"{table} is a monthly table, but the rows have no column `month` (the first day, a date)."
        )
    return rows


def as_declared(table: str, given: pa.Schema, declared: Declaration | None) -> pa.Schema:
    """The columns that rows are to have which come with these; theirs, where nothing is declared."""
    if declared is None:
        return given
    kept = [f if pat.is_null(f.type) else f.with_type(kept_type(table, f.name, f.type)) for f in given]
    return declared(pa.schema(kept))


def _of_table(table: pa.Table) -> Rows:
    return Rows(table.schema, lambda: nullcontext(iter(table.to_batches(max_chunksize=ROWS_PER_BATCH))))


def _of_maker(make: Callable[[], pa.RecordBatchReader]) -> Rows:
    made = [make()]

    @contextmanager
    def opened() -> Iterator[Batches]:
        reader = made.pop() if made else make()
        try:
            yield iter(reader)
        finally:
            reader.close()

    return Rows(made[0].schema, opened)


def _of_expression(expr: ir.Table, engine: Engine, months: Sequence[date] | None) -> Rows:
    whole = engine.query(expr)
    # DuckDB sums integers to HUGEINT, which Arrow knows as DECIMAL(38, 0), where Ibis promised an integer.
    promised = expr.schema()
    schema = pa.schema(
        [
            pa.field(f.name, pa.int64()) if pat.is_decimal(f.type) and promised[f.name].is_integer() else f
            for f in whole.schema
        ]
    )
    if months is None or MONTH not in expr.columns:
        return Rows(schema, whole.batches)
    # Compiled once, not once a month, and here: delta-rs pulls the stream from a thread of its own, which has a
    # connection of its own. DuckDB pushes the condition down to the files.
    queries = [whole.where(f"CAST({MONTH} AS DATE) = DATE '{each}'") for each in months]
    # Rows of other months must be refused, not silently left out. The files of the lake are pruned for this one.
    listed = ", ".join(f"DATE '{each}'" for each in months)
    queries.append(whole.where(f"{MONTH} IS NULL OR CAST({MONTH} AS DATE) NOT IN ({listed})"))

    @contextmanager
    def one_by_one() -> Iterator[Batches]:
        chain = _chained(queries)
        try:
            yield chain
        finally:
            chain.close()

    return Rows(schema, one_by_one)


def _chained(queries: Sequence[Query]) -> Generator[pa.RecordBatch, None, None]:
    for query in queries:
        with query.batches() as reader:
            yield from reader


@dataclass
class Watch:
    """Brings passing rows into the columns of the table, counts them, and stops rows of months that are not replaced.

    What goes wrong upstream reaches delta-rs as text only; `error` keeps it as it was raised. delta-rs commits once the
    stream is at its end, so `permitted` is asked there, too.
    """

    table: str
    schema: pa.Schema
    months: Sequence[date] | None
    permitted: Permission = always
    rows: int = 0
    by_month: Counter[date] = field(default_factory=Counter)
    error: BaseException | None = None

    def over(self, batches: Batches) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self.schema, self._passing(batches))

    def _passing(self, batches: Batches) -> Batches:
        asked = time.monotonic()
        try:
            for batch in batches:
                if time.monotonic() - asked > ASKED_EVERY:
                    self.permitted()
                    asked = time.monotonic()
                kept = conform(self.table, batch, self.schema)
                self._count(kept)
                yield kept
            self.permitted()
        except GeneratorExit:
            raise
        except BaseException as error:
            self.error = error
            raise

    def _count(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        if self.months is None:
            return
        found = {each["values"]: each["counts"] for each in batch.column(MONTH).value_counts().to_pylist()}
        foreign = found.keys() - set(self.months)
        if foreign:
            raise ForeignMonth(self.table, foreign, self.months)
        self.by_month.update(found)
