"""The nightly refresh: the last month with thirteen months in the lake, over the same month with three.

The file of the month is delivered again before each turn, as every night; the files before it are as they were.
"""

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.real_file import THIN, by_month

LAST = date(2011, 12, 1)
STARTS = {"13 months": date(2010, 12, 1), "7 months": date(2011, 6, 1), "3 months": date(2011, 10, 1)}


def measure(options: Options) -> Outcome:
    """One lake for each history, backfilled once, then the last month again and again.

    Seven months is reported beside: with three, the lookback of six months is not yet full.
    """
    with tempfile.TemporaryDirectory(prefix="arcana-bench-lakes-") as scratch:
        sides = []
        for name, start in STARTS.items():
            lake = Path(scratch) / f"from_{start:%Y_%m}"
            by_month(lake / "landing", f"{start:%Y-%m}", THIN if options.quick else 1)
            _domain_from(start, lake / "defs")
            in_child(Side(f"backfill of {name}", f"{__name__}:backfill", {"kept": str(lake), "start": str(start)}))
            sides.append(Side(name, f"{__name__}:refresh_last", {"kept": str(lake)}))
        figures = turn_by_turn(sides, options.times(5))
    found = {turn["rows"] for turns in figures.values() for turn in turns}
    assert len(found) == 1, f"the month has the same rows in every lake, found {found}"
    return Outcome(
        figures,
        [
            Ratio("nightly refresh, 13 / 3 months of history", "13 months", "3 months", goal=1.2),
            Ratio("nightly refresh, 13 / 7 months of history", "13 months", "7 months", goal=1.2),
        ],
        limits=[Limit("nightly refresh, 13 months of history", "13 months", 15)],
    )


def backfill(folder: Path, kept: str, start: str) -> dict[str, Any]:
    """All months up to the last, in one run, into a lake that stays."""
    from arcana_assets.domain.months import months_between, shifted
    from benchmarks.under_dagster import deployment_in, refresh_in

    lake = Path(kept)
    with timed() as clock:
        months = months_between(date.fromisoformat(start), shifted(LAST, -1))
        refresh_in(deployment_in(lake, lake / "landing"), months, lake / "defs")
    return {**vars(clock)}


def refresh_last(folder: Path, kept: str) -> dict[str, Any]:
    """The last month, whose file was just delivered again."""
    from benchmarks.under_dagster import deployment_in, refresh_in

    lake = Path(kept)
    (delivered,) = lake.glob(f"landing/retail/transactions/*{LAST:%Y-%m}.csv")
    delivered.touch()
    with timed() as clock:
        done = refresh_in(deployment_in(lake, lake / "landing"), [LAST], lake / "defs")
    return {**vars(clock), "rows": done.rows["retail/silver/transactions"]}


def _domain_from(start: date, folder: Path) -> None:
    """The retail domain as it is, but for its first month."""
    from arcana_assets.definitions import DEFS

    shutil.copytree(DEFS / "retail", folder / "retail")
    settings = folder / "retail" / "defs.yaml"
    text = settings.read_text()
    assert text.count("  start: 2010-12\n") == 1
    settings.write_text(text.replace("  start: 2010-12\n", f"  start: {start:%Y-%m}\n"))
