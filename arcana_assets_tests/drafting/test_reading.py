"""Files that nobody has described: how they are written, and what is no table at all."""

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from arcana_assets.drafting.reading import Unreadable, read

ROWS = [["Código", "Nome", "Preço"], ["1", "Pão", "2,50"], ["2", "Maçã", "1.234,00"], ["3", "Chá; preto", "7,10"]]


def written(path, rows, delimiter=";", encoding="utf-8", above=""):
    lines = [delimiter.join(f'"{each}"' if delimiter in each else each for each in row) for row in rows]
    path.write_bytes((above + "\r\n".join(lines) + "\r\n").encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "latin-1"), ("utf-16", "utf-16")]
)
def test_delimiter_and_encoding_are_found_and_every_field_is_read(tmp_path, delimiter, encoding, found):
    file = read(written(tmp_path / "precos.csv", ROWS, delimiter, encoding))
    assert (file.form["delimiter"], file.form["encoding"]) == (delimiter, found)
    assert file.header == tuple(ROWS[0])
    assert [list(row.values()) for row in file.table.to_pylist()] == ROWS[1:]
    assert (file.whole, file.malformed, file.faults) == (True, 0, ())


def test_letters_that_are_no_utf_8_are_evidence_and_ascii_alone_is_not_sure(tmp_path):
    assert read(written(tmp_path / "a.csv", ROWS, encoding="cp1252")).guesses["encoding"].sure == "likely"
    plain = read(written(tmp_path / "b.csv", [["id", "n"], ["1", "2"]])).guesses["encoding"]
    assert (plain.value, plain.sure, plain.others) == ("utf-8", "likely", ("latin-1",))


def test_decimal_commas_are_no_delimiter_and_lines_above_the_header_are_skipped(tmp_path):
    rows = [["id", "preço"], *([str(n), f"{n},50"] for n in range(50))]
    file = read(written(tmp_path / "a.csv", rows, above="Relatório de preços\r\n\r\n"))
    assert (file.form["delimiter"], file.form["header_row"]) == (";", 3)
    assert file.table.num_rows == 50


def test_lines_with_another_number_of_fields_are_counted_and_left_out(tmp_path):
    rows = [*ROWS, ["4", "Sal"], ["5", "Ovo", "1,00", "!"]]
    file = read(written(tmp_path / "a.csv", rows))
    assert (file.table.num_rows, file.malformed) == (3, 2)


def test_lines_that_repeat_the_header_are_counted_and_left_out_where_there_is_one(tmp_path):
    again = [ROWS[0], ["Código", "Nome", "1"], [" Código", *ROWS[0][1:]]]
    file = read(written(tmp_path / "a.csv", [*ROWS, *again]))
    assert (file.table.num_rows, file.repeats) == (4, 2)
    assert read(written(tmp_path / "b.csv", [*ROWS[1:], ROWS[1]])).repeats == 0
    with xlsxwriter.Workbook(tmp_path / "c.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([*ROWS, ROWS[0], ROWS[1]]):
            sheet.write_row(number, 0, row)
    file = read(tmp_path / "c.xlsx")
    assert (file.table.num_rows, file.repeats) == (4, 1)


def test_a_file_without_a_header_and_one_with_a_name_twice_say_what_a_person_must_do(tmp_path):
    assert "first line with a name" in read(written(tmp_path / "a.csv", ROWS[1:])).faults[0]
    twice = read(written(tmp_path / "b.csv", [["id", "Id", "n"], ["1", "2", "3"]]))
    assert twice.faults == ("give each column a name of its own; id stands there more than once",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "zero bytes"),
        ("a.csv", b"name\r\nAna\r\nRui\r\n", "one column only"),
        ("a.pdf", b"%PDF-1.7", "'.pdf' is none of"),
        ("a.xlsx", b"no workbook", "cannot be opened"),
        ("a.parquet", b"no parquet", "no Parquet"),
        ("a.json", b'[{"a": 1, "b": 2}]', "one object a line"),
    ],
)
def test_what_is_no_table_says_what_it_is_instead(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=said):
        read(path)


def test_of_a_workbook_the_fullest_sheet_is_taken_and_its_header_found(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Leia-me").write("A1", "Uma nota")
        sheet = book.add_worksheet("Dados")
        sheet.write("A1", "Relatório")
        for at, row in enumerate([["Cliente", "Valor"], ["c1", 10.5], ["c2", 3]]):
            sheet.write_row(at + 2, 0, row)
    file = read(path)
    assert file.form == {"kind": "xlsx", "sheet": "Dados", "header_row": 3}
    assert [list(row.values()) for row in file.table.to_pylist()] == [["c1", "10.5"], ["c2", "3"]]
    assert file.guesses["sheet"].others == ("Leia-me",)


def test_parquet_and_json_lines_are_read_as_text(tmp_path):
    pq.write_table(pa.table({"id": [1, 2], "x": [0.5, None], "l": [[1], [2]]}), tmp_path / "a.parquet")
    file = read(tmp_path / "a.parquet")
    assert (file.header, file.form) == (("id", "x"), {"kind": "parquet"})
    assert "leave out l" in file.faults[0]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"id": n, "ok": n > 1}) for n in (1, 2)))
    file = read(tmp_path / "a.jsonl")
    assert [list(row.values()) for row in file.table.to_pylist()] == [["1", "false"], ["2", "true"]]


def test_quoted_line_breaks_belong_to_their_field(tmp_path):
    draw = random.Random(1)
    lines = ["id,note", *(f'{n},"line one\nline {draw.random()}"' for n in range(30))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert read(tmp_path / "a.csv").table.num_rows == 30
