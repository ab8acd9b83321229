import errno
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

import arcana_assets
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_errors import (
    BadMonths,
    BadRoot,
    BadTableName,
    CorruptFile,
    ForeignMonth,
    LayoutChange,
    MissingMonth,
    MissingTable,
    NotWritable,
    SchemaChange,
    UnwritableColumn,
    WriteFailed,
)
from arcana_assets.resources.lake_maintenance import UnsafeRetention, maintain

KEY = ("retail", "silver", "transactions")
APRIL, MAY, JUNE, JULY = (date(2011, month, 1) for month in (4, 5, 6, 7))


def rows(*pairs, **more):
    """A table of (month, n)."""
    return pa.table({"month": [m for m, _ in pairs], "n": [n for _, n in pairs], **more})


@pytest.fixture
def write(lake, engine):
    def write(data, months, key=KEY, **options):
        return lake.write(key, data, months, engine=engine, run_id="run-1", **options)

    return write


@pytest.fixture
def read(lake, engine):
    """The rows of the months, ordered, as tuples or, for several columns, as asked for."""

    def read(months, *columns, key=KEY):
        table = lake.read(key, months, engine)
        found = table.select(*(columns or ("month", "n"))).to_pyarrow().to_pylist()
        return sorted(tuple(row.values()) for row in found)

    return read


# --- reading and writing months


def test_months_written_are_read_and_only_those_asked_for(write, read):
    result = write(rows((APRIL, 1), (APRIL, 2), (MAY, 3)), [APRIL, MAY])
    assert (result.rows, result.rows_by_month, result.files) == (3, {APRIL: 2, MAY: 1}, 2)
    assert read([APRIL]) == [(APRIL, 1), (APRIL, 2)]
    assert read([MAY, APRIL, MAY]) == [(APRIL, 1), (APRIL, 2), (MAY, 3)]
    assert read(None) == read([APRIL, MAY])


def test_a_month_materialized_twice_is_the_same_table(write, read):
    for _ in range(2):
        write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    assert read(None) == [(APRIL, 1), (MAY, 2)]


def test_replacing_a_month_leaves_the_others_alone(write, read):
    write(rows((APRIL, 1), (MAY, 2), (JUNE, 3)), [APRIL, MAY, JUNE])
    write(rows((MAY, 20)), [MAY])
    assert read(None) == [(APRIL, 1), (MAY, 20), (JUNE, 3)]


def test_a_month_with_no_rows_is_materialized_and_reads_as_none(lake, write, read):
    write(rows((APRIL, 1)), [APRIL, MAY])
    assert read([MAY]) == []
    assert lake.materialized_months(KEY, [APRIL, MAY, JUNE]) == [APRIL, MAY]
    write(rows((APRIL, 1)).slice(0, 0), [APRIL])
    assert read([APRIL]) == []


def test_no_months_asked_for_is_an_empty_table_with_its_columns(lake, engine, write):
    write(rows((APRIL, 1)), [APRIL])
    table = lake.read(KEY, [], engine)
    assert dict(table.schema()) == {"month": ibis.dtype("date"), "n": ibis.dtype("int64")}
    assert table.count().execute() == 0


def test_which_months_exist_survives_checkpoints_and_maintenance(lake, write):
    write(rows((APRIL, 1)), [APRIL])
    table = DeltaTable(lake.uri(KEY))
    table.create_checkpoint()
    table.cleanup_metadata()
    maintain(lake, KEY)
    assert lake.materialized_months(KEY, [APRIL, MAY]) == [APRIL]


def test_the_run_and_its_months_are_in_the_commit(lake, write):
    write(rows((APRIL, 1)), [APRIL, MAY])
    commit = lake.open(KEY).history(1)[0]
    assert (commit["run_id"], commit["months"]) == ("run-1", "2011-04,2011-05")


def test_a_query_reads_the_version_it_was_bound_to_whatever_is_committed_later(lake, engine, write, read):
    write(rows((APRIL, 1)), [APRIL])
    before = lake.read(KEY, [APRIL], engine)
    write(rows((APRIL, 2)), [APRIL])
    assert before.n.to_pyarrow().to_pylist() == [1]
    assert read([APRIL]) == [(APRIL, 2)]


