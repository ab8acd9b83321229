"""Commits: what it costs to make a thousand files, which another engine put into a table's folder, its rows.

Against the lake's own write of the same rows, which has one file a month.
"""

from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

FILES, MONTHS, ROWS = 1_000, 20, 2_000_000
TAKEN, WRITTEN, NIGHTLY = "files that are there, committed", "the same rows, written", "a month, in such a table"


def measure(options: Options) -> Outcome:
    """The two doors of the lake."""
    files, rows = (40, 4_000) if options.quick else (FILES, ROWS)
    arguments = {"files": files, "rows": rows}
    sides = [Side(name, f"{__name__}:{of}", arguments) for name, of in ((TAKEN, "taken"), (WRITTEN, "written"))]
    figures = turn_by_turn(sides, options.times(3))
    figures[NIGHTLY] = [{**turn, "cpu_seconds": turn["nightly"]} for turn in figures[TAKEN]]
    return Outcome(
        figures,
        [Ratio(f"CPU, {TAKEN} / {WRITTEN}", TAKEN, WRITTEN, 1.0, unit="cpu_seconds")],
        {"files": files, "rows": rows, "log_bytes": figures[TAKEN][0]["log_bytes"]},
        limits=[Limit("CPU of replacing one month of a table of that many files", NIGHTLY, 0.5, "cpu_seconds")],
    )


def taken(folder: Path, files: int, rows: int) -> dict[str, Any]:
    """Files as an engine leaves them, and one commit; then a month of the table is replaced."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.files import staged, staged_folder
    from arcana_assets.lake.lake import Lake

    lake, key, engine = Lake(root=str(folder)), ("retail", "gold", "numbers"), Engine()
    place, each = Path(staged_folder(lake.uri(key), "one")), rows // files
    for number in range(files):
        inside = place / f"month={_months()[number % MONTHS]}"
        inside.mkdir(parents=True, exist_ok=True)
        numbers = pa.array(range(number * each, (number + 1) * each), pa.int64())
        pq.write_table(pa.table({"n": numbers, "text": numbers.cast("string")}), inside / f"{number}.parquet")
    columns = pa.schema([("month", pa.date32()), ("n", pa.int64()), ("text", pa.string())])
    with timed() as clock:
        found = staged(lake.uri(key), "one", columns, True)
        done = lake.commit(key, found, _months(), engine=engine, run_id="one")
    assert done.rows == each * files
    with timed() as again:
        lake.write(key, _rows(_months()[-1:], each), _months()[-1:], engine=engine, run_id="two")
    log = sum(file.stat().st_size for file in Path(lake.uri(key), "_delta_log").glob("*.json"))
    return {**vars(clock), "nightly": again.cpu_seconds, "log_bytes": log}


def written(folder: Path, files: int, rows: int) -> dict[str, Any]:
    """The same rows through this process."""
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    lake, key = Lake(root=str(folder)), ("retail", "gold", "numbers")
    table, engine = _rows(_months(), rows // MONTHS), Engine()
    with timed() as clock:
        lake.write(key, table, _months(), engine=engine, run_id="one")
    return vars(clock)


def _months() -> list[date]:
    return [date(2024 + place // 12, place % 12 + 1, 1) for place in range(MONTHS)]


def _rows(months: list[date], each: int) -> Any:
    import pyarrow as pa

    numbers = pa.array(range(each * len(months)), pa.int64())
    days = pa.array([month for month in months for _ in range(each)], pa.date32())
    return pa.table({"month": days, "n": numbers, "text": numbers.cast("string")})
