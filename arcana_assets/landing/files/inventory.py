"""Taking the inventory of a source, so that an unchanged file is not read again.

Belongs here: which files are new, changed, copies of one another or gone, and the table `<domain>/landing/<source>` of
the lake that says so. Does not belong here: what an inventory tells of months (`records`), reading files (`reader`),
the rows of a run (`landed`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Bounds
from arcana_assets.engine.duckdb import Engine
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.conform.dating import rows_by_month
from arcana_assets.landing.files import headers
from arcana_assets.landing.files.reader import Count, LandingReader
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets.landing.zone import Digest, LandingFile

READER_VERSION = 3  # to be raised whenever the reader or the dating of rows comes to other results for the same file

SCHEMA = pa.schema(
    [
        pa.field("path", pa.string(), metadata={"comment": "the file, relative to the landing of the domain"}),
        pa.field("stamp", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field("event_month", pa.date32(), metadata={"comment": "of the rows counted; null where they have none"}),
        pa.field("malformed", pa.bool_()),
        pa.field("rows", pa.int64()),
        pa.field("copied", pa.bool_(), metadata={"comment": "read from a plain copy, not from the file as it is"}),
        pa.field("read_as", pa.string(), metadata={"comment": "hash of what decides how rows are read and dated"}),
    ]
)


def month_count(contract: Contract, timezone: str) -> Count:
    """What counts the rows of a reader by file and month, in local time."""
    return partial(rows_by_month, contract=contract, timezone=timezone)


def _read_as(contract: Contract, timezone: str) -> str:
    """A hash of whatever decides how the rows of a file are read, counted and dated.

    A record made under another one says nothing: a mended date format would leave months empty that have rows now.
    """
    terms = contract.model_dump_json(by_alias=True, include={"entity", "format", "workbook", "columns", "ignored"})
    return hashlib.sha256(f"{READER_VERSION}\n{timezone}\n{terms}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Listing:
    """The files of a source as they lie in the landing now, and what the last inventory knows of them.

    `hashes` are of the files that count, in order of path; `records` of what need not be read again. `new` is to be
    read: one file of each content that nobody has a record of; `digests` are theirs. `terms` is how they are read.
    """

    delivered: Sequence[LandingFile]
    before: Mapping[str, FileRecord]
    hashes: Mapping[LandingFile, str]
    records: Mapping[LandingFile, FileRecord]
    new: Sequence[LandingFile]
    digests: Mapping[LandingFile, Digest]
    terms: str
    dated: bool

    @property
    def superseded(self) -> list[str]:
        """The paths of files that a later delivery stands for."""
        return [file.path for file in self.delivered if file not in self.hashes]

    def all_records(self, found: Mapping[LandingFile, FileRecord]) -> dict[LandingFile, FileRecord]:
        """The records of all files that count, as far as they are known or `found` now; copies have that of another."""
        by_content = {record.sha256: record for record in (*self.records.values(), *found.values())}
        return {
            file: replace(by_content[content], path=file.path, stamp=file.stamp)
            for file, content in self.hashes.items()
            if content in by_content
        }

    def inventory(self, found: Mapping[LandingFile, FileRecord]) -> Inventory:
        """The inventory, as far as files are known or `found` now."""
        records, first = self.all_records(found), dict[str, LandingFile]()
        for file, content in self.hashes.items():
            first.setdefault(content, file)
        return Inventory(
            files={file: record for file, record in records.items() if first[self.hashes[file]] is file},
            copies={
                file.path: first[content].path for file, content in self.hashes.items() if first[content] is not file
            },
            vanished=sorted(self.before.keys() - {file.path for file in self.delivered}),
            superseded=self.superseded,
            dated=self.dated,
        )


def list_files(reader: LandingReader, domain: str, timezone: str, lake: Lake) -> Listing:
    """What there is in the landing; a file with the stamp of the last inventory is taken for what it was.

    None of them is where the contract reads or dates rows in another way than it did. Raises LandingError for a
    required source without files and for files that cannot be read.
    """
    contract = reader.contract
    terms, before = _read_as(contract, timezone), _load(lake, (domain, "landing", contract.name), reader.engine)
    delivered = reader.zone.files(domain, contract)
    listed = delivered[-1:] if contract.landing.deliveries == "latest" else delivered
    records = {
        file: before[file.path]
        for file in listed
        if file.path in before and (before[file.path].stamp, before[file.path].read_as) == (file.stamp, terms)
    }
    unknown = [file for file in listed if file not in records]
    digests = reader.zone.digests(unknown) if unknown else {}
    for file, digest in digests.items():
        headers.check_lines(file, digest, contract)
    hashes = {file: records[file].sha256 if file in records else digests[file].sha256 for file in listed}
    known, new = {record.sha256 for record in records.values()}, dict[str, LandingFile]()
    for file in unknown:
        if hashes[file] not in known:
            new.setdefault(hashes[file], file)
    return Listing(delivered, before, hashes, records, list(new.values()), digests, terms, contract.dated)


def inspected(
    reader: LandingReader, files: Sequence[LandingFile], listing: Listing, timezone: str
) -> dict[LandingFile, FileRecord]:
    """Reads new files in full, for what they hold alone. Raises LandingError for those that cannot be read."""
    if not files:
        return {}
    count = month_count(reader.contract, timezone)
    groups = reader.inspect(files, listing.digests, count).to_pylist()
    reader.zone.assert_unchanged(files)
    return records_of(reader, files, listing, groups)


def records_of(
    reader: LandingReader, files: Iterable[LandingFile], listing: Listing, groups: Sequence[Mapping[str, Any]]
) -> dict[LandingFile, FileRecord]:
    """The records of files from their rows counted by filename (uri), event_month and whether they are malformed."""
    records = {}
    for file in files:
        rows, malformed = Counter[date | None](), 0
        for group in groups:
            if group["filename"] == file.uri and group["malformed"]:
                malformed += group["rows"]
            elif group["filename"] == file.uri:
                rows[group["event_month"]] += group["rows"]
        records[file] = FileRecord(
            file.path, file.stamp, listing.hashes[file], dict(rows), malformed, reader.copied(file), listing.terms
        )
    return records


def put_down(
    listing: Listing,
    found: Mapping[LandingFile, FileRecord],
    reader: LandingReader,
    domain: str,
    lake: Lake,
    run_id: str,
) -> Inventory:
    """The inventory with the records `found`; it is kept for the next time where it is not as it was."""
    records = listing.all_records(found)
    if listing.digests or listing.before.keys() != {file.path for file in records} or not listing.before:
        table = _table(records.values())
        key = domain, "landing", reader.contract.name
        lake.write(key, table, None, engine=reader.engine, run_id=run_id)
    return listing.inventory(found)


def take_inventory(reader: LandingReader, domain: str, timezone: str, lake: Lake, run_id: str) -> Inventory:
    """The inventory as of now: files that the last one does not know, or not in this way, are read in full.

    Months are those of local time. Raises LandingError for a required source without files and for files that cannot
    be read.
    """
    listing = list_files(reader, domain, timezone, lake)
    return put_down(listing, inspected(reader, listing.new, listing, timezone), reader, domain, lake, run_id)


def rows_waiting(domain: str, source: str, bounds: Bounds, lake: Lake, engine: Engine) -> int:
    """How many rows wait for their month, as the last inventory has it; each content counts once."""
    records = {record.sha256: record for record in _load(lake, (domain, "landing", source), engine).values()}
    return sum(sum(record.waiting(bounds).values()) for record in records.values())


def _load(lake: Lake, key: tuple[str, str, str], engine: Engine) -> dict[str, FileRecord]:
    try:
        table = lake.read(key, None, engine)
    except MissingTable:
        return {}
    records: dict[str, FileRecord] = {}
    for row in engine.backend.to_pyarrow(table).to_pylist():
        path, copied, terms = row["path"], bool(row.get("copied")), row.get("read_as") or ""
        record = records.setdefault(path, FileRecord(path, row["stamp"], row["sha256"], {}, 0, copied, terms))
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
            rows.append(
                (record.path, record.stamp, record.sha256, month, malformed, count, record.copied, record.read_as)
            )
    return pa.table(list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in SCHEMA], schema=SCHEMA)
