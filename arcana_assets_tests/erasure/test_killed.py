"""Erasures and refreshes as processes of their own: killed by SIGKILL at a step, or begun while the other one runs.

Slow: each test begins a process, and computes or publishes months of a shop.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from deltalake import DeltaTable

from arcana_assets_tests.erasure.conftest import HER, KEY, World, world_in
from arcana_assets_tests.worlds.shop import JANUARY, Shop
from benchmarks.measure import REPOSITORY

pytestmark = pytest.mark.slow
PATIENCE = 240  # seconds that a process may take
OF_A_RUN = ("run", "done_at", "requested_on", "_landed_at", "_ingested_at")


def child(root: str, what: str) -> None:
    """What a process of a test does: erases, or computes all months again; it says what failed."""
    os.environ["ARCANA_PSEUDONYM_KEY"] = KEY
    with world_in(Path(root)) as world:
        folder = Path(root) / "defs"
        world.platform.folder = folder if folder.exists() else world.platform.folder
        done = world.erase() if what == "erase" else world.refresh()
    print(*done.failures, sep="\n", flush=True)
    sys.exit(0 if done.succeeded else 1)


def begun(world: World, what: str) -> "subprocess.Popen[str]":
    code = f"from {__name__} import child; child({str(world.platform.root)!r}, {what!r})"
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY), "ARCANA_PSEUDONYM_KEY": KEY}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environ)


def seen(process: "subprocess.Popen[str]", there: Callable[[], bool]) -> None:
    """Waits until something is there; fails where the process ends before."""
    until = time.monotonic() + PATIENCE
    while not there():
        assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < until
        time.sleep(0.002)


def holdings(world: World) -> dict[str, object]:
    """The rows of every table, and of each published text what it holds; not what tells a run or a moment."""
    lake, found = world.platform.root / "lake", dict[str, object]()
    for log in sorted(lake.glob("retail/*/*/_delta_log")):
        place = log.parent.relative_to(lake / "retail").as_posix()
        if not place.startswith("landing/"):  # when files were written
            table = DeltaTable(log.parent).to_pyarrow_table()
            kept = [name for name in sorted(table.column_names) if name not in OF_A_RUN]
            found[place] = sorted(map(repr, table.select(kept).to_pylist()))
    for file in sorted(lake.glob("retail/published/*/*.csv")):
        found[file.relative_to(lake).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="module")
def asked(refreshed, tmp_path_factory) -> Path:
    """The shop, whose files are written again, with a request that waits."""
    root = tmp_path_factory.mktemp("asked")
    shutil.copytree(refreshed, root, dirs_exist_ok=True, symlinks=True)
    with world_in(root) as world:
        Shop(world.platform).mend("defs", "attributes:\n", "attributes:\n  erasures: {rewrite_landing: true}\n")
        world.ask(HER)
    return root


def copied(asked: Path, root: Path) -> Iterator[World]:
    shutil.copytree(asked, root, dirs_exist_ok=True, symlinks=True)
    with world_in(root) as world:
        world.platform.folder = root / "defs"
        yield world


@pytest.fixture
def waiting(asked, tmp_path) -> Iterator[World]:
    yield from copied(asked, tmp_path)


@pytest.fixture(scope="module")
def unkilled(asked, tmp_path_factory) -> dict[str, object]:
    for world in copied(asked, tmp_path_factory.mktemp("unkilled")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
            done = world.erase()
        assert done.succeeded, done.failures
        return holdings(world)
    raise AssertionError("unreachable")


def commits(world: World, table: str) -> int:
    return len(list((world.platform.root / "lake" / "retail" / table / "_delta_log").glob("*.json")))


STEPS = {
    "the register is written": "register/erasures/_delta_log/*0.json",
    "a table in the middle": "silver/transactions/_delta_log/*.json",
    "the last table but some": "gold/items_owned/_delta_log/*.json",
    "files of before go": "bronze/transactions/_delta_log/*.checkpoint.parquet",
    "publications are made again": "published/base_analitica/*.csv",
    "the proof is written": "published/provas_de_eliminacao/*",
}


@pytest.mark.parametrize("pattern", STEPS.values(), ids=STEPS)
def test_killed_by_the_system_it_comes_to_the_same_when_it_is_run_again(waiting, unkilled, pattern):
    lake = waiting.platform.root / "lake" / "retail"

    def stamps():
        found = set()
        with suppress(FileNotFoundError):  # it may go while it is looked at
            found |= {(str(path), path.stat().st_mtime_ns) for path in lake.glob(pattern)}
        return found

    before, process = stamps(), begun(waiting, "erase")
    try:
        seen(process, lambda: bool(stamps() - before))
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    again = waiting.erase()
    assert again.succeeded, again.failures
    found = holdings(waiting)
    assert [name for name in found.keys() | unkilled.keys() if found.get(name) != unkilled.get(name)] == []
    assert waiting.scan().left == []
    assert waiting.inbox.read() == []


def test_a_refresh_that_begins_during_an_erasure_is_refused_and_the_erasure_ends_well(waiting):
    process = begun(waiting, "erase")
    register = waiting.platform.root / "lake" / "retail" / "register" / "erasures" / "_delta_log"
    seen(process, lambda: any(register.glob("*.json")))
    process.send_signal(signal.SIGSTOP)  # for as long as the refresh tries
    try:
        refused = waiting.refresh(JANUARY)
    finally:
        process.send_signal(signal.SIGCONT)
    assert not refused.succeeded
    assert all("is being written by run " in each for each in refused.failures), refused.failures
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said[-3000:]
    assert waiting.scan().left == []
    assert waiting.refresh().succeeded
    assert waiting.scan().left == []


def test_an_erasure_that_begins_during_a_refresh_is_refused_and_nothing_of_it_is_lost(waiting):
    before = commits(waiting, "silver/transactions")
    process = begun(waiting, "refresh")
    seen(process, lambda: commits(waiting, "silver/transactions") > before)
    process.send_signal(signal.SIGSTOP)
    try:
        refused = waiting.erase()
    finally:
        process.send_signal(signal.SIGCONT)
    assert not refused.succeeded
    assert "is being written by run " in refused.failures[0]
    assert "Wait until that run is over or stop it" in refused.failures[0]
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said[-3000:]
    assert [each.customer_id for each in waiting.inbox.read()] == [HER]
    done = waiting.erase()
    assert done.succeeded, done.failures
    assert waiting.scan().left == []
