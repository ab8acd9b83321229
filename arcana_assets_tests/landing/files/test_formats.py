import datetime as dt
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.landing.zone import LandingError
from arcana_assets_tests.landing.drops import catalogue

JSONL, PARQUET = catalogue(format={"kind": "jsonl"}), catalogue(format={"kind": "parquet"})


def xlsx(**options):
    return catalogue(format={"kind": "xlsx", **options})


def workbook(drop, sheets, name="a.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    drop.folder.mkdir(parents=True, exist_ok=True)
    book.save(drop.folder / name)


def test_a_sheet_is_read_as_text_that_a_contract_can_name_formats_for(drop):
    drop.contract = xlsx()
    cells = [
        ["code", "name", "price"],
        [1, "lamp", 2],
        [2, "bell", 2.5],
        ["03", dt.datetime.fromisoformat("2011-05-04 10:30"), dt.date(2011, 5, 4)],
        [None, None, None],
        [5, True, None],
    ]
    workbook(drop, {"Sheet": cells})
    assert drop.read() == (
        [
            ("03", "2011-05-04 10:30:00", "2011-05-04 00:00:00"),
            ("1", "lamp", "2"),
            ("2", "bell", "2.5"),
            ("5", "true", None),
        ],
        [],
    )


def test_rows_of_a_sheet_know_their_line(drop):
    drop.contract = xlsx()
    workbook(drop, {"Sheet": [["code", "name"], [1, "lamp"], [None, None], [3, "bell"]]})
    reader = drop.reader()
    assert [row["_line"] for row in drop.rows_of(reader)] == [2, 4]


def test_a_date_that_excel_keeps_as_a_serial_number_stays_the_number(drop):
    drop.contract = xlsx()
    workbook(drop, {"Sheet": [["code", "name", "price"], [1, "lamp", 40667.4375]]})
    assert drop.read() == ([("1", "lamp", "40667.4375")], [])


def test_numbers_of_a_sheet_are_written_with_the_mark_of_its_contract(drop):
    drop.contract = xlsx(decimal=",")
    workbook(drop, {"Sheet": [["code", "name", "price"], [1, "lamp", 2.5]]})
    assert drop.read() == ([("1", "lamp", "2,5")], [])


def test_the_sheet_and_the_row_of_the_header_are_named_by_the_contract(drop):
    drop.contract = xlsx(sheet="Products", header_row=3)
    rows = [["The catalogue"], [], ["code", "name", "price"], [1, "lamp", 2]]
    workbook(drop, {"Notes": [["code"], ["x"]], "Products": rows})
    assert drop.read() == ([("1", "lamp", "2")], [])


def test_cells_beyond_the_header_make_a_row_malformed(drop):
    drop.contract = xlsx()
    workbook(drop, {"Sheet": [["code", "name"], [1, "lamp"], [2, "bell", "stray"]]})
    assert drop.read() == (
        [("1", "lamp")],
        [(3, "wrong number of fields: expected 2, found 3", "['2', 'bell', 'stray']")],
    )


@pytest.mark.parametrize(
    ("options", "sheets", "message"),
    [
        ({"sheet": "Product"}, {"Products": [["code"]]}, "expected the sheet 'Product'; did you mean 'Products'"),
        ({}, {"A": [["code"]], "B": [["code"]]}, "expected one sheet, found A, B; name one as 'sheet'"),
        ({}, {"A": [["code", None, "name"]]}, "expected column names in row 1 of 'A', found"),
        ({"header_row": 9}, {"A": [["code", "name"]]}, "expected column names in row 9 of 'A'"),
        ({}, {"A": [["code", "nmae"]]}, r"expected the column\(s\) 'name'"),
    ],
)
def test_a_workbook_that_is_not_as_its_contract_says_is_refused_in_words(drop, options, sheets, message):
    drop.contract = xlsx(**options)
    workbook(drop, sheets)
    with pytest.raises(LandingError, match=message):
        drop.read()


@pytest.mark.parametrize("content", [b"code,name\n1,lamp\n", b"PK\x03\x04 no zip"])
def test_a_file_that_is_no_workbook_is_refused(drop, content):
    drop.contract = xlsx()
    drop.put("a.xlsx", content)
    with pytest.raises(LandingError, match=r"a.xlsx: expected an XLSX workbook, found"):
        drop.read()


def test_json_lines_are_read_by_key_and_lines_that_are_no_object_are_malformed(drop):
    drop.contract = JSONL
    lines = [
        '{"code": 1, "name": "lamp", "price": 2.5}',
        "",
        '{"name": {"pt": ["sino", null]}, "code": "2", "colour": "red"}',
        '{"code": 3',
        "[1, 2]",
        '{"code": null, "name": "", "price": true}',
    ]
    drop.put("a.jsonl", "\n".join(lines).encode())
    assert drop.read() == (
        [("1", "lamp", "2.5", None), ("2", '{"pt":["sino",null]}', None, "red"), (None, "", "true", None)],
        [(4, "not a JSON object", '{"code": 3'), (5, "not a JSON object", "[1, 2]")],
    )


def test_a_key_that_no_object_of_a_file_has_is_a_missing_column(drop):
    drop.contract = JSONL
    drop.put("a.jsonl", b'{"code":1}\n{"name":"lamp"}\n')  # between them the two rows have all that is needed
    assert drop.read()[0] == [("1", None), (None, "lamp")]
    drop.put("a.jsonl", b'{"code":1,"nome":"lamp"}\n{"code":2,"nome":"bell"}\n')
    expected = r"products/a.jsonl: expected the column\(s\) 'name', found 'code', 'nome'; did you mean 'nome'"
    with pytest.raises(LandingError, match=expected):
        drop.read()


def test_keys_that_no_contract_speaks_of_are_columns_whatever_they_are_called(drop):
    drop.contract = JSONL
    row = {
        "code": 1,
        "name": "lamp",
        "a/b": 2,
        "c~d": 3,
        "$.e": 4,
        'say "hi"': 5,
        "_line": 6,
        "filename": 7,
        "month": 8,
    }
    drop.put("a.jsonl", json.dumps(row).encode())
    drop.put("b.jsonl", b'{"code":2,"name":"bell"}')
    reader = drop.reader()
    drop.inspect(reader)
    assert reader.unknown_columns(drop.files()) == sorted(row.keys() - {"code", "name"})
    found = {found["code"]: found for found in drop.rows_of(reader)}
    for key, value in row.items():
        assert found["1"][raw_name(key)] == str(value)
    assert (found["1"]["_line"], found["2"]["a/b"]) == (1, None)


def test_a_file_without_any_object_is_malformed_line_by_line(drop):
    drop.contract = JSONL
    drop.put("a.jsonl", b"[]\nx\n")
    assert drop.read() == ([], [(1, "not a JSON object", "[]"), (2, "not a JSON object", "x")])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_named_as_the_reader_names_its_own_are_read(drop, kind):
    drop.contract = catalogue(format={"kind": kind})
    if kind == "csv":
        drop.put("a.csv", b"code,name,filename,_line\n1,lamp,x,y\n")
        drop.put("b.csv", b"code,name,filename,_line\n2,bell,z,w\r\n\n")  # read from a copy
    else:
        parquet(drop, "a.parquet", code=["1"], name=["lamp"], filename=["x"], _line=["y"])
        parquet(drop, "b.parquet", code=["2"], name=["bell"], filename=["z"], _line=["w"])
    assert drop.read() == ([("1", "lamp", "x", "y"), ("2", "bell", "z", "w")], [])


def test_lines_of_json_are_numbered_as_they_stand_in_their_file(drop):
    drop.contract = JSONL
    lines = "\n".join(json.dumps({"code": number, "name": "x" * (number % 50)}) for number in range(1, 60_001))
    for name in ("a.jsonl", "b.jsonl"):
        drop.put(name, lines.encode())
    rows = drop.reader().rows(drop.files())
    assert drop.engine.backend.to_pyarrow(rows.filter(rows._line.cast("string") != rows.code).count()).as_py() == 0


def test_json_lines_with_undecodable_bytes_or_several_line_ends_are_read_line_by_line(drop):
    drop.contract = JSONL
    drop.put("a.jsonl", b'{"code":1,"name":"\xff"}\n{"code":2,"name":"bell"}\r\n{"code":3,"name":"door"}\n')
    drop.put("b.jsonl", '{"code":4,"name":"café"}'.encode())
    assert drop.read() == (
        [("2", "bell"), ("3", "door"), ("4", "café")],
        [(1, "not a JSON object", '{"code":1,"name":"\\xff"}')],
    )


def parquet(drop, file, /, **columns):
    drop.folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), drop.folder / file)


