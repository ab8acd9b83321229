"""A workbook whose rows are written here reads the same as one that XlsxWriter writes cell by cell."""

import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils import range_boundaries
from python_calamine import CalamineWorkbook

from arcana_assets.domain.column import Kind
from arcana_assets.exports import workbook as exports_workbook
from arcana_assets.exports.cells import TEXT_LIMIT
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.exports.sheet_rows import Style
from arcana_assets.exports.workbook import Workbook, read_back
from arcana_assets.presentation.language import language_of

TEXTS = [
    "=1+1",
    "{=SUM(A1)}",
    "]]>",
    "&amp;",
    "a & b < c > d \"e\" 'f'",
    "</t></is></c></row></sheetData>",
    '<row r="2">',
    "<f>1+1</f>",
    "first line\nsecond",
    "\nfirst is empty",
    "  two blanks before",
    "one after ",
    "\ta tab",
    " ",
    "presente 🎁",
    "_x0041_",
    "_x0041",
    "00123",
    "1e5",
    "http://example.com",
    "w" * 60,  # the longest that is not wrapped
    "w" * 61,
    "x" * TEXT_LIMIT,
]
NUMBERS = [0, -0.0, 1, -3, 0.1, -0.1, 1 / 3, 2.5, 1.5e-7, 5e-324, 9.99e307, 10**15 - 1, -(10**15) + 1]
DAYS = [61, 40_664, 40_664.979166666664, 2_958_465, "1890-01-31", "1899-01-01 12:00:00"]
VALUES: dict[Kind, list[float | str]] = {
    "text": TEXTS,
    "boolean": ["Sim", "Não"],
    "integer": [0, 1, -3, 10**15 - 1, "12345678901234567"],
    "decimal": NUMBERS,
    "money": NUMBERS,
    "share": NUMBERS,
    "date": [61, 40_664, "1890-01-31"],
    "month": [61, 40_664],
    "instant": DAYS,
}
COLUMNS = [
    PublishedColumn(
        f"name_{kind}", f"Um rótulo <comprido> & {kind}", kind, choices=("Sim", "Não") if kind == "boolean" else ()
    )
    for kind in VALUES
]
# Each value of each kind, between cells that are absent, and a row of nothing at the end.
ROWS = len(TEXTS) + 2
CELLS = [[None, *values, *[None] * (ROWS - 1 - len(values))] for values in VALUES.values()]
ABOUT = (("Linhas", "26"), ("Moeda", "BRL"))


def written(path, columns=COLUMNS, cells=CELLS, rows=7):
    """The workbook as it is published, with some rows added at a time."""
    book = Workbook(path, "Dados", columns, language_of())
    for start in range(0, len(cells[0]), rows):
        book.add([values[start : start + rows] for values in cells])
    book.close("Um título", ABOUT)
    return path


def cell_by_cell(path):
    """The first sheet of the same workbook, by XlsxWriter alone."""
    usual = {
        kind: {"num_format": exports_workbook._formats(language_of())[kind], **exports_workbook._PLACES.get(kind, {})}
        for kind in VALUES
    }
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        formats = {kind: book.add_format(said) for kind, said in usual.items()}
        long = book.add_format({**usual["text"], "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Dados")
        for row, values in enumerate(zip(*CELLS, strict=True), start=1):
            for place, (kind, value) in enumerate(zip(VALUES, values, strict=True)):
                if value is None and not place:
                    sheet.write_blank(row, place, None, formats[kind])
                elif isinstance(value, str):
                    wraps = kind == "text" and len(value) > 60
                    assert not sheet.write_string(row, place, value, long if wraps else formats[kind])
                elif value is not None:
                    assert not sheet.write_number(row, place, value, formats[kind])
    return path


def looks(cell):
    return cell.value, cell.data_type, cell.number_format, repr(cell.alignment), repr(cell.font), repr(cell.fill)


def test_every_cell_reads_as_one_that_xlsxwriter_writes(tmp_path):
    ours = openpyxl.load_workbook(written(tmp_path / "ours.xlsx"))["Dados"]
    theirs = openpyxl.load_workbook(cell_by_cell(tmp_path / "theirs.xlsx"))["Dados"]
    for mine, other in zip(ours.iter_rows(min_row=2), theirs.iter_rows(min_row=2), strict=True):
        assert [looks(cell) for cell in mine] == [looks(cell) for cell in other]
    assert [cell.alignment.wrap_text for cell in ours["A"][ROWS - 3 : ROWS + 1]] == [None, True, True, None]


def test_another_reader_finds_the_texts_as_they_are(tmp_path):
    texts = [*TEXTS, "<r><t>rich</t></r>", "_x0041_x0042_", "_x005F_x0041_"]  # the last three are not for XlsxWriter
    path = written(tmp_path / "texts.xlsx", [PublishedColumn("name", "Nome", "text")], [texts])
    with CalamineWorkbook.from_path(str(path)) as book:
        assert [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]] == texts
    assert read_back(path) == (len(texts), 0)


