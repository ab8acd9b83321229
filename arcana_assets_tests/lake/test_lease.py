"""One run at a time writes the tables of a domain, whoever started it, on a disk and in a bucket.

Slow: processes are started, held up and killed.
"""

import json
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.engine.processes import dead, this_machine, this_process
from arcana_assets.lake import lease as leases
from arcana_assets.lake.errors import LakeError
from arcana_assets.lake.lease import Lease, LeaseHeld, LeaseLost, last_sign_of
from arcana_assets.lake.lease_place import place_of

pytestmark = pytest.mark.slow

ELSEWHERE = "another-machine/pid 12 34"

TAKES = """
import sys
from arcana_assets.lake.lease import Lease
Lease.take(sys.argv[1], "retail", "run-of-another-process")
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def impatient(monkeypatch):
    """Leases beat, expire and are watched some sixty times as fast; S3 tells whole seconds, so not faster."""
    for name, value in {"HEARTBEAT_SECONDS": 0.1, "EXPIRES_SECONDS": 3.0, "WATCHED_SECONDS": 0.3}.items():
        monkeypatch.setattr(leases, name, value)


@pytest.fixture
def another(tmp_path):
    """A process that holds the domain."""
    environment = os.environ | {"PYTHONPATH": str(Path(arcana_assets.__file__).parents[1])}
    command = [sys.executable, "-c", TAKES, str(tmp_path / "lake")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "taken\n"
        yield process
        process.stdin.close()


def of_another_machine(root: str, run_id: str = "run-elsewhere", number: int = 1) -> None:
    """The domain is held from a machine of which nothing else is known."""
    held = {"run_id": run_id, "process": ELSEWHERE, "since": "2011-05-20 03:00:00 UTC", "token": "1", "over": False}
    assert place_of(root, "retail").create(number, json.dumps(held))


def test_a_domain_that_is_held_is_refused_with_who_holds_it_since_when(root):
    with Lease.take(root, "retail", "first") as first:
        since = place_of(root, "retail").latest().text.split('"since": "')[1][:23]
        with pytest.raises(LeaseHeld) as refused:
            Lease.take(root, "retail", "second")
        first.confirm()
    said = str(refused.value)
    assert f"is being written by run first (process {os.getpid()} on " in said
    assert f"since {since}; its last sign of life was " in said
    assert "Wait until that run is over or stop it" in said
    assert not refused.value.retriable


def test_a_domain_given_back_is_free_at_once_and_leaves_one_small_file(root):
    for run in ("first", "second", "third"):
        with Lease.take(root, "retail", run) as lease:
            assert lease.taken_from is None
    assert sorted(place_of(root, "retail")._held()) == [3]


def test_domains_do_not_wait_for_each_other(root):
    with Lease.take(root, "retail", "first"), Lease.take(root, "b2b", "second"):
        pass


def test_of_many_that_want_it_at_once_one_has_it(root):
    taken, refused, ready = [], [], threading.Barrier(6)

    def want(run):
        ready.wait()
        try:
            taken.append(Lease.take(root, "retail", run))
        except LeaseHeld as held:
            refused.append(held)

    threads = [threading.Thread(target=want, args=(f"run-{each}",)) for each in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(taken), len(refused)) == (1, 5)
    taken[0].confirm()
    taken[0].give_back()


def test_the_lease_of_a_process_that_was_killed_is_taken_over_at_once(tmp_path, another):
    root = str(tmp_path / "lake")
    with pytest.raises(LeaseHeld, match="run-of-another-process"):
        Lease.take(root, "retail", "mine")
    another.kill()
    another.wait()
    with Lease.take(root, "retail", "mine") as lease:
        assert lease.taken_from is not None
        assert lease.taken_from.run_id == "run-of-another-process"


def test_a_process_of_another_machine_is_dead_once_it_was_silent_and_stays_silent(root, impatient):
    of_another_machine(root)
    with pytest.raises(LeaseHeld, match=r"run-elsewhere \(process 12 on another-machine\)"):
        Lease.take(root, "retail", "mine")
    time.sleep(3.1)
    with Lease.take(root, "retail", "mine") as lease:
        assert lease.taken_from is not None
        assert lease.taken_from.run_id == "run-elsewhere"


def test_one_that_gives_a_sign_while_it_is_watched_lives(tmp_path, impatient):
    root = str(tmp_path)
    of_another_machine(root)
    place = place_of(root, "retail")
    file = Path(place._path(1))
    os.utime(file, (time.time() - 60,) * 2)  # its clock is behind ours
    beat = threading.Timer(0.1, lambda: os.utime(file, (time.time() - 59,) * 2))
    beat.start()
    with pytest.raises(LeaseHeld, match="run-elsewhere"):
        Lease.take(root, "retail", "mine")
    beat.join()


def test_a_holder_beats_so_long_as_it_holds(root, impatient):
    with Lease.take(root, "retail", "mine"):
        time.sleep(3.5)
        assert (last_sign_of(root, "retail", 1) or 99) < 1.9
        assert last_sign_of(root, "retail", 2) is None
        with pytest.raises(LeaseHeld):
            Lease.take(root, "retail", "second")


def test_who_slept_and_was_taken_over_is_told_before_it_commits(root, impatient, monkeypatch):
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 3600.0)
    lease = Lease.take(root, "retail", "sleeper")
    time.sleep(1.6)  # longer than a holder is believed without asking
    of_another_machine(root, "awake", number=2)
    with pytest.raises(LeaseLost, match=r"retail was taken over by run awake \(process 12 on another-machine\)"):
        lease.confirm()
    lease.give_back()
    assert last_sign_of(root, "retail", 1) == math.inf
    assert (last_sign_of(root, "retail", 2) or 99) < 10


def test_a_beat_finds_out_as_well(root, impatient):
    with Lease.take(root, "retail", "sleeper") as lease:
        of_another_machine(root, "awake", number=2)
        time.sleep(0.4)
        with pytest.raises(LeaseLost):
            lease.confirm()


def test_an_answer_that_was_lost_is_no_rival(s3, monkeypatch):
    """The bucket created the lease, the network lost its answer, and the second try is told that it exists."""
    place = type(place_of("s3://company/lake", "retail"))
    create = place.create

    def twice(self, number, text):
        assert create(self, number, text)
        return create(self, number, text)

    monkeypatch.setattr(place, "create", twice)
    with Lease.take("s3://company/lake", "retail", "mine") as lease:
        lease.confirm()


def test_a_lease_cut_in_the_writing_is_somebody_s_for_a_while(root, impatient):
    assert place_of(root, "retail").create(1, '{"run_id": "ha')
    with pytest.raises(LeaseHeld, match="not yet named"):
        Lease.take(root, "retail", "mine")
    time.sleep(3.1)
    Lease.take(root, "retail", "mine").give_back()


def test_a_lake_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "lake").write_text("no folder")
    with pytest.raises(LakeError, match="Give the user of this process the right to create files there"):
        Lease.take(str(tmp_path / "lake"), "retail", "mine")


@pytest.mark.parametrize("domain", ["../retail", "", "a/b", ".hidden"])
def test_a_domain_that_is_no_plain_word_is_refused(tmp_path, domain):
    with pytest.raises(LakeError, match="names no domain"):
        Lease.take(str(tmp_path), domain, "mine")


def test_a_lease_that_a_rival_wrote_over_is_lost(tmp_path, impatient):
    """As a bucket does that knows no conditional writes."""
    with Lease.take(str(tmp_path), "retail", "mine") as lease:
        place = place_of(str(tmp_path), "retail")
        place.rewrite(1, place.latest().text.replace('"mine"', '"rival"'))
        time.sleep(0.4)
        with pytest.raises(LeaseLost, match="run rival"):
            lease.confirm()


def test_a_process_of_a_machine_of_the_same_name_is_not_of_this_one():
    name, boot, space = this_process().rsplit(" ", 2)[0].split("/", 2)
    other = f"{name}/{boot[::-1]}/{space} 1 1"
    assert this_machine(this_process())
    assert not this_machine(other)
    assert not dead(other)


def test_what_a_killed_taker_left_beside_a_lease_goes_with_it(tmp_path):
    folder = tmp_path / "retail" / "_lease"
    folder.mkdir(parents=True)
    (folder / "0000000001.99-1.draft").write_text("half")
    for run in ("first", "second"):
        Lease.take(str(tmp_path), "retail", run).give_back()
    assert [path.name for path in folder.iterdir()] == ["0000000002.json"]
