"""The web page and the daemon, as one: they begin together, and where one ends the other does not go on alone.

Belongs here: starting, watching and stopping Dagster's processes. Does not belong here: what the instance is
(`instance`), what the command says (`cli`).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg

from arcana_assets.automation.location import MODULE
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.processes import this_machine
from arcana_assets.engine.scratch import scratch
from arcana_assets.graph.process import PROCESS_TAG

GRACE_SECONDS = 15.0  # for the processes, and the runs that they started, to end by themselves
SOCKET = "code"  # in a folder that its owner alone looks into
_LOOK_SECONDS = 0.2
Commands = Callable[[str, int, Path], Sequence[Mapping[str, Sequence[str]]]]


class NotServing(ArcanaError):
    """The page cannot be served, or one of its processes ended by itself."""


def commands(host: str, port: int, folder: Path) -> list[dict[str, list[str]]]:
    """The processes, by name, in the order in which they begin; they say what is wrong and nothing else.

    Page and daemon share one process that has the definitions: with one each, the daemon loads them anew every minute.
    It listens to a socket in the folder, beside which the workspace of the two others is written.
    """
    code, workspace = str(folder / SOCKET), folder / "workspace.yaml"
    workspace.write_text(f"load_from:\n  - grpc_server: {{socket: '{code}', location_name: {MODULE}}}\n")
    definitions = ["dagster", "code-server", "start", "--module-name", MODULE, "--socket", code, "--log-level", "error"]
    page = ["dagster_webserver", "--host", host, "--port", str(port), "--dagster-log-level", "warning"]
    daemon = ["dagster._daemon", "run", "--log-level", "error"]
    python = [sys.executable, "-m"]
    return [
        {"the process of the definitions": [*python, *definitions, "--use-python-environment-entry-point"]},
        {
            "the web page": [*python, *page, "--workspace", str(workspace)],
            "the daemon": [*python, *daemon, "--workspace", str(workspace)],
        },
    ]


def serve(
    host: str,
    port: int,
    ready: Callable[[], None],
    ending: Callable[[Collection[int]], None] = lambda groups: None,
    of: Commands = commands,
) -> None:
    """Runs the page and the daemon until Ctrl-C or SIGTERM; `ready` is called once the page answers.

    `ending` is told the groups of processes that are about to be ended, where there are any.

    Either signal also stops the runs that they started. Raises NotServing where the port is taken, and where one of
    them ends by itself, after the others have been ended too.
    """
    _free(host, port)
    running: dict[str, subprocess.Popen[bytes]] = {}
    with _heard() as signals, scratch("ui") as folder:
        first, then = of(host, port, folder)
        try:
            running |= _begun(first)
            if _until(signals, running, lambda: _answers(str(folder / SOCKET))):
                running |= _begun(then)
                if _until(signals, running, lambda: _answers((host, port))):
                    ready()
                    _until(signals, running, lambda: False)
            ended = {name: each.returncode for name, each in running.items() if each.poll() is not None}
        finally:
            ending([each.pid for each in running.values()])
            # A look of the daemon's that is under way asks the process of the definitions, which therefore goes last.
            _stop([running[name] for name in then if name in running])
            _stop(running.values())
    if ended and not signals:
        name, code = next(iter(ended.items()))
        raise NotServing(
            f"{name} ended by itself with exit code {code}, so nothing is served any more; what it said is above. "
            "Start it again: make ui (or arcana ui)."
        )


def cancel_runs(instance: dg.DagsterInstance, groups: Collection[int]) -> None:
    """Marks the runs that go on in some groups of processes as canceling, from when on they commit nothing more.

    `graph.process.end_dead_runs` makes them canceled once their processes are gone.
    """
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        process = run.tags.get(PROCESS_TAG, "")
        if not this_machine(process):
            continue
        with suppress(ProcessLookupError):
            if os.getpgid(int(process.rsplit(" ", 2)[1])) in groups:
                instance.report_run_canceling(run, "The web page and the daemon that started this run were stopped.")


def _begun(wanted: Mapping[str, Sequence[str]]) -> dict[str, "subprocess.Popen[bytes]"]:
    # A group of its own, so that a signal reaches all that a process started, and each of them once.
    return {name: subprocess.Popen(each, start_new_session=True) for name, each in wanted.items()}  # noqa: S603


def _until(signals: list[int], running: Mapping[str, "subprocess.Popen[bytes]"], there: Callable[[], bool]) -> bool:
    """Waits until something is there; false where a signal comes or a process ends before it."""
    while not signals and all(each.poll() is None for each in running.values()):
        if there():
            return True
        time.sleep(_LOOK_SECONDS)
    return False


def _free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the page asks for it
        try:
            taken.bind((host, port))
        except (OSError, OverflowError) as refused:
            raise NotServing(
                f"expected port {port} of {host} to be free; found: {refused}. End what listens there, or take "
                f'another one: make ui ARGS="--port 3001" (or arcana ui --port 3001).'
            ) from None


def _answers(place: str | tuple[str, int]) -> bool:
    """Whether somebody listens to a socket of a folder, or to a port."""
    try:
        if isinstance(place, str):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                asking.connect(place)
        else:
            socket.create_connection(place, timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _heard() -> Iterator[list[int]]:
    heard: list[int] = []
    asked = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda number, _: heard.append(number)) for each in asked}
    try:
        yield heard
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stop(processes: Collection[subprocess.Popen[bytes]]) -> None:
    """Asks each group to end, with what it started, and ends what does not."""
    groups = [process.pid for process in processes]
    for asked, seconds in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 5.0)):
        for group in groups:
            _tell(group, asked)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for process in processes:
                process.poll()
            groups = [group for group in groups if _tell(group, 0)]
            if not groups:
                return
            time.sleep(_LOOK_SECONDS)


def _tell(group: int, number: int) -> bool:
    """Sends a signal to what is left of a group; false where nothing is."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
