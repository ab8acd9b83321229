"""Lines of delimited text, looked at one by one: those that the CSV reader could not take as rows.

Belongs here: finding a rejected line's number and text, and the rows that an unclosed quote swallowed behind it.
Only files that have such lines are walked through. Does not belong here: the fast path (`reader`), headers (`headers`).
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.landing.zone import MALFORMED, LandingError, LandingFile, LandingZone

REASONS = {
    "MISSING COLUMNS": "wrong number of fields",
    "TOO MANY COLUMNS": "wrong number of fields",
    "UNQUOTED VALUE": "bad quoting",
    "LINE SIZE OVER MAXIMUM": "line too long",
    "INVALID ENCODING": "undecodable bytes",
}
SWALLOWED = "bad quoting: swallowed by the quote above that does not close"
LINE_ENDS = re.compile(r"\r\n|\r|\n")  # `splitlines` of text knows eight more, which are letters to a CSV reader
PLAIN = re.compile(r"[ -~\t]*?(?=[^ -~\t]|\?|$)")


class Unaccounted(LandingError):
    """The reader's rows and refused lines do not add up to the lines of the file."""


class Reject(NamedTuple):
    """A record that the CSV reader refused. `position` counts bytes of the decoded text, from 1; `text` spans lines."""

    position: int
    errors: list[str]
    text: str


@dataclass(frozen=True)
class Examined:
    """Refused lines as rows of bronze, and the numbers of all lines they took."""

    table: pa.Table
    numbers: frozenset[int]


def examine(
    zone: LandingZone,
    file: LandingFile,
    form: CsvFormat,
    names: Sequence[str],
    rejects: list[Reject],
    screened: Mapping[int, tuple[str, str]],
) -> Examined:
    """The refused records of a file, line by line, and lines that were `screened` (number: why, text) before reading.

    The first line of a refused record is malformed. Those behind it were swallowed by a quote that did not close: each
    is read on its own, so that one bad quote does not cost the rows after it. Raises Unaccounted where a refused record
    is not where the reader says.
    """
    schema = pa.schema([*((raw_name(name), pa.string()) for name in names), *MALFORMED])
    found: list[dict[str, object]] = [
        {"filename": file.uri, "_line": number, "_malformed": reason, "_text": text}
        for number, (reason, text) in screened.items()
    ]
    numbers = set(screened)
    records = list(_records(zone, file, form, rejects))
    if len(records) != len(rejects) or not all(map(_is_of, records, rejects)):
        raise Unaccounted(f"{file.path}: the reader refused {len(rejects)} records that are not where it says.")
    for record, reject in zip(records, rejects, strict=True):
        for index, (number, raw) in enumerate(record):
            numbers.add(number)
            text = _decode(raw, form)
            reason = _reason(reject, len(names), text, form) if index == 0 else None
            fields = _fields(raw, form, len(names)) if index else None
            if index and not text.strip():
                continue
            row: dict[str, object] = {"filename": file.uri, "_line": number}
            if fields is None:
                row |= {"_malformed": reason or SWALLOWED, "_text": text}
            else:
                row |= {raw_name(name): value or None for name, value in zip(names, fields, strict=True)}
            found.append(row)
    return Examined(pa.Table.from_pylist(found, schema=schema), frozenset(numbers))


def blank_lines(zone: LandingZone, file: LandingFile, form: CsvFormat, known: frozenset[int]) -> int:
    """How many lines of a file hold nothing at all; those already examined do not count again."""
    with zone.open(file) as content:
        blank = (number for number, raw in enumerate(_lines(content), 1) if not raw.strip(b"\r\n"))
        return sum(1 for number in blank if number not in known and number > form.header_row)


def _records(
    zone: LandingZone, file: LandingFile, form: CsvFormat, rejects: list[Reject]
) -> Iterator[list[tuple[int, bytes]]]:
    """For each reject the numbered raw lines it spans. Positions count decoded text, so lines are measured as UTF-8."""
    if not rejects:
        return
    waiting = iter(rejects)
    reject, taken, record, offset = next(waiting), 0, list[tuple[int, bytes]](), 0
    with zone.open(file) as content:
        for number, raw in enumerate(_lines(content), 1):
            length = len(raw) if form.encoding == "utf-8" else len(raw.decode(form.encoding, "replace").encode())
            begins, offset = offset, offset + length
            # With CRLF line ends the reported record begins on the line feed before it.
            place = reject.position - 1 + reject.text.startswith(("\n", "\r\n"))
            if not record and not begins <= place < offset:
                continue
            if not record:
                taken = len(LINE_ENDS.split(reject.text.strip("\r\n")))
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


def _is_of(record: list[tuple[int, bytes]], reject: Reject) -> bool:
    """Whether the lines are those that were refused. In `text` each byte that is no UTF-8 is a question mark."""
    first = LINE_ENDS.split(reject.text.strip("\r\n"))[0]
    plain = PLAIN.match(first)
    line = record[0][1].rstrip(b"\r\n")
    return line == first.encode() or (
        plain is not None and plain.end() < len(first) and line.startswith(plain[0].encode())
    )


def _lines(content: IO[bytes]) -> Iterator[bytes]:
    """Lines with their ends, whichever of the three kinds they have."""
    for chunk in content:
        if chunk.count(b"\r") > chunk.endswith(b"\r\n"):
            yield from chunk.splitlines(keepends=True)
        else:
            yield chunk


def _fields(raw: bytes, form: CsvFormat, width: int) -> list[str] | None:
    try:
        line = raw.decode(form.encoding).rstrip("\r\n")
        fields = next(csv.reader([line], delimiter=form.delimiter, strict=True, **quoting(form)), [])
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
    return raw.rstrip(b"\r\n").decode(form.encoding, "backslashreplace")


def quoting(form: CsvFormat) -> dict[str, Any]:
    """The quoting of a format, as the `csv` module is told."""
    return {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