def test_reading_again_and_again_makes_one_view_a_snapshot(lake, engine, write):
    write(rows((APRIL, 1)), [APRIL])
    assert lake.read(KEY, [APRIL], engine).get_name() == lake.read(KEY, [APRIL], engine).get_name()


def test_a_table_removed_and_written_again_is_not_taken_for_the_old_one(lake, write, read, tmp_path):
    write(rows((APRIL, 1)), [APRIL])
    assert read([APRIL]) == [(APRIL, 1)]
    Path(lake.uri(KEY)).rename(tmp_path / "gone")
    write(rows((APRIL, 2)), [APRIL])
    assert read([APRIL]) == [(APRIL, 2)]


def test_a_lake_may_live_under_a_folder_with_spaces_accents_and_quotes(tmp_path, engine):
    lake = Lake(root=str(tmp_path / "données d'avril (100 %) = *"))
    lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    assert lake.read(KEY, [APRIL], engine).n.to_pyarrow().to_pylist() == [1]


def test_a_snapshot_is_replaced_whole(write, read):
    write(pa.table({"n": [1, 2]}), None)
    write(pa.table({"n": [3]}), None)
    assert read(None, "n") == [(3,)]


# --- kinds of rows


def test_frames_tables_readers_makers_and_expressions_write_the_same_rows(write, read):
    table = rows((APRIL, 1), (APRIL, 2))
    for data in (table, table.to_pandas(), table.to_reader(), table.to_reader, ibis.memtable(table)):
        write(data, [APRIL])
        assert read([APRIL]) == [(APRIL, 1), (APRIL, 2)]
        write(table.slice(0, 0), [APRIL])


def test_an_expression_over_the_lake_can_replace_the_table_it_reads(lake, engine, write, read):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    table = lake.read(KEY, [APRIL, MAY], engine)
    write(table.mutate(n=table.n * 10), [APRIL, MAY], by_month=True)
    assert read(None) == [(APRIL, 10), (MAY, 20)]


def test_month_by_month_is_one_commit_and_the_same_rows(lake, engine, write, read):
    write(rows((APRIL, 1), (APRIL, 2), (MAY, 3)), [APRIL, MAY])
    source = lake.read(KEY, [APRIL, MAY], engine)
    rollup = source.group_by("month").agg(n=source.n.sum())
    gold = ("retail", "gold", "monthly")
    result = write(rollup, [APRIL, MAY, JUNE], key=gold, by_month=True)
    assert (result.version, result.rows_by_month) == (1, {APRIL: 1, MAY: 1, JUNE: 0})
    assert read(None, key=gold) == [(APRIL, 3), (MAY, 3)]


def test_month_by_month_does_not_lose_rows_of_other_months_silently(write):
    source = ibis.memtable(rows((APRIL, 1), (JULY, 2)))
    with pytest.raises(ForeignMonth, match="rows of month 2011-07-01"):
        write(source, [APRIL, MAY], by_month=True)
    with pytest.raises(ForeignMonth, match=r"rows of no month \(null\)"):
        write(ibis.memtable(rows((APRIL, 1), (None, 2))), [APRIL], by_month=True)


def test_types_are_widened_once_and_kept(lake, write, read):
    instant = datetime(2011, 4, 2, 8, 0, tzinfo=UTC)
    result = write(
        rows(
            (APRIL, 1),
            small=pa.array([1], pa.int8()),
            real=pa.array([0.5], pa.float32()),
            text=pa.array(["a"], pa.large_string()),
            category=pa.array(["c"]).dictionary_encode(),
            money=pa.array([Decimal("1.50")], pa.decimal128(18, 2)),
            at=pa.array([instant], pa.timestamp("ms", "Europe/Paris")),
            reasons=pa.array([["x", "y"]], pa.large_list(pa.large_string())),
            flag=[True],
        ),
        [APRIL],
    )
    assert {name: str(kind) for name, kind in zip(result.schema.names, result.schema.types, strict=True)} == {
        "month": "date32[day]",
        "n": "int64",
        "small": "int64",
        "real": "double",
        "text": "string",
        "category": "string",
        "money": "decimal128(18, 2)",
        "at": "timestamp[us, tz=UTC]",
        "reasons": "list<element: string>",
        "flag": "bool",
    }
    columns = ("small", "real", "text", "category", "money", "at", "reasons", "flag")
    assert read([APRIL], *columns) == [(1, 0.5, "a", "c", Decimal("1.50"), instant, ["x", "y"], True)]
    assert lake.open(KEY).protocol().min_reader_version == 1


