"""Measuring: work in processes of its own, turn by turn, with medians and ratios, and the facts of the machine.

Belongs here: clocks, peak memory, children and results. Does not belong here: what is measured (one script a claim) and
the data (`real_file`).
"""

import importlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from arcana_assets import __version__

REPOSITORY = Path(__file__).parent.parent
LIBRARIES = ("dagster", "duckdb", "deltalake", "ibis-framework", "pandas", "pyarrow", "scikit-learn")
UNITS = {"seconds": "s", "cpu_seconds": "s", "peak_mb": "MB"}


class Skipped(Exception):
    """A benchmark cannot run here; the message says what is missing."""


class Killed(RuntimeError):
    """The process of a side was ended by a signal, as it is where memory runs out in a library that cannot say so."""


@dataclass(frozen=True)
class Options:
    """How thorough a run is. `quick` proves that a benchmark runs; its figures mean nothing."""

    quick: bool = False
    repetitions: int | None = None

    def times(self, usual: int) -> int:
        """How often each side is measured."""
        return self.repetitions or (1 if self.quick else usual)


@dataclass
class Clock:
    """Between the beginning and the end of a `with timed()`: by the wall, and of all cores together."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Clock]:
    """Measures the body; what is imported or prepared before it does not count."""
    clock, begun, spent = Clock(), time.perf_counter(), time.process_time()
    yield clock
    clock.seconds, clock.cpu_seconds = time.perf_counter() - begun, time.process_time() - spent


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a function `module:name` that gets a fresh folder and the arguments.

    It returns `seconds` and whatever proves that it did its work, such as row counts.
    """

    name: str
    function: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratio:
    """A claim: one side's median over another's, in seconds or peak_mb. A goal of None only reports."""

    words: str
    of: str
    to: str
    goal: float | None = None
    at_least: bool = False
    unit: str = "seconds"


@dataclass
class Outcome:
    """What a benchmark found: the figures of each side and turn, and its ratios."""

    figures: dict[str, list[dict[str, Any]]]
    ratios: list[Ratio]
    facts: dict[str, Any] = field(default_factory=dict)

    def median(self, side: str, unit: str) -> float:
        """The median over the turns."""
        return float(median(figure[unit] for figure in self.figures[side]))

    def value(self, ratio: Ratio, unit: str | None = None) -> float:
        """The ratio of the medians, in its own unit or another."""
        return self.median(ratio.of, unit or ratio.unit) / self.median(ratio.to, unit or ratio.unit)

    def met(self, ratio: Ratio) -> bool:
        """Whether the goal is reached."""
        if ratio.goal is None:
            return True
        return self.value(ratio) >= ratio.goal if ratio.at_least else self.value(ratio) <= ratio.goal

    def as_dict(self) -> dict[str, Any]:
        """For the file of results."""
        medians = {side: {unit: self.median(side, unit) for unit in UNITS} for side in self.figures}
        ratios = [
            {
                **vars(ratio),
                "value": self.value(ratio),
                "cpu_value": self.value(ratio, "cpu_seconds") if ratio.unit == "seconds" else None,
                "met": None if ratio.goal is None else self.met(ratio),
            }
            for ratio in self.ratios
        ]
        return {"ratios": ratios, "medians": medians, "turns": self.figures, "facts": self.facts}


def turn_by_turn(sides: Sequence[Side], times: int) -> dict[str, list[dict[str, Any]]]:
    """Measures A B A B, so that whatever else the machine does meets all sides alike."""
    figures: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    for turn in range(1, times + 1):
        for side in sides:
            figure = in_child(side)
            figures[side.name].append(figure)
            print(f"  {turn}/{times} {side.name}: {figure['seconds']:.2f} s, {figure['peak_mb']:.0f} MB", flush=True)
    return figures


def in_child(side: Side) -> dict[str, Any]:
    """Runs a side in a process of its own and adds that process' peak memory.

    Raises RuntimeError where the process fails, Killed where a signal ends it.
    """
    # What earlier work left to be written to disk is not to slow this one down.
    os.sync()
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as folder:
        result = Path(folder) / "result.json"
        task = json.dumps({"function": side.function, "arguments": side.arguments, "result": str(result)})
        fresh = Path(folder) / "fresh"
        fresh.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.measure", str(fresh), task],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not result.exists():
            failure = Killed if done.returncode < 0 else RuntimeError
            raise failure(f"{side.name} ({side.function}) failed with {done.returncode}:\n{done.stderr[-4000:]}")
        return dict(json.loads(result.read_text()))


def peak_mb() -> float:
    """The most memory that this process held at once."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a child starts with what its parent held before it.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_at_start": [round(load, 2) for load in os.getloadavg()],
        "arcana_assets": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _child() -> None:
    folder, task = sys.argv[1], json.loads(sys.argv[2])
    module, name = task["function"].split(":")
    found = getattr(importlib.import_module(module), name)(Path(folder), **task["arguments"])
    Path(task["result"]).write_text(json.dumps({**found, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    _child()
