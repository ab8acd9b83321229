"""Flat memory: the peak from landing to silver at about 20 million rows over that at 5 million, as set by default."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import THIN, repeated

FEW, MANY = 10, 40  # copies of the real file


def measure(options: Options) -> Outcome:
    """The same months, four times the rows."""
    few, many = (2, 8) if options.quick else (FEW, MANY)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-landing-") as scratch:
        landings = {"5 million rows": (Path(scratch) / "few", few), "20 million rows": (Path(scratch) / "many", many)}
        rows = {name: repeated(*drop, THIN if options.quick else 1) for name, drop in landings.items()}
        sides = [Side(name, f"{__name__}:ours", {"landing": str(folder)}) for name, (folder, _) in landings.items()]
        figures = turn_by_turn(sides, options.times(2))
    for name, turns in figures.items():
        assert all(turn["rows"]["bronze"] == rows[name] for turn in turns)
    return Outcome(
        figures,
        [
            Ratio("peak memory, 20 / 5 million rows", "20 million rows", "5 million rows", goal=1.3, unit="peak_mb"),
            Ratio("time, 20 / 5 million rows", "20 million rows", "5 million rows"),
        ],
        {"rows": rows},
    )


def ours(folder: Path, landing: str, memory_limit: str | None = None) -> dict[str, Any]:
    """The bronze and silver assets under Dagster, into a fresh lake."""
    from benchmarks.under_dagster import deployment_in, land_to_silver

    deployment = deployment_in(folder, Path(landing), memory_limit)
    with timed() as clock:
        rows = land_to_silver(deployment)
    return {**vars(clock), "rows": rows}
