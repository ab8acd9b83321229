"""The inventory of a source: what each delivered file was found to hold, so that an unchanged one is not read again.

Belongs here: which files are new, changed, copies of one another or gone, and which months they touch. It is the table
`<domain>/landing/<source>` of the lake. Does not belong here: reading files (`landing_reader`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract import Contract
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_errors import MissingTable
from arcana_assets.resources.landing_reader import LandingReader
from arcana_assets.resources.landing_zone import LandingFile, LandingZone

SCHEMA = pa.schema(
    [
        pa.field("path", pa.string(), metadata={"description": "the file, relative to the landing of the domain"}),
        pa.field("stamp", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field(
            "event_month", pa.date32(), metadata={"description": "of the rows counted; null where they have none"}
        ),
        pa.field("malformed", pa.bool_()),
        pa.field("rows", pa.int64()),
        pa.field("copied", pa.bool_(), metadata={"description": "read from a plain copy, not from the file as it is"}),
    ]
)


@dataclass(frozen=True)
class FileRecord:
    """What a file holds: rows by month (None: no month can be read from them) and how many of its lines are no rows.

    `copied`: the engine cannot read the file as it is.
    """

    path: str
    stamp: str
    sha256: str
    rows: Mapping[date | None, int]
    malformed: int
    copied: bool = False

    @property
    def easy(self) -> bool:
        """Whether the rows can be read without inspecting the file again."""
        return not self.malformed and not self.copied

    def home(self, start: date, end: date) -> date:
        """The month that keeps the rows which have none in [start, end): the first one in it that the file touches."""
        return min((month for month in self.rows if month is not None and start <= month < end), default=start)

    def by_month(self, start: date, end: date) -> dict[date, int]:
        """Rows by the month that bronze keeps them in, malformed lines among them."""
        home, kept = self.home(start, end), dict[date, int]()
        for month, rows in [*self.rows.items(), (None, self.malformed)]:
            place = month if month is not None and start <= month < end else home
            if rows:
                kept[place] = kept.get(place, 0) + rows
        return kept


@dataclass(frozen=True)
class Inventory:
    """The files of a source as they lie in the landing now; `copies` are delivered twice and count once."""

    files: Mapping[LandingFile, FileRecord]
    copies: Mapping[str, str]
    vanished: Sequence[str]

    def touching(self, months: Iterable[date], start: date, end: date) -> list[LandingFile]:
        """The files that have rows of any of the months."""
        wanted = set(months)
        return [file for file, record in self.files.items() if wanted & record.by_month(start, end).keys()]

    def rows(self, months: Iterable[date], start: date, end: date) -> dict[date, int]:
        """How many rows the files have for each of the months."""
        kept = dict.fromkeys(months, 0)
        for record in self.files.values():
            for month, rows in record.by_month(start, end).items():
                if month in kept:
                    kept[month] += rows
        return kept

    @property
    def total(self) -> int:
        """All rows of all files, malformed lines among them."""
        return sum(sum(record.rows.values()) + record.malformed for record in self.files.values())


def take_inventory(
    domain: str,
    contract: Contract,
    reader: LandingReader,
    count: Callable[[ir.Table], ir.Table],
    zone: LandingZone,
    lake: Lake,
    engine: Engine,
    run_id: str,
) -> Inventory:
    """The inventory as of now: files with the stamp of the last inventory are taken from it, others are read in full.

    `count` gives filename, event_month, malformed and rows for the rows of a reader. Raises LandingError for a required
    source without files and for files that cannot be read.
    """
    key = (domain, "landing", contract.name)
    before = _load(lake, key, engine)
    listed = zone.files(domain, contract)
    known = {
        file: before[file.path] for file in listed if file.path in before and before[file.path].stamp == file.stamp
    }
    new = [file for file in listed if file not in known]
    records = known | _inspect(new, reader, count, zone)
    first: dict[str, LandingFile] = {}
    for file in listed:
        first.setdefault(records[file].sha256, file)
    inventory = Inventory(
        files={file: records[file] for file in listed if first[records[file].sha256] is file},
        copies={
            file.path: first[records[file].sha256].path for file in listed if first[records[file].sha256] is not file
        },
        vanished=sorted(before.keys() - {file.path for file in listed}),
    )
    if new or inventory.vanished or not before:
        lake.write(key, _table([records[file] for file in listed]), None, engine=engine, run_id=run_id)
    return inventory


def _inspect(
    files: list[LandingFile], reader: LandingReader, count: Callable[[ir.Table], ir.Table], zone: LandingZone
) -> dict[LandingFile, FileRecord]:
    if not files:
        return {}
    digests = zone.digests(files)
    counted = reader.inspect(files, digests, count).to_pylist()
    zone.assert_unchanged(files)
    records = {}
    for file in files:
        groups = [group for group in counted if group["filename"] == file.uri]
        rows: dict[date | None, int] = {}
        for group in groups:
            if not group["malformed"]:
                rows[group["event_month"]] = rows.get(group["event_month"], 0) + group["rows"]
        malformed = sum(group["rows"] for group in groups if group["malformed"])
        records[file] = FileRecord(file.path, file.stamp, digests[file].sha256, rows, malformed, reader.copied(file))
    return records


def _load(lake: Lake, key: tuple[str, str, str], engine: Engine) -> dict[str, FileRecord]:
    try:
        table = lake.read(key, None, engine)
    except MissingTable:
        return {}
    records: dict[str, FileRecord] = {}
    for row in engine.backend.to_pyarrow(table).to_pylist():
        path, copied = row["path"], bool(row.get("copied"))
        record = records.setdefault(path, FileRecord(path, row["stamp"], row["sha256"], {}, 0, copied))
        if row["malformed"]:
            records[path] = replace(record, malformed=row["rows"])
        elif row["rows"]:
            records[path] = replace(record, rows={**record.rows, row["event_month"]: row["rows"]})
    return records


def _table(records: Iterable[FileRecord]) -> pa.Table:
    rows = []
    for record in records:
        groups = [*((month, False, count) for month, count in record.rows.items()), (None, True, record.malformed)]
        for month, malformed, count in groups:
            rows.append((record.path, record.stamp, record.sha256, month, malformed, count, record.copied))
    return pa.table(list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in SCHEMA], schema=SCHEMA)
