"""Workbooks: the table with typed cells, the dictionary of its columns, and what the file is.

Belongs here: writing an XLSX file row by row in flat memory, the same bytes for the same rows, and reading it back.
Does not belong here: the values of its cells (`cells`).
"""

import math
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from arcana_assets.domain.column import Kind
from arcana_assets.exports.cells import legal_text
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.errors import UnreadableExport

DICTIONARY, ABOUT = "Dicionário", "Sobre"
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)  # of every workbook: the same rows are the same bytes
LINE, HEAD = 15, 46  # points
NARROW, WIDE = 9, 60  # characters
_PRINTED = 20  # columns that can be read on the width of a page

_FORMATS: dict[Kind, str] = {
    "text": "@",
    "boolean": "@",
    "integer": "#,##0",
    "decimal": "#,##0.00",
    "money": "#,##0.00",
    "share": "0.0%",
    "date": "dd/mm/yyyy",
    "month": "mm/yyyy",
    "instant": "dd/mm/yyyy hh:mm",
}
# A text does not touch the number before it.
_PLACES: dict[Kind, dict[str, Any]] = {
    "text": {"indent": 1},
    "boolean": {"align": "center"},
    "date": {"align": "center"},
    "month": {"align": "center"},
    "instant": {"align": "center"},
}
_WIDTHS: dict[Kind, int] = {"integer": 10, "decimal": 12, "money": 14, "share": 9, "instant": 17}

_CHUNK = 2**20
_ROW, _FORMULA = re.compile(rb"<row[ >]"), re.compile(rb"<f[ />]")
_OVERLAP = 8  # bytes of a chunk in which a mark may begin that ends in the next


class Workbook:
    """A workbook being written, the rows of its first sheet first."""

    def __init__(self, path: Path, sheet: str, columns: Sequence[PublishedColumn]) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "use_zip64": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._columns = columns
        self._header = self._book.add_format(
            {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E7ECF3", "bottom": 1}
        )
        self._texts = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        formats = {
            kind: self._book.add_format({"num_format": _FORMATS[kind], **_PLACES.get(kind, {})}) for kind in _FORMATS
        }
        self._formats = [formats[column.kind] for column in columns]
        self._long = self._book.add_format(
            {"num_format": _FORMATS["text"], "indent": 1, "text_wrap": True, "valign": "top"}
        )
        self._widths = [_header_width(column) for column in columns]
        self._sheet, self.rows = self._book.add_worksheet(sheet), 0
        self._head(self._sheet, [column.label for column in columns])

    def add(self, columns: Sequence[Sequence[float | str | None]]) -> None:
        """Writes rows, given column by column."""
        sheet, formats = self._sheet, self._formats
        for place, (column, values) in enumerate(zip(self._columns, columns, strict=True)):
            if column.kind == "text":
                longest = max((len(value) for value in values if isinstance(value, str)), default=0)
                self._widths[place] = max(self._widths[place], min(longest + 2, WIDE))
        for values in zip(*columns, strict=True):
            self.rows += 1
            row = self.rows
            if values[0] is None:
                sheet.write_blank(row, 0, None, formats[0])  # else a row of nothing would not be there at all
            for place, value in enumerate(values):
                if value is None:
                    continue
                if isinstance(value, str):
                    wraps = len(value) > WIDE and self._columns[place].kind == "text"
                    refused = sheet.write_string(row, place, value, self._long if wraps else formats[place])
                else:
                    refused = sheet.write_number(row, place, value, formats[place])
                assert not refused, f"cell {row}, {place} was refused: {refused}"

    def close(self, title: str, about: Sequence[tuple[str, str]]) -> None:
        """Adds the dictionary and the page about the file, and writes the file. Raises OSError where that fails."""
        from xlsxwriter.exceptions import FileCreateError

        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, width)
            choices = self._columns[place].choices
            if choices and self.rows:
                self._sheet.data_validation(
                    1, place, self.rows, place, {"validate": "list", "source": list(choices), "ignore_blank": True}
                )
        self._sheet.freeze_panes(1, 1)
        self._sheet.autofilter(0, 0, self.rows, len(self._columns) - 1)
        self._sheet.set_landscape()
        self._sheet.repeat_rows(0)
        if len(self._columns) <= _PRINTED:
            self._sheet.fit_to_pages(1, 0)
        words = [(column.label, column.name, column.unit, column.description) for column in self._columns]
        self._page(DICTIONARY, ("Coluna", "Nome técnico", "Unidade", "Descrição"), words, (34, 34, 20, 90))
        self._page(ABOUT, ("Sobre", ""), about, (24, 90))
        self._book.set_properties({"title": title, "created": _CREATED})
        try:
            self._book.close()
        except FileCreateError as error:  # an OSError in the wrapping of XlsxWriter
            raise OSError(str(error)) from error

    def _page(self, name: str, header: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
        sheet = self._book.add_worksheet(name)
        self._head(sheet, header)
        for row, texts in enumerate(rows, start=1):
            lines = max(math.ceil(len(text) / width) for text, width in zip(texts, widths, strict=True))
            sheet.set_row(row, LINE * max(lines, 1))
            for place, text in enumerate(texts):
                if text:
                    sheet.write_string(row, place, legal_text(text), self._texts)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _head(self, sheet: Any, labels: Sequence[str]) -> None:
        sheet.set_row(0, HEAD)
        for place, label in enumerate(labels):
            if label:
                sheet.write_string(0, place, legal_text(label), self._header)


def read_back(path: Path) -> tuple[int, int]:
    """How many rows the first sheet of a workbook has below its header, and how many formulas all sheets have.

    Raises UnreadableExport where it is no whole archive.
    """
    rows = formulas = 0
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
            for name in sheets:
                with archive.open(name) as content:
                    found, calculated = _marks(content)
                rows += found if name.endswith("/sheet1.xml") else 0
                formulas += calculated
    except (zipfile.BadZipFile, EOFError) as error:
        raise UnreadableExport(path.name, error) from error
    return rows - 1, formulas


def _marks(content: IO[bytes]) -> tuple[int, int]:
    """Rows and formulas of a sheet. Cells are text of XML, in which `<` is escaped, so these marks are elements."""
    rows = formulas = 0
    rest = b""
    while chunk := content.read(_CHUNK):
        chunk = rest + chunk
        whole = len(chunk) - _OVERLAP
        rows += sum(1 for found in _ROW.finditer(chunk) if found.start() < whole)
        formulas += sum(1 for found in _FORMULA.finditer(chunk) if found.start() < whole)
        rest = chunk[max(whole, 0) :]
    return rows + len(_ROW.findall(rest)), formulas + len(_FORMULA.findall(rest))


def _header_width(column: PublishedColumn) -> int:
    # A long label is wrapped to two or three lines; the button of the filter needs room, too.
    longest_word = max(map(len, column.label.split()), default=0)
    return max(NARROW, _WIDTHS.get(column.kind, 11), longest_word + 3, min(len(column.label) // 2 + 4, WIDE))
