"""The event log through kept connections holds what Dagster's own would, and Dagster's own reads it."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterEventType, EventLogEntry

from arcana_assets.graph import instance_storage

MONTHS = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-04-01")
RANGE = {"dagster/asset_partition_range_start": "2011-01-01", "dagster/asset_partition_range_end": "2011-03-01"}
SALES = dg.AssetKey("sales")


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
        assert "SUCCEEDED" in statuses(own)
        assert statuses(own) == checked


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
