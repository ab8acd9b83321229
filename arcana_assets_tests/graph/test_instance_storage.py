"""The event log through kept connections holds what Dagster's own would, and Dagster's own reads it.

Slow: processes are started, held up and killed.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log.migration import ASSET_KEY_INDEX_COLS
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from arcana_assets.graph import instance_storage

pytestmark = pytest.mark.slow

MONTHS = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-04-01")
RANGE = {"dagster/asset_partition_range_start": "2011-01-01", "dagster/asset_partition_range_end": "2011-03-01"}
SALES = dg.AssetKey("sales")
NEXT_RUN = "00000000-0000-0000-0000-000000000002"


@dg.asset(
    partitions_def=MONTHS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("fine", asset="sales")],
)
def sales(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    for month in context.partition_keys:
        context.add_asset_metadata({"rows": int(month[5:7])}, partition_key=month)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def opened(folder: Path, kept: bool) -> dg.DagsterInstance:
    ours = {"module": instance_storage.__name__, "class": "KeptSqliteStorage", "config": {"base_dir": str(folder)}}
    folder.mkdir(exist_ok=True)
    storage = {"custom": ours} if kept else {"sqlite": {"base_dir": str(folder)}}
    return dg.DagsterInstance.local_temp(str(folder), {"storage": storage, "telemetry": {"enabled": False}})


def run(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions(assets=[sales], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = job.execute_in_process(instance=instance, tags=RANGE, run_config=quiet)
    assert result.success
    return result.run_id


def told(instance: dg.DagsterInstance, run_id: str) -> list[tuple[str | None, str | None]]:
    """Types and partitions of a run's events, in their order."""
    events = [each.dagster_event for each in instance.all_logs(run_id)]
    return [(each.event_type_value, each.partition) for each in events if each is not None]


def materialized(instance: dg.DagsterInstance) -> list[str | None]:
    """The partition of every materialization that the index has."""
    return sorted(each.partition_key for each in instance.fetch_materializations(SALES, limit=999).records)


def statuses(instance: dg.DagsterInstance) -> list[str]:
    key = dg.AssetCheckKey(SALES, "fine")
    return [each.status.value for each in instance.event_log_storage.get_asset_check_execution_history(key, limit=9)]


@pytest.mark.parametrize("batch", ["0", "1000"])
def test_events_are_those_of_dagsters_own_log_which_reads_them(tmp_path, monkeypatch, batch):
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", batch)
    with opened(tmp_path / "own", kept=False) as own, opened(tmp_path / "kept", kept=True) as kept:
        expected, checked = told(own, run(own)), statuses(own)
        run_id = run(kept)
        assert told(kept, run_id) == expected
    with opened(tmp_path / "kept", kept=False) as own:
        assert told(own, run_id) == expected
        assert own.get_materialized_partitions(SALES) == {"2011-01-01", "2011-02-01", "2011-03-01"}
        record = own.fetch_materializations(SALES, limit=1).records[0]
        assert record.asset_materialization.metadata["rows"].value == 3
        assert checked == ["SUCCEEDED", *["PLANNED"] * 3]  # Dagster's own plans a check once a partition
        assert statuses(own) == ["SUCCEEDED"]


def test_of_a_batch_that_fails_nothing_is_kept(tmp_path, monkeypatch):
    with opened(tmp_path, kept=True) as kept:
        run_id = run(kept)
        events = kept.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)
        storage, stored = kept.event_log_storage, []
        insert = storage.prepare_insert_event

        def breaks_at_the_third(event: EventLogEntry):
            stored.append(event)
            if len(stored) == 3:
                raise sqlite3.OperationalError("disk is full")
            return insert(event)

        monkeypatch.setattr(storage, "prepare_insert_event", breaks_at_the_third)
        with pytest.raises(sqlite3.OperationalError, match="disk is full"):
            storage.store_event_batch(events)
        monkeypatch.undo()
        assert len(kept.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)) == 3
        storage.store_event_batch(events)  # and the log goes on
        assert len(kept.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)) == 6


