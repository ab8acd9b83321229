import errno
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import DeltaError, SchemaMismatchError

import arcana_assets
from arcana_assets.engine.errors import CorruptFile
from arcana_assets.lake import lake as lake_module
from arcana_assets.lake.errors import LakeError, NotWritable, WriteFailed
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.lake.lake_rows import APRIL, KEY, MAY, rows


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


class Foreign(Exception):
    """As delta-rs raises it: neither a DeltaError nor an OSError."""


BROKEN_OFF = [
    (Foreign, "External error: Schema error: No field", False),
    (SchemaMismatchError, "Cannot cast schema", False),
    (Foreign, "External error: Generic S3 error: error sending request", True),
    (DeltaError, "Generic S3 error: HTTP error", True),
]


@pytest.mark.parametrize(("kind", "said", "passes_on_s3"), BROKEN_OFF)
def test_any_error_of_delta_rs_is_a_write_that_failed_with_its_cause(
    monkeypatch, write, read, kind, said, passes_on_s3
):
    write(rows((APRIL, 1)), [APRIL])

    def fails(*_, **__):
        raise kind(f"{said}\n   0: <unknown>")

    monkeypatch.setattr(lake_module, "write_deltalake", fails)
    with pytest.raises(WriteFailed, match=rf"was not written: {said}\. The table is unchanged") as raised:
        write(rows((APRIL, 2)), [APRIL])
    assert isinstance(raised.value.__cause__, kind)
    assert "<unknown>" not in str(raised.value)
    assert not raised.value.retriable  # on a local disk
    assert read([APRIL]) == [(APRIL, 1)]
    monkeypatch.setattr(lake_module, "is_s3", lambda root: True)
    with pytest.raises(WriteFailed) as raised:
        write(rows((APRIL, 2)), [APRIL])
    assert raised.value.retriable is passes_on_s3


def test_a_table_that_cannot_be_created_is_a_write_that_failed(monkeypatch, lake, write):
    def fails(*_, **__):
        raise Foreign("External error: Schema error")

    monkeypatch.setattr(lake_module.DeltaTable, "create", fails)
    with pytest.raises(WriteFailed, match="External error: Schema error"):
        write(rows((APRIL, 1)), [APRIL])


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_stops_the_process_is_not_taken_for_a_failed_write(monkeypatch, write, stop):
    def stopped(*_, **__):
        raise stop

    monkeypatch.setattr(lake_module, "write_deltalake", stopped)
    with pytest.raises(stop):
        write(rows((APRIL, 1)), [APRIL])


def test_a_damaged_log_is_said_in_one_line(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    (Path(lake.uri(KEY)) / "_delta_log" / f"{1:020}.json").write_text("{bad")
    with pytest.raises(LakeError, match=r"transactions in .* cannot be opened: .*Json error") as raised:
        read([APRIL])
    assert "\n" not in str(raised.value)


LIMITED = """
import resource, sys
import pyarrow as pa
from datetime import date
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.errors import WriteFailed

resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
engine = Engine()
big = engine.backend.sql(
    "SELECT DATE '2011-04-01' AS month, range AS n, md5(range::VARCHAR) AS text FROM range(1000000)",
    schema={"month": "date", "n": "int64", "text": "string"},
)
try:
    lake = Lake(root=sys.argv[1])
    lake.write(("retail", "silver", "transactions"), big, [date(2011, 4, 1)], engine=engine, run_id="r")
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