def test_a_sum_of_integers_is_a_bigint_though_duckdb_makes_it_a_hugeint(lake, engine, write):
    write(rows((APRIL, 1), (APRIL, 2)), [APRIL])
    source = lake.read(KEY, [APRIL], engine)
    result = write(source.group_by("month").agg(n=source.n.sum()), [APRIL], key=("retail", "gold", "sums"))
    assert result.schema.field("n").type == pa.int64()


def test_a_month_column_of_pandas_timestamps_is_taken_as_dates(write, read):
    write(pd.DataFrame({"month": pd.to_datetime(["2011-04-01"]), "n": [1]}), [APRIL])
    assert read([APRIL]) == [(APRIL, 1)]


def test_a_declared_schema_casts_adds_and_refuses(write, read):
    declared = pa.schema({"month": pa.date32(), "n": pa.int64(), "code": pa.string(), "later": pa.float64()})
    write(rows((APRIL, 1), code=pa.array([7])), [APRIL], schema=declared)
    assert read([APRIL], "n", "code", "later") == [(1, "7", None)]
    with pytest.raises(UnwritableColumn, match=r"column typo is not among the declared ones \(month, n, code, later\)"):
        write(rows((APRIL, 1), typo=[1]), [APRIL], schema=declared)


def test_descriptions_become_comments_of_new_columns(lake, write):
    write(rows((APRIL, 1)), [APRIL], descriptions={"n": "How many."})
    write(rows((APRIL, 1), extra=["x"]), [APRIL], descriptions={"extra": "More."})
    comments = {field.name: field.metadata.get("comment") for field in lake.open(KEY).schema().fields}
    assert comments == {"month": None, "n": "How many.", "extra": "More."}


# --- columns over time


def test_a_new_column_is_null_in_the_months_before_it(write, read):
    write(rows((APRIL, 1)), [APRIL])
    write(rows((MAY, 2), channel=["web"]), [MAY])
    assert read([APRIL, MAY], "n", "channel") == [(1, None), (2, "web")]
    assert read([APRIL], "channel") == [(None,)]


def test_a_column_the_rows_lack_or_have_only_as_untyped_nulls_is_null(write, read):
    write(rows((APRIL, 1), channel=["web"]), [APRIL])
    write(rows((MAY, 2)), [MAY])
    write(rows((JUNE, 3), channel=pa.nulls(1)), [JUNE])
    assert read([MAY, JUNE], "n", "channel") == [(2, None), (3, None)]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (pa.array(["1"]), "column v is int64 in the table and string in the rows"),
        (pa.array([1.0]), "column v is int64 in the table and double in the rows"),
        (pa.array([Decimal("1.0")]), "column v is int64 in the table and decimal128(2, 1) in the rows"),
    ],
)
def test_another_type_of_a_column_is_refused_and_the_table_stays(write, read, new, said):
    write(rows((APRIL, 1), v=[1]), [APRIL])
    with pytest.raises(SchemaChange, match=re.escape(said)):
        write(rows((APRIL, 2), v=new), [APRIL])
    assert read([APRIL], "n", "v") == [(1, 1)]


def test_an_integer_is_not_turned_into_text_as_delta_rs_would(write):
    write(rows((APRIL, 1), v=["a"]), [APRIL])
    with pytest.raises(SchemaChange, match="column v is string in the table and int64 in the rows"):
        write(rows((APRIL, 1), v=[1]), [APRIL])