@pytest.mark.parametrize(("broken", "in_run"), [("run", 0), ("index", 3)])
def test_where_a_commit_fails_no_table_has_a_materialization_twice(tmp_path, broken, in_run):
    with opened(tmp_path, kept=True) as kept:
        storage = kept.event_log_storage
        events = kept.all_logs(run(kept), of_type=DagsterEventType.ASSET_MATERIALIZATION)
        events = [each._replace(run_id=NEXT_RUN) for each in events]
        assert kept.all_logs(NEXT_RUN) == []  # which makes the file, with commits of its own
        file = storage.path_for_shard(NEXT_RUN if broken == "run" else "index")

        def breaks(connection: Connection) -> None:
            if connection.engine.url.database == file:
                raise sqlite3.OperationalError("disk is full")

        event.listen(Engine, "commit", breaks)
        try:
            with pytest.raises(sqlite3.OperationalError, match="disk is full"):
                storage.store_event_batch(events)
        finally:
            event.remove(Engine, "commit", breaks)
        assert len(kept.all_logs(NEXT_RUN)) == in_run
        assert len(materialized(kept)) == 3
        for each in events:  # as Dagster goes on where a batch fails
            storage.store_event(each)
        assert len(kept.all_logs(NEXT_RUN)) == in_run + 3
        assert len(materialized(kept)) == 6


def test_files_that_another_process_removed_and_made_anew_are_those_that_are_read(tmp_path):
    with opened(tmp_path, kept=True) as kept:
        old = run(kept)
        shutil.rmtree(tmp_path / "history")
        with opened(tmp_path, kept=False) as other:
            assert told(kept, old) == materialized(kept) == []
            new = run(other)
            assert told(kept, new) == told(other, new) != []
            assert len(materialized(kept)) == 3
            written = run(kept)
            assert told(other, written) == told(kept, written) != []
            assert len(materialized(other)) == 6


def test_a_file_that_is_removed_is_made_anew_as_dagster_makes_it(tmp_path):
    with opened(tmp_path, kept=True) as kept:
        run(kept)
        for file in (tmp_path / "history" / "runs").glob("*.db*"):
            file.unlink()
        new = run(kept)
        with opened(tmp_path, kept=False) as other:
            assert told(other, new) == told(kept, new) != []
            assert len(materialized(other)) == len(materialized(kept)) == 3
            assert other.event_log_storage.has_secondary_index(ASSET_KEY_INDEX_COLS)


def test_an_event_for_a_folder_that_is_gone_is_not_lost_without_an_error(tmp_path):
    with opened(tmp_path, kept=True) as kept:
        (stored, *_) = kept.all_logs(run(kept))
        shutil.rmtree(tmp_path / "history")
        with pytest.raises(OperationalError, match="unable to open database file"):
            kept.event_log_storage.store_event(stored)


WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import dagster as dg
from arcana_assets_tests.graph.test_instance_storage import SALES, opened

def write(thread):
    for n in range(20):
        kept.report_runless_asset_event(dg.AssetMaterialization(SALES, partition=f"{sys.argv[2]} {thread} {n}"))

print("ready", flush=True)
sys.stdin.readline()
with opened(Path(sys.argv[1]), kept=True) as kept, ThreadPoolExecutor(3) as pool:
    list(pool.map(write, range(3)))
"""


def test_what_threads_of_two_processes_write_at_once_is_all_there(tmp_path):
    opened(tmp_path, kept=True).dispose()  # two processes cannot make Dagster's own storage of runs at once
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for name in ("one", "other")
    ]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=50)
    assert [writer.returncode for writer in writers] == [0, 0]
    expected = sorted(f"{name} {thread} {n}" for name in ("one", "other") for thread in range(3) for n in range(20))
    for kept in (True, False):
        with opened(tmp_path, kept) as instance:
            assert materialized(instance) == expected
            assert sorted(partition for _, partition in told(instance, "")) == expected


def test_few_files_stay_open_however_many_runs_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(instance_storage, "KEPT", 3)
    with opened(tmp_path, kept=True) as kept:
        runs = [run(kept) for _ in range(4)]
        assert all(told(kept, each) for each in runs)
        open_files = {Path(each).resolve().name for each in Path("/proc/self/fd").iterdir() if each.exists()}
        assert sum(f"{each}.db" in open_files for each in runs) <= 3
    left = {Path(each).resolve().name for each in Path("/proc/self/fd").iterdir() if each.exists()}
    assert not {f"{each}.db" for each in runs} & left


def test_the_settings_of_an_instance_name_the_storage():
    settings = (Path(__file__).parents[2] / "dagster.yaml").read_text()
    assert f"module: {instance_storage.__name__}" in settings
    assert f"class: {instance_storage.KeptSqliteStorage.__name__}" in settings
