"""Sheet rows: the cells of a worksheet as SpreadsheetML, and how they come into a workbook that has none yet.

XlsxWriter takes each cell on its own, which costs more than all else of a publication; here a column is written at a
time, and each value of it once. Belongs here: the XML of rows (ECMA-376, part 1, 18.3.1), and their place in the
archive. Does not belong here: formats, header, widths and other sheets (`workbook`).
"""

import math
import re
import shutil
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from arcana_assets.exports.cells import TEXT_LIMIT

WIDE = 60  # characters; a longer text is wrapped
MODEL = 1  # index of the row that shows the styles in a workbook without rows

_SHEET = "xl/worksheets/sheet1.xml"
_MODEL_ROW, _AFTER_ROWS = f'<row r="{MODEL + 1}"'.encode(), b"</sheetData>"
_STYLE = re.compile(rb'<c r="[A-Z]+%d" s="(\d+)"/>' % (MODEL + 1))
_DIMENSION = re.compile(rb'(?<=<dimension ref=")[A-Z0-9:]+')
_LIKE_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")  # by which a workbook means one character
_LEVEL = 5  # of compression; 6 takes a third more time for a file that is 2 % smaller
_ZIP_32 = 2_000_000_000  # bytes of a part, beyond which its archive is of a kind of its own
_BLOCK = 2**20


class Style(NamedTuple):
    """Numbers of cell formats: of the cells of a column, and of those with a long text."""

    usual: str
    long: str


def model_styles(shell: bytes) -> list[str]:
    """The number of the format of each cell in the model row of a workbook without rows."""
    with zipfile.ZipFile(BytesIO(shell)) as archive:
        return [number.decode() for number in _STYLE.findall(archive.read(_SHEET))]


def rows_xml(first: int, columns: Sequence[Sequence[float | str | None]], styles: Sequence[Style]) -> str:
    """Rows from the one of that number on, given column by column. None is no cell, but at the start of a row.

    A row of nothing would not be there at all. Raises ValueError for a value that no cell holds.
    """
    from xlsxwriter.utility import xl_col_to_name

    numbers = [str(number) for number in range(first, first + len(columns[0]))]
    cells = []
    for place, (values, style) in enumerate(zip(columns, styles, strict=True)):
        start = f'<c r="{xl_col_to_name(place)}'
        ends = {value: _cell_end(value, style) for value in set(values)}
        numbered = zip(numbers, values, strict=True)
        if place and None in ends:
            cells.append([f"{start}{number}{ends[value]}" if value is not None else "" for number, value in numbered])
        else:
            cells.append([f"{start}{number}{ends[value]}" for number, value in numbered])
    rows = zip(numbers, zip(*cells, strict=True), strict=True)
    return "".join([f'<row r="{number}">{"".join(row)}</row>' for number, row in rows])


def write_with_rows(path: Path, shell: bytes, rows: Path, size: tuple[int, int]) -> None:
    """Writes a workbook without rows to a file, with the rows of another file in the place of the model row.

    `size` is how many rows, the header counted, and columns the sheet has.
    """
    from xlsxwriter.utility import xl_range

    with (
        zipfile.ZipFile(BytesIO(shell)) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as new,
    ):
        for name in old.namelist():
            if name != _SHEET:
                with new.open(name, "w") as part:  # each is of 1980-01-01: the same rows are the same bytes
                    part.write(old.read(name))
                continue
            content = _DIMENSION.sub(xl_range(0, 0, size[0] - 1, size[1] - 1).encode(), old.read(name), count=1)
            head, tail = content[: content.index(_MODEL_ROW)], content[content.index(_AFTER_ROWS) :]
            large = rows.stat().st_size > _ZIP_32
            with rows.open("rb") as waiting, new.open(name, "w", force_zip64=large) as part:
                part.write(head)
                shutil.copyfileobj(waiting, part, _BLOCK)
                part.write(tail)


def _cell_end(value: float | str | None, style: Style) -> str:
    # What follows the number of the row in the XML of a cell.
    if value is None:
        return f'" s="{style.usual}"/>'
    if not isinstance(value, str):
        if not math.isfinite(value):
            raise ValueError(f"Expected a number that a cell of a workbook can hold, found {value}.")
        return f'" s="{style.usual}"><v>{value or 0:.16G}</v></c>'
    if len(value) > TEXT_LIMIT:
        raise ValueError(f"Expected a text of at most {TEXT_LIMIT} characters, found one of {len(value)}.")
    number = style.long if len(value) > WIDE else style.usual
    keep = ' xml:space="preserve"' if "\n" in value or value != value.strip() else ""
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if "_x" in text:
        text = _LIKE_ESCAPED.sub("_x005F_", text)
    return f'" s="{number}" t="inlineStr"><is><t{keep}>{text}</t></is></c>'
