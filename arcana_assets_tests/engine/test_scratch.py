"""Folders for temporary files go with their process: at its end, or where it was killed with the next process."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.engine import scratch

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}
MAKES = "from arcana_assets.engine.scratch import scratch_folder; print(scratch_folder('duckdb'), flush=True)"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder for temporary files of its own, and a process that has not looked into it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "_tidy", set())
    return tmp_path


def process(place):
    """A process that has a folder with a file in it, and waits."""
    code = f"{MAKES}; import time; time.sleep(60)"
    begun = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT | {"TMPDIR": str(place)}
    )
    folder = Path(begun.stdout.readline().strip())
    (folder / "spilled").write_text("rows")
    return begun, folder


def test_the_folder_of_a_killed_process_goes_with_the_next_one_and_that_of_a_living_one_stays(place):
    (dead, of_dead), (living, of_living) = process(place), process(place)
    try:
        dead.send_signal(signal.SIGKILL)
        dead.wait()
        of_another_program = place / "arcana-bench-1"
        of_another_program.mkdir()
        assert of_dead.exists()
        mine = scratch.scratch_folder("landing")
        assert not of_dead.exists()
        assert (of_living / "spilled").exists()
        assert of_another_program.exists()
        assert mine.parent == place
    finally:
        living.kill()
        living.wait()
        dead.stdout.close()
        living.stdout.close()


def test_a_folder_is_gone_at_the_end_of_its_with_and_a_process_keeps_its_own(place):
    with scratch.scratch("workbook") as first, scratch.scratch("workbook") as second:
        assert first != second
        assert scratch.remove_abandoned(place, "arcana-") == 0
        assert first.exists()
    assert list(place.iterdir()) == []


def test_the_folder_that_a_link_leads_to_stays(place):
    kept, other = (scratch.hold_folder(place, "2011-05-") for _ in range(2))
    (place / "2011-05").symlink_to(kept.name)
    for folder in (kept, other):
        scratch.let_go(folder)
    assert scratch.remove_abandoned(place, "2011-05-", but=place / "2011-05") == 1
    assert kept.exists()


def test_where_there_are_no_locks_the_age_of_a_folder_decides(place, monkeypatch):
    def no_locks(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(scratch.fcntl, "flock", no_locks)
    young, old = place / "arcana-duckdb-young", place / "arcana-duckdb-old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    assert scratch.scratch_folder("duckdb").exists()
    assert (young.exists(), old.exists()) == (True, False)


def test_a_folder_that_was_never_held_goes_by_age(place):
    young, old = place / ".arcana-making-young", place / ".arcana-making-old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    scratch.remove_abandoned(place, "arcana-duckdb-")
    assert (young.exists(), old.exists()) == (True, False)
