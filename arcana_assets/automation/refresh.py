"""A refresh in this process: the same job and the same assets as in the UI, without a daemon.

Belongs here: executing a job for a range of months and summing up what came out. Does not belong here: printing it
(`cli`).
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from arcana_assets.automation.location import job_origin
from arcana_assets.engine.processes import this_process
from arcana_assets.graph.columns import ROWS_WRITTEN
from arcana_assets.graph.failures import cause_of
from arcana_assets.graph.leases import REFUSED_AT_ONCE
from arcana_assets.graph.process import PROCESS_TAG, end_dead_runs
from arcana_assets.graph.run import range_tags

_DOING = {
    "bronze_": "reading files",
    "silver_": "checking rows",
    "model_": "finding segments",
    "published_": "writing files",
    "warehouse_": "filling the database",
}
_ENDS = (dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.STEP_SKIPPED)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Refresh:
    """What a refresh did: rows it wrote by table, checks that did not pass, errors by step, and the run's id."""

    run_id: str
    months: list[str]
    rows: dict[str, int] = field(default_factory=dict)
    checks_passed: int = 0
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    succeeded: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def refresh(
    job: dg.JobDefinition,
    months: list[date],
    instance: dg.DagsterInstance,
    progress: Callable[[str, int, int], None],
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
    ops: Mapping[str, Any] | None = None,
) -> Refresh:
    """Runs the job for the months in this process; one that has no months for none.

    `progress` is told, whenever a step begins or ends, what is being done in words, and how many steps of how many are.
    `ops` is the run config of steps, by their name.

    The run is recorded in the instance as one of the job that the UI has, so it shows it there. A failed asset, or a
    check that is no warning, does not raise: it is in the summary, and `succeeded` is false. Runs that were killed on
    this machine are ended first.
    """
    end_dead_runs(instance)
    done = Refresh(run_id or str(uuid.uuid4()), [f"{month:%Y-%m}" for month in months])
    steps, ended = len(job.graph.node_defs), set[str]()

    def listen(event: dg.EventLogEntry) -> None:
        if event.dagster_event is not None and event.dagster_event.is_step_event:
            _note(done, event.dagster_event)
            kind, step = event.dagster_event.event_type, event.dagster_event.step_key or ""
            ended.update({step} if kind in _ENDS else ())
            if kind in (dg.DagsterEventType.STEP_START, *_ENDS):
                progress(in_words(step), len(ended), steps)

    instance.add_event_listener(done.run_id, listen)
    # Not `execute_in_process`, whose runs belong to no code location: neither the timeline nor the job showed them.
    here = job.as_ephemeral_job({}, {})  # all steps in this process, whatever executor the job has
    run = instance.create_run_for_job(
        here,
        run_id=done.run_id,
        run_config={**QUIET, "ops": dict(ops or {})},
        # The daemon cannot start again what it did not start.
        tags={
            **here.run_tags,
            **(range_tags(months) if months else {}),
            PROCESS_TAG: this_process(),
            REFUSED_AT_ONCE: "true",
            "dagster/max_retries": "0",
            **(tags or {}),
        },
        remote_job_origin=job_origin(job.name),
    )
    result = execute_run(InMemoryJob(here), run, instance)
    done.succeeded = result.success and not done.failures
    return done


def confirming_withdrawn(job: dg.JobDefinition, domain: str) -> dict[str, Any]:
    """The run config by which the bronze of every source lets rows go that the files do not have any more."""
    bronze = [node.name for node in job.graph.node_defs if node.name.startswith(f"{domain}_bronze_")]
    return {name: {"config": {"confirm_withdrawn": True}} for name in bronze}


def in_words(step: str) -> str:
    """What a step does: `retail_silver_transactions` is `checking rows: transactions`."""
    _, _, name = step.partition("_")
    for prefix, doing in _DOING.items():
        if name.startswith(prefix):
            return f"{doing}: {name.removeprefix(prefix).replace('_', ' ')}"
    return name.replace("_", " ")


def _note(done: Refresh, event: dg.DagsterEvent) -> None:
    kind = event.event_type
    if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
        materialized = event.step_materialization_data.materialization
        rows = materialized.metadata.get(ROWS_WRITTEN)
        if rows is not None:
            done.rows[materialized.asset_key.to_user_string()] = int(rows.value)  # type: ignore[arg-type]
    elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        line = f"{check.asset_key.to_user_string()}: {check.check_name}: {check.description or 'did not pass'}"
        if check.passed:
            done.checks_passed += 1
        elif check.severity == dg.AssetCheckSeverity.WARN:
            done.warnings.append(line)
        else:
            done.failures.append(line)
    elif kind == dg.DagsterEventType.STEP_FAILURE:
        done.failures.append(f"{event.step_key}: {cause_of(event).words}")