def test_numbers_are_kept_to_their_sixteenth_digit(tmp_path):
    path = written(tmp_path / "numbers.xlsx", [PublishedColumn("n", "Número", "decimal")], [NUMBERS])
    found = [row[0].value for row in openpyxl.load_workbook(path)["Dados"].iter_rows(min_row=2)]
    assert found == pytest.approx(NUMBERS, rel=1e-15, abs=0)
    assert [value for value in found if value == int(value)] == [0, 0, 1, -3, *NUMBERS[-3:]]


@pytest.mark.parametrize("rows", [0, 1, 2, ROWS])
def test_filter_choices_titles_and_size_are_of_the_rows_there_are(tmp_path, rows):
    path = written(tmp_path / "some.xlsx", cells=[values[:rows] for values in CELLS])
    book = openpyxl.load_workbook(path)
    data = book["Dados"]
    assert data.calculate_dimension() == data.auto_filter.ref == f"A1:I{rows + 1}"
    assert data.freeze_panes == "B2"
    assert data.print_title_rows == "$1:$1"
    assert data.page_setup.orientation == "landscape"
    assert [str(rule.sqref) for rule in data.data_validations.dataValidation] == (
        [f"B2:B{rows + 1}" if rows > 1 else "B2"] if rows else []
    )
    assert [rule.formula1 for rule in data.data_validations.dataValidation] == ['"Sim,Não"'] * bool(rows)
    assert book.sheetnames == ["Dados", "Dicionário", "Sobre"]
    assert [row[1].value for row in book["Sobre"].iter_rows(min_row=2)] == ["26", "BRL"]
    assert (book.properties.title, book.properties.created.year) == ("Um título", 2000)
    with zipfile.ZipFile(path) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    said = sheet.find(f"{space}dimension").get("ref")
    assert range_boundaries(said) == (1, 1, len(COLUMNS), rows + 1)
    assert [row.get("r") for row in sheet.iter(f"{space}row")] == [str(number + 1) for number in range(rows + 1)]
    assert read_back(path) == (rows, 0)


def test_a_column_is_as_wide_as_its_longest_text_within_limits(tmp_path):
    columns = [PublishedColumn(name, name, "text") for name in ("short", "middle", "long")]
    cells = [["a", None], ["b" * 10, "b" * 30], ["c" * 100, "c"]]
    data = openpyxl.load_workbook(written(tmp_path / "wide.xlsx", columns, cells, rows=1))["Dados"]
    widths = [data.column_dimensions[letter].width for letter in "ABC"]
    assert [int(width) for width in widths] == [11, 32, 60]
    assert data["A1"].font.bold
    assert data.row_dimensions[1].height == pytest.approx(exports_workbook.HEAD, abs=0.5)  # whole pixels


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "x" * (TEXT_LIMIT + 1)])
def test_what_no_cell_can_hold_is_refused(tmp_path, value):
    book = Workbook(tmp_path / "wrong.xlsx", "Dados", [PublishedColumn("a", "a", "decimal")], language_of())
    with pytest.raises(ValueError, match=r"Expected a .*, found"):
        book.add([[1.0, value]])


def test_a_workbook_whose_formats_are_not_those_of_its_cells_is_refused(tmp_path, monkeypatch):
    moved = {**exports_workbook._styles(), "date": Style("0", "0")}
    monkeypatch.setattr(exports_workbook, "_styles", lambda: moved)
    with pytest.raises(UnreadableExport, match=r"wrong\.xlsx .* the format of date has another number than its cells"):
        written(tmp_path / "wrong.xlsx")
    assert not (tmp_path / "wrong.xlsx").exists()


def test_the_rows_wait_in_no_file_that_stays(tmp_path):
    path = written(tmp_path / "alone.xlsx")
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="nowhere"):
        written(tmp_path / "nowhere" / "gone.xlsx")
