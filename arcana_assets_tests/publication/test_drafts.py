"""One table as two files: what each cell of them says, and that no spreadsheet takes it for something else."""

import time
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from arcana_assets.exports import csv as exports_csv
from arcana_assets.exports import workbook as exports_workbook
from arcana_assets.exports.cells import TEXT_LIMIT
from arcana_assets.exports.errors import UnreadableExport
from arcana_assets.publication import drafts
from arcana_assets_tests.exports.published_files import MAY, csv_rows, draft_of, sheet, sheet_rows

NASTY = [
    'Vaso "azul", grande',
    "a;b",
    "duas\nlinhas",
    "=cmd|'/c calc'!A1",
    "+1",
    "-x",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "presente 🎁",
    "=",
    "'já com apóstrofo",
    "<f>1+1</f>",
    "<r><t>rich</t></r>",
    "_x0041_",
    "http://example.com",
    "00123",
    "1,5",
    " ",
    "a\x1bb\x00c",
    "\ufffe",
]


def products(*names):
    return pa.table({"customer_id": [f"c{place:02}" for place in range(len(names))], "item_name": list(names)})


def typed():
    """One row of each kind of value that a table of gold can have, and one of nothing but the key."""
    return pa.table(
        {
            "customer_id": pa.array(["T0001", "T0002"]),
            "month": pa.array([MAY, MAY]),
            "monetary": pa.array([Decimal("1234.5000"), None], pa.decimal128(18, 4)),
            "frequency": pa.array([12_345, None], pa.int64()),
            "return_share": pa.array([0.25, None]),
            "average_ticket": pa.array([-0.1, float("nan")]),
            "since": pa.array([date(1971, 3, 9), None]),
            "active": pa.array([True, None]),
            "seen_at": pa.array([datetime(2011, 5, 31, 23, 30, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
            "tags": pa.array([["a", "ç"], None], pa.list_(pa.string())),
            "city": pa.array(["São Paulo", ""]),
        }
    )


@pytest.fixture
def typed_files(tmp_path, engine):
    return draft_of(typed(), tmp_path, engine).files


def test_a_csv_file_has_technical_names_decimal_commas_and_iso_dates(typed_files):
    csv_file, _ = typed_files
    assert csv_file.read_bytes().startswith(b"\xef\xbb\xbfcustomer_id;month;monetary;")
    full, empty = csv_rows(csv_file)
    assert full == {
        "customer_id": "T0001",
        "month": "2011-05-01",
        "monetary": "1234,5000",
        "frequency": "12345",
        "return_share": "0,25",
        "average_ticket": "-0,1",
        "since": "1971-03-09",
        "active": "true",
        "seen_at": "2011-05-31 20:30:00",  # in the domain's timezone
        "tags": '["a", "ç"]',
        "city": "São Paulo",
    }
    assert set(list(empty.values())[2:]) == {""}


def test_a_workbook_has_typed_cells_in_formats_of_their_kind(typed_files):
    header, full, empty = sheet(typed_files[1]).iter_rows()
    cells = dict(zip([cell.value for cell in header], full, strict=True))
    assert {name: (cell.value, cell.number_format) for name, cell in cells.items()} == {
        "Cliente": ("T0001", "@"),
        "Mês": (datetime.fromisoformat("2011-05-01"), "mm/yyyy"),
        "Valor líquido": (1234.5, "#,##0.00"),
        "Frequência (pedidos)": (12345, "#,##0"),
        "Parcela devolvida": (0.25, "0.0%"),
        "Ticket médio": (-0.1, "#,##0.00"),
        "Cliente desde": (datetime.fromisoformat("1971-03-09"), "dd/mm/yyyy"),
        "active": ("Sim", "@"),
        "seen_at": (datetime.fromisoformat("2011-05-31T20:30"), "dd/mm/yyyy hh:mm"),
        "tags": ('["a", "ç"]', "@"),
        "Cidade": ("São Paulo", "@"),
    }
    assert {name: cells[name].data_type for name in ("Cliente", "Mês", "Frequência (pedidos)", "active")} == {
        "Cliente": "s",
        "Mês": "d",
        "Frequência (pedidos)": "n",
        "active": "s",
    }
    assert [cell.value for cell in empty][2:] == [None] * 9


def test_the_header_is_bold_frozen_and_filters(typed_files):
    data = sheet(typed_files[1])
    assert data.title == "Base analítica"
    assert data.freeze_panes == "B2"
    assert data.auto_filter.ref == "A1:K3"
    assert all(cell.font.bold for cell in data[1])
    widths = [data.column_dimensions[letter].width for letter in "ABCDEFGHIJK"]
    assert all(9 <= width <= 61 for width in widths)


def test_the_dictionary_says_what_each_column_means_and_in_which_unit(typed_files):
    header, *rows = sheet_rows(typed_files[1], "Dicionário")
    assert header == ("Coluna", "Nome técnico", "Unidade", "Descrição")
    words = {name: (label, unit, said) for label, name, unit, said in rows}
    assert words["frequency"][:2] == ("Frequência (pedidos)", "pedidos")
    assert words["monetary"][1] == "BRL"
    assert words["average_ticket"][1] == "BRL por pedido"
    assert words["frequency"][2].startswith("Different orders")
    assert words["tags"] == ("tags", None, None)


def test_the_last_sheet_says_what_the_file_is(typed_files):
    about = dict(sheet_rows(typed_files[1], "Sobre")[1:])
    assert about["Publicação"] == "Base analítica"
    assert about["Base"] == "Varejo"
    assert (about["Mês"], about["Dados até"], about["Linhas"], about["Moeda"]) == ("05/2011", "31/05/2011", "2", "BRL")


def test_names_that_look_like_formulas_are_texts_in_both_files(tmp_path, engine):
    draft = draft_of(products(*NASTY), tmp_path, engine)
    csv_file, workbook = draft.files
    written = [row["item_name"] for row in csv_rows(csv_file)]
    expected = [f"'{name}" if name[0] in "=+-@\t\r\n" else name for name in NASTY]
    expected[-2:] = ["a␛b␀c", "\ufffd"]
    assert written == expected
    assert draft.formulas_by_file == {"csv": 0, "xlsx": 0}
    cells = [row[1] for row in sheet(workbook).iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    with zipfile.ZipFile(workbook) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        assert b"<f>" not in content
        assert b"hyperlink" not in content


def test_another_reader_finds_the_names_as_they_are(tmp_path, engine):
    _, workbook = draft_of(products(*NASTY), tmp_path, engine).files
    with CalamineWorkbook.from_path(str(workbook)) as book:
        found = [row[1] for row in book.get_sheet_by_index(0).to_python()[1:]]
    expected = list(NASTY)
    expected[NASTY.index("\r=1+1")] = "\n=1+1"  # a workbook has one kind of line break
    expected[-2:] = ["a␛b␀c", "\ufffd"]
    assert found == expected


def test_control_characters_are_shown_and_counted(tmp_path, engine):
    draft = draft_of(products("a\x1bb", "a\tb", "plain"), tmp_path, engine)
    assert draft.changes.replaced == 1  # a tab is legal
    assert [row["item_name"] for row in csv_rows(draft.files[0])] == ["a␛b", "a\tb", "plain"]


def test_a_text_too_long_for_a_cell_is_cut_in_the_workbook_only(tmp_path, engine):
    fits, long, pairs = "x" * TEXT_LIMIT, "x" * (TEXT_LIMIT + 1), "🎁" * 20_000
    draft = draft_of(products(fits, long, pairs), tmp_path, engine)
    assert draft.changes.cut == 2
    assert [len(row["item_name"]) for row in csv_rows(draft.files[0])] == [32_767, 32_768, 20_000]
    # Each of these emoji counts twice, and a half of one cannot be.
    assert [len(text) for _, text in sheet_rows(draft.files[1])[1:]] == [32_767, 32_767, 16_383]


def test_a_row_of_megabytes_is_counted(tmp_path, engine):
    draft = draft_of(products("x" * 5_000_000, 'quoted " and\r\nbroken' * 100_000), tmp_path, engine)
    assert draft.rows_by_file == {"csv": 2, "xlsx": 2}


def test_an_empty_table_is_a_header(tmp_path, engine):
    draft = draft_of(typed().slice(0, 0), tmp_path, engine)
    assert draft.rows_by_file == {"csv": 0, "xlsx": 0}
    assert csv_rows(draft.files[0]) == []
    assert len(sheet_rows(draft.files[1])) == 1


def test_a_row_without_anything_is_still_a_row(tmp_path, engine):
    nothing = pa.table({"a": pa.array([None, None], pa.string()), "b": pa.array([None, 1], pa.int64())})
    draft = draft_of(nothing, tmp_path, engine)
    assert draft.rows_by_file == {"csv": 2, "xlsx": 2}
    one = pa.table({"a": pa.array([None, None], pa.string())})
    assert draft_of(one, tmp_path / "one", engine).rows_by_file == {"csv": 2, "xlsx": 2}


@pytest.mark.parametrize(
    ("value", "kind", "said", "cell"),
    [
        (0.00420385736791976, pa.float64(), "0,00420385736791976", 0.00420385736791976),
        (-0.0, pa.float64(), "0,0", 0),
        (1.5e-07, pa.float64(), "1,5e-07", 1.5e-07),
        (float("inf"), pa.float64(), "", None),
        (Decimal("-0.0001"), pa.decimal128(18, 4), "-0,0001", -0.0001),
        (12_345_678_901_234_567, pa.int64(), "12345678901234567", "12345678901234567"),
        (-3, pa.int8(), "-3", -3),
        (date(1890, 1, 31), pa.date32(), "1890-01-31", "1890-01-31"),
        (date(1900, 3, 1), pa.date32(), "1900-03-01", datetime.fromisoformat("1900-03-01")),
        (datetime.fromisoformat("1899-01-01T12:00"), pa.timestamp("us"), "1899-01-01 12:00:00", "1899-01-01 12:00:00"),
        (False, pa.bool_(), "false", "Não"),
    ],
)
def test_numbers_and_dates_at_the_edge_are_kept(tmp_path, engine, value, kind, said, cell):
    draft = draft_of(pa.table({"key": ["k"], "v": pa.array([value], kind)}), tmp_path, engine)
    assert csv_rows(draft.files[0]) == [{"key": "k", "v": said}]
    assert sheet_rows(draft.files[1])[1][1] == cell


@pytest.mark.parametrize(("limits", "left_out"), [((2, 9), True), ((3, 1), True), ((3, 2), False)])
def test_beyond_the_size_of_a_worksheet_there_is_the_csv_file_only(tmp_path, engine, limits, left_out):
    draft = draft_of(products("a", "b", "c"), tmp_path, engine, limits=limits)
    assert [file.suffix for file in draft.files] == ([".csv"] if left_out else [".csv", ".xlsx"])
    assert draft.rows_by_file["csv"] == 3
    assert ("3 rows of 2 columns" in draft.left_out) is left_out


def test_more_rows_than_were_expected_do_not_overflow_a_worksheet(tmp_path, engine):
    draft = draft_of(products("a", "b", "c"), tmp_path, engine, rows=1, limits=(2, 9))
    assert (draft.rows_by_file, bool(draft.left_out)) == ({"csv": 3}, True)


def test_the_same_table_is_the_same_bytes_in_any_batches(tmp_path, engine, monkeypatch):
    names = [name for _ in range(50) for name in NASTY]
    first = draft_of(products(*names), tmp_path / "a", engine)
    monkeypatch.setattr(drafts, "ROWS", 7)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        second = draft_of(products(*names), tmp_path / "b", engine)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [file.read_bytes() for file in first.files] == [file.read_bytes() for file in second.files]


def test_columns_nobody_knows_are_named_by_themselves_and_no_two_labels_are_alike(tmp_path, engine):
    table = pa.table({"customer_id": ["a"], "Cliente": ["b"], "cliente": ["c"], "=x": [1], "share_livros": [0.5]})
    draft = draft_of(table.drop_columns("cliente"), tmp_path, engine)
    assert sheet_rows(draft.files[1])[0] == ("Cliente", "Cliente (Cliente)", "=x", "Parcela de compras: livros")
    assert list(csv_rows(draft.files[0])[0]) == ["customer_id", "Cliente", "'=x", "share_livros"]


def test_formulas_and_missing_rows_are_found_on_reading_back(tmp_path, engine):
    columns = draft_of(products("a"), tmp_path, engine).columns
    (tmp_path / "wrong 1.csv").write_text("customer_id;item_name\r\nz;z\r\n", encoding="utf-8", newline="")
    wrong = tmp_path / "wrong *.csv"  # the place of a file may read like a pattern
    wrong.write_text('\ufeffcustomer_id;item_name\r\na;"=1\r\n+1"\r\nb;-x\r\nc;ok\r\n', encoding="utf-8", newline="")
    assert exports_csv.read_back(wrong, columns, engine) == (3, 2)
    wrong.write_text("\ufeffcustomer_id;item_name\r\na;b;c\r\n", encoding="utf-8", newline="")
    with pytest.raises(UnreadableExport, match=r"wrong \*\.csv was written, but cannot be read back"):
        exports_csv.read_back(wrong, columns, engine)


def test_formulas_of_a_workbook_are_found_wherever_a_chunk_ends(tmp_path, monkeypatch):
    import xlsxwriter

    path = tmp_path / "wrong.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for _ in range(2):
            page = book.add_worksheet()
            for row in range(40):
                page.write_formula(row, 0, "=1+1")
                page.write_string(row, 1, "<f>")
    for chunk in (1, 9, 64, 2**20):
        monkeypatch.setattr(exports_workbook, "_CHUNK", chunk)
        assert exports_workbook.read_back(path) == (39, 80)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnreadableExport):
        exports_workbook.read_back(path)