def test_a_first_write_that_failed_does_not_bind_the_next_one(write, read):
    for wrong in (["a"], [True], [1.5]):
        with pytest.raises(ForeignMonth):
            write(rows((MAY, 1), v=wrong), [APRIL])
    write(rows((APRIL, 1), v=[1]), [APRIL])
    assert read([APRIL], "n", "v") == [(1, 1)]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([datetime(2011, 4, 1)]), "column v is a timestamp without a time zone"),
        (pa.nulls(1), "column v has only nulls and no type"),
        (pa.array([1], pa.time64("us")), "column v is time64[us], which the lake does not keep"),
        (pa.array([1], pa.duration("us")), "column v is duration[us], which the lake does not keep"),
    ],
)
def test_types_without_a_faithful_place_are_refused(write, column, said):
    with pytest.raises(UnwritableColumn, match=re.escape(said)):
        write(rows((APRIL, 1), v=column), [APRIL])


def test_a_value_too_large_for_its_column_is_refused(write):
    with pytest.raises(UnwritableColumn, match="column v has a value that does not fit int64"):
        write(rows((APRIL, 1), v=pa.array([2**64 - 1], pa.uint64())), [APRIL])


# --- refusals


def test_rows_of_other_months_are_refused_before_the_commit(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(ForeignMonth) as raised:
        write(rows((APRIL, 2), (JULY, 3), (None, 4), (date(2011, 4, 2), 5)), [APRIL, MAY])
    assert str(raised.value) == (
        "retail/silver/transactions: this run replaces month 2011-04 to 2011-05 (2 months), but there are rows of "
        "month 2011-04-02, 2011-07-01 and rows of no month (null). Nothing was written. Filter the rows to the months "
        "of the run, or materialize those months too; `month` holds the first day of the month."
    )
    assert read(None) == [(APRIL, 1)]
    assert lake.open(KEY).version() == 1


def test_a_table_nobody_wrote_says_so(lake, read):
    with pytest.raises(MissingTable) as raised:
        read([APRIL])
    assert str(raised.value) == (
        f"retail/silver/transactions does not exist yet in {lake.root}. Materialize it first."
    )
    assert lake.materialized_months(KEY, [APRIL]) == []


def test_a_snapshot_whose_first_write_failed_does_not_exist_yet(write, read):
    with pytest.raises(UnwritableColumn):
        write(pa.table({"n": pa.array([2**64 - 1], pa.uint64())}), None)
    with pytest.raises(MissingTable):
        read(None, "n")


def test_a_month_nobody_wrote_is_named_with_the_partition_to_materialize(write, read):
    write(rows((MAY, 1)), [MAY])
    with pytest.raises(MissingMonth) as raised:
        read([APRIL, MAY])
    assert str(raised.value) == (
        "retail/silver/transactions has no month 2011-04. "
        "Materialize it first: partition 2011-04-01 of the same asset."
    )


def test_several_missing_months_are_named_in_short(write, read):
    write(rows((MAY, 1)), [MAY])
    with pytest.raises(MissingMonth) as raised:
        read([date(2011, 9, 1), JULY, JUNE, MAY, APRIL])
    assert "has no month 2011-04, 2011-06 to 2011-07, 2011-09 (4 months)." in str(raised.value)
    assert raised.value.months == [APRIL, JUNE, JULY, date(2011, 9, 1)]


@pytest.mark.parametrize(
    "key",
    [
        ("..", "silver", "t"),
        ("a", "b/c", "t"),
        ("a", "", "t"),
        ("a", ".hidden", "t"),
        ("a", "b", "c\\d"),
        ("a", "b"),
        ("a", "b", "c", "d"),
        "abc",
        ("a", "b", "c\n"),
        ("a", "b", "é"),
    ],
)
def test_a_name_that_is_not_three_plain_words_is_refused(lake, key):
    with pytest.raises(BadTableName, match="names no table"):
        lake.uri(key)


@pytest.mark.parametrize("root", ["/a[1]", "/a|b", "/a^b", "/a\\b", "/a%41", "s3://bucket/the lake", "s3://bucket/é"])
def test_a_root_that_delta_paths_cannot_have_is_refused(root):
    with pytest.raises(BadRoot, match="cannot hold a lake"):
        Lake(root=root).uri(KEY)


def test_months_to_write_are_first_days_that_follow_each_other(write):
    with pytest.raises(BadMonths, match="after 2011-04 comes 2011-06"):
        write(rows((APRIL, 1)), [JUNE, APRIL])
    with pytest.raises(BadMonths, match="2011-04-02 is not the first day"):
        write(rows((APRIL, 1)), [date(2011, 4, 2)])
    with pytest.raises(BadMonths, match="no month to write"):
        write(rows((APRIL, 1)), [])


def test_the_turn_of_the_year_is_no_gap(write, read):
    months = [date(2011, 12, 1), date(2012, 1, 1)]
    write(rows(*[(month, 1) for month in months]), months)
    assert [month for month, _ in read(months)] == months


def test_a_history_is_not_replaced_by_a_snapshot_nor_a_snapshot_by_a_month(write, read):
    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(LayoutChange, match="would replace its whole history"):
        write(rows((APRIL, 2)), None)
    assert read(None) == [(APRIL, 1)]
    write(rows((APRIL, 1)), None, key=("retail", "silver", "snapshot"))
    with pytest.raises(LayoutChange, match="is a snapshot without months"):
        write(rows((APRIL, 1)), [APRIL], key=("retail", "silver", "snapshot"))


def test_rows_without_a_month_and_things_that_are_no_rows_are_refused(write):
    with pytest.raises(UnwritableColumn, match="the rows have no column `month`"):
        write(pa.table({"n": [1]}), [APRIL])
    with pytest.raises(UnwritableColumn, match="cannot write a builtins.list"):
        write([1, 2], [APRIL])


# --- trouble with files and disks


def live_file(lake, month):
    (file,) = Path(lake.uri(KEY)).glob(f"month={month}/*.parquet")
    return file


def test_a_damaged_footer_is_named_at_once_and_rewriting_the_month_heals_it(lake, write, read):
    write(rows((APRIL, 1), (MAY, 2)), [APRIL, MAY])
    live_file(lake, APRIL).write_bytes(b"PAR1 garbage")
    with pytest.raises(CorruptFile) as raised:
        read([APRIL, MAY])
    assert "month=2011-04-01/part-00000" in str(raised.value)
    assert "Materialize partition 2011-04-01 of that asset again" in str(raised.value)
    assert read([MAY]) == [(MAY, 2)]
    write(rows((APRIL, 3)), [APRIL])
    assert read(None) == [(APRIL, 3), (MAY, 2)]


def test_a_file_that_is_gone_is_named(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    live_file(lake, APRIL).unlink()
    with pytest.raises(CorruptFile, match="Materialize partition 2011-04-01"):
        read([APRIL])


def test_damaged_pages_stop_the_write_that_reads_them_and_name_the_file(lake, engine, write):
    digits = pa.array([str(n * 7919 % 1000003) for n in range(50_000)])
    write(pa.table({"month": [APRIL] * 50_000, "text": digits}), [APRIL])
    target = ("retail", "gold", "copy")
    source = lake.read(KEY, [APRIL], engine)
    write(source.limit(1), [APRIL], key=target)
    content = bytearray(live_file(lake, APRIL).read_bytes())
    for at in range(len(content) // 4, len(content) // 2):
        content[at] ^= 0x5A
    live_file(lake, APRIL).write_bytes(content)
    with pytest.raises(CorruptFile, match="month=2011-04-01"):
        write(source, [APRIL], key=target)
    assert lake.read(target, [APRIL], engine).count().execute() == 1


@pytest.mark.parametrize("place", ["file/lake", "/proc/lake"])
def test_a_place_that_cannot_be_written_is_named(tmp_path, engine, place):
    # Even root cannot make folders below a file or in /proc.
    (tmp_path / "file").write_text("")
    lake = Lake(root=str(tmp_path / place))
    with pytest.raises(NotWritable, match="retail/silver/transactions cannot be written to") as raised:
        lake.write(KEY, rows((APRIL, 1)), [APRIL], engine=engine, run_id="run")
    assert not raised.value.retriable


def test_rows_that_break_off_leave_the_table_unchanged_and_keep_their_error(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])

    def broken():
        yield rows((APRIL, 2)).to_batches()[0]
        raise ZeroDivisionError("in the middle")

    reader = pa.RecordBatchReader.from_batches(rows((APRIL, 1)).schema, broken())
    with pytest.raises(ZeroDivisionError, match="in the middle"):
        write(reader, [APRIL])
    assert read([APRIL]) == [(APRIL, 1)]


def test_a_full_disk_is_said_and_leaves_the_table_unchanged(write, read):
    write(rows((APRIL, 1)), [APRIL])

    def full():
        yield rows((APRIL, 2)).to_batches()[0]
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    reader = pa.RecordBatchReader.from_batches(rows((APRIL, 1)).schema, full())
    with pytest.raises(WriteFailed, match=r"No space left on device\. The table is unchanged\. Free space") as raised:
        write(reader, [APRIL])
    assert not raised.value.retriable
    assert read([APRIL]) == [(APRIL, 1)]


LIMITED = """
import resource, sys
import pyarrow as pa
from datetime import date
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_errors import WriteFailed

resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
engine = Engine()
big = engine.backend.sql(
    "SELECT DATE '2011-04-01' AS month, range AS n, md5(range::VARCHAR) AS text FROM range(1000000)",
    schema={"month": "date", "n": "int64", "text": "string"},
)
try:
    Lake(root=sys.argv[1]).write(("retail", "silver", "transactions"), big, [date(2011, 4, 1)], engine=engine, run_id="r")
except WriteFailed as error:
    print(error)
    print(engine.backend.con.sql("SELECT 'the engine goes on'").fetchall()[0][0])
"""


def test_a_write_the_system_cuts_short_leaves_the_table_unchanged_and_the_engine_usable(lake, write, read):
    write(rows((APRIL, 1), text=["x"]), [APRIL])
    environment = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, lake.root], capture_output=True, text=True, env=environment, timeout=60
    )
    assert "was not written" in ran.stdout, ran.stderr
    assert "Free space there" in ran.stdout
    assert "the engine goes on" in ran.stdout
    assert read([APRIL]) == [(APRIL, 1)]