def test_parquet_is_read_as_text_and_nested_values_as_json(drop):
    drop.contract = PARQUET
    moment = dt.datetime.fromisoformat("2011-05-04 10:30")
    parquet(drop, "a.parquet", code=[1, 2], name=[{"pt": ["sino"]}, None], price=[moment, None])
    assert drop.read() == ([("1", '{"pt":["sino"]}', "2011-05-04 10:30:00"), ("2", None, None)], [])
    assert [row["_line"] for row in drop.rows_of(drop.reader())] == [1, 2]


def test_what_a_parquet_file_says_does_not_depend_on_the_files_beside_it(drop):
    # Read together, a column of whole numbers and one of fractions would be fractions: customer 17850 became 17850.0.
    drop.contract = PARQUET
    parquet(drop, "a.parquet", code=[1], name=["lamp"])
    parquet(drop, "b.parquet", code=[2.5], name=["bell"])
    parquet(drop, "c.parquet", name=["door"], code=["03"], price=[4])
    assert drop.read() == ([("03", "door", "4"), ("1", "lamp", None), ("2.5", "bell", None)], [])


def test_a_file_that_is_no_parquet_is_refused(drop):
    drop.contract = PARQUET
    drop.put("a.parquet", b"code,name\n1,lamp\n")
    with pytest.raises(LandingError, match=r"a.parquet: expected parquet, found: .*No magic bytes"):
        drop.read()
