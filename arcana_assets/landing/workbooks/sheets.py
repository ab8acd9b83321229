"""Sheets of workbooks as rows of text, so that XLSX goes the same way as CSV.

Belongs here: finding the header, and writing numbers and dates the way the contract reads them. Does not belong here:
whether the file can be opened (`archives`), cells without a value (`cells`).
"""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from arcana_assets.domain.contract.columns import EXCEL_SERIAL, SourceColumn, raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import XlsxFormat
from arcana_assets.domain.errors import nearest
from arcana_assets.landing.workbooks.archives import opened
from arcana_assets.landing.workbooks.cells import Faults, cell_name, faults
from arcana_assets.landing.zone import MALFORMED, LandingError, LandingFile, LandingZone

SPELT = set("aAbBdmyYHIMSpfj%")  # directives that Python and the engines write alike
PLAIN = "%Y-%m-%d %H:%M:%S"
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells have local times


def read_sheet(
    zone: LandingZone, file: LandingFile, form: XlsxFormat, contract: Contract
) -> tuple[tuple[str, ...], pa.Table]:
    """Header and rows of a sheet, without blank rows; of merged cells the first has the value, the others none.

    Text stays as it is. Numbers have the decimal mark of their column, no thousands mark and no exponent. Dates are in
    the first format of their column that leaves nothing of them out; where it has none, `YYYY-MM-DD HH:MM:SS`. A row in
    which a column that the contract maps has no value to be trusted is malformed, as is one that goes on beyond the
    header. Raises LandingError for a file that is no workbook or is locked, a sheet that is not there, an empty header.
    """
    import python_calamine as calamine

    where = f"{contract.name}: {file.path}"
    with opened(zone, file, contract.name) as plain:
        try:
            book = calamine.CalamineWorkbook.from_path(plain.name)
            name = _sheet_name(book.sheet_names, form, where)
            bad = faults(plain, name, where)
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except (calamine.CalamineError, OSError, ValueError) as failed:
            raise LandingError(f"{where}: expected an XLSX workbook, found: {failed}; save it again") from failed
    header = [_text(value) for value in rows[form.header_row - 1]] if len(rows) >= form.header_row else []
    while header and header[-1] is None:
        header.pop()
    if not header or None in header:
        some = ", ".join(repr(value) for value in header[:12] if value)
        found = (
            f"none in {cell_name(form.header_row, header.index(None) + 1)}, beside {some}" if some else "no text there"
        )
        raise LandingError(
            f"{where}: expected column names in row {form.header_row} of '{name}', found {found}; set 'header_row' to "
            "the row that has them, or give each column a name"
        )
    names = tuple(str(value) for value in header)
    return names, _table(names, rows[form.header_row :], bad, file, form, contract)


def _sheet_name(names: Sequence[str], form: XlsxFormat, where: str) -> str:
    if form.sheet is None and len(names) > 1:
        raise LandingError(f"{where}: expected one sheet, found {', '.join(names)}; name one as 'sheet'")
    name = form.sheet or next(iter(names), "")
    if name not in names:
        raise LandingError(f"{where}: expected the sheet '{name}'" + nearest(name, names))
    return name


def _table(
    names: tuple[str, ...],
    rows: list[list[Any]],
    bad: Faults,
    file: LandingFile,
    form: XlsxFormat,
    contract: Contract,
) -> pa.Table:
    mapped = {column.from_: column for column in reversed(contract.sought)}
    spellings = [_spelling(mapped.get(name), form) for name in names]
    first, width, nothing = form.header_row + 1, len(names), (None,) * len(names)
    found: list[tuple[Any, ...]] = []
    for number in range(first, max([first + len(rows) - 1, *bad]) + 1):
        row, wrong = rows[number - first] if number < first + len(rows) else [], bad.get(number, {})
        values = [_text(value, *spelling) for value, spelling in zip(row, spellings, strict=False)]
        values += [None] * (width - len(values)) + [_text(value, form.decimal) for value in row[width:]]
        for column, (shown, _) in wrong.items():
            values += [None] * (column - len(values))
            values[column - 1] = shown or None
        problems = [
            f"cell {cell_name(number, column)}, '{names[column - 1]}': {words}"
            for column, (_, words) in sorted(wrong.items())
            if column <= width and names[column - 1] in mapped
        ]
        if not problems and not any(values):
            continue
        if beyond := [value for value in values[width:] if value]:
            problems.insert(0, f"wrong number of fields: expected {width}, found {width + len(beyond)}")
        if problems:
            found.append((*nothing, number, "; ".join(problems), repr(values)))
        else:
            found.append((*values[:width], number, None, None))
    schema = pa.schema([*((raw_name(name), pa.string()) for name in names), *list(MALFORMED)[1:]])
    columns = zip(*found, strict=True) if found else [[] for _ in schema]
    table = pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    return table.add_column(width, MALFORMED.field("filename"), pa.array([file.uri] * len(found), pa.string()))


def _spelling(column: SourceColumn | None, form: XlsxFormat) -> tuple[str, tuple[str, ...]]:
    """The decimal mark and the formats of dates in which the cells of a column are written."""
    return (form.decimal, ()) if column is None else (column.decimal or form.decimal, tuple(column.formats))


def _text(value: Any, decimal: str = ".", formats: Sequence[str] = ()) -> str | None:
    if isinstance(value, str) or value is None:
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value).replace(".", decimal)
    if isinstance(value, dt.datetime):
        return _date(value, formats)
    if isinstance(value, dt.date):
        return _date(dt.datetime.combine(value, dt.time()), formats)
    return str(value)


def _number(value: float) -> str:
    """The shortest decimal that is the number, without an exponent, which a contract with thousands marks refuses."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _date(value: dt.datetime, formats: Sequence[str]) -> str:
    known = [form for form in formats if form != EXCEL_SERIAL and _directives(form) <= SPELT]
    if not known and EXCEL_SERIAL in formats:
        return _number((value - EPOCH) / dt.timedelta(days=1))
    form = next((form for form in known if _says_all(form, value)), known[0] if known else "")
    if form:
        return value.strftime(form)
    return value.strftime(PLAIN + (".%f" if value.microsecond else ""))


def _directives(form: str) -> set[str]:
    return set(re.findall(r"%-?(.)", form))


def _says_all(form: str, value: dt.datetime) -> bool:
    """Whether a format leaves nothing of a date and its time out."""
    has = _directives(form)
    return (
        ("Y" in has or 1969 <= value.year <= 2068)
        and (value.hour == 0 or "H" in has or {"I", "p"} <= has)
        and (value.minute == 0 or "M" in has)
        and (value.second == 0 or "S" in has)
        and (value.microsecond == 0 or "f" in has)
    )
