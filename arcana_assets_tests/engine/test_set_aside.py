"""Rows set aside while a stream is open on the same engine."""

import ibis
import pyarrow as pa
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.set_aside import SetAside


@pytest.fixture
def numbers():
    engine = Engine()
    stream = ibis.memtable(pa.table({"n": list(range(10)), "row": [{"text": str(n)} for n in range(10)]}))
    aside = SetAside(engine, stream)
    yield engine, stream, aside
    aside.close()


def set_aside(engine, stream, aside):
    aside.clear()
    with engine.batches(stream, rows=4) as reader:
        for batch in reader:
            aside.add(batch.slice(0, 1))
    return engine.backend.to_pyarrow(aside.table.order_by("n")).to_pylist()


def test_rows_are_set_aside_while_the_stream_that_has_them_is_open(numbers):
    rows = set_aside(*numbers)
    assert rows
    assert all(row["row"] == {"text": str(row["n"])} for row in rows)


def test_a_stream_that_starts_over_sets_its_rows_aside_once(numbers):
    assert set_aside(*numbers) == set_aside(*numbers)


def test_nothing_set_aside_is_a_table_without_rows(numbers):
    _, stream, aside = numbers
    aside.clear()
    assert (aside.table.columns, aside.table.count().execute()) == (stream.columns, 0)
