"""Writers of one table at once, and killed ones.

Slow: processes are started, held up and killed.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

import arcana_assets
from arcana_assets.lake import lake as lake_module
from arcana_assets.lake.errors import ConcurrentWrite, WriteFailed
from arcana_assets.lake.rows import RunAgain

pytestmark = pytest.mark.slow

KEY = ("retail", "silver", "transactions")
MONTHS = [date(2011, month, 1) for month in range(1, 13)]
APRIL = MONTHS[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}


def rows(month, n):
    return pa.table({"month": [month], "n": [n]})


def content(lake, engine):
    return sorted((row["month"], row["n"]) for row in lake.read(KEY, None, engine).to_pyarrow().to_pylist())


def test_threads_that_create_the_table_and_write_different_months_all_succeed(lake, engine):
    start = threading.Barrier(6)

    def write(month):
        start.wait()
        return lake.write(KEY, rows(month, month.month), [month], engine=engine, run_id="run").rows

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(write, MONTHS[:6])) == [1] * 6
    assert content(lake, engine) == [(month, month.month) for month in MONTHS[:6]]
    assert lake.materialized_months(KEY, MONTHS) == MONTHS[:6]


WRITER = """
import sys
from datetime import date
import pyarrow as pa
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
lake, engine, month = Lake(root=sys.argv[1]), Engine(threads=1), date.fromisoformat(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for n in range(5):
    rows = pa.table({"month": [month], "n": [n]})
    lake.write(("retail", "silver", "transactions"), rows, [month], engine=engine, run_id="run")
"""


def started(code, *arguments, **environment):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=ENVIRONMENT | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process


def test_processes_that_write_different_months_again_and_again_all_succeed(lake, engine):
    writers = [started(WRITER, lake.root, month.isoformat()) for month in MONTHS[:4]]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    assert content(lake, engine) == [(month, 4) for month in MONTHS[:4]]
    assert lake.open(KEY).version() >= 20


def test_threads_that_replace_the_same_month_leave_the_rows_of_one_of_them(lake, engine, monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.05)
    lake.write(KEY, rows(APRIL, 0), [APRIL], engine=engine, run_id="run")
    start = threading.Barrier(3)

    def write(n):
        start.wait()
        lake.write(KEY, rows(APRIL, n), [APRIL], engine=engine, run_id="run")
        return n

    with ThreadPoolExecutor(3) as pool:
        written = list(pool.map(write, [1, 2, 3]))
    ((_, n),) = content(lake, engine)
    assert n in written


def test_threads_that_each_add_a_column_lose_none_of_them(lake, engine, monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.05)
    lake.write(KEY, rows(APRIL, 0), [APRIL], engine=engine, run_id="run")
    start = threading.Barrier(3)

    def write(month):
        start.wait()
        more = rows(month, 1).append_column(f"extra_{month.month}", pa.array(["x"]))
        lake.write(KEY, more, [month], engine=engine, run_id="run")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, MONTHS[:3]))
    table = lake.read(KEY, None, engine)
    assert set(table.columns) == {"month", "n", "extra_1", "extra_2", "extra_3"}
    assert table.extra_1.count().execute() == table.extra_3.count().execute() == 1


def overtaken(lake, engine, times):
    """Makes rows of April while, `times` times, another run replaces April meanwhile; counts how often it was asked."""
    asked = []

    def replace_april():
        april = "month >= '2011-04-01' AND month < '2011-05-01'"
        write_deltalake(lake.open(KEY), rows(APRIL, 99), mode="overwrite", predicate=april)

    def make():
        def batches():
            asked.append(len(asked))
            yield rows(APRIL, 1).to_batches()[0]
            if len(asked) <= times:
                # delta-rs pulls this stream from its own runtime, where it cannot be called again.
                rival = threading.Thread(target=replace_april)
                rival.start()
                rival.join()

        return pa.RecordBatchReader.from_batches(rows(APRIL, 1).schema, batches())

    return make, asked


def test_a_write_that_was_overtaken_computes_its_rows_again(lake, engine, monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.01)
    lake.write(KEY, rows(APRIL, 0), [APRIL], engine=engine, run_id="run")
    make, asked = overtaken(lake, engine, times=2)
    result = lake.write(KEY, make, [APRIL], engine=engine, run_id="run")
    assert (result.rows, len(asked)) == (1, 3)
    assert content(lake, engine) == [(APRIL, 1)]


def test_a_write_that_is_overtaken_every_time_gives_up_and_may_be_retried_later(lake, engine, monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.01)
    lake.write(KEY, rows(APRIL, 0), [APRIL], engine=engine, run_id="run")
    make, asked = overtaken(lake, engine, times=100)
    with pytest.raises(ConcurrentWrite, match=r"month 2011-04 of .* gave up after 5 attempts") as raised:
        lake.write(KEY, make, [APRIL], engine=engine, run_id="run")
    assert raised.value.retriable
    assert len(asked) == 5
    assert content(lake, engine) == [(APRIL, 99)]


def test_a_reader_that_cannot_be_run_again_gives_up_at_once(lake, engine):
    lake.write(KEY, rows(APRIL, 0), [APRIL], engine=engine, run_id="run")
    make, _ = overtaken(lake, engine, times=1)
    with pytest.raises(ConcurrentWrite, match="gave up after 1 attempt"):
        lake.write(KEY, make(), [APRIL], engine=engine, run_id="run")


def test_a_stream_that_asks_for_it_is_run_from_its_beginning_and_nothing_of_the_first_is_kept(lake, engine):
    made = []

    def make():
        made.append(len(made))
        first = len(made) == 1

        def batches():
            yield rows(APRIL, 99 if first else 1).to_batches()[0]
            if first:
                raise RunAgain

        return pa.RecordBatchReader.from_batches(rows(APRIL, 1).schema, batches())

    assert lake.write(KEY, make, [APRIL], engine=engine, run_id="run").rows == 1
    assert (content(lake, engine), len(made)) == ([(APRIL, 1)], 2)


def test_a_stream_that_asks_for_it_every_time_is_given_up_with_its_reason(lake, engine):
    def make():
        def batches():
            yield rows(APRIL, 1).to_batches()[0]
            raise RunAgain("3 of 4 lines")

        return pa.RecordBatchReader.from_batches(rows(APRIL, 1).schema, batches())

    with pytest.raises(WriteFailed, match=r"was not written: 3 of 4 lines\. The table") as given_up:
        lake.write(KEY, make, [APRIL], engine=engine, run_id="run")
    assert given_up.value.retriable
    assert lake.materialized_months(KEY, [APRIL]) == []


KILLED = """
import sys
from datetime import date
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
lake, engine = Lake(root=sys.argv[1]), Engine(threads=1)
print("ready", flush=True)
n = 1
while True:
    sql = f"SELECT DATE '2011-04-01' AS month, {n}::BIGINT AS n, md5(range::VARCHAR) AS text FROM range(300000)"
    rows = engine.backend.sql(sql, schema={"month": "date", "n": "int64", "text": "string"})
    lake.write(("retail", "silver", "transactions"), rows, [date(2011, 4, 1)], engine=engine, run_id="run")
    n += 1
"""


def test_a_writer_killed_at_any_moment_leaves_the_old_month_or_the_new_one(lake, engine, tmp_path):
    before = rows(APRIL, 0).append_column("text", pa.array(["x"]))
    lake.write(KEY, before, [APRIL], engine=engine, run_id="run")
    for wait in (0.05, 0.2, 0.35, 0.5):
        writer = started(KILLED, lake.root, TMPDIR=str(tmp_path))
        assert writer.stdout.readline() == "ready\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.communicate(timeout=20)
        table = lake.read(KEY, [APRIL], engine)
        found = engine.backend.to_pyarrow(table.aggregate(rows=table.count(), kinds=table.n.nunique())).to_pylist()[0]
        assert found in ({"rows": 1, "kinds": 1}, {"rows": 300_000, "kinds": 1})
    assert lake.write(KEY, before, [APRIL], engine=engine, run_id="run").rows == 1
