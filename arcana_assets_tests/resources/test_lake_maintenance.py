import os
from pathlib import Path

import pytest

from arcana_assets.resources.lake_maintenance import UnsafeRetention, maintain
from arcana_assets_tests.resources.lake_rows import APRIL, KEY, rows


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
