"""Workbooks: the table with typed cells, the dictionary of its columns, and what the file is.

Belongs here: writing an XLSX file in flat memory, the same bytes for the same rows, how it looks, and reading it back.
Does not belong here: the values of its cells (`cells`), and their XML (`sheet_rows`).
"""

import math
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from arcana_assets.domain.column import Kind
from arcana_assets.exports.cells import legal_text
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.exports.sheet_rows import MODEL, WIDE, Style, model_styles, rows_xml, write_with_rows
from arcana_assets.presentation.language import Language, language_of

_CREATED = datetime(2000, 1, 1, tzinfo=UTC)  # of every workbook: the same rows are the same bytes
LINE, HEAD = 15, 46  # points
NARROW = 9  # characters
_PRINTED = 20  # columns that can be read on the width of a page

# Marks of decimals and thousands are those of the program that opens the file; `{date}` and `{month}` the language has.
_FORMATS: dict[Kind, str] = {
    "text": "@",
    "boolean": "@",
    "integer": "#,##0",
    "decimal": "#,##0.00",
    "money": "#,##0.00",
    "share": "0.0%",
    "date": "{date}",
    "month": "{month}",
    "instant": "{date} hh:mm",
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
    """A workbook being written, the rows of its first sheet first. They wait in a file beside it."""

    def __init__(self, path: Path, sheet: str, columns: Sequence[PublishedColumn], language: Language) -> None:
        self._language = language
        self._path, self._sheet, self._columns = path, sheet, columns
        self._widths = [_header_width(column) for column in columns]
        self._styles = [_styles()[column.kind] for column in columns]
        self._count = 0
        self._rows = path.with_suffix(".rows")
        self._rows.write_bytes(b"")

    def add(self, columns: Sequence[Sequence[float | str | None]]) -> None:
        """Writes rows, given column by column. Raises ValueError for a value that no cell can hold."""
        for place, (column, values) in enumerate(zip(self._columns, columns, strict=True)):
            if column.kind == "text":
                longest = max((len(value) for value in values if isinstance(value, str)), default=0)
                self._widths[place] = max(self._widths[place], min(longest + 2, WIDE))
        with self._rows.open("ab") as file:
            file.write(rows_xml(self._count + 2, columns, self._styles).encode())
        self._count += len(columns[0])

    def close(self, title: str, about: Sequence[tuple[str, str]]) -> None:
        """Adds the dictionary and the page about the file, and writes the file.

        Raises OSError where that fails, and UnreadableExport where cells would be read in the format of another kind.
        """
        shell = _shell(self._sheet, self._columns, self._widths, self._count, title, about, self._language)
        if other := [kind for kind, style in _styles_in(shell).items() if style != _styles()[kind]]:
            raise UnreadableExport(
                self._path.name, f"the format of {', '.join(other)} has another number than its cells"
            )
        write_with_rows(self._path, shell, self._rows, (self._count + 1, len(self._columns)))
        self._rows.unlink()


@cache
def _styles() -> dict[Kind, Style]:
    # Cells are written before the workbook is; formats have the same numbers in each.
    return _styles_in(_shell("", [PublishedColumn("name", "label", "text")], [NARROW], 0, "", (), language_of()))


def _styles_in(shell: bytes) -> dict[Kind, Style]:
    *usual, long = model_styles(shell)
    return {
        kind: Style(number, long if kind == "text" else number) for kind, number in zip(_FORMATS, usual, strict=True)
    }


def _formats(language: Language) -> dict[Kind, str]:
    notation = language.texts["notation"]
    spelled = {"date": notation["sheet_date"], "month": notation["sheet_month"]}
    return {kind: said.format_map(spelled) for kind, said in _FORMATS.items()}


def _shell(
    name: str,
    columns: Sequence[PublishedColumn],
    widths: Sequence[int],
    rows: int,
    title: str,
    about: Sequence[tuple[str, str]],
    language: Language,
) -> bytes:
    """The workbook without its rows. One row stands for them, with a cell of each format that they may have."""
    import xlsxwriter

    content = BytesIO()
    book: Any = xlsxwriter.Workbook(content, {"in_memory": True})
    header = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E7ECF3", "bottom": 1})
    sheet = book.add_worksheet(name)
    _head(sheet, [column.label for column in columns], header)
    say = language.say
    formats = [{"num_format": said, **_PLACES.get(kind, {})} for kind, said in _formats(language).items()]
    for place, properties in enumerate([*formats, {**formats[0], "text_wrap": True, "valign": "top"}]):
        sheet.write_blank(MODEL, place, None, book.add_format(properties))
    for place, (column, width) in enumerate(zip(columns, widths, strict=True)):
        sheet.set_column(place, place, width)
        if column.choices and rows:
            sheet.data_validation(
                1, place, rows, place, {"validate": "list", "source": list(column.choices), "ignore_blank": True}
            )
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, rows, len(columns) - 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    if len(columns) <= _PRINTED:
        sheet.fit_to_pages(1, 0)
    texts = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    words = [(column.label, column.name, column.unit, column.description) for column in columns]
    dictionary = book.add_worksheet(say("workbook.dictionary"))
    _head(dictionary, [say(f"workbook.{each}") for each in ("column", "name", "unit", "description")], header)
    _page(dictionary, words, (34, 34, 20, 90), texts)
    page = book.add_worksheet(say("workbook.about"))
    _head(page, (say("workbook.about"), ""), header)
    _page(page, about, (24, 90), texts)
    book.set_properties({"title": title, "created": _CREATED})
    book.close()
    return content.getvalue()


def _page(sheet: Any, rows: Sequence[Sequence[str]], widths: Sequence[int], texts: Any) -> None:
    for row, said in enumerate(rows, start=1):
        lines = max(math.ceil(len(text) / width) for text, width in zip(said, widths, strict=True))
        sheet.set_row(row, LINE * max(lines, 1))
        for place, text in enumerate(said):
            if text:
                sheet.write_string(row, place, legal_text(text), texts)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _head(sheet: Any, labels: Sequence[str], header: Any) -> None:
    sheet.set_row(0, HEAD)
    for place, label in enumerate(labels):
        if label:
            sheet.write_string(0, place, legal_text(label), header)


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
