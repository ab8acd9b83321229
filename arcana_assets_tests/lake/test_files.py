"""The second door of the lake: files that are in a table's folder already become its rows by one commit.

Slow: processes are started, held up and killed.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import arcana_assets
from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.lake import lake as lake_module
from arcana_assets.lake.commits import mixtures
from arcana_assets.lake.errors import ColumnsAlike, ConcurrentWrite, ForeignMonth, SchemaChange, UnwritableColumn
from arcana_assets.lake.files import staged, staged_folder
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.maintenance import maintain
from arcana_assets_tests.lake.lake_rows import APRIL, JULY, JUNE, KEY, MAY, rows

pytestmark = pytest.mark.slow


def put(lake, table, token="one", key=KEY, by_month=True):
    """What `staged` says of files as another engine writes them, a folder a month, with marks of its own beside."""
    written(lake, table, token, key, by_month)
    return staged(lake.uri(key), token, table.schema, by_month)


def written(lake, table, token="one", key=KEY, by_month=True):
    folder = staged_folder(lake.uri(key), token)
    place, system = (folder.removeprefix("s3://"), s3_filesystem()) if is_s3(folder) else (folder, None)
    partitioning = ds.partitioning(pa.schema([("month", pa.date32())]), flavor="hive") if by_month else None
    ds.write_dataset(table, place, format="parquet", partitioning=partitioning, filesystem=system)
    if system is not None:
        system.pipe_file(f"{place}/_SUCCESS", b"")
    else:
        Path(folder).mkdir(exist_ok=True, parents=True)
        Path(folder, "_SUCCESS").touch()


@pytest.fixture
def commit(lake, engine):
    def commit(table, months, token="one", key=KEY, **options):
        by_month = months is not None
        return lake.commit(
            key, put(lake, table, token, key, by_month), months, engine=engine, run_id="run-1", **options
        )

    return commit


@pytest.fixture
def lake(root):
    return Lake(root=root)


def test_files_are_rows_of_their_months_and_the_other_door_goes_on(commit, write, read, lake):
    done = commit(rows((MAY, 1), (MAY, 2), (JUNE, 3)), [MAY, JUNE])
    assert (done.rows, done.table_rows, done.rows_by_month, done.files) == (3, 3, {MAY: 2, JUNE: 1}, 2)
    assert done.bytes == sum(done.bytes_by_month.values()) > 0
    assert read([MAY, JUNE]) == [(MAY, 1), (MAY, 2), (JUNE, 3)]
    write(rows((JUNE, 4)), [JUNE])
    assert read([MAY, JUNE]) == [(MAY, 1), (MAY, 2), (JUNE, 4)]
    assert commit(rows((MAY, 9)), [MAY], "two").rows_by_month == {MAY: 1}
    assert read([MAY, JUNE]) == [(MAY, 9), (JUNE, 4)]
    assert lake.materialized_months(KEY, [APRIL, MAY, JUNE]) == [MAY, JUNE]


def test_a_month_without_a_file_has_no_row_and_was_written(commit, write, read, lake):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    assert commit(rows((MAY, 5)), [APRIL, MAY]).rows_by_month == {APRIL: 0, MAY: 1}
    assert read([APRIL, MAY]) == [(MAY, 5)]
    assert commit(rows((JUNE, 1)).slice(0, 0), [JUNE], "nothing").rows == 0
    assert lake.materialized_months(KEY, [JUNE, JULY]) == [JUNE]


def test_a_snapshot_is_replaced_as_a_whole(commit, read):
    for token, numbers in (("one", [1, 2]), ("two", [3])):
        assert commit(pa.table({"n": numbers}), None, token).rows == len(numbers)
    assert read(None, "n") == [(3,)]


def test_what_the_log_says_of_files_is_what_it_says_of_rows(lake, engine):
    moment = datetime(2011, 5, 3, 1, 2, 3, 456789, tzinfo=UTC)
    table = rows((MAY, 7), (MAY, -2)).append_column("at", pa.array([moment, None], pa.timestamp("us", tz="UTC")))
    table = table.append_column("paid", pa.array([Decimal("1.50"), Decimal("-2.25")], pa.decimal128(18, 2)))
    table = table.append_column("day", pa.array([date(2011, 5, 3), None], pa.date32()))
    table = table.append_column("name", pa.array(["x" * 200, "a"])).append_column("rate", pa.array([float("nan"), 1.0]))
    other = ("retail", "silver", "other")
    lake.write(other, table, [MAY], engine=engine, run_id="run")
    lake.commit(KEY, put(lake, table), [MAY], engine=engine, run_id="run")
    for column in ("n", "at", "paid", "day"):
        assert lake.greatest(KEY, column, [MAY]) == lake.greatest(other, column, [MAY])
        assert lake.greatest(KEY, column, [MAY])[MAY] is not None
    assert lake.rows(KEY, [MAY]) == 2
    found = [lake.read(key, [MAY], engine).to_pyarrow().sort_by("n").drop(["rate"]) for key in (KEY, other)]
    assert found[0].equals(found[1])


def test_inputs_doubled_keys_and_the_columns_are_told_as_by_the_other_door(commit, lake, engine):
    commented = rows((MAY, 1), (MAY, 1))
    commented = commented.cast(
        pa.schema([commented.schema.field(0), pa.field("n", pa.int64(), metadata={"comment": "!"})])
    )
    done = commit(commented, [MAY], unique=("month", "n"), inputs={"retail/bronze/x": {"2011-05": 3}})
    assert done.doubled == 1
    assert {field.name: field.comment for field in _columns(lake)}["n"] == "!"
    lake.write(("retail", "bronze", "x"), rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    (mixture,) = mixtures(lake.root, {"retail/silver/transactions": {"2011-05": 1}}, [MAY])
    assert (mixture.input, mixture.made_of, mixture.now) == ("retail/bronze/x", 3, 1)


def _columns(lake):
    class Field:
        def __init__(self, field):
            self.name, self.comment = field.name, (field.metadata or {}).get("comment")

    return [Field(field) for field in lake.open(KEY).schema().fields]


def test_columns_are_added_in_the_commit_that_brings_them(commit, write, read):
    write(rows((MAY, 1)), [MAY])
    commit(rows((JUNE, 2), more=["new"]), [JUNE])
    assert read([MAY, JUNE], "n", "more") == [(1, None), (2, "new")]


def test_columns_that_a_failed_first_write_left_bind_nobody(commit, read, write):
    def fails():
        raise ValueError("away")

    with pytest.raises(ValueError, match="away"):
        write(rows((MAY, 1), gone=["x"]), [MAY], permitted=fails)
    commit(rows((MAY, 2)), [MAY])
    assert read([MAY], "n") == [(2,)]


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (rows((MAY, 1), (JULY, 2)), ForeignMonth, "there are rows of month 2011-07-01"),
        (rows((MAY, 1)).rename_columns(["month", "N"]), ColumnsAlike, "column N in the rows is spelled n"),
        (rows((MAY, "one")), SchemaChange, "column n is int64 in the table and string in the rows"),
    ],
)
def test_what_the_table_cannot_take_is_refused_and_nothing_is_committed(commit, write, read, table, error, words):
    write(rows((MAY, 7)), [MAY])
    with pytest.raises(error, match=words):
        commit(table, [MAY])
    assert read([MAY]) == [(MAY, 7)]


def test_rows_without_a_month_are_refused(commit, lake):
    table = pa.table({"month": pa.array([MAY, None], pa.date32()), "n": [1, 2]})
    with pytest.raises(ForeignMonth, match=r"no month \(null\)"):
        commit(table, [MAY])
    assert lake.materialized_months(KEY, [MAY]) == []


@pytest.mark.parametrize(
    ("promised", "given", "error", "words"),
    [
        ({"n": pa.int64()}, {"n": pa.int32()}, SchemaChange, "column n is int64 in the table and int32 in the rows"),
        ({"n": pa.int64(), "m": pa.string()}, {"n": pa.int64()}, UnwritableColumn, "lacks m"),
        ({"n": pa.int64()}, {"n": pa.int64(), "x": pa.string()}, UnwritableColumn, "has x beside them"),
        ({"at": pa.timestamp("us", tz="UTC")}, {"at": pa.timestamp("us")}, SchemaChange, "timestamp"),
    ],
)
def test_files_have_the_columns_that_were_promised_in_their_types(lake, promised, given, error, words):
    written(lake, _one(given))
    with pytest.raises(error, match=words):
        staged(lake.uri(KEY), "one", pa.schema([("month", pa.date32()), *promised.items()]), True)


def _one(kinds):
    columns = {name: pa.nulls(1, kind) for name, kind in kinds.items()}
    return pa.table({"month": pa.array([MAY], pa.date32()), **columns})


def test_two_that_replace_one_month_follow_each_other_and_two_months_do_not_meet(lake, engine, read):
    parts = {
        token: put(lake, rows((month, n)), token) for token, month, n in (("a", MAY, 1), ("b", MAY, 2), ("c", JUNE, 3))
    }
    start = threading.Barrier(3)

    def take(token):
        start.wait()
        month = JUNE if token == "c" else MAY
        lake.commit(KEY, parts[token], [month], engine=engine, run_id=token)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(take, parts))
    assert read([MAY, JUNE]) in ([(MAY, 1), (JUNE, 3)], [(MAY, 2), (JUNE, 3)])


def test_one_that_others_always_get_ahead_of_says_so_and_leaves_the_table_as_it_is(lake, engine, read, monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.0)
    lake.write(KEY, rows((MAY, 0)), [MAY], engine=engine, run_id="run")
    mine = put(lake, rows((MAY, 9)))
    opened = Lake._open

    def behind(self, key):
        table = opened(self, key)
        if table is not None and not ahead:
            ahead.append(1)
            lake.write(KEY, rows((MAY, 5)), [MAY], engine=engine, run_id="rival")
            ahead.clear()
        return table

    ahead = []
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "_open", behind)
        with pytest.raises(ConcurrentWrite, match="was replaced by another run"):
            lake.commit(KEY, mine, [MAY], engine=engine, run_id="run")
    assert read([MAY]) == [(MAY, 5)]


def test_who_may_not_go_on_commits_nothing(lake, engine):
    def refused():
        raise PermissionError("the lease is another's")

    lake.write(KEY, rows((MAY, 1)), [MAY], engine=engine, run_id="run")
    before = lake.open(KEY).version()
    with pytest.raises(PermissionError, match="another's"):
        lake.commit(KEY, put(lake, rows((MAY, 2))), [MAY], engine=engine, run_id="run", permitted=refused)
    assert lake.open(KEY).version() == before


def test_files_that_nobody_committed_go_by_their_age_and_those_of_the_table_stay(lake, engine, read):
    if is_s3(lake.root):
        pytest.skip("the age of an object cannot be set")
    lake.commit(KEY, put(lake, rows((MAY, 1)), "taken"), [MAY], engine=engine, run_id="run")
    put(lake, rows((MAY, 2)), "left")
    put(lake, rows((MAY, 3)), "young")
    old = time.time() - 8 * 86_400
    for token in ("taken", "left"):
        for file in Path(staged_folder(lake.uri(KEY), token)).rglob("*.parquet"):
            os.utime(file, (old, old))
    maintain(lake, KEY)
    there = {path.parts[-3] for path in Path(lake.uri(KEY)).rglob("staged-*/*/*.parquet")}
    assert there == {"staged-taken", "staged-young"}
    assert read([MAY]) == [(MAY, 1)]


KILLED = """
import sys, time
from datetime import date
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.files import staged
from arcana_assets.lake.lake import Lake
import pyarrow as pa
lake, key = Lake(root=sys.argv[1]), ("retail", "silver", "transactions")
schema = pa.schema([("month", pa.date32()), ("n", pa.int64())])
waiting = {token: staged(lake.uri(key), token, schema, True) for token in ("even", "odd")}
print("ready", flush=True)
n = 0
while True:
    n += 1
    lake.commit(key, waiting[("even", "odd")[n % 2]], [date(2011, 5, 1)], engine=Engine(threads=1), run_id=str(n))
"""


def test_who_is_killed_leaves_one_set_of_files_or_the_other(tmp_path, engine):
    lake = Lake(root=str(tmp_path / "lake"))
    put(lake, rows(*((MAY, 0) for _ in range(5))), "even")
    put(lake, rows(*((MAY, 1) for _ in range(7))), "odd")
    environment = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}
    seen = set()
    for wait in (0.0, 0.05, 0.1, 0.2):
        command = [sys.executable, "-c", KILLED, lake.root]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "ready\n"
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        if lake.materialized_months(KEY, [MAY]):
            found = [row["n"] for row in lake.read(KEY, [MAY], engine).to_pyarrow().to_pylist()]
            assert found in ([0] * 5, [1] * 7)
            seen.add(len(found))
    lake.write(KEY, rows((MAY, 3)), [MAY], engine=engine, run_id="after")
    assert [row["n"] for row in lake.read(KEY, [MAY], engine).to_pyarrow().to_pylist()] == [3]
    assert seen
