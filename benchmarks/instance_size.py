"""The instance: what six months and one night leave in it, and how large a year of nights makes it.

A night is measured on the demo, its last month refreshed again and again; a year of them is what a night adds by as
many, and, with old runs removed, by those that are kept. That removing gives the room back is measured: as many nights
again, each after the removal of the oldest, leave the instance as large as it was.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn

FIRST, MONTHS = date(2010, 12, 1), 6
NIGHTS, YEAR = 3, 365
HISTORY, NIGHT, YEARS, KEPT = (
    "six months, one run",
    "a night",
    "a year of nights, all runs",
    "a year of nights, 90 days",
)


def measure(options: Options) -> Outcome:
    """One lake, its history in one run, then nights."""
    customers, nights = (40, 2) if options.quick else (500, NIGHTS)
    side = Side("demo", f"{__name__}:sizes", {"customers": customers, "nights": nights})
    [figure] = turn_by_turn([side], 1)["demo"]
    sizes = {name: [{**figure, "megabytes": megabytes}] for name, megabytes in figure["megabytes"].items()}
    return Outcome(
        sizes,
        [],
        {"added_after_removal": figure["again"]},
        limits=[
            Limit("events of six months of the demo", HISTORY, 11, unit="megabytes"),
            Limit("what a night adds", NIGHT, 6, unit="megabytes"),
            Limit("what a year of nights adds, runs of 90 days kept", KEPT, 540, unit="megabytes"),
            Limit("what as many nights again add where old runs are removed", "again", 0.5, unit="megabytes"),
        ],
    )


def sizes(folder: Path, customers: int, nights: int) -> dict[str, Any]:
    """Megabytes of the instance after its history and for each night; and after as many nights whose old runs went."""
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.old_runs import remove_old_runs
    from arcana_assets.automation.refresh import refresh
    from arcana_assets.definitions import build_definitions
    from arcana_assets.deployment import Deployment
    from arcana_assets.domain.months import months_between, shifted
    from arcana_assets.samples.retail.folder import write_retail_drop

    deployment = Deployment.from_env({"ARCANA_LAKE": str(folder / "lake")})
    write_retail_drop(Path(deployment.landing) / "retail", customers, MONTHS, 7, FIRST)
    job = build_definitions(deployment=deployment).resolve_job_def("refresh_retail")
    months, home = months_between(FIRST, shifted(FIRST, MONTHS - 1)), Path(deployment.home)

    def run(some: list[date], remove: bool = False) -> float:
        # An instance of its own each time: what SQLite has still to put into its files is in them once it is closed.
        with instance_of(deployment) as instance:
            if remove:  # all but the runs that tell the present, as if they were old
                remove_old_runs(instance, datetime.now(UTC) + timedelta(days=1))
            assert refresh(job, some, instance, lambda *_: None).succeeded
        return _megabytes(home)

    with timed() as clock:
        history = run(months)
        filled = [run(months[-1:]) for _ in range(nights)][-1]
        night = (filled - history) / nights
        # The room of the nights that are removed is used again by as many others.
        again = [run(months[-1:], remove=True) for _ in range(nights)][-1] - filled
    found = {HISTORY: history, NIGHT: night, YEARS: night * YEAR, KEPT: night * deployment.keep_runs_days}
    return {**vars(clock), "megabytes": found | {"again": max(again, 0.0)}, "again": again}


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
