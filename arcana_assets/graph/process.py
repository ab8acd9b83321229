"""The process that a run goes on in, and runs whose process is gone.

Belongs here: signing runs, ending those whose process is gone, pools that hold from the first run on. Does not belong
here: when that is looked at (`automation.sensors`, `automation.refresh`), what a process is (`engine.processes`).
"""

from collections.abc import Callable

import dagster as dg

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.processes import dead, this_machine, this_process

PROCESS_TAG = "arcana/process"
"""Run tag: the process that a run goes on in, as `engine.processes` names it."""

SILENT_SECONDS = 900.0  # after which a process of another machine is taken for dead; clocks may differ

DOMAIN_TAG, LEASE_TAG = "arcana/domain", "arcana/lease"
"""Run tags: the domain that a run writes, and the number of the lease that it holds for it."""

LastSign = Callable[[str, int], float | None]
"""From a domain and the number of a lease to the seconds since its holder gave a sign of life; None: not known."""

_GOING_ON = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def sign(instance: dg.DagsterInstance, run_id: str) -> None:
    """Writes this process into the tags of a run, unless it is there already."""
    run, here = instance.get_run_by_id(run_id), this_process()
    if run is not None and run.tags.get(PROCESS_TAG) != here:
        instance.add_run_tags(run_id, {PROCESS_TAG: here})


def end_dead_runs(instance: dg.DagsterInstance, last_sign: LastSign = lambda *_: None) -> list[str]:
    """Ends the runs whose process was killed, and gives back their pools; returns their ids.

    Such a run stays STARTED, for nobody is left to say that it is over, and holds the pool of its domain. One that was
    being canceled is canceled, any other has failed. Of a process of another machine nothing is known but the signs of
    life of the lease that it took, so `last_sign` is asked for those. A run that has signed nothing yet, or that took
    no lease, is left to the limits of run monitoring. Raises the first ArcanaError of `last_sign`, after all others.
    """
    ended, problem = list[str](), None
    for run in instance.get_runs(dg.RunsFilter(statuses=list(_GOING_ON))):
        process = run.tags.get(PROCESS_TAG)
        try:
            if process is None or not (dead(process) or _silent(run, last_sign)):
                continue
        except ArcanaError as error:
            problem = problem or error
            continue
        now = instance.get_run_by_id(run.run_id)  # its process may have ended it before it was gone
        if now is None or now.status not in _GOING_ON:
            continue
        machine, number, _ = process.rsplit(" ", 2)
        said = (
            f"Process {number} of this run on {machine} is gone without ending it: it was killed, or the machine was "
            "switched off. Each table holds its old months or the new ones; refresh the same months again."
        )
        if now.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(now, said)
        else:
            instance.report_run_failed(now, said)
        if instance.event_log_storage.supports_global_concurrency_limits:
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    if problem is not None:
        raise problem
    return ended


def _silent(run: dg.DagsterRun, last_sign: LastSign) -> bool:
    domain, number = run.tags.get(DOMAIN_TAG), run.tags.get(LEASE_TAG)
    if domain is None or number is None or this_machine(run.tags[PROCESS_TAG]):
        return False
    seconds = last_sign(domain, int(number))
    return seconds is not None and seconds > SILENT_SECONDS


def know_pool(instance: dg.DagsterInstance, pool: str) -> None:
    """Gives the pool the default limit of the instance, unless it has one.

    Dagster does so with the first run that it takes from the queue, and takes a second one beside it.
    """
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits and pool not in storage.get_concurrency_keys():
        storage.initialize_concurrency_limit_to_default(pool)
