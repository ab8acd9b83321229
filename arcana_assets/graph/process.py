"""The process that a run goes on in, and runs whose process is gone.

Belongs here: naming this process, asking whether another one lives, ending the runs of those that do not. Does not
belong here: when that is looked at (`automation.sensors`, `automation.refresh`).
"""

import os
import socket
import subprocess
from pathlib import Path

import dagster as dg

PROCESS_TAG = "arcana/process"
"""Run tag: machine, process id and start of the process that a run goes on in, separated by blanks."""

_GOING_ON = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def this_process() -> str:
    """What PROCESS_TAG says of this process."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def sign(instance: dg.DagsterInstance, run_id: str) -> None:
    """Writes this process into the tags of a run, unless it is there already."""
    run, here = instance.get_run_by_id(run_id), this_process()
    if run is not None and run.tags.get(PROCESS_TAG) != here:
        instance.add_run_tags(run_id, {PROCESS_TAG: here})


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends the runs whose process on this machine was killed, and gives back their pools; returns their ids.

    Such a run stays STARTED, for nobody is left to say that it is over, and holds the pool of its domain. One that was
    being canceled is canceled, any other has failed. A run of another machine, or one that has signed nothing yet, is
    left to the limits of run monitoring.
    """
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=list(_GOING_ON))):
        process = run.tags.get(PROCESS_TAG)
        if process is None or not _dead(process):
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
    return ended


def _dead(process: str) -> bool:
    machine, number, started = process.rsplit(" ", 2)
    return machine == _machine() and _started(int(number)) != started


def _machine() -> str:
    """The machine, or the container: process ids mean nothing in another one."""
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{os.readlink(space)}" if space.is_symlink() else socket.gethostname()


def _started(number: int) -> str:
    """When a process began, in a word; `gone` where none of this number lives. A number alone is given out again."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return "gone"
        return "gone" if fields[0] in "ZX" else fields[19]  # a zombie is dead, its parent has not looked yet
    asked = ["ps", "-o", "lstart=", "-p", str(number)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return "_".join(told.stdout.split()) or "gone"
