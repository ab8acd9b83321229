"""Batches: the months of a table that are measured together, so that small tables cost little and large ones no memory.

Belongs here: how many months at once, and from where they are read. Does not belong here: what is measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import ibis.expr.types as ir

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import quoted

# Rows that are copied into memory and measured from there. Below it a query costs more than its rows do, and opening
# the files of a month for each column costs more than both; far above it, memory would grow with the table.
ROWS_AT_ONCE = 250_000
_COPY = "measured rows"


def rows_by_month(engine: Engine, tables: Mapping[str, ir.Table]) -> dict[str, dict[date, int]]:
    """How many rows each table has in each month, in one query; no column but the month is read."""
    found: dict[str, dict[date, int]] = {name: {} for name in tables}
    if not tables:
        return found
    queries = [engine.query(table) for table in tables.values()]
    parts = [
        f"SELECT {place} AS place, month, count(*) AS n FROM ({query.sql}) GROUP BY month"
        for place, query in enumerate(queries)
    ]
    names = list(tables)
    for row in engine.sql(" UNION ALL ".join(parts)).table().to_pylist():
        found[names[row["place"]]][row["month"]] = row["n"]
    return found


def in_batches(months: Sequence[date], rows: Mapping[date, int], most: int = ROWS_AT_ONCE) -> list[list[date]]:
    """Months in order, together as long as they have at most so many rows; a month that has more is alone."""
    batches: list[list[date]] = []
    held = 0
    for month in sorted(months):
        more = rows.get(month, 0)
        if not batches or held + more > most:
            batches.append([])
            held = 0
        batches[-1].append(month)
        held += more
    return batches


@contextmanager
def source(engine: Engine, table: ir.Table, months: Sequence[date], rows: Mapping[date, int]) -> Iterator[str]:
    """Rows of the months as SQL names them: a copy in memory, or the files where they are many."""
    days = ", ".join(f"DATE '{month}'" for month in months)
    query = engine.query(table)
    selected = f"SELECT * FROM ({query.sql}) WHERE month IN ({days})"
    if sum(rows.get(month, 0) for month in months) > ROWS_AT_ONCE:
        yield f"({selected})"
        return
    engine.run(f"CREATE OR REPLACE TEMP TABLE {quoted(_COPY)} AS {selected}")
    try:
        yield quoted(_COPY)
    finally:
        engine.run(f"DROP TABLE IF EXISTS {quoted(_COPY)}")
