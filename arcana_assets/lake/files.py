"""Files that another engine wrote into the folder of a table: nobody's, until a commit makes them its rows.

Belongs here: where they are put, what their footers say, what is refused; and what killed writers of delta-rs leave.
Does not belong here: the commit (`lake`), the engine that wrote them (`engine`), the removal of those that nobody
committed (`maintenance`).
"""

import json
import math
import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.lake.errors import SchemaChange, UnwritableColumn
from arcana_assets.lake.schema import MONTH, kept_type, told

STAGED = "staged-"
"""Begins the folders of files that wait for their commit; with `_` before it vacuum would not see what nobody took."""
_PARTITION = re.compile(rf"{MONTH}=(\d{{4}}-\d\d-\d\d)")
DAY_HOURS = 24


@dataclass(frozen=True)
class File:
    """A Parquet file below the table's folder: its rows, its size in bytes, and its statistics as the log has them.

    `month` is that of the folder it is in, None for none.
    """

    path: str
    month: date | None
    rows: int
    bytes: int
    stats: str


@dataclass(frozen=True)
class Staged:
    """Files that wait for a commit, and their columns, the month among them where they are by month."""

    schema: pa.Schema
    files: tuple[File, ...]


def staged_folder(uri: str, token: str) -> str:
    """Where an engine may put files of a table; `token` is of the one who writes, and of nobody else."""
    return f"{uri}/{STAGED}{token}"


def staged(uri: str, token: str, schema: pa.Schema, by_month: bool) -> Staged:
    """The files of a folder of `staged_folder`, by their footers; folders `month=<first day>` say whose rows they are.

    `schema` are the columns that they are to have. Raises UnwritableColumn or SchemaChange for a file that has others.
    """
    name = "/".join(uri.rstrip("/").split("/")[-3:])
    kept = pa.schema([field.with_type(kept_type(name, field.name, field.type)) for field in schema])
    inside = [field for field in kept if not (by_month and field.name == MONTH)]
    found = list[File]()
    for path, size, footer in _footers(f"{uri}/{STAGED}{token}"):
        _check(name, path, footer.schema.to_arrow_schema(), inside)
        month = _PARTITION.search(path)
        found.append(
            File(
                f"{STAGED}{token}/{path}",
                date.fromisoformat(month[1]) if month else None,
                footer.num_rows,
                size,
                json.dumps(_stats(footer, told(inside))),
            )
        )
    return Staged(kept, tuple(sorted(found, key=lambda file: file.path)))


def in_log(file: File) -> str:
    """The path of a file as the log spells it."""
    return quote(file.path, safe="/=-_.~")


def _footers(folder: str) -> Iterator[tuple[str, int, pq.FileMetaData]]:
    """Files, by their paths in the folder, with size and footer; what an engine notes beside them is left out."""
    if is_s3(folder):
        system = s3_filesystem()
        for path, item in sorted(system.find(folder, detail=True).items()):
            inner = path.removeprefix(folder.removeprefix("s3://")).lstrip("/")
            if _is_data(inner):
                with system.open(path, "rb") as file:
                    yield inner, int(item["size"]), pq.read_metadata(file)
        return
    place = Path(folder)
    for each in sorted(place.rglob("*.parquet")):
        inner = each.relative_to(place).as_posix()
        if _is_data(inner):
            yield inner, each.stat().st_size, pq.read_metadata(each)


def _is_data(path: str) -> bool:
    return path.endswith(".parquet") and not any(part[:1] in ("_", ".") for part in path.split("/"))


def _check(table: str, path: str, found: pa.Schema, wanted: Sequence[pa.Field]) -> None:
    """A file has exactly the columns that it is to have: what reads the lake casts nothing."""
    lacks = [field.name for field in wanted if field.name not in found.names]
    more = [name for name in found.names if name not in {field.name for field in wanted}]
    if lacks or more:
        said = [f"lacks {', '.join(lacks)}"] if lacks else []
        said += [f"has {', '.join(more)} beside them"] if more else []
        raise UnwritableColumn(
            f"{table}: expected the columns {', '.join(field.name for field in wanted)} in {path}, which "
            f"{' and '.join(said)}. Nothing was committed. Select the columns of the table before writing."
        )
    other = [
        (field.name, field.type, found.field(field.name).type)
        for field in wanted
        if not _alike(field.type, found.field(field.name).type)
    ]
    if other:
        raise SchemaChange(table, other)


def _alike(kept: pa.DataType, found: pa.DataType) -> bool:
    """Whether a type of a file is the one kept, but for names that writers give to what is inside lists and maps."""
    if pa.types.is_list(kept) and pa.types.is_list(found):
        return _alike(kept.value_type, found.value_type)
    if pa.types.is_map(kept) and pa.types.is_map(found):
        return _alike(kept.key_type, found.key_type) and _alike(kept.item_type, found.item_type)
    if pa.types.is_struct(kept) and pa.types.is_struct(found):
        return [f.name for f in kept] == [f.name for f in found] and all(
            _alike(one.type, other.type) for one, other in zip(kept, found, strict=True)
        )
    return bool(kept == found)


def _stats(footer: pq.FileMetaData, columns: Collection[str]) -> dict[str, Any]:
    """What the log says of a file: rows, and least, greatest and missing values of these columns, where all row groups
    of the footer say them."""
    least, greatest, missing = dict[str, Any](), dict[str, Any](), dict[str, int]()
    for at in range(footer.num_columns):
        groups = [footer.row_group(group).column(at) for group in range(footer.num_row_groups)]
        if not groups or groups[0].path_in_schema not in columns:
            continue
        known = [group.statistics for group in groups if group.is_stats_set]
        if len(known) < len(groups) or not all(each.has_null_count for each in known):
            continue
        name = groups[0].path_in_schema
        missing[name] = sum(each.null_count for each in known)
        # Where a group has values (num_values counts those that are not missing) but no ends, the file has none.
        if any(not each.has_min_max and each.num_values for each in known):
            continue
        ends = [each for each in known if each.has_min_max]
        if not ends:
            continue
        low, high = _said(min(each.min for each in ends)), _said(max(each.max for each in ends))
        if low is not None and high is not None:
            least[name], greatest[name] = low, high
    return {"numRecords": footer.num_rows, "minValues": least, "maxValues": greatest, "nullCount": missing}


def _said(value: Any) -> Any:
    """A value as JSON of the log, instants cut to the millisecond as delta-rs does; None for what it cannot say."""
    if isinstance(value, datetime):
        instant = value.astimezone(UTC)
        return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    return None


def remove_staging(folder: Path, hours: float = DAY_HOURS) -> int:
    """Removes `*#<n>`, of tables and of their logs, that nobody wrote to for so many hours, and says how many."""
    before, removed = time.time() - hours * 3600, 0
    for path in folder.rglob("*#*"):
        try:
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # its writer finished meanwhile
            continue
    return removed
