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
UNITS = {
    "seconds": "s",
    "cpu_seconds": "s",
    **dict.fromkeys(("peak_mb", "megabytes", "held_mb"), "MB"),
    "milliseconds": "ms",
    **dict.fromkeys(
        ("degenerate", "flips", "fallen", "wrong", "wrong_segments", "wrong_value", "wrong_categories", "missed_goals"),
        "",
    ),
    **dict.fromkeys(("auc_missed", "skill_missed", "slope_missed", "level_missed", "capture_missed", "reached"), ""),
    **dict.fromkeys(("rmse", "above_half", "above_last", "not_covered"), ""),
    **dict.fromkeys(("renamed", "by_model", "explained", "agreement", "wrong_k", "misnamed", "ndcg", "not_found"), "%"),
    **dict.fromkeys(("error", "bias", "covered", "outside", "missed", "lost", "behind"), "%"),
}
GLANCE = 0.1  # seconds between two looks at the memory of a side


class Skipped(Exception):
    """A benchmark cannot run here; the message says what is missing."""


class Killed(RuntimeError):
    """The process of a side was ended by a signal, after the peak memory last seen while it ran."""

    def __init__(self, message: str, signal: int, peak_mb: float) -> None:
        super().__init__(message)
        self.signal, self.peak_mb = signal, peak_mb


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


@dataclass(frozen=True)
class Limit:
    """A claim about one side alone: the most that its median may be, in seconds or peak_mb."""

    words: str
    of: str
    goal: float
    unit: str = "seconds"


@dataclass
class Outcome:
    """What a benchmark found: the figures of each side and turn, its ratios and its limits."""

    figures: dict[str, list[dict[str, Any]]]
    ratios: list[Ratio]
    facts: dict[str, Any] = field(default_factory=dict)
    limits: list[Limit] = field(default_factory=list)

    @property
    def claims(self) -> list[Ratio | Limit]:
        """All that may be met or missed."""
        return [*self.ratios, *self.limits]

    def median(self, side: str, unit: str) -> float:
        """The median over the turns."""
        return float(median(figure[unit] for figure in self.figures[side]))

    def value(self, ratio: Ratio, unit: str | None = None) -> float:
        """The ratio of the medians, in its own unit or another."""
        return self.median(ratio.of, unit or ratio.unit) / self.median(ratio.to, unit or ratio.unit)

    def met(self, claim: Ratio | Limit) -> bool:
        """Whether the goal is reached."""
        if isinstance(claim, Limit):
            return self.median(claim.of, claim.unit) <= claim.goal
        if claim.goal is None:
            return True
        return self.value(claim) >= claim.goal if claim.at_least else self.value(claim) <= claim.goal

    def as_dict(self) -> dict[str, Any]:
        """For the file of results."""
        medians = {
            side: {unit: self.median(side, unit) for unit in UNITS if unit in turns[0]}
            for side, turns in self.figures.items()
        }
        ratios = [
            {
                **vars(ratio),
                "value": self.value(ratio),
                "cpu_value": self.value(ratio, "cpu_seconds") if ratio.unit == "seconds" else None,
                "met": None if ratio.goal is None else self.met(ratio),
            }
            for ratio in self.ratios
        ]
        limits = [
            {**vars(limit), "value": self.median(limit.of, limit.unit), "met": self.met(limit)} for limit in self.limits
        ]
        return {"ratios": ratios, "limits": limits, "medians": medians, "turns": self.figures, "facts": self.facts}


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
        code, said, peak = _watched([sys.executable, "-m", "benchmarks.measure", str(fresh), task])
        if code or not result.exists():
            message = f"{side.name} ({side.function}) failed with {code}:\n{said[-4000:]}"
            raise Killed(message, -code, peak) if code < 0 else RuntimeError(message)
        return dict(json.loads(result.read_text()))


def _watched(command: Sequence[str]) -> tuple[int, str, float]:
    """Runs a command to its end: exit code, what it said on stderr, and its peak memory in MB as last seen.

    A process that a signal ends can no longer say what it held. Where the system has no `/proc`, the peak is 0.
    """
    peak = 0.0
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while True:
                try:
                    _, said = process.communicate(timeout=GLANCE)
                    return process.returncode, said, peak
                except subprocess.TimeoutExpired:
                    peak = max(peak, _high_water_mb(str(process.pid)) or 0.0)
        finally:
            process.kill()


def peak_mb() -> float:
    """The most memory that this process held at once."""
    # Not ru_maxrss: on Linux a child starts with what its parent held before it.
    seen = _high_water_mb("self")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024 if seen is None else seen


def _high_water_mb(process: str) -> float | None:
    """As the kernel has it; None where there is no `/proc`, or where the process has just ended."""
    status = Path("/proc") / process / "status"
    lines = status.read_text().splitlines() if status.exists() else []
    marks = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return marks[0] if marks else None


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
