"""Headers: the column names of a file as it has them, and whether the contract can live with them.

Belongs here: reading the header line of delimited text, and errors that say what is wrong with it: delimiter, encoding,
missing, renamed and repeated columns. Does not belong here: the lines below it (`lines`).
"""

import csv
import zlib
from collections import Counter
from collections.abc import Sequence

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import LONGEST_LINE, CsvFormat, Format, is_workbook
from arcana_assets.domain.errors import nearest
from arcana_assets.landing.files.encodings import check_header, likely
from arcana_assets.landing.files.lines import quoting
from arcana_assets.landing.zone import Digest, LandingError, LandingFile, LandingZone

BOM = "\ufeff"
MAXIMUM_BYTES = 1_000_000
"""Of a file of delimited text, from its beginning to the end of its header."""


def header(zone: LandingZone, file: LandingFile, form: CsvFormat, source: str) -> tuple[str, ...]:
    """The fields of the header line.

    Raises LandingError where the file ends before it, is no gzip although its name says so, or is not in the encoding,
    and where the header ends beyond MAXIMUM_BYTES.
    """
    try:
        raw = _line(zone, file, form.header_row)
    except (EOFError, OSError, zlib.error) as bad:
        raise LandingError(
            f"{source}: {file.path}: expected a readable file of {file.size} bytes, found: {bad}"
        ) from bad
    if raw is None:
        raise LandingError(
            f"{source}: {file.path}: expected the header in line {form.header_row} within the first "
            f"{MAXIMUM_BYTES:,} bytes, found no end of it there; is it delimited text, with line ends?"
        )
    where = f"{source}: {file.path}: expected {form.encoding} text"
    try:
        line = raw.decode(form.encoding).removeprefix(BOM)
    except UnicodeError as bad:
        raise LandingError(f"{where}, found bytes that are none in the header: {bad}{likely(raw, form)}") from bad
    if line.startswith("\xef\xbb\xbf"):
        raise LandingError(f"{where}, found a UTF-8 mark at its beginning; set 'encoding: utf-8'")
    check_header(raw, form, f"{source}: {file.path}")
    if "\x00" in line:
        raise LandingError(f"{where}, found zero bytes in the header; is it utf-16, or no text at all?")
    if not line.strip():
        raise LandingError(f"{source}: {file.path}: expected the header in line {form.header_row}, found nothing there")
    try:
        names = next(csv.reader([line], delimiter=form.delimiter, **quoting(form)))
    except csv.Error as bad:
        raise LandingError(
            f"{source}: {file.path}: expected column names in line {form.header_row}, found: {bad}"
        ) from bad
    # Lines that end in a delimiter have a last column without a name.
    return tuple(name or f"column_{position}" for position, name in enumerate(names, 1))


def form_of(file: LandingFile, contract: Contract) -> Format:
    """The format of a file. Raises LandingError for a workbook of a source whose contract speaks of none."""
    form = contract.format_of(file.path)
    if form.kind != "xlsx" and is_workbook(file.path):
        raise LandingError(
            f"{contract.name}: {file.path}: expected {form.kind}, found a workbook; add the key "
            "'workbook: {header_row: 1}' to the contract, with 'sheet' where there are several, or deliver it as "
            f"{form.kind}"
        )
    return form


def _line(zone: LandingZone, file: LandingFile, number: int) -> bytes | None:
    """One of the first lines of a file; empty where the file ends before it, None where it ends beyond the limit."""
    start, lines = b"", list[bytes]()
    with zone.open(file) as content:
        while len(lines) <= number and (chunk := content.read(65_536)):
            start += chunk
            lines = start.splitlines()
            if len(lines) <= number and len(start) > MAXIMUM_BYTES:
                return None
    return lines[number - 1] if len(lines) >= number else b""


def check_number(columns: int, contract: Contract, where: str) -> None:
    """Raises LandingError for more columns than the contract allows."""
    allowed = contract.landing.maximum_columns
    if columns > allowed:
        raise LandingError(
            f"{where}: expected {allowed:,} columns at most, found {columns:,}. Nothing of it was read. Is it the "
            "right file, and are rows and columns not exchanged? 'maximum_columns' under 'landing' is the limit"
        )


def check_lines(file: LandingFile, digest: Digest, contract: Contract) -> None:
    """Raises LandingError for a file of text with a line beyond LONGEST_LINE."""
    if form_of(file, contract).kind in ("csv", "jsonl") and digest.longest > LONGEST_LINE:
        raise LandingError(
            f"{contract.name}: {file.path}: expected lines of {LONGEST_LINE:,} bytes at most, found one of "
            f"{digest.longest:,}. Nothing of it was read. Have it delivered with a line a row"
        )


def check(names: Sequence[str], contract: Contract, file: LandingFile) -> None:
    """Raises LandingError where the contract cannot be met with columns of these names."""
    where, form = f"{contract.name}: {file.path}", contract.format_of(file.path)
    check_number(len(names), contract, where)
    expected = [column.from_ for column in contract.sought if not column.optional]
    missing = [name for name in dict.fromkeys(expected) if name not in names]
    if missing and len(names) == 1 and isinstance(form, CsvFormat):
        other = next((mark for mark in ";,\t|" if mark != form.delimiter and mark in names[0]), None)
        hint = f"; the line has {other!r}: is that the delimiter?" if other else ""
        found = f"expected {len(expected)} columns with delimiter {form.delimiter!r}, found one: {names[0][:120]!r}"
        raise LandingError(f"{where}: {found}{hint}")
    if missing:
        extra = [name for name in names if name not in contract.raw_columns]
        hint = nearest(missing[0], extra) if extra else ""
        found = f"expected the column(s) {', '.join(map(repr, missing))}, found {', '.join(map(repr, names))}"
        raise LandingError(f"{where}: {found}{hint}")
    folded = Counter(raw_name(name).lower() for name in names)
    repeated = sorted({name for name in names if folded[raw_name(name).lower()] > 1})
    if repeated:
        found = f"found {', '.join(map(repr, repeated))} more than once"
        raise LandingError(f"{where}: expected columns with names of their own, {found}")
