"""Reading a Delta table: from a snapshot and months to the files that an engine shows as a table.

Belongs here: what the log of a table says of its files. Does not belong here: which months exist and may be read
(`lake`), how an engine reads files (`engine`).
"""

import operator
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial, reduce
from typing import Any
from urllib.parse import unquote

import ibis.expr.types as ir
import pyarrow as pa
from deltalake import DeltaTable

from arcana_assets.engine.events import EventEngine, Files
from arcana_assets.lake.schema import MONTH

# What these features change does not concern a reader of plain Parquet files.
_PLAIN_FEATURES = {"timestampNtz", "vacuumProtocolCheck", "v2Checkpoint"}
COMPARED = 2_000_000  # rows whose keys are compared at once; the engine holds about 80 bytes of each
_VIEW = re.compile(r"(.+)@\d+")


def table_of(view: str) -> tuple[str, ...] | None:
    """The table (domain, layer, table) behind what an engine shows under this name; None for any other name."""
    match = _VIEW.fullmatch(view)
    return tuple(match[1].split("/")) if match and "/" in match[1] else None


def arrow_schema(table: DeltaTable) -> pa.Schema:
    """The columns of the table, in its order."""
    return pa.schema(table.schema().to_arrow())


def live_files(table: DeltaTable, months: Sequence[date] | None, *more: str) -> list[dict]:
    """The files (path, size_bytes, num_records) of the months in this version of the table; of all months for None.

    `more` are further fields of the log, such as `max.<column>`; one that it does not have is left out.

    Paths come from the log, relative: delta-rs percent-encodes the folder in its `file_uris`, which no reader expects.
    """
    actions = pa.table(table.get_add_actions(flatten=True))
    column = f"partition.{MONTH}"
    wanted = [name for name in ("path", "size_bytes", "num_records", column, *more) if name in actions.column_names]
    # In the order they were written, month by month: the log lists them in any order.
    files = sorted(actions.select(wanted).to_pylist(), key=lambda file: file["path"])
    return files if months is None else [file for file in files if file.get(column) in set(months)]


def greatest(table: DeltaTable, column: str, months: Sequence[date]) -> dict[date, Any]:
    """The greatest value of a column in each of the months, as the log says; None of a month without rows.

    A month with a file of which the log does not say it is left out.
    """
    said, found = f"max.{column}", dict[date, Any].fromkeys(months)
    for file in live_files(table, months, said):
        month, value = file[f"partition.{MONTH}"], file.get(said)
        if value is None and file["num_records"]:
            found.pop(month, None)
        elif value is not None and month in found:
            found[month] = value if found[month] is None else max(found[month], value)
    return found


def files_of(table: DeltaTable, name: str, months: Sequence[date] | None) -> Files:
    """The files of the months, or of all that the table has, as an engine takes them.

    Their list fixes the snapshot: commits made later are not seen.
    """
    listed = live_files(table, months)
    root = table.table_uri.rstrip("/")
    if root.startswith("file://"):
        root = unquote(root.removeprefix("file://"))
    return Files(
        name,
        (table.table_uri, table.metadata().id, table.version(), None if months is None else tuple(months)),
        root,
        tuple(unquote(file["path"]) for file in listed),
        arrow_schema(table),
        MONTH if table.metadata().partition_columns else None,
        partial(_scan, table, months) if listed and needs_delta_reader(table) else None,
    )


def doubled(
    table: DeltaTable, name: str, months: Sequence[date] | None, key: Sequence[str], engine: EventEngine
) -> int:
    """How many different values these columns have in more than one row of the months.

    Raises CorruptFile for a file that cannot be read.
    """
    files = files_of(table, name, months)
    if not files.paths:
        return 0
    rows: ir.Table = engine.table(files)
    found = 0
    for together, of in _held_at_once(live_files(table, months), key):
        mine = rows if together is None else rows.filter(rows[MONTH].isin(together))
        # The same value is in the same part.
        parts = 1 << max(0, -(-of // COMPARED) - 1).bit_length()
        part = reduce(operator.xor, (rows[name].hash().fill_null(0) for name in key)) & (parts - 1)
        for each in range(parts):
            compared = mine.filter(part == each) if parts > 1 else mine
            often = compared.group_by(list(key)).agg(times=compared.count())
            found += int(engine.value(often.filter(often.times > 1).count()))
    return found


def _held_at_once(files: Sequence[dict], key: Sequence[str]) -> list[tuple[list[date] | None, int]]:
    """Months, and how many rows they have, that are compared together: all, or, of many rows, few months at a time."""
    of = sum(file["num_records"] for file in files)
    if of <= COMPARED or MONTH not in key:
        return [(None, of)]
    held = Counter[date]()
    for file in files:
        held[file[f"partition.{MONTH}"]] += file["num_records"]
    found = list[tuple[list[date] | None, int]]()
    for month, rows in sorted(held.items()):
        last, before = found[-1] if found else (None, COMPARED)
        if last is not None and before + rows <= COMPARED:
            found[-1] = ([*last, month], before + rows)
        else:
            found.append(([month], rows))
    return found


def needs_delta_reader(table: DeltaTable) -> bool:
    """Whether rows or names differ from what is in the files (deletion vectors, column mapping set by Spark)."""
    protocol = table.protocol()
    return protocol.min_reader_version == 2 or bool(set(protocol.reader_features or ()) - _PLAIN_FEATURES)


def _scan(table: DeltaTable, months: Sequence[date] | None) -> pa.RecordBatchReader:
    """The rows as delta-rs reads them."""
    predicate = None
    if months is not None:
        days = ", ".join(f"DATE '{month}'" for month in months)
        predicate = f"{MONTH} IN ({days})"
    return pa.RecordBatchReader.from_stream(table.scan(predicate=predicate))
