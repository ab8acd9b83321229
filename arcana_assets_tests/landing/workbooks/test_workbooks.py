"""Workbooks of a source that usually comes as CSV: the same rows, and cells that must not be believed.

Belongs here: what is read of a workbook. Does not belong here: files that are refused
(`test_attacks`).
"""

import datetime as dt

import openpyxl
import pytest

from arcana_assets.landing.workbooks import cells
from arcana_assets.landing.zone import LandingError
from arcana_assets_tests.landing.drops import catalogue
from arcana_assets_tests.landing.workbooks.workbooks import book, changed, written

SALES = {
    "entity": "transactions",
    "format": {"kind": "csv", "delimiter": ";", "decimal": ",", "thousands": "."},
    "workbook": {"header_row": 1},
    "columns": [
        {"from": "order", "to": "order_id"},
        {"from": "day", "to": "ordered_at", "formats": ["%d/%m/%Y", "%Y-%m-%d %H:%M:%S"]},
        {"from": "pieces", "to": "quantity"},
        {"from": "price", "to": "unit_price"},
        {"from": "code", "to": "product_id"},
    ],
}
HEADER = ["order", "day", "pieces", "price", "code"]
CATALOGUE = ["code", "name", "price"]


def sales(**changes):
    return catalogue(**SALES | changes)


def column(name, **changes):
    return [given | (changes if given["from"] == name else {}) for given in SALES["columns"]]


def both(**changes):
    return catalogue(workbook=changes)


def test_the_same_rows_come_out_of_a_workbook_and_of_text_beside_it(drop):
    drop.contract = sales()
    rows = [[1, dt.date(2011, 5, 4), 12000, 1234.5, "A"], [2, dt.datetime.fromisoformat("2011-05-31"), 2, 0.5, "B"]]
    drop.put("may.xlsx", book({"Sheet": [HEADER, *rows]}))
    drop.put("june.csv", b"order;day;pieces;price;code\n1;04/06/2011;12.000;1.234,5;A\n2;30/06/2011;2;0,5;B\nx\n")
    assert drop.read() == (
        [
            ("1", "04/05/2011", "12000", "1234,5", "A"),
            ("1", "04/06/2011", "12.000", "1.234,5", "A"),
            ("2", "30/06/2011", "2", "0,5", "B"),
            ("2", "31/05/2011", "2", "0,5", "B"),
        ],
        [(4, "wrong number of fields: expected 5, found 1", "x")],
    )


def test_a_workbook_may_have_its_columns_in_another_order_and_letters_in_its_suffix(drop):
    drop.contract = both()
    drop.put("a.csv", b"code,name\n1,lamp\n")
    drop.put("b.XLSX", book({"Sheet": [["name", "code", "colour"], ["bell", 2, "red"]]}))
    assert drop.read() == ([("1", "lamp", None), ("2", "bell", "red")], [])
    assert drop.reader().unknown_columns(drop.files()) == ["colour"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2, "2"),
        (2.0, "2"),
        (-1234.5, "-1234,5"),
        (0.00420385736791976, "0,00420385736791976"),
        (1e-7, "0,0000001"),
        (1e23, "1" + "0" * 23),
        (123456789012345, "123456789012345"),  # a sheet keeps fifteen digits
    ],
)
def test_numbers_of_a_workbook_are_spelt_like_those_of_the_text(drop, number, text):
    drop.contract = sales()
    drop.put("a.xlsx", book({"Sheet": [HEADER, [1, "04/05/2011", 1, number, "A"]]}))
    assert drop.read() == ([("1", "04/05/2011", "1", text, "A")], [])


def test_a_column_that_is_written_in_another_way_than_its_file_is_so_in_a_workbook_too(drop):
    drop.contract = sales(columns=column("price", decimal=".", thousands=","))
    drop.put("a.xlsx", book({"Sheet": [HEADER, [1, "04/05/2011", 1, 2.5, 3.5]]}))
    assert drop.read() == ([("1", "04/05/2011", "1", "2.5", "3,5")], [])


@pytest.mark.parametrize(
    ("formats", "moment", "text"),
    [
        (["%d/%m/%Y", "%Y-%m-%d %H:%M:%S"], "2011-05-04", "04/05/2011"),
        (["%d/%m/%Y", "%Y-%m-%d %H:%M:%S"], "2011-05-04 10:30:05", "2011-05-04 10:30:05"),  # the first has no time
        (["%d/%m/%Y"], "2011-05-04 10:30:05", "04/05/2011"),  # the contract wants days
        (["%-m/%-d/%Y %-I:%M:%S %p"], "2025-03-28 13:05:46", "3/28/2025 1:05:46 PM"),
        (["%d/%m/%y", "%d/%m/%Y"], "1965-05-04", "04/05/1965"),  # two digits would be 2065
        (["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M"], "2011-05-04 10:30", "2011-05-04 10:30"),
        (["%Y-%m-%d %H:%M:%S.%f"], "2011-05-04 10:30:05.123", "2011-05-04 10:30:05.123000"),
        (["%Y-%m-%d", "excel_serial"], "2011-05-04", "2011-05-04"),
        (["excel_serial"], "2011-05-04", "40667"),
        (["excel_serial"], "2011-05-04 10:30", "40667.4375"),
        (["%x"], "2011-05-04 10:30", "2011-05-04 10:30:00"),  # which Python and the engine write in two ways
    ],
)
def test_a_date_cell_is_spelt_in_the_first_format_that_leaves_nothing_of_it_out(drop, formats, moment, text):
    drop.contract = sales(columns=column("day", formats=formats))
    drop.put("a.xlsx", book({"Sheet": [HEADER, [1, dt.datetime.fromisoformat(moment), 1, 2, "A"]]}))
    assert drop.read()[0] == [("1", text, "1", "2", "A")]


