"""Sheets of workbooks as rows of text, so that XLSX goes the same way as CSV.

Belongs here: finding the sheet and its header, and writing numbers and dates the way a contract can name a format for.
"""

import datetime as dt
import io
from typing import Any

import pyarrow as pa

from arcana_assets.domain.contract import raw_name
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.formats import XlsxFormat
from arcana_assets.resources.landing_zone import MALFORMED, LandingError, LandingFile, LandingZone


def read_sheet(zone: LandingZone, file: LandingFile, form: XlsxFormat, source: str) -> tuple[tuple[str, ...], pa.Table]:
    """Header and rows of a sheet. Dates come as `YYYY-MM-DD HH:MM:SS`, whole numbers without decimals; no blank rows.

    Raises LandingError for a file that is no workbook or is locked, a sheet that is not there, and an empty header.
    """
    import python_calamine as calamine

    try:
        with zone.open(file) as content:
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content.read()))
    except (calamine.CalamineError, OSError, ValueError) as bad:
        raise LandingError(f"{source}: {file.path}: expected an XLSX workbook, found: {bad}") from bad
    if form.sheet is None and len(book.sheet_names) > 1:
        raise LandingError(
            f"{source}: {file.path}: expected one sheet, found {', '.join(book.sheet_names)}; name one as 'sheet'"
        )
    name = form.sheet or book.sheet_names[0]
    if name not in book.sheet_names:
        raise LandingError(f"{source}: {file.path}: expected the sheet '{name}'" + nearest(name, book.sheet_names))
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    header = [_text(value) for value in rows[form.header_row - 1]] if len(rows) >= form.header_row else []
    while header and header[-1] is None:
        header.pop()
    if not header or None in header:
        raise LandingError(
            f"{source}: {file.path}: expected column names in row {form.header_row} of '{name}', found {header}"
        )
    names = tuple(str(value) for value in header)
    return names, _table(names, rows[form.header_row :], form.header_row + 1, file, form)


def _table(names: tuple[str, ...], rows: list[list[Any]], first: int, file: LandingFile, form: XlsxFormat) -> pa.Table:
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows, first):
        values = [_text(value, form.decimal) for value in row]
        if not any(values):
            continue
        beyond = [value for value in values[len(names) :] if value]
        line: dict[str, Any] = {"filename": file.uri, "_line": number}
        if beyond:
            line |= {
                "_malformed": f"wrong number of fields: expected {len(names)}, found {len(names) + len(beyond)}",
                "_text": repr(values),
            }
        else:
            line |= dict(zip(map(raw_name, names), values, strict=False))
        found.append(line)
    return pa.Table.from_pylist(
        found, schema=pa.schema([*((raw_name(name), pa.string()) for name in names), *MALFORMED])
    )


def _text(value: Any, decimal: str = ".") -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d} 00:00:00"
    return str(value)
