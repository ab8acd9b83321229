"""Files as business people open them, for the tests of exports."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import openpyxl
import pyarrow as pa

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.files import SHEET_COLUMNS, SHEET_ROWS
from arcana_assets.publication.drafts import Draft, Edition, write_draft
from arcana_assets.publication.publications import BASE_ANALITICA

MAY = date(2011, 5, 1)
EDITION = Edition(BASE_ANALITICA, MAY, "Varejo", "America/Sao_Paulo", "BRL", (("Dados até", "31/05/2011"),))


def draft_of(
    table: pa.Table, folder: Path, engine: Engine, *, rows=None, limits=(SHEET_ROWS, SHEET_COLUMNS), month=MAY
) -> Draft:
    """Both files of a small table, in its order."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = table.num_rows if rows is None else rows
    query = engine.query(ibis.memtable(table))
    return write_draft(folder, query, replace(EDITION, month=month), engine, expected, limits)


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, as Python reads them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def sheet(path: Path, name: str | None = None):
    """A sheet of a workbook, the first one by default."""
    book = openpyxl.load_workbook(path)
    return book[name] if name else book.worksheets[0]


def sheet_rows(path: Path, name: str | None = None) -> list[tuple]:
    """The values of a sheet, row by row, the header first."""
    return [tuple(cell.value for cell in row) for row in sheet(path, name).iter_rows()]
