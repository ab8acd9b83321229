"""Faults: refreshes that are killed, rivalled, fed changing files, out of room or cut off from their bucket.

Each trial does harm to a refresh of a small shop, then refreshes it again undisturbed. It survived where whatever the
harmed refresh said is clear, every table can be read in between, none is a mixture, and in the end the lake holds what
an undisturbed one holds, to the last row. No trial begins after fifteen minutes.
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults_s3 import BUCKET, Misbehaviour, failing_bucket
from benchmarks.faults_world import Shop, appears, ended, holdings, small_shop
from benchmarks.measure import Limit, Options, Outcome, Skipped

BUDGET = 900  # seconds after which no trial begins
AIMS = (
    *("retail/bronze/*/_delta_log/*.json", "retail/silver/*/month=*/*.parquet", "retail/gold/*/_delta_log/*.json"),
    *("retail/gold/*/month=*/*.parquet", "retail/models/*/_delta_log/*.json", "retail/published/*/*"),
)
ROOM_MB = 6  # of a disk that fills up
BUCKET_PATIENCE = 600  # seconds that a refresh may take whose every request goes through a proxy, some again and again


class Wrong(Exception):
    """A promise that did not hold; the message says which."""


@dataclass(frozen=True)
class Reference:
    """An undisturbed shop, what its lake holds, and how long its refresh takes."""

    shop: Shop
    held: dict[str, str]
    seconds: float


def measure(options: Options) -> Outcome:
    """Trials of each kind, with seeds of their own; a quick run does one of three kinds."""
    begun, figures = time.monotonic(), dict[str, list[dict[str, Any]]]()
    with tempfile.TemporaryDirectory(prefix="arcana-bench-faults-") as scratch:
        reference = reference_in(Path(scratch) / "reference")
        kinds: dict[str, tuple[Callable[[Shop, Reference, random.Random], None], int]] = {
            "killed": (killed, 10),
            "killed at a write": (killed_at_a_write, 6),
            "rivals": (rivals, 4),
            "files that change": (changing_files, 6),
            "a full disk": (full_disk, 2),
            "a bucket that is busy": (busy_bucket, 2),
            "a bucket that cuts answers": (cutting_bucket, 2),
        }
        if options.quick:
            kinds = {name: (kinds[name][0], 1) for name in ("killed", "rivals", "files that change")}
        for name, (trial, times) in kinds.items():
            figures[name] = [_tried(name, trial, reference, options.times(times), begun, Path(scratch))]
    limits = [
        Limit(f"wrong: {name}, of {turns[0]['tried']} tried", name, 0, "wrong") for name, turns in figures.items()
    ]
    return Outcome(figures, [], {"months": 1, "customers": 40}, limits)


def _tried(
    name: str,
    trial: Callable[[Shop, Reference, random.Random], None],
    reference: Reference,
    times: int,
    begun: float,
    scratch: Path,
) -> dict[str, Any]:
    """How many trials of a kind were made, survived, went wrong, and why."""
    tried, problems, clock = 0, list[str](), time.monotonic()
    for turn in range(1, times + 1):
        if time.monotonic() - begun > BUDGET:
            print(f"  {name}: no more than {tried} of {times}, for the time is up", flush=True)
            break
        folder = scratch / f"{name.replace(' ', '_')}_{turn}"
        folder.mkdir()
        try:
            trial(reference.shop.copied(folder), reference, random.Random(f"{name} {turn}"))
        except Skipped as reason:
            print(f"  {name}: skipped: {reason}", flush=True)
            break
        except Wrong as wrong:
            problems.append(f"{turn}: {wrong}")
        finally:
            tried += 1
            shutil.rmtree(folder, ignore_errors=True)
        wrong_now = bool(problems) and problems[-1].startswith(f"{turn}:")
        print(f"  {turn}/{times} {name}: {problems[-1] if wrong_now else 'survived'}", flush=True)
    seconds = time.monotonic() - clock
    return {
        "seconds": seconds,
        "tried": tried,
        "survived": tried - len(problems),
        "wrong": len(problems),
        "why": problems,
    }


def killed(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """Ended by SIGKILL at a random moment."""
    process = shop.begin()
    time.sleep(draw.uniform(0.2, reference.seconds))
    process.send_signal(signal.SIGKILL)
    ended(process)
    _repaired(shop, reference)


def killed_at_a_write(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """Ended as soon as a file of a table or of a publication appears."""
    process = shop.begin()
    if appears(shop.lake, draw.choice(AIMS), process):
        time.sleep(draw.choice([0, 0, 0.002, 0.01]))
    process.send_signal(signal.SIGKILL)
    ended(process)
    _repaired(shop, reference)


def rivals(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """Two refreshes of one month, with a file that changes between their beginnings; one is refused, or comes after."""
    first = shop.begin()
    time.sleep(draw.uniform(0.0, 0.6 * reference.seconds))
    changed = _more_sales(shop)
    second = shop.begin()
    ends = [ended(process) for process in (first, second)]
    if not all(end.clear for end in ends):
        raise Wrong(f"a rival ends without a clear word: {[end.said[-300:] for end in ends if not end.clear]}")
    if not any(end.code == 0 for end in ends):
        raise Wrong(f"neither of the rivals succeeds: {[end.said[-300:] for end in ends]}")
    if refused := [end for end in ends if end.code and "is being written by run " not in end.said]:
        raise Wrong(f"a rival fails of something else than its rival: {refused[0].said[-300:]}")
    with _elsewhere(shop) as other:
        if other.refresh().code:
            raise Wrong("the changed file cannot be refreshed at all")
        after = holdings(str(other.lake))
    held = holdings(str(shop.lake))
    both = ((reference.held, after), (after, reference.held))
    old, new = ([name for name in held if held[name] == one.get(name) != two.get(name)] for one, two in both)
    if old and new:
        raise Wrong(f"a mixture: {len(old)} tables of the file before {changed}, {len(new)} of the one after it")
    if shop.refresh().code or holdings(str(shop.lake)) != after:
        raise Wrong("the next refresh does not make the tables of the changed file")


def changing_files(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """A file is truncated, appended to, replaced or removed while it may be read."""
    file = draw.choice(sorted(path for path in shop.landing.rglob("*") if path.is_file()))
    kept = file.read_bytes()
    process = shop.begin()
    time.sleep(draw.uniform(0.3, 0.7) * reference.seconds)
    harm = draw.choice(["truncated", "appended to", "replaced", "removed"])
    if harm == "removed":
        file.unlink()
    else:
        cut = kept[: draw.randrange(len(kept))]
        file.write_bytes({"truncated": cut, "appended to": kept + kept[-40:], "replaced": kept[::-1]}[harm])
    end = ended(process)
    if not end.clear:
        raise Wrong(f"{file.name} {harm}: no clear word: {end.said[-300:]}")
    holdings(str(shop.lake))
    file.write_bytes(kept)
    _repaired(shop, reference, f"{file.name} {harm}")


def full_disk(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """The lake lies on a disk of a few megabytes, which is enlarged afterwards."""
    shop.lake.mkdir()
    room = draw.uniform(0.3, 1.0) * ROOM_MB
    mount = ["mount", "-t", "tmpfs", "-o", f"size={int(room * 1024)}k", "tmpfs", str(shop.lake)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode:
        raise Skipped(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        end = shop.refresh()
        if not end.clear:
            raise Wrong(f"{room:.1f} MB: no clear word: {end.said[-300:]}")
        holdings(str(shop.lake))
        subprocess.run(["mount", "-o", "remount,size=1g", str(shop.lake)], check=True)
        _repaired(shop, reference)
    finally:
        subprocess.run(["umount", "-l", str(shop.lake)], check=True)


def busy_bucket(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """A lake in a bucket that answers 503 to a request in twenty and resets connections, also after a PUT."""
    _in_a_bucket(shop, reference, Misbehaviour(busy=0.05, reset=0.01, reset_after=0.01, seed=draw.randrange(1_000)), 2)


def cutting_bucket(shop: Shop, reference: Reference, draw: random.Random) -> None:
    """A lake in a bucket that cuts answers short; a refresh may fail, but says so, and another one repairs it."""
    _in_a_bucket(shop, reference, Misbehaviour(cut=0.01, seed=draw.randrange(1_000)), 4)


def _in_a_bucket(shop: Shop, reference: Reference, how: Misbehaviour, attempts: int) -> None:
    with failing_bucket(how) as environment:
        lake = f"s3://{BUCKET}/lake"
        there = Shop(shop.folder, {**environment, "ARCANA_LAKE": lake}, BUCKET_PATIENCE)
        for attempt in range(1, attempts + 1):
            end = there.refresh()
            if not end.clear:
                raise Wrong(f"after {how.done}: no clear word: {end.said[-300:]}")
            if end.code == 0:
                break
            if attempt == attempts:
                raise Wrong(f"after {how.done}: {attempts} refreshes fail: {end.said[-300:]}")
        how.busy = how.reset = how.reset_after = how.cut = 0
        before = dict(os.environ)
        os.environ |= environment
        try:
            held = holdings(lake, {"AWS_ALLOW_HTTP": "true", **environment})
        finally:
            os.environ.clear()
            os.environ |= before
        wanted = {name: digest for name, digest in reference.held.items() if not name.endswith(".csv")}
        _same(held, wanted, f"after {how.done}")


def reference_in(folder: Path) -> Reference:
    """A small shop in the folder, refreshed undisturbed. Raises RuntimeError where that fails."""
    folder.mkdir(exist_ok=True)
    shop, clock = small_shop(folder), time.monotonic()
    end = shop.refresh()
    if end.code:
        raise RuntimeError(f"the undisturbed refresh fails: {end.said[-2000:]}")
    return Reference(shop, holdings(str(shop.lake)), time.monotonic() - clock)


def _repaired(shop: Shop, reference: Reference, harm: str = "") -> None:
    """Every table can be read as it is, and after another refresh all is as undisturbed."""
    try:
        holdings(str(shop.lake))
    except Exception as broken:  # whatever delta-rs says of a table that cannot be read
        raise Wrong(f"{harm} a table cannot be read: {broken}") from broken
    end = shop.refresh()
    if end.code:
        raise Wrong(f"{harm} the next refresh fails: {end.said[-300:]}")
    _same(holdings(str(shop.lake)), reference.held, harm)


def _same(held: dict[str, str], wanted: dict[str, str], harm: str) -> None:
    differing = sorted(name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name))
    if differing:
        raise Wrong(
            f"{harm} {len(differing)} of {len(wanted)} differ from the undisturbed ones: {', '.join(differing[:4])}"
        )


def _more_sales(shop: Shop) -> str:
    """Appends some lines of the first file of sales once more, with three pieces in place of one; returns its name."""
    file = sorted(shop.landing.glob("transactions/*.csv"))[0]
    lines = file.read_bytes().splitlines(keepends=True)
    more = [line.replace(b",1,12/", b",3,12/") for line in lines[1:400] if b",1,12/" in line]
    assert more, f"{file.name} has no line of one piece"
    whole = file.with_name(f"{file.name}.part")
    whole.write_bytes(b"".join([*lines, *more]))
    whole.replace(file)
    return file.name


@contextmanager
def _elsewhere(shop: Shop) -> Iterator[Shop]:
    """The shop's files as they are now, with nothing refreshed."""
    with tempfile.TemporaryDirectory(prefix="arcana-bench-faults-") as folder:
        yield shop.copied(Path(folder))
