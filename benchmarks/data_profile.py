"""The profile of the data: all columns of the real file's tables, over DuckDB's own SUMMARIZE of the same files.

Both read the live files of all months. SUMMARIZE tells the number of different values and the quantiles approximately,
once for all months together; the profile tells both exactly and by month, with frequent values, bins and drift.
"""

import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.real_file import THIN, by_month

FIRST, LAST = date(2010, 12, 1), date(2011, 12, 1)
KEPT = "ARCANA_REAL_LAKE"  # a lake of the real file, all months refreshed; it is read and never changed


def measure(options: Options) -> Outcome:
    """One lake of the real file, then both sides on its tables."""
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as scratch:
        kept = os.environ.get(KEPT) or str(Path(scratch) / "lake")
        last = date(2011, 1, 1) if options.quick else LAST
        if KEPT not in os.environ:
            by_month(Path(scratch) / "landing", every=THIN if options.quick else 1)
            in_child(Side("lake", f"{__name__}:refreshed", {"scratch": scratch, "last": str(last)}))
        sides = [
            Side(name, f"{__name__}:{name}", {"lake": kept, "last": str(last)}) for name in ("profile", "summarize")
        ]
        figures = turn_by_turn(sides, options.times(5))
    return Outcome(
        figures,
        [Ratio("profile / SUMMARIZE, all columns of 13 months, CPU", "profile", "summarize", 1.5, unit="cpu_seconds")],
        limits=[Limit("peak memory of the profile", "profile", 1024, "peak_mb")],
    )


def refreshed(folder: Path, scratch: str, last: str) -> dict[str, Any]:
    """All months, in one run, into a lake that stays."""
    from arcana_assets.domain.months import months_between
    from benchmarks.under_dagster import deployment_in, refresh_in

    place = Path(scratch)
    with timed() as clock:
        refresh_in(deployment_in(place, place / "landing"), months_between(FIRST, date.fromisoformat(last)))
    return {**vars(clock)}


def profile(folder: Path, lake: str, last: str) -> dict[str, Any]:
    """What the asset computes of columns, from the lake to the rows of its table."""
    from arcana_assets.profile.batches import rows_by_month
    from arcana_assets.profile.columns import profile_of
    from arcana_assets.profile.tables import DATA_PROFILE
    from arcana_assets.tables.frames import from_rows

    engine, tables, months = _tables(lake, last)
    with timed() as clock:
        held = rows_by_month(engine, {title: rows for title, (_, rows) in tables.items()})
        found = [
            row
            for title, (table, rows) in tables.items()
            for row in profile_of(engine, table, rows, months, held[title], {})
        ]
        kept = from_rows(found, DATA_PROFILE)
    return {**vars(clock), "rows": kept.num_rows, "tables": len(tables)}


def summarize(folder: Path, lake: str, last: str) -> dict[str, Any]:
    """DuckDB's own words on the same tables."""
    engine, tables, _ = _tables(lake, last)
    queries = [f"SUMMARIZE {engine.query(rows).sql}" for _, rows in tables.values()]
    with timed() as clock:
        told = [engine.backend.con.sql(query).fetchall() for query in queries]
    return {**vars(clock), "rows": sum(map(len, told)), "tables": len(tables)}


def _tables(lake: str, last: str) -> tuple[Any, dict[str, Any], list[date]]:
    """The tables that are profiled, by title, each with its declaration and its rows."""
    from arcana_assets.catalogue.tables import tables_of
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.domain.months import months_between
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake
    from arcana_assets.profile.tables import profiled

    engine, months = Engine(), months_between(FIRST, date.fromisoformat(last))
    read = Lake(root=lake).read
    found = {
        table.title: (table, read(("retail", table.layer, table.name), months, engine))
        for table in profiled(tables_of(load_domain(DEFS / "retail")))
    }
    return engine, found, months
