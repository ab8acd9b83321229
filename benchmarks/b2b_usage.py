"""Telemetry: its files through bronze and silver to both rollups for a month, against DuckDB scanning the files once.

The first floor computes the figures of both rollups with duplicates removed and keeps nothing else: no raw rows, no
typed sessions, no hashes of files, no account of rows, no reasons, no log, no lineage. The second only scans the files
and sums by customer, duplicates and all. Both are reported; the goal is over the first, since the second gives other
figures, wrong by the duplicates, the denied and the impossible sessions, and fewer of them: a faster way to another
result is no floor of this one.
"""

from pathlib import Path
from typing import Any

from benchmarks.b2b_drop import LAST, facts, landing_of_drop
from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn

ROLLUPS = ("usage_daily", "usage_modules_monthly")
CHAIN = (
    *(("bronze", "telemetry"), ("silver", "telemetry"), ("quarantine", "telemetry")),
    *(("gold", rollup) for rollup in ROLLUPS),
)
LONGEST = 24 * 3600  # seconds; longer sessions count, their time does not
DISTINCT, SCAN = "DuckDB, distinct rows", "DuckDB, scan only"


def measure(options: Options) -> Outcome:
    """Ours and both floors over the same files; ours and the first must come to the same figures."""
    with landing_of_drop(options) as landing:
        names = {"ours": "ours", DISTINCT: "distinct_rows", SCAN: "scan_only"}
        sides = [Side(name, f"{__name__}:{function}", {"landing": str(landing)}) for name, function in names.items()]
        figures = turn_by_turn(sides, options.times(3))
        measured = facts(landing)
    expected = figures[DISTINCT][0]["figures"]
    for side in ("ours", DISTINCT):
        for turn in figures[side]:
            assert turn["figures"] == expected, f"{side} found {turn['figures']}, the first floor {expected}"
    return Outcome(
        figures,
        [
            Ratio("telemetry to rollups, ours / DuckDB on distinct rows", "ours", DISTINCT, goal=2.2),
            Ratio("telemetry to rollups, ours / DuckDB scan only", "ours", SCAN),
            Ratio("peak memory, ours / DuckDB on distinct rows", "ours", DISTINCT, unit="peak_mb"),
        ],
        measured,
    )


def ours(folder: Path, landing: str) -> dict[str, Any]:
    """The five assets from the landing to the rollups, into a fresh lake."""
    from benchmarks.b2b_refresh import company_in

    company = company_in(folder, Path(landing))
    with timed() as clock:
        accounts = company.refresh([LAST], CHAIN)
    files = {rollup: sorted(map(str, folder.glob(f"lake/b2b/gold/{rollup}/**/*.parquet"))) for rollup in ROLLUPS}
    return {**vars(clock), "figures": figures_of(files), "account": accounts["telemetry"]}


def distinct_rows(folder: Path, landing: str) -> dict[str, Any]:
    """One scan to sessions by customer, day and module without duplicates, from which both rollups are summed."""
    import duckdb

    files = {rollup: str(folder / f"{rollup}.parquet") for rollup in ROLLUPS}
    with timed() as clock:
        connection = duckdb.connect()
        connection.execute(f"""
            CREATE TEMP TABLE summed AS
            WITH typed AS (
                SELECT
                    {_customer()} AS customer_id,
                    trim(referencedatestart)::TIMESTAMP::DATE AS day,
                    nullif(trim(moduloid), '') AS module_id,
                    trim(eventduration)::DECIMAL(18, 4) AS duration,
                    trim(statuslicenca) = 'Negado' AS denied
                FROM (SELECT DISTINCT * FROM {_files(landing)})
            )
            SELECT
                customer_id, day, module_id,
                count(*) AS sessions,
                count(*) FILTER (denied) AS denials,
                count(*) FILTER (duration < 0) AS negative_durations,
                count(*) FILTER (duration > {LONGEST}) AS absurd_durations,
                coalesce(sum(duration) FILTER (duration BETWEEN 0 AND {LONGEST} AND NOT denied), 0) AS duration
            FROM typed
            WHERE customer_id IS NOT NULL
            GROUP BY ALL
        """)
        connection.execute(f"""
            COPY (
                SELECT
                    customer_id, day,
                    sum(sessions)::BIGINT AS sessions,
                    sum(denials)::BIGINT AS denials,
                    sum(negative_durations)::BIGINT AS negative_durations,
                    sum(absurd_durations)::BIGINT AS absurd_durations,
                    sum(duration)::DECIMAL(18, 4) AS duration
                FROM summed GROUP BY ALL
            ) TO '{files["usage_daily"]}' (FORMAT parquet)
        """)
        connection.execute(f"""
            COPY (
                SELECT customer_id, module_id, sum(sessions)::BIGINT AS sessions
                FROM summed WHERE module_id IS NOT NULL GROUP BY ALL
            ) TO '{files["usage_modules_monthly"]}' (FORMAT parquet)
        """)
    return {**vars(clock), "figures": figures_of({rollup: [file] for rollup, file in files.items()})}


def scan_only(folder: Path, landing: str) -> dict[str, Any]:
    """Sessions and time of each customer, duplicates included: the least that reading the files costs."""
    import duckdb

    with timed() as clock:
        found = duckdb.connect().execute(f"""
            SELECT {_customer()} AS customer_id, count(*) AS sessions, sum(eventduration::DOUBLE) AS duration
            FROM {_files(landing)} GROUP BY ALL
        """)
        rows = found.fetchall()
    return {**vars(clock), "customers": len(rows), "rows": sum(row[1] for row in rows)}


def figures_of(files: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """What both rollups say: totals, and a fingerprint of every figure in every row."""
    import duckdb

    daily, modules = (f"read_parquet({files[rollup]!r})" for rollup in ROLLUPS)
    days = "sessions, denials, negative_durations, absurd_durations, duration"
    queries = {
        "usage_daily": f"""
            SELECT
                count(*) AS rows, count(DISTINCT customer_id) AS customers, count(DISTINCT day) AS days,
                sum(sessions)::BIGINT AS sessions, sum(denials)::BIGINT AS denials,
                sum(duration)::VARCHAR AS duration,
                bit_xor(hash(customer_id, day, {days}))::VARCHAR AS fingerprint
            FROM {daily}
        """,
        "usage_modules_monthly": f"""
            SELECT
                count(*) AS rows, count(DISTINCT customer_id) AS customers, count(DISTINCT module_id) AS modules,
                sum(sessions)::BIGINT AS sessions,
                bit_xor(hash(customer_id, module_id, sessions))::VARCHAR AS fingerprint
            FROM {modules}
        """,
    }
    return {name: duckdb.connect().sql(query).to_arrow_table().to_pylist()[0] for name, query in queries.items()}


def _customer() -> str:
    """The key without blanks and without the two digits of the store, as the contract cleans it."""
    return "nullif(regexp_replace(upper(trim(clienteid)), '00$', ''), '')"


def _files(landing: str) -> str:
    return (
        f"read_csv('{landing}/b2b/telemetria_*.csv', header = true, delim = ',', quote = '\"', escape = '\"', "
        "all_varchar = true, nullstr = '')"
    )
