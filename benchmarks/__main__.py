"""`python -m benchmarks [NAME ...]`: measures all claims or those named, prints a table, writes the figures.

Exit code 1 where a goal is missed; quick runs miss none, since their figures mean nothing.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import REPOSITORY, UNITS, Options, Outcome, Skipped, machine

RETAIL = (
    "whole_refresh",
    "landing_to_silver",
    "dagster_overhead",
    "nightly_refresh",
    "flat_memory",
    "segment_continuity",
    "data_profile",
)
CUSTOMERS = ("customers", "segment_samples", "scale")
ENGINES = ("engines", "commits")
FAULTS = ("faults", "instance_size", "warehouse", "erasure")
PEOPLE = ("dashboard", "drafting")
RECOMMENDATIONS = (
    *("recommendations", "recommendations_months", "recommendations_b2b", "recommendations_scale"),
    "recommendations_sample",
)
SEGMENTS = (
    "selection_speed",
    "selection_quality",
    "selection_algorithms",
    "planted_segments",
    "mall",
    "explained_revenue",
    "outliers",
    "persona_names",
    *RECOMMENDATIONS,
    "loyalty",
    "predictions",
    "prediction_methods",
    "predictions_mall",
    "predictions_b2b",
    "spend",
)
B2B = ("b2b_sample", "b2b_usage", "b2b_full", "b2b_pandas")
NAMES = (*RETAIL, *SEGMENTS, *CUSTOMERS, *ENGINES, *B2B, *PEOPLE, *FAULTS)
RESULTS = REPOSITORY / "benchmarks" / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmarks one after the other; returns the exit code."""
    given = parsed(arguments)
    names, options = given.names or NAMES, Options(given.quick, given.repetitions)
    console, outcomes, skipped = Console(highlight=False), dict[str, Outcome](), dict[str, str]()
    facts = machine()
    for name in names:
        module = importlib.import_module(f"benchmarks.{name}")
        console.print(f"[bold]{name}[/]: {module.__doc__.strip().splitlines()[0]}", soft_wrap=True)
        try:
            outcomes[name] = module.measure(options)
        except Skipped as reason:
            skipped[name] = str(reason)
            console.print(f"  skipped: {reason}", soft_wrap=True)
    wanted = "all" if names == NAMES else "+".join(names)
    path = given.output or RESULTS / f"{wanted}{'_quick' if given.quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report(outcomes, skipped, facts, options), indent=2) + "\n")
    if outcomes:
        console.print(table(outcomes, options))
    console.print(f"figures: {path}", soft_wrap=True)
    missed = [claim for outcome in outcomes.values() for claim in outcome.claims if not outcome.met(claim)]
    return 1 if missed and not given.quick else 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, checked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the claims of the docs.")
    # Not `choices`: argparse checks the default of a list against them as well.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few rows, one turn: does it run at all?")
    parser.add_argument("--repetitions", type=int, help="turns of each side; each benchmark has its own default")
    parser.add_argument("--output", type=Path, help="the file of figures; in benchmarks/results by default")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in NAMES]:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are {', '.join(NAMES)}")
    if given.repetitions is not None and given.repetitions < 1:
        parser.error("--repetitions is at least 1")
    return given


def report(
    outcomes: dict[str, Outcome], skipped: dict[str, str], facts: dict[str, Any], options: Options
) -> dict[str, Any]:
    """All figures, for the file of results."""
    found = {name: outcome.as_dict() for name, outcome in outcomes.items()}
    return {"machine": facts, "quick": options.quick, "benchmarks": found, "skipped": skipped}


def table(outcomes: dict[str, Outcome], options: Options) -> Table:
    """A line a claim: the two figures, their ratio, the goal; of a limit the one figure and the most it may be."""
    lines = Table("claim", "figures (medians)", "ratio", "by CPU time", "goal", "")
    for outcome in outcomes.values():
        for ratio in outcome.ratios:
            unit, digits = UNITS[ratio.unit], 0 if ratio.unit == "peak_mb" else 2
            figures = " / ".join(f"{outcome.median(side, ratio.unit):,.{digits}f}" for side in (ratio.of, ratio.to))
            goal = "" if ratio.goal is None else f"{'≥' if ratio.at_least else '≤'} {ratio.goal:g}"
            verdict = "met" if outcome.met(ratio) else "missed"
            verdict = "" if ratio.goal is None or options.quick else verdict
            # Other programs slow the clock down, hardly the work: far apart, the two ratios say the machine was busy.
            busy = f"{outcome.value(ratio, 'cpu_seconds'):.2f}" if ratio.unit == "seconds" else ""
            lines.add_row(ratio.words, f"{figures} {unit}", f"{outcome.value(ratio):.2f}", busy, goal, verdict)
        for limit in outcome.limits:
            unit, digits = UNITS[limit.unit], 0 if limit.unit == "peak_mb" else 2
            figure = f"{outcome.median(limit.of, limit.unit):,.{digits}f} {unit}"
            verdict = "" if options.quick else "met" if outcome.met(limit) else "missed"
            lines.add_row(limit.words, figure, "", "", f"≤ {limit.goal:,g} {unit}", verdict)
    return lines


if __name__ == "__main__":
    sys.exit(main())
