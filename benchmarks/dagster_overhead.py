"""Dagster's overhead: the 13-month refresh of the real file by the job, over a plain loop of the same work.

The plain loop is `plain_refresh`: the same functions, Delta commits, checks and row accounts, without definitions, run,
events, instance and lineage. Imports count on neither side.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import THIN, repeated


def measure(options: Options) -> Outcome:
    """Both into fresh lakes; every table must come out with the same number of rows."""
    with tempfile.TemporaryDirectory(prefix="arcana-bench-landing-") as landing:
        rows = repeated(Path(landing), 1, THIN if options.quick else 1)
        names = {"Dagster": "under_dagster", "plain loop": "in_a_loop"}
        sides = [Side(name, f"{__name__}:{function}", {"landing": landing}) for name, function in names.items()]
        figures = turn_by_turn(sides, options.times(3))
    expected = figures["Dagster"][0]["rows"]
    for turns in figures.values():
        for turn in turns:
            assert turn["rows"] == expected, f"the tables differ: {turn['rows']}, expected {expected}"
    goal = Ratio("whole refresh, under Dagster / plain loop", "Dagster", "plain loop", goal=1.3)
    return Outcome(figures, [goal], {"rows": rows})


def under_dagster(folder: Path, landing: str) -> dict[str, Any]:
    """Definitions, instance and run, as the command does it."""
    from benchmarks.under_dagster import MONTHS, deployment_in, refresh_in

    with timed() as clock:
        done = refresh_in(deployment_in(folder, Path(landing)), list(MONTHS))
    return {**vars(clock), "rows": done.rows}


def in_a_loop(folder: Path, landing: str) -> dict[str, Any]:
    """The same functions, one after the other."""
    from benchmarks.plain_refresh import PlainRefresh
    from benchmarks.under_dagster import MONTHS, deployment_in

    refresh = PlainRefresh(deployment_in(folder, Path(landing)), MONTHS)
    with timed() as clock:
        rows = refresh.run()
    return {**vars(clock), "rows": rows}
