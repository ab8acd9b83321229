"""The web page and the daemon begin and end together, and say so.

Slow: processes are started, held up and killed.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.automation.serving import NotServing, cancel_runs, serve
from arcana_assets.engine import processes
from arcana_assets.graph.process import PROCESS_TAG, end_dead_runs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

# A definitions process that listens to a socket, a page that listens to a port, and a daemon; each may end by itself.
PRETENDING = """
import sys, time
from pathlib import Path
from arcana_assets.automation import serving

LISTEN = "import socket, sys, time; s = socket.socket(int(sys.argv[1])); s.bind(eval(sys.argv[2])); s.listen(); "
SLEEP = "time.sleep({})"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']); "

def pretended(host, port, folder):
    python = [sys.executable, "-c"]
    code, page, daemon = sys.argv[2:]
    Path(sys.argv[1]).write_text(str(folder))
    return [
        {"definitions": [*python, LISTEN + SLEEP.format(code), "1", repr(str(folder / serving.SOCKET))]},
        {
            "the page": [*python, LISTEN + SLEEP.format(page), "2", repr((host, port))],
            "the daemon": [*python, PARENT + SLEEP.format(daemon)],
        },
    ]

try:
    serving.serve("127.0.0.1", int(sys.stdin.readline()), lambda: print("ready", flush=True), of=pretended)
except serving.NotServing as problem:
    print(problem)
    sys.exit(2)
"""


@dg.job
def maintenance() -> None: ...


def named(number: int) -> str:
    return f"{processes._machine()} {number} {processes._started(number)}"


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def started(told: Path, *lives: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PRETENDING, str(told), *lives]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    process.stdin.write(f"{free_port()}\n")
    process.stdin.flush()
    return process


def of_group(process: int) -> list[str]:
    """What is left of all that was started, which has groups of its own: the command lines that speak of it."""
    asked = subprocess.run(["ps", "-eo", "ppid=,args="], capture_output=True, text=True, check=True).stdout
    return [line for line in asked.splitlines() if line.split()[0] == str(process)]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_them_and_leaves_no_folder(tmp_path, sent):
    with started(tmp_path / "folder", "99", "99", "99") as process:
        assert process.stdout.readline() == "ready\n"
        assert len(of_group(process.pid)) == 3
        begun = time.monotonic()
        process.send_signal(sent)
        assert process.wait(30) == 0
        assert time.monotonic() - begun < 10
    assert not Path((tmp_path / "folder").read_text()).exists()


@pytest.mark.parametrize(
    ("lives", "named"),
    [(("0", "99", "99"), "definitions"), (("99", "3", "99"), "the page"), (("99", "99", "3"), "the daemon")],
)
def test_where_one_ends_the_others_end_and_it_is_said_which(tmp_path, lives, named):
    with started(tmp_path / "folder", *lives) as process:
        assert process.wait(60) == 2
        assert f"{named} ended by itself with exit code 0" in process.stdout.read()


def test_runs_of_what_is_stopped_are_canceled_and_those_of_others_go_on():
    job = dg.Definitions(assets=[dg.AssetSpec("sales")], jobs=[maintenance]).resolve_job_def("maintenance")
    asleep = [sys.executable, "-c", "import time; time.sleep(99)"]
    ours, other = (subprocess.Popen(asleep, start_new_session=True) for _ in range(2))
    with dg.instance_for_test() as instance:
        try:
            runs = [
                instance.create_run_for_job(
                    job, status=dg.DagsterRunStatus.STARTED, tags={PROCESS_TAG: named(each.pid)}
                )
                for each in (ours, other)
            ]
            cancel_runs(instance, [ours.pid])
            ours.kill()
            ours.wait()
            end_dead_runs(instance)
            found = [instance.get_run_by_id(run.run_id).status.value for run in runs]
        finally:
            for each in (ours, other):
                each.kill()
                each.wait()
    assert found == ["CANCELED", "STARTED"]


def test_a_port_that_is_taken_is_told_before_anything_is_started():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NotServing, match=r"expected port \d+ of 127.0.0.1 to be free; found: .*in use"):
            serve("127.0.0.1", taken.getsockname()[1], lambda: None, of=lambda *_: pytest.fail("started"))
