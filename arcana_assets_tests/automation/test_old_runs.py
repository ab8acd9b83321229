"""Runs of long ago go with all that is kept of them, and the UI tells the same of assets, partitions and checks.

Slow: each of these tests computes months of a domain.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.runs.schema import RunsTable
from dagster._core.test_utils import in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster_graphql.test.utils import execute_dagster_graphql
from sqlalchemy import update

from arcana_assets.automation import old_runs
from arcana_assets.automation.jobs import maintenance_job
from arcana_assets.automation.old_runs import remove_old_runs
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph import instance_storage
from arcana_assets.graph.run import range_tags
from arcana_assets.lake.lake import Lake

pytestmark = pytest.mark.slow

MONTHS = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-05-01")
OPTIONS = {"partitions_def": MONTHS, "backfill_policy": dg.BackfillPolicy.single_run()}
JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2011, n, 1, tzinfo=UTC).date() for n in (1, 2, 3, 4))
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Outcome(dg.Config):
    """What the run of the test does."""

    fails: bool = False
    passes: bool = True


@dg.asset(check_specs=[dg.AssetCheckSpec("fine", asset="sales")], **OPTIONS)
def sales(context: dg.AssetExecutionContext, config: Outcome) -> dg.MaterializeResult:
    if config.fails:
        raise dg.Failure("no file", allow_retries=False)
    print("read")
    for month in context.partition_keys:
        context.add_asset_metadata({"rows": int(month[5:7])}, partition_key=month)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=config.passes)])


@dg.asset(deps=[sales], **OPTIONS)
def customers() -> None: ...


definitions = dg.Definitions(
    assets=[sales, customers], jobs=[dg.define_asset_job("both"), dg.define_asset_job("first", selection=[sales])]
)

ASKED = """
{ assetNodes {
    assetKey { path }
    assetMaterializations(limit: 1) { runId partition metadataEntries { label } runOrError { __typename } }
    latestMaterializationByPartition(partitions: ["2011-01-01", "2011-02-01", "2011-03-01", "2011-04-01"]) {
      runId partition metadataEntries { label ... on IntMetadataEntry { intValue } } }
    partitionStats { numMaterialized numPartitions numMaterializing numFailed }
    assetPartitionStatuses { ... on TimePartitionStatuses { ranges { status startKey endKey } } }
    assetChecksOrError { ... on AssetChecks { checks {
      name executionForLatestMaterialization { runId status evaluation { success } } } } }
} }
"""


@pytest.fixture
def instance(tmp_path: Path):
    ours = {"module": instance_storage.__name__, "class": "KeptSqliteStorage", "config": {"base_dir": str(tmp_path)}}
    settings = {
        "storage": {"custom": ours},
        "telemetry": {"enabled": False},
        "compute_logs": {
            "module": "dagster._core.storage.local_compute_log_manager",
            "class": "LocalComputeLogManager",
            "config": {"base_dir": str(tmp_path)},
        },
    }
    with dg.DagsterInstance.local_temp(str(tmp_path), settings) as instance:
        yield instance


def run(instance: dg.DagsterInstance, first, last=None, job: str = "both", **outcome) -> str:
    config = {**QUIET, "ops": {"sales": {"config": outcome}}}
    tags = range_tags([first, last or first])
    return definitions.resolve_job_def(job).execute_in_process(config, instance, tags=tags, raise_on_error=False).run_id


def what_the_ui_tells(instance: dg.DagsterInstance):
    here = LoadableTargetOrigin(executable_path=sys.executable, python_file=__file__, attribute="definitions")
    with in_process_test_workspace(instance, here) as workspace:
        told = execute_dagster_graphql(workspace, ASKED)
    assert not told.errors
    return told.data


def stored(instance: dg.DagsterInstance) -> set[str]:
    return set(instance.get_run_ids())


def later() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def test_what_the_ui_tells_of_the_present_is_the_same_without_the_runs_that_go(instance, tmp_path):
    of_all_months = run(instance, JANUARY, MARCH)
    nights = [run(instance, MARCH) for _ in range(3)]
    fails = run(instance, APRIL, fails=True)
    warns = run(instance, FEBRUARY, job="first", passes=False)
    before = what_the_ui_tells(instance)
    shown = {node["assetKey"]["path"][0]: node for node in before["assetNodes"]}
    assert shown["sales"]["partitionStats"] == {
        "numMaterialized": 3, "numPartitions": 4, "numMaterializing": 0, "numFailed": 1
    }  # fmt: skip
    gone = remove_old_runs(instance, later())
    assert gone == nights[:2]
    assert what_the_ui_tells(instance) == before
    assert stored(instance) == {of_all_months, nights[-1], fails, warns}


def test_all_that_was_kept_of_a_run_is_gone_with_it(instance, tmp_path):
    old, new = run(instance, JANUARY), run(instance, JANUARY)
    index = instance.event_log_storage.index_connection
    assert list(tmp_path.rglob(f"*{old}*"))
    assert remove_old_runs(instance, later()) == [old]
    assert not list(tmp_path.rglob(f"*{old}*")), "neither events nor what steps printed"
    with index() as connection:
        for table in ("event_logs", "asset_check_executions"):
            left = {row[0] for row in connection.exec_driver_sql(f"SELECT DISTINCT run_id FROM {table}")}
            assert left == {new}, table
    assert instance.all_logs(old) == []
    assert run(instance, FEBRUARY), "and the instance goes on"


def test_runs_that_are_young_enough_or_go_on_stay(instance):
    first, last = run(instance, JANUARY), run(instance, JANUARY)
    goes_on = instance.create_run_for_job(definitions.resolve_job_def("both"), status=dg.DagsterRunStatus.STARTED)
    assert remove_old_runs(instance, datetime.now(UTC) - timedelta(days=1)) == []
    assert remove_old_runs(instance, later()) == [first]
    assert stored(instance) == {last, goes_on.run_id}


def test_what_a_run_that_ends_meanwhile_is_told_from_stays(instance, monkeypatch):
    """Runs are asked again in small numbers, since somebody may delete a newer one in the UI."""
    old = [run(instance, JANUARY) for _ in range(3)]
    newest = run(instance, JANUARY)
    monkeypatch.setattr(old_runs, "_AT_ONCE", 1)
    delete, first = instance.delete_run, []

    def deleted_with_the_newest(run_id: str) -> None:
        delete(run_id)
        if not first:
            first.append(run_id)
            instance.delete_run(newest)

    monkeypatch.setattr(instance, "delete_run", deleted_with_the_newest)
    assert remove_old_runs(instance, later()) == old[:2]
    assert stored(instance) == {old[2]}


def test_the_weekly_housekeeping_removes_runs_older_than_the_deployment_says(instance, tmp_path):
    old, young, last = (run(instance, JANUARY) for _ in range(3))
    with instance.run_storage.connect() as connection:
        for run_id, days in ((old, 8), (young, 6)):
            ended = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None)
            connection.execute(update(RunsTable).where(RunsTable.c.run_id == run_id).values(update_timestamp=ended))
    job = maintenance_job(load_domain(DEFS / "retail"), [], keep_runs_days=7)
    with_lake = {"lake": Lake(root=str(tmp_path / "lake"))}
    done = job.execute_in_process(QUIET, instance, resources=with_lake)
    assert done.success
    assert stored(instance) == {young, last, done.run_id}


def test_it_ends_in_time_and_the_next_one_goes_on(instance):
    old = [run(instance, JANUARY) for _ in range(3)]
    assert remove_old_runs(instance, later(), seconds=0) == []
    assert remove_old_runs(instance, later()) == old[:2]
