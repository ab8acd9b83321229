"""Taking the inventory of a source, so that an unchanged file is not read again.

Belongs here: listing and inspecting files, and the table `<domain>/landing/<source>` of the lake that says what they
hold. Does not belong here: which files are new, copies or gone (`listing`), what an inventory tells of months
(`records`), reading files (`reader`), the rows of a run (`landed`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.conform.dating import rows_by_month
from arcana_assets.landing.files import headers
from arcana_assets.landing.files.kept import Counts
from arcana_assets.landing.files.listing import Known, Listing
from arcana_assets.landing.files.reader import Count, LandingReader
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets.landing.files.unread import Unread
from arcana_assets.landing.zone import LandingError, LandingFile

READER_VERSION = 4  # to be raised whenever the reader or the dating of rows comes to other results for the same file

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
        pa.field("unread", pa.string(), metadata={"comment": "why the file cannot be read; null where it can"}),
    ]
)


def month_count(reader: LandingReader, timezone: str) -> Count:
    """What counts the rows of a reader by file and month, in local time."""
    return partial(rows_by_month, contract=reader.contract, timezone=timezone, dates=reader.months)


def read_as(contract: Contract, timezone: str, dates: str = "") -> str:
    """A hash of whatever decides how the rows of a file are read, counted and dated; `dates` is that of others.

    A record made under another one says nothing: a mended date format would leave months empty that have rows now.
    """
    decides = {"entity", "format", "workbook", "columns", "ignored", "helpers", "join"}
    terms = contract.model_dump_json(by_alias=True, include=decides)
    return hashlib.sha256(f"{READER_VERSION}\n{timezone}\n{terms}\n{dates}".encode()).hexdigest()[:16]


def list_files(reader: LandingReader, domain: str, timezone: str, lake: Lake) -> Listing:
    """What there is in the landing; a file with the stamp of the last inventory is taken for what it was.

    None of them is where the contract reads or dates rows in another way than it did. Raises LandingError for a
    required source without files, NothingReadable where none of those that count can be read.
    """
    contract, unread = reader.contract, Unread(reader.zone)
    terms = read_as(contract, timezone, reader.dates.terms if reader.dates is not None else "")
    known = last_inventory(domain, contract.name, lake, reader.engine)
    before = known.records
    delivered = reader.zone.files(domain, contract)
    listed = delivered[-1:] if contract.landing.deliveries == "latest" else delivered
    records = {
        file: before[file.path]
        for file in listed
        if file.path in before and (before[file.path].stamp, before[file.path].read_as) == (file.stamp, terms)
    }
    unknown = [file for file in listed if file not in records]
    digests = reader.zone.digests(unknown, unread.about) if unknown else {}
    for file, digest in digests.items():
        with unread.about(file):
            headers.check_lines(file, digest, contract)
    found = records | digests
    hashes = {file: found[file].sha256 for file in listed if file not in unread}
    contents, new = {record.sha256 for record in records.values()}, dict[str, LandingFile]()
    for file in unknown:
        if file in hashes and hashes[file] not in contents:
            new.setdefault(hashes[file], file)
    listing = Listing(
        delivered, known, hashes, records, list(new.values()), digests, terms, contract.dated, unread=unread
    )
    listing.all_unread(unread)
    return listing


def inspected(
    reader: LandingReader, files: Sequence[LandingFile], listing: Listing, timezone: str, unread: Unread
) -> dict[LandingFile, FileRecord]:
    """Reads new files in full, for what they hold alone; those that cannot be read are added to `unread`."""
    sound = reader.sound(files, unread)
    if not sound:
        return {}
    count = month_count(reader, timezone)  # which reads the files of another source, where dates are looked up there
    try:
        read, groups = sound, reader.inspect(sound, listing.digests, count).to_pylist()
    except LandingError as bad:
        if bad.retriable:
            raise
        read, groups = [], []
        for file in sound:
            with unread.about(file):
                groups += reader.inspect([file], listing.digests, count).to_pylist()
                read.append(file)
        if read == sound:
            raise  # no fault of a single one
    reader.zone.assert_unchanged(read)
    return records_of(reader, read, listing, groups)


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
    unread: Mapping[LandingFile, str],
    kept: Counts,
    reader: LandingReader,
    domain: str,
    lake: Lake,
    run_id: str,
) -> Inventory:
    """The inventory with the records `found`; it is put down for the next time where it is not as it was.

    A file that is `unread` has no record until it can be read, and is read again each time.
    """
    unread, before = listing.all_unread(unread), listing.before
    records = {file.path: record for file, record in listing.all_records(found).items() if file not in unread}
    refused = {file.path: (file.stamp, listing.terms) for file in unread}
    if (records, refused) != (before.records, before.refused) or not records:
        table = _table(records.values(), {file: (why, listing.terms) for file, why in unread.items()})
        key = domain, "landing", reader.contract.name
        lake.write(key, table, None, engine=reader.engine, run_id=run_id)
    return listing.inventory(found, unread, kept)


def take_inventory(reader: LandingReader, domain: str, timezone: str, lake: Lake, run_id: str) -> Inventory:
    """The inventory as of now: files that the last one does not know, or not in this way, are read in full.

    Months are those of local time. Raises LandingError for a required source without files, NothingReadable where
    none can be read.
    """
    listing = list_files(reader, domain, timezone, lake)
    unread = Unread(reader.zone, listing.unread)
    found = inspected(reader, listing.new, listing, timezone, unread)
    return put_down(listing, found, unread, {}, reader, domain, lake, run_id)


def last_inventory(domain: str, source: str, lake: Lake, engine: Engine) -> Known:
    """What was put down last; nothing where nothing was."""
    try:
        table = lake.read((domain, "landing", source), None, engine)
    except MissingTable:
        return Known({}, {}, {})
    records, refused, unread = dict[str, FileRecord](), dict[str, tuple[str, str]](), dict[str, str]()
    for row in engine.backend.to_pyarrow(table).to_pylist():
        path, copied, terms = row["path"], bool(row.get("copied")), row.get("read_as") or ""
        if why := row.get("unread"):
            refused[path], unread[path] = (row["stamp"], terms), why
            continue
        record = records.setdefault(path, FileRecord(path, row["stamp"], row["sha256"], {}, 0, copied, terms))
        if row["malformed"]:
            records[path] = replace(record, malformed=row["rows"])
        elif row["rows"]:
            records[path] = replace(record, rows={**record.rows, row["event_month"]: row["rows"]})
    return Known(records, refused, unread)


def _table(records: Iterable[FileRecord], unread: Mapping[LandingFile, tuple[str, str]]) -> pa.Table:
    rows: list[tuple[Any, ...]] = [
        (file.path, file.stamp, None, None, False, 0, False, terms, why) for file, (why, terms) in unread.items()
    ]
    for record in records:
        groups = [*((month, False, count) for month, count in record.rows.items()), (None, True, record.malformed)]
        for month, malformed, count in groups:
            rows.append(
                (record.path, record.stamp, record.sha256, month, malformed, count, record.copied, record.read_as, None)
            )
    return pa.table(list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in SCHEMA], schema=SCHEMA)
