import os
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from arcana_assets.lake.errors import ForeignMonth, MissingTable
from arcana_assets.lake.maintenance import MaintenanceFailed, UnsafeRetention, maintain
from arcana_assets_tests.lake.lake_rows import APRIL, KEY, MAY, rows


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


def test_the_next_write_removes_what_a_killed_writer_left_a_day_ago(lake, write, read):
    write(rows((APRIL, 1)), [APRIL])
    folder = Path(lake.uri(KEY))
    of_yesterday = [folder / "month=2011-04-01/part-1.parquet#1", folder / "_delta_log/00000000000000000002.json#1"]
    of_today = folder / "month=2011-04-01/part-2.parquet#1"
    for file in (*of_yesterday, of_today):
        file.write_bytes(b"half")
    for file in of_yesterday:
        os.utime(file, (0, 0))
    write(rows((MAY, 1)), [MAY])
    assert [file.exists() for file in (*of_yesterday, of_today)] == [False, False, True]
    assert read([APRIL, MAY]) == [(APRIL, 1), (MAY, 1)]


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


def test_a_damaged_file_stops_the_compaction_but_no_other_step_and_is_said_at_the_end(lake, write):
    write(rows((APRIL, 1)), [APRIL])
    write(rows((APRIL, 2)), [APRIL])
    folder = Path(lake.uri(KEY)) / "month=2011-04-01"
    left, live = folder / "part-1.parquet#1", folder / lake_file(lake)
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    write_deltalake(lake.open(KEY), rows((APRIL, 3)), mode="append")  # two small files: something to merge
    live.write_bytes(b"PAR1 garbage")
    with pytest.raises(MaintenanceFailed, match=r"transactions: compaction failed \(.*parquet.*1 vacuumed") as raised:
        maintain(lake, KEY, 0, allow_short=True)
    assert list(raised.value.failed) == ["compaction"]
    assert isinstance(raised.value.__cause__, DeltaError)
    assert (raised.value.done.vacuumed_files, raised.value.done.staging_files) == (1, 1)
    assert not left.exists()
    write(rows((APRIL, 4)), [APRIL])
    assert maintain(lake, KEY).compacted_files == 0


def lake_file(lake):
    """The name of the one file the table counts on."""
    (path,) = pa.table(lake.open(KEY).get_add_actions())["path"].to_pylist()
    return Path(path).name


def test_a_vacuum_that_fails_does_not_hide_what_was_merged(lake, write, read, monkeypatch):
    write(rows((APRIL, 1)), [APRIL])
    write_deltalake(lake.open(KEY), rows((APRIL, 2)), mode="append")

    def fails(*_, **__):
        raise Exception("External error: no answer")

    monkeypatch.setattr(DeltaTable, "vacuum", fails)
    with pytest.raises(MaintenanceFailed, match=r"vacuum failed \(External error: no answer\).* 2 files merged into 1"):
        maintain(lake, KEY)
    assert read([APRIL]) == [(APRIL, 1), (APRIL, 2)]


def test_a_compaction_that_meets_an_overwrite_is_postponed_and_the_rest_is_done(lake, write, monkeypatch):
    write(rows((APRIL, 1)), [APRIL])
    write(rows((APRIL, 2)), [APRIL])

    def overtaken(*_, **__):
        raise CommitFailedError("a concurrent transaction deleted data")

    monkeypatch.setattr("deltalake.table.TableOptimizer.compact", overtaken)
    done = maintain(lake, KEY, 0, allow_short=True)
    assert (done.compaction_postponed, done.vacuumed_files) == (True, 1)


def test_a_staging_file_whose_writer_finishes_meanwhile_is_no_problem(lake, write, monkeypatch):
    write(rows((APRIL, 1)), [APRIL])
    monkeypatch.setattr(Path, "rglob", lambda *_: iter([Path(lake.uri(KEY)) / "gone.parquet#1"]))
    assert maintain(lake, KEY).staging_files == 0


def test_maintenance_does_not_make_a_table_whose_first_write_failed_look_written(lake, write, read):
    with pytest.raises(ForeignMonth):
        write(rows((MAY, 1), v=["a"]), [APRIL])
    (Path(lake.uri(KEY)) / "orphan.parquet").write_bytes(b"half")
    assert maintain(lake, KEY, 0, allow_short=True).vacuumed_files == 0
    write(rows((APRIL, 1), v=[1]), [APRIL])
    assert read([APRIL], "n", "v") == [(1, 1)]
    assert maintain(lake, KEY, 0, allow_short=True).vacuumed_files >= 1


def test_a_table_nobody_wrote_has_nothing_to_maintain(lake):
    with pytest.raises(MissingTable):
        maintain(lake, KEY)
