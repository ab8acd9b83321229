"""The instance of a deployment: opened by one process at a time, however many commands begin at once.

Slow: processes are started, held up and killed.
"""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.automation.instance import CREATING

pytestmark = pytest.mark.slow

OPENS = """
import sys
from arcana_assets.automation.instance import instance_of
from arcana_assets.deployment import Deployment

with instance_of(Deployment(f"{sys.argv[1]}/lake", f"{sys.argv[1]}/landing", f"{sys.argv[1]}/home")) as instance:
    print(len(instance.get_runs()), flush=True)
"""


@pytest.fixture
def opens(tmp_path):
    """Starts a process that opens the instance, and says how many runs there are."""

    def begin() -> "subprocess.Popen[str]":
        environment = {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1]), "PATH": ""}
        return subprocess.Popen(
            [sys.executable, "-c", OPENS, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return begin


def test_who_opens_an_instance_waits_for_who_opens_it_already(tmp_path, opens):
    (tmp_path / "home").mkdir()
    with (tmp_path / "home" / CREATING).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waits = opens()
        time.sleep(4)
        assert waits.poll() is None
        assert not list((tmp_path / "home").rglob("*.db"))
    said, errors = waits.communicate(timeout=60)
    assert (said, waits.returncode) == ("0\n", 0), errors


def test_of_commands_that_begin_at_once_each_has_the_instance(opens):
    begun = [opens() for _ in range(3)]
    for process in begun:
        said, errors = process.communicate(timeout=60)
        assert (said, process.returncode) == ("0\n", 0), errors