# --- tables others touched


def test_columns_mapped_by_another_writer_are_read_through_delta(lake, engine, tmp_path):
    # What Spark writes with column mapping: physical names in the files, logical ones in the log.
    folder = Path(lake.uri(KEY))
    (folder / "_delta_log").mkdir(parents=True)
    pq.write_table(pa.table({"col-1": [1, 2]}), folder / "part.parquet")
    size = (folder / "part.parquet").stat().st_size
    field = (
        '{\\"name\\":\\"n\\",\\"type\\":\\"long\\",\\"nullable\\":true,\\"metadata\\":'
        '{\\"delta.columnMapping.id\\":1,\\"delta.columnMapping.physicalName\\":\\"col-1\\"}}'
    )
    log = [
        '{"protocol":{"minReaderVersion":2,"minWriterVersion":5}}',
        '{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":'
        f'"{{\\"type\\":\\"struct\\",\\"fields\\":[{field}]}}","partitionColumns":[],'
        '"configuration":{"delta.columnMapping.mode":"name","delta.columnMapping.maxColumnId":"1"},"createdTime":0}}',
        '{"txn":{"appId":"snapshot","version":1}}',
        f'{{"add":{{"path":"part.parquet","partitionValues":{{}},"size":{size},"modificationTime":0,"dataChange":true}}}}',
    ]
    (folder / "_delta_log" / f"{0:020}.json").write_text("\n".join(log))
    table = lake.read(KEY, None, engine)
    assert table.n.sum().execute() == 3
    assert table.n.max().execute() == 2


# --- housekeeping


def test_maintenance_merges_small_files_and_removes_what_killed_writers_left(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    old, new = (Path(lake.uri(KEY)) / f"month=2011-04-01/part-{n}.parquet#1" for n in (1, 2))
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    done = maintain(lake, KEY)
    assert done.staging_files == 1
    assert not old.exists()
    assert new.exists()
    assert read([APRIL]) == [(APRIL, 1)]


def test_maintenance_removes_replaced_files_only_beyond_the_retention(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    write(rows((APRIL, 2)), [APRIL])
    assert maintain(lake, KEY).vacuumed_files == 0
    assert maintain(lake, KEY, 0, allow_short=True).vacuumed_files == 1
    assert read([APRIL]) == [(APRIL, 2)]


def test_a_retention_shorter_than_runs_is_refused(lake, write):
    write(rows((APRIL, 1)), [APRIL])
    with pytest.raises(UnsafeRetention, match="Keep at least 24 hours"):
        maintain(lake, KEY, 2)
