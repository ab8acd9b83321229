"""What a commit put into a table, and whether anything ever was.

Belongs here: the result of a write, as the log says it. Does not belong here: writing (`lake`), reading rows
(`reading`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
from deltalake import DeltaTable

from arcana_assets.engine.events import EventEngine
from arcana_assets.lake import reading
from arcana_assets.lake.schema import MONTH


@dataclass(frozen=True)
class WriteResult:
    """What one commit put into the lake. `files` and `bytes` are of the months replaced, together and by month;
    `schema` is of the table.

    `doubled` is how many values of the key stand in more than one row of those months, `table_rows` how many rows the
    whole table has.
    """

    rows: int
    table_rows: int
    rows_by_month: dict[date, int]
    version: int
    schema: pa.Schema
    files: int
    bytes: int
    doubled: int
    files_by_month: Mapping[date, int] = field(default_factory=dict)
    bytes_by_month: Mapping[date, int] = field(default_factory=dict)


def result_of(
    table: DeltaTable,
    name: str,
    months: Sequence[date] | None,
    rows: int,
    by_month: Mapping[date, int],
    unique: Sequence[str],
    engine: EventEngine,
) -> WriteResult:
    """What a commit put there, of a table that stands at it."""
    files = reading.live_files(table, months)
    files_by_month, bytes_by_month = Counter[date](), Counter[date]()
    for file in files if months else ():
        files_by_month[file[f"partition.{MONTH}"]] += 1
        bytes_by_month[file[f"partition.{MONTH}"]] += file["size_bytes"]
    return WriteResult(
        rows=rows,
        table_rows=sum(file["num_records"] for file in reading.live_files(table, None)),
        rows_by_month={month: by_month.get(month, 0) for month in months or ()},
        version=table.version(),
        schema=reading.arrow_schema(table),
        files=len(files),
        bytes=sum(file["size_bytes"] for file in files),
        doubled=reading.doubled(table, name, months, unique, engine) if unique else 0,
        files_by_month=files_by_month,
        bytes_by_month=bytes_by_month,
    )


def never_written(table: DeltaTable) -> bool:
    """Whether there is nothing but the creation, as a first write leaves it that failed or is still under way."""
    # Not asked of `history`, which holds the interpreter's lock while it waits for the network. Tables that others
    # made may have files from the start.
    return table.version() == 0 and not reading.live_files(table, None)
