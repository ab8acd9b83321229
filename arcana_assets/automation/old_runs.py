"""Runs of long ago: what is recorded of them goes, so that the instance stays as large as its recent runs make it.

Belongs here: which runs may go. Does not belong here: when (`jobs`), how events are kept (`graph.instance_storage`),
ticks of schedules and sensors (dagster.yaml).
"""

import time
from datetime import datetime

import dagster as dg
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from sqlalchemy import delete, func, select

AT_MOST_SECONDS = 300.0  # of one housekeeping; what is left goes in the next
_AT_ONCE = 50  # runs, before it is looked again which ones must stay
_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def remove_old_runs(instance: dg.DagsterInstance, before: datetime, seconds: float = AT_MOST_SECONDS) -> list[str]:
    """Deletes runs that ended before a moment, the oldest first, with their events and what their steps printed.

    A run stays, however old, while the UI tells the present from it: where it holds the latest materialization,
    observation or plan of an asset or of one of its partitions, or the latest result of a check. So no partition and no
    check is shown as missing that is not. A run that goes on is not touched. Returns the ids of what is gone; after
    `seconds` the rest is left to the next time. Of an instance whose events are in no SQL database nothing is deleted.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return []
    until, gone = time.monotonic() + seconds, list[str]()
    old = instance.get_run_ids(dg.RunsFilter(statuses=_OVER, updated_before=before))[::-1]
    while old and time.monotonic() < until:
        some, old = old[:_AT_ONCE], old[_AT_ONCE:]
        held = _held(storage)
        for run_id in some:
            if run_id in held or not instance.has_run(run_id):
                continue
            if time.monotonic() >= until:
                break
            storage.delete_events(run_id)  # first: where this process is killed, the run is found again
            _delete_checks(storage, run_id)
            instance.delete_run(run_id)
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            gone.append(run_id)
    return gone


def _delete_checks(storage: SqlEventLogStorage, run_id: str) -> None:
    """The results of a run's checks, which Dagster leaves."""
    with storage.index_connection() as index:
        index.execute(delete(AssetCheckExecutionsTable).where(AssetCheckExecutionsTable.c.run_id == run_id))


def _held(storage: SqlEventLogStorage) -> set[str]:
    """The runs of the latest event of each kind, asset and partition, and of the latest result and plan of checks."""
    events, checks = SqlEventLogStorageTable, AssetCheckExecutionsTable
    told = select(func.max(events.c.id)).where(events.c.asset_key.is_not(None))
    told = told.group_by(events.c.asset_key, events.c.dagster_event_type, events.c.partition)
    found = select(func.max(checks.c.id))
    found = found.group_by(
        checks.c.asset_key, checks.c.check_name, checks.c.partition, checks.c.execution_status == "PLANNED"
    )
    with storage.index_connection() as index:
        of_events = index.execute(select(events.c.run_id).where(events.c.id.in_(told)).distinct())
        of_checks = index.execute(select(checks.c.run_id).where(checks.c.id.in_(found)).distinct())
        return {row[0] for row in (*of_events, *of_checks)}