def test_a_date_of_a_workbook_that_counts_from_1904_is_the_same_date(drop):
    drop.contract = sales()
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in (HEADER, [1, dt.date(2011, 5, 4), 1, 2, "A"]):
        workbook.active.append(row)
    drop.folder.mkdir(parents=True)
    workbook.save(drop.folder / "a.xlsx")
    assert drop.read()[0] == [("1", "04/05/2011", "1", "2", "A")]


def test_the_number_of_a_day_without_the_style_of_a_date_lands_in_the_month_of_that_day(drop):
    drop.contract = sales(columns=column("day", formats=["%d/%m/%Y", "excel_serial"]))
    drop.put("a.xlsx", book({"Sheet": [HEADER, [1, 40667.4375, 1, 2, "A"], [2, dt.date(2011, 6, 1), 1, 2, "A"]]}))
    counted = drop.inspect(drop.reader())
    assert sorted(group["event_month"] for group in counted) == [dt.date(2011, 5, 1), dt.date(2011, 6, 1)]


def test_a_title_a_merged_row_and_a_blank_one_above_the_header_are_skipped(drop):
    def write(workbook, sheet):
        sheet.merge_range("A1:C1", "The catalogue of May")
        sheet.write_row(2, 0, CATALOGUE)
        sheet.write_row(3, 0, ["A", "lamp", 2])
        workbook.add_worksheet("Notes").write(0, 0, "nothing of interest")

    drop.contract = both(sheet="Data", header_row=3)
    drop.put("a.xlsx", written(write))
    assert drop.read() == ([("A", "lamp", "2")], [])


def test_of_merged_cells_the_first_has_the_value_and_the_others_are_absent(drop):
    def write(workbook, sheet):
        sheet.write_row(0, 0, CATALOGUE)
        sheet.merge_range("A2:A3", "A")
        sheet.write_row(1, 1, ["lamp", 2])
        sheet.write_row(2, 1, ["bell", 3])

    drop.contract = both()
    drop.put("a.xlsx", written(write))
    assert drop.read() == ([("A", "lamp", "2"), (None, "bell", "3")], [])


@pytest.mark.parametrize("name", ["lamp, blue", 'a "quoted" lamp', "two\nlines", "🛋 sofá", "a;b", " blanks "])
def test_a_name_with_marks_of_all_kinds_comes_through_both_ways(drop, name):
    drop.contract = both()
    drop.put("a.xlsx", book({"Sheet": [CATALOGUE, ["A", name, 2]]}))
    quoted = name.replace('"', '""')
    drop.put("b.csv", f'code,name,price\nB,"{quoted}",2\n'.encode())
    assert drop.read() == ([("A", name, "2"), ("B", name, "2")], [])


def error(workbook, sheet):
    sheet.write_row(0, 0, [*CATALOGUE, "note"])
    sheet.write_row(1, 0, ["A", "lamp", 2])
    sheet.write_row(2, 0, ["B", "bell"])
    sheet.write_formula("C3", "=1/0", None, "#DIV/0!")
    sheet.write_row(3, 0, ["C", "door", 4])
    sheet.write_formula("D4", "=VLOOKUP(1,X:X,1)", None, "#N/A")
    sheet.write_formula("C6", "=A9", None, "#REF!")


def test_an_error_makes_its_row_malformed_where_the_contract_wants_the_cell(drop):
    drop.contract = both()
    drop.put("a.xlsx", written(error))
    rows, malformed = drop.read()
    assert rows == [("A", "lamp", "2", None), ("C", "door", "4", "#N/A")]  # nobody maps the note
    assert malformed == [
        (3, "cell C3, 'price': the error #DIV/0!", "['B', 'bell', '#DIV/0!', None]"),
        (6, "cell C6, 'price': the error #REF!", "[None, None, '#REF!', None]"),
    ]


def test_a_formula_that_nobody_has_calculated_is_no_absent_value(drop):
    drop.contract = both()
    drop.put("a.xlsx", book({"Sheet": [CATALOGUE, ["A", "lamp", "=1+1"], ["B", "bell", 3]]}))
    words = "cell C2, 'price': a formula without a value; open the workbook and save it again"
    assert drop.read() == ([("B", "bell", "3")], [(2, words, "['A', 'lamp', None]")])


