"""Lines of delimited text, looked at one by one: headers, and lines that the CSV reader could not take as rows.

Belongs here: finding a rejected line's number and text, and the rows that an unclosed quote swallowed behind it.
Only files that have such lines are walked through; the fast path is `landing_reader`.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from arcana_assets.domain.contract import raw_name
from arcana_assets.domain.formats import CsvFormat
from arcana_assets.resources.landing_zone import MALFORMED, LandingError, LandingFile, LandingZone

REASONS = {
    "MISSING COLUMNS": "wrong number of fields",
    "TOO MANY COLUMNS": "wrong number of fields",
    "UNQUOTED VALUE": "bad quoting",
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": "undecodable bytes",
}
BOM = "\ufeff"


class Reject(NamedTuple):
    """A record that the CSV reader refused. `position` counts the bytes of the decoded text, from 1; `text` may span lines."""

    position: int
    errors: list[str]
    text: str


@dataclass(frozen=True)
class Examined:
    """Refused lines as rows of bronze, and the numbers of all lines they took."""

    table: pa.Table
    numbers: frozenset[int]


def header(zone: LandingZone, file: LandingFile, form: CsvFormat, source: str) -> tuple[str, ...]:
    """The fields of the header line.

    Raises LandingError where the file ends before it, is no gzip although its name says so, or is not in the encoding.
    """
    try:
        with zone.open(file) as content:
            text = io.TextIOWrapper(content, encoding=form.encoding, newline="")
            lines = [text.readline(1_000_000) for _ in range(form.header_row)]
    except UnicodeError as bad:
        raise LandingError(f"{source}: {file.path}: expected {form.encoding} text, found bytes that are none in the header: {bad}") from bad
    except (EOFError, OSError) as bad:
        raise LandingError(f"{source}: {file.path}: expected a readable file of {file.size} bytes, found: {bad}") from bad
    line = lines[-1].removeprefix(BOM)
    if line.startswith("\xef\xbb\xbf"):
        raise LandingError(f"{source}: {file.path}: expected {form.encoding} text, found a UTF-8 mark at its beginning; set 'encoding: utf-8'")
    if "\x00" in line:
        raise LandingError(f"{source}: {file.path}: expected {form.encoding} text, found zero bytes in the header; is it utf-16, or no text at all?")
    if not line.strip():
        raise LandingError(f"{source}: {file.path}: expected the header in line {form.header_row}, found nothing there")
    quote = {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
    names = next(csv.reader([line.rstrip("\r\n").split("\r")[0]], delimiter=form.delimiter, **quote))  # type: ignore[arg-type]
    return tuple(names)


def examine(zone: LandingZone, file: LandingFile, form: CsvFormat, names: Sequence[str], rejects: list[Reject]) -> Examined:
    """The refused records of a file, line by line.

    The first line of a refused record is malformed. Those behind it were swallowed by a quote that did not close: each
    is read on its own, so that one bad quote does not cost the rows after it.
    """
    schema = pa.schema([*((raw_name(name), pa.string()) for name in names), *MALFORMED])
    found: list[dict[str, object]] = []
    numbers: set[int] = set()
    for record, reject in zip(_records(zone, file, form, rejects), rejects, strict=True):
        for index, (number, raw) in enumerate(record):
            numbers.add(number)
            text = _decode(raw, form)
            reason = _reason(reject, len(names), text, form) if index == 0 else None
            fields = _fields(raw, form, len(names)) if index else None
            if index and not text.strip():
                continue
            row: dict[str, object] = {"filename": file.uri, "_line": number}
            if fields is None:
                row |= {"_malformed": reason or "bad quoting: swallowed by the quote above that does not close", "_text": text}
            else:
                row |= {raw_name(name): value or None for name, value in zip(names, fields, strict=True)}
            found.append(row)
    return Examined(pa.Table.from_pylist(found, schema=schema), frozenset(numbers))


def blank_lines(zone: LandingZone, file: LandingFile, form: CsvFormat, known: frozenset[int]) -> int:
    """How many lines of a file hold nothing at all; those already examined do not count again."""
    with zone.open(file) as content:
        return sum(1 for number, raw in enumerate(_lines(content), 1) if not raw.strip(b"\r\n") and number not in known and number > form.header_row)


def _records(zone: LandingZone, file: LandingFile, form: CsvFormat, rejects: list[Reject]) -> Iterator[list[tuple[int, bytes]]]:
    """For each reject the numbered raw lines it spans. Positions count decoded text, so lines are measured as UTF-8."""
    if not rejects:
        return
    waiting = iter(rejects)
    reject, taken, record, offset = next(waiting), 0, [], 0
    with zone.open(file) as content:
        for number, raw in enumerate(_lines(content), 1):
            length = len(raw) if form.encoding == "utf-8" else len(raw.decode(form.encoding, "replace").encode())
            begins, offset = offset, offset + length
            # With CRLF line ends the reported record begins on the line feed before it.
            if not record and not begins <= reject.position - 1 + reject.text.startswith(("\n", "\r\n")) < offset:
                continue
            if not record:
                taken = max(1, len(reject.text.strip("\r\n").splitlines()))
            record.append((number, raw))
            if len(record) == taken:
                yield record
                record = []
                following = next(waiting, None)
                if following is None:
                    return
                reject = following
    if record:
        yield record


def _lines(content: io.BufferedIOBase) -> Iterator[bytes]:
    """Lines with their ends, whichever of the three kinds they have."""
    for chunk in content:
        if b"\r" in chunk[:-2]:
            yield from chunk.splitlines(keepends=True)
        else:
            yield chunk


def _fields(raw: bytes, form: CsvFormat, width: int) -> list[str] | None:
    try:
        line = raw.decode(form.encoding).rstrip("\r\n")
        fields = next(csv.reader([line], delimiter=form.delimiter, quotechar=form.quote or None, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return fields if len(fields) == width else None


def _reason(reject: Reject, width: int, text: str, form: CsvFormat) -> str:
    words = list(dict.fromkeys(REASONS.get(error, error.lower()) for error in reject.errors))
    if "bad quoting" in words:
        words = ["bad quoting"]
    if words == ["wrong number of fields"]:
        words = [f"wrong number of fields: expected {width}, found {text.count(form.delimiter) + 1}"]
    return "; ".join(words)


def _decode(raw: bytes, form: CsvFormat) -> str:
    return raw.rstrip(b"\r\n").decode(form.encoding, "backslashreplace") if form.encoding != "utf-16" else raw.decode("utf-16", "replace").strip("\r\n")
