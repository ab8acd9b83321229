"""Rewritten files: delivered text files without the lines of erased customers, where a domain has them rewritten.

Belongs here: one file, byte for byte but for the lines that go. Does not belong here: whose a line is
(`erasure.holders`), which files and what the inventory says afterwards (`landing.definitions`).
"""

import csv
import gzip
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.erasure.holders import Mine
from arcana_assets.landing.zone import LandingFile, LandingZone

AT_ONCE = 50_000  # records that are looked at together


def rewrite_file(zone: LandingZone, file: LandingFile, form: CsvFormat, header: Sequence[str], mine: Mine) -> int:
    """Writes a file without the records that are of somebody in the register; returns how many went.

    It is written beside and takes the place of the other whole, with the same mode; where none goes it is left alone.
    Raises LandingChanged for a file that changed meanwhile, OSError.
    """
    place, gone = Path(file.uri), 0
    part = place.with_name(f".{place.name}.part")
    mode = place.stat().st_mode & 0o777
    try:
        with zone.open(file) as content, _written(part, mode, file.compressed) as out:
            for _ in range(form.header_row):
                out.write(content.readline())
            records = _records(content, form, len(header))
            while some := list(islice(records, AT_ONCE)):
                stay = [not each for each in mine.rows(_columns(some, form, header)).to_pylist()]
                gone += stay.count(False)
                out.writelines(record for record, stays in zip(some, stay, strict=True) if stays)
        if gone:
            zone.assert_unchanged([file])
            part.replace(place)
    finally:
        part.unlink(missing_ok=True)
    return gone


@contextmanager
def _written(part: Path, mode: int, compressed: bool) -> Iterator[IO[bytes]]:
    """A file to write, which is on the disk to its last byte when it is left without an error."""
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as raw:
        if compressed:
            with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield raw
        raw.flush()
        os.fsync(raw.fileno())


def _records(content: IO[bytes], form: CsvFormat, width: int) -> Iterator[bytes]:
    """Lines, those together that are one row of so many fields; lines that a quote only seems to join are no row."""
    for lines in _joined(content, form):
        record = b"".join(lines)
        yield from lines if lines[1:] and len(_fields(record, form)) != width else [record]


def _joined(content: IO[bytes], form: CsvFormat) -> Iterator[list[bytes]]:
    """Lines from one with a quote to that in which it closes; where it never does each line for itself."""
    quote, held = form.quote.encode(), list[bytes]()
    for line in content:
        held.append(line)
        if quote and sum(each.count(quote) for each in held) % 2:
            if sum(map(len, held)) > form.maximum_line_bytes:
                yield from ([each] for each in held)
                held = []
            continue
        yield held
        held = []
    yield from ([each] for each in held)


def _fields(record: bytes, form: CsvFormat) -> list[str]:
    """The fields of a record; none of what is no CSV, such as a lone carriage return or a field beyond all limits."""
    options = {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
    try:
        return next(csv.reader([_text(record, form)], delimiter=form.delimiter, **options), [])
    except csv.Error:
        return []


def _text(record: bytes, form: CsvFormat) -> str:
    return record.decode("utf-8" if form.encoding == "utf-8" else "cp1252", "replace").rstrip("\r\n")


def _columns(records: Sequence[bytes], form: CsvFormat, header: Sequence[str]) -> pa.Table:
    """The fields of records by the names that bronze has; of one that is no row its text."""
    names, rows = [raw_name(name) for name in header], list[dict[str, str | None]]()
    for record in records:
        fields = _fields(record, form)
        whole = len(fields) == len(names)
        rows.append(dict(zip(names, fields, strict=True)) if whole else {"_text": _text(record, form)})
    schema = pa.schema([(name, pa.string()) for name in (*names, "_text")])
    return pa.Table.from_pylist(rows, schema=schema)