@pytest.mark.parametrize(("value", "rows"), [(7, [("A", "lamp", "7")]), (0, [])])
def test_a_zero_that_stands_for_a_formula_to_be_calculated_later_is_no_number(drop, value, rows):
    def write(workbook, sheet):
        sheet.write_row(0, 0, CATALOGUE)
        sheet.write_row(1, 0, ["A", "lamp"])
        sheet.write_formula("C2", "=1+6", None, value)

    drop.contract = both()
    drop.put("a.xlsx", written(write))
    found, malformed = drop.read()
    assert (found, [words for _, words, _ in malformed]) == (
        rows,
        [] if rows else ["cell C2, 'price': a formula that was never calculated"],
    )
    # A spreadsheet that has calculated it says so by no longer asking for it.
    calculated = changed(written(write), workbook=lambda text: text.replace(' fullCalcOnLoad="1"', ""))
    drop.put("a.xlsx", calculated)
    assert drop.read() == ([("A", "lamp", str(value))], [])


def test_a_formula_that_comes_to_an_empty_text_is_an_absent_value(drop):
    def calculated(text):
        return text.replace('<c r="C2">', '<c r="C2" t="str">')

    drop.contract = both()
    drop.put("a.xlsx", changed(book({"Sheet": [CATALOGUE, ["A", "lamp", '=""']]}), sheet1=calculated))
    assert drop.read() == ([("A", "lamp", None)], [])


@pytest.mark.parametrize("tag", ["<f >", "<f\n>", "<f\t>", "<f\r>", "<f\r\n ca='1'>"])
def test_a_formula_is_one_however_its_tag_is_broken(drop, tag):
    drop.contract = both()
    content = book({"Sheet": [CATALOGUE, ["A", "lamp", "=1+1"], ["B", "bell", 3]]})
    drop.put("a.xlsx", changed(content, sheet1=lambda text: text.replace("<f>", tag)))
    rows, [(line, words, _)] = drop.read()
    assert (rows, line, words[:43]) == ([("B", "bell", "3")], 2, "cell C2, 'price': a formula without a value")


@pytest.mark.parametrize(
    ("usual", "unusual"),
    [
        ('<c r="C3"', "<c r='C3'"),
        ('<c r="C3"', '<c\n  cm="0" r="C3"'),
        ('<c r="C3"', '<c r="C3" note="' + "&gt;" * 200 + '"'),
        ('<row r="3"', '<row r="2"'),  # the cell says where it is, and so does what is wrong with it
    ],
)
def test_a_cell_of_an_unusual_spelling_is_the_same_cell(drop, usual, unusual):
    drop.contract = both()
    content = book({"Sheet": [CATALOGUE, ["A", "lamp", 2], ["B", "bell", "=1+1"]]})
    drop.put("a.xlsx", changed(content, sheet1=lambda text: text.replace(usual, unusual)))
    rows, [(line, words, _)] = drop.read()
    assert (rows, line, words[:17]) == ([("A", "lamp", "2")], 3, "cell C3, 'price':")


def test_cells_and_rows_may_leave_out_where_they_are(drop):
    def bare(text):
        for name in ("A", "B", "C"):
            for row in (1, 2, 3):
                text = text.replace(f'<c r="{name}{row}"', "<c")
        return text.replace('<row r="1"', "<row").replace('<row r="2"', "<row").replace('<row r="3"', "<row")

    drop.contract = both()
    sheet = book({"Sheet": [CATALOGUE, ["A", "lamp", 2], ["B", "bell", "=1+1"]]})
    drop.put("a.xlsx", changed(sheet, sheet1=bare))
    rows, [(line, words, _)] = drop.read()
    assert (rows, line, words[:17]) == ([("A", "lamp", "2")], 3, "cell C3, 'price':")


def test_a_sheet_that_was_renamed_is_missed_by_its_name(drop):
    drop.contract = both(sheet="Products")
    drop.put("a.xlsx", book({"Products 2011": [CATALOGUE], "Notes": [["x"]]}))
    with pytest.raises(LandingError, match=r"a.xlsx: expected the sheet 'Products'; did you mean 'Products 2011'"):
        drop.read()


def test_a_workbook_of_a_contract_that_speaks_of_none_says_what_to_add(drop):
    drop.put("a.xlsx", book({"Sheet": [CATALOGUE]}))
    expected = r"products/a.xlsx: expected csv, found a workbook; add the key 'workbook: \{header_row: 1\}'"
    with pytest.raises(LandingError, match=expected):
        drop.read()


def test_the_names_of_columns_count_on_behind_z():
    assert [cells.column_number(name) for name in ("A", "Z", "AA", "XFD")] == [1, 26, 27, 16_384]
    assert [cells.cell_name(3, number) for number in (1, 26, 27, 16_384)] == ["A3", "Z3", "AA3", "XFD3"]
