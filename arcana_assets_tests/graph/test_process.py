"""A run whose process was killed is ended by whoever looks next, and gives back what it held.

Slow: each of these tests loads all domains, or starts runs of them.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import arcana_assets
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.processes import this_process
from arcana_assets.graph.process import (
    DOMAIN_TAG,
    LEASE_TAG,
    PROCESS_TAG,
    SILENT_SECONDS,
    end_dead_runs,
    know_pool,
    sign,
)

pytestmark = pytest.mark.slow

STARTED = """
import sys, time
import dagster as dg
from arcana_assets.automation.refresh import refresh
from datetime import date

months = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-03-01")

@dg.asset(partitions_def=months, backfill_policy=dg.BackfillPolicy.single_run(), pool="retail")
def busy() -> None:
    print("busy", flush=True)
    time.sleep(600)

job = dg.Definitions(assets=[busy], jobs=[dg.define_asset_job("all", executor_def=dg.in_process_executor)])
with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    refresh(job.resolve_job_def("all"), [date(2011, 1, 1)], instance, lambda *_: None)
"""


@pytest.fixture
def instance(tmp_path):
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def started(instance, tmp_path):
    """A process that runs an asset of the pool `retail`."""
    instance.event_log_storage.set_concurrency_slots("retail", 1)
    environment = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}
    command = [sys.executable, "-c", STARTED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert "busy" in process.stdout.readline()
        yield process
        process.kill()


def the_run(instance):
    [run] = instance.get_runs()
    return run


def test_a_run_that_was_killed_is_failed_and_its_pool_is_free(instance, started):
    assert the_run(instance).status == dg.DagsterRunStatus.STARTED
    assert instance.event_log_storage.get_concurrency_info("retail").active_slot_count == 1
    started.send_signal(signal.SIGKILL)  # not waited for: a zombie is as dead
    while "Z" not in Path(f"/proc/{started.pid}/stat").read_text().rpartition(")")[2]:
        pass
    run_id = the_run(instance).run_id
    assert end_dead_runs(instance) == [run_id]
    assert the_run(instance).status == dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.get_concurrency_info("retail").active_slot_count == 0
    events = [record.event_log_entry.dagster_event for record in instance.get_records_for_run(run_id).records]
    said = [event.message or "" for event in events if event is not None]
    assert any(f"Process {started.pid} of this run" in each for each in said)
    assert end_dead_runs(instance) == []


def test_a_run_whose_process_lives_goes_on(instance, started):
    assert end_dead_runs(instance) == []
    assert the_run(instance).status == dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_a_number_that_another_process_has_by_now_is_not_the_process_of_the_run(instance, status):
    machine, number, _ = this_process().rsplit(" ", 2)
    run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job(), tags={PROCESS_TAG: f"{machine} {number} 1"})
    instance.report_dagster_event(_now(run, "PIPELINE_START"), run.run_id)
    if status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceling(run)
    assert end_dead_runs(instance) == [run.run_id]
    is_now = {dg.DagsterRunStatus.STARTED: "FAILURE", dg.DagsterRunStatus.CANCELING: "CANCELED"}[status]
    assert the_run(instance).status.value == is_now


@pytest.mark.parametrize(
    ("seconds", "dead"), [(None, False), (SILENT_SECONDS - 1, False), (SILENT_SECONDS + 1, True)], ids=str
)
def test_a_run_of_another_machine_is_dead_once_its_lease_gave_no_sign_for_long(instance, seconds, dead):
    tags = {PROCESS_TAG: "elsewhere 1 1", DOMAIN_TAG: "retail", LEASE_TAG: "7"}
    run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job(), tags=tags)
    instance.report_dagster_event(_now(run, "PIPELINE_START"), run.run_id)
    asked = []

    def last_sign(*of):
        asked.append(of)
        return seconds

    assert end_dead_runs(instance, last_sign) == ([run.run_id] if dead else [])
    assert asked == [("retail", 7)]


def test_a_lease_that_cannot_be_asked_for_keeps_no_other_run_from_being_ended(instance):
    def run(**tags):
        made = instance.create_run_for_job(dg.GraphDefinition("empty").to_job(), tags=tags)
        instance.report_dagster_event(_now(made, "PIPELINE_START"), made.run_id)
        return made.run_id

    def unreachable(*_):
        raise ArcanaError("the lake is away")

    machine, number, _ = this_process().rsplit(" ", 2)
    gone = run(**{PROCESS_TAG: f"{machine} {number} 1"})
    run(**{PROCESS_TAG: "elsewhere 1 1", DOMAIN_TAG: "retail", LEASE_TAG: "7"})
    with pytest.raises(ArcanaError, match="the lake is away"):
        end_dead_runs(instance, unreachable)
    assert instance.get_run_by_id(gone).status == dg.DagsterRunStatus.FAILURE


def test_a_pool_holds_from_the_first_run_on():
    settings = {"concurrency": {"pools": {"default_limit": 1, "granularity": "run"}}}
    with dg.instance_for_test(overrides=settings) as instance:
        know_pool(instance, "retail")
        assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {"retail": 1}
        instance.event_log_storage.set_concurrency_slots("retail", 3)
        know_pool(instance, "retail")
        assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {"retail": 3}


def test_a_run_is_signed_by_the_process_that_it_goes_on_in(instance):
    run = instance.create_run_for_job(dg.GraphDefinition("empty").to_job(), tags={PROCESS_TAG: "elsewhere 1 1"})
    sign(instance, run.run_id)
    assert the_run(instance).tags[PROCESS_TAG] == this_process()


def _now(run: dg.DagsterRun, kind: str) -> dg.DagsterEvent:
    return dg.DagsterEvent(event_type_value=kind, job_name=run.job_name)
