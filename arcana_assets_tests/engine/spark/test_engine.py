"""What an engine of events promises, asked of both: tables of the lake, expressions kept, small results, writes.

Slow: a server of Spark is started for them.
"""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine, TooManyRows
from arcana_assets.lake.errors import ColumnsAlike, ForeignMonth, SchemaChange
from arcana_assets.lake.lake import Lake

pytestmark = pytest.mark.slow

KEY = ("retail", "gold", "numbers")
MAY, JUNE, JULY = date(2011, 5, 1), date(2011, 6, 1), date(2011, 7, 1)


@pytest.fixture(params=["duckdb", "spark"])
def events(request: pytest.FixtureRequest) -> EventEngine:
    found: EventEngine = Engine() if request.param == "duckdb" else request.getfixturevalue("spark_engine")
    return found


def of(*pairs: tuple[date | None, int], **columns: list) -> ibis.Table:
    """Rows of a month and a number, as an expression of no table."""
    months, numbers = zip(*pairs, strict=True) if pairs else ((), ())
    made = {"month": pa.array(months, pa.date32()), "n": pa.array(numbers, pa.int64())}
    return ibis.memtable(pa.table(made | {name: pa.array(each) for name, each in columns.items()}))


@pytest.fixture
def write(lake: Lake, events: EventEngine) -> Callable:
    def write(rows, months, **options):
        return lake.write(KEY, rows, months, engine=events, run_id="run-1", **options)

    return write


@pytest.fixture
def read(lake: Lake, events: EventEngine) -> Callable:
    def read(months, *names):
        table = lake.read(KEY, months, events)
        found = events.small(table.select(*(names or ("month", "n"))))
        return sorted((tuple(row.values()) for row in found.to_pylist()), key=repr)

    return read


def test_months_are_replaced_and_others_stay(write, read, lake, events) -> None:
    done = write(of((MAY, 1), (MAY, 2), (JUNE, 3)), [MAY, JUNE])
    assert (done.rows, done.rows_by_month) == (3, {MAY: 2, JUNE: 1})
    again = write(of((MAY, 7)), [MAY])
    assert (again.rows, again.table_rows) == (1, 2)
    assert read([MAY, JUNE]) == [(MAY, 7), (JUNE, 3)]
    assert read([JUNE]) == [(JUNE, 3)]
    # What one engine wrote the other reads.
    assert lake.rows(KEY, None) == 2
    assert sorted(Engine().small(lake.read(KEY, None, Engine()))["n"].to_pylist()) == [3, 7]


def test_files_say_no_least_text(write, lake) -> None:
    write(of((MAY, 1), customer=["C-17850"], reasons=[["found C-17850"]]), [MAY])
    for path in Path(lake.uri(KEY)).rglob("*.parquet"):
        columns = [pq.read_metadata(path).row_group(0).column(at) for at in range(3)]
        assert {each.path_in_schema for each in columns if each.is_stats_set} == {"n"}


def test_a_month_without_rows_is_there_without_rows(write, read, lake) -> None:
    assert write(of(), [MAY, JUNE]).rows == 0
    assert lake.materialized_months(KEY, [MAY, JUNE, JULY]) == [MAY, JUNE]
    assert read([MAY, JUNE]) == []
    write(of((JUNE, 1)), [JUNE])
    assert read([MAY, JUNE]) == [(JUNE, 1)]


def test_a_snapshot_is_replaced_whole(write, read) -> None:
    write(of((MAY, 1), (JUNE, 2)), None)
    write(of((JULY, 3)), None)
    assert read(None) == [(JULY, 3)]


def test_new_columns_are_added_and_are_null_before(write, read) -> None:
    write(of((MAY, 1)), [MAY])
    write(of((JUNE, 2), more=["x"]), [JUNE])
    assert read([MAY, JUNE], "n", "more") == [(1, None), (2, "x")]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (of((MAY, 1), (JULY, 2)), ForeignMonth),
        (of((None, 1)), ForeignMonth),
        (of((MAY, 1)).rename(N="n"), ColumnsAlike),
        (of((MAY, 1)).mutate(n=ibis.literal("one")), SchemaChange),
    ],
)
def test_what_a_table_cannot_take_is_refused_and_nothing_is_committed(write, read, rows, error) -> None:
    write(of((MAY, 7)), [MAY])
    with pytest.raises(error):
        write(rows, [MAY])
    assert read([MAY]) == [(MAY, 7)]


def test_values_of_a_key_that_stand_there_twice_are_counted(write) -> None:
    assert write(of((MAY, 1), (MAY, 1), (MAY, 2)), [MAY], unique=["n"]).doubled == 1


def test_whoever_may_not_go_on_commits_nothing(write, lake) -> None:
    def stopped() -> None:
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        write(of((MAY, 1)), [MAY], permitted=stopped)
    assert lake.materialized_months(KEY, [MAY]) == []


def test_two_that_replace_one_month_follow_each_other(write, read) -> None:
    write(of((MAY, 0), (JUNE, 0)), [MAY, JUNE])
    start, problems = threading.Barrier(2), list[BaseException]()

    def replace(number: int) -> None:
        start.wait()
        try:
            write(of((MAY, number)), [MAY])
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=replace, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert read([MAY, JUNE]) in ([(MAY, 1), (JUNE, 0)], [(MAY, 2), (JUNE, 0)])


def test_what_is_kept_is_computed_once_and_gone_after(write, lake, events) -> None:
    write(of((MAY, 1), (MAY, 2)), [MAY])
    with events.cache(lake.read(KEY, [MAY], events).mutate(twice=lambda t: t.n * 2)) as kept:
        write(of((MAY, 9)), [MAY])
        assert sorted(events.small(kept)["twice"].to_pylist()) == [2, 4]


def test_small_results_have_the_types_that_were_promised(events) -> None:
    rows = of((MAY, 3), (MAY, 4))
    found = events.small(rows.agg(n=rows.n.sum(), months=rows.month.year().max(), mean=rows.n.mean()))
    assert found.schema.types == [pa.int64(), pa.int32(), pa.float64()]
    assert found.to_pylist() == [{"n": 7, "months": 2011, "mean": 3.5}]
    assert events.value(rows.n.max()) == 4


def test_more_rows_than_fit_a_process_are_refused(events) -> None:
    with pytest.raises(TooManyRows, match="at most 1 rows"):
        events.small(of((MAY, 1), (MAY, 2)), at_most=1)
