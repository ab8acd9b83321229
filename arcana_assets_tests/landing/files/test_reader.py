import gzip
import random

import pytest

from arcana_assets.landing.zone import LandingChanged, LandingError
from arcana_assets_tests.landing.drops import HEADER, csv

TWO = [("1", "lamp", "2"), ("2", "bell", "3")]


@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({}, b"code,name,price\n1,lamp,2\n2,bell,3\n"),
        ({}, b"code,name,price\n1,lamp,2\n2,bell,3"),
        ({}, b"\xef\xbb\xbfcode,name,price\n1,lamp,2\n2,bell,3\n"),
        ({"delimiter": ";"}, b"code;name;price\n1;lamp;2\n2;bell;3\n"),
        ({"delimiter": "\t"}, b"code\tname\tprice\n1\tlamp\t2\n2\tbell\t3\n"),
        ({"quote": "'"}, b"code,name,price\n'1','lamp',2\n2,'bell','3'\n"),
        ({"quote": ""}, b"code,name,price\n1,lamp,2\n2,bell,3\n"),
        ({"header_row": 3}, b"The catalogue\n\ncode,name,price\n1,lamp,2\n2,bell,3\n"),
        ({"header_row": 2}, b'As of "May, 2011\ncode,name,price\n1,lamp,2\n2,bell,3\n'),
        ({"encoding": "utf-16"}, "code,name,price\n1,lamp,2\n2,bell,3\n".encode("utf-16")),
        ({"encoding": "utf-16"}, "code,name,price\r\n1,lamp,2\r\n2,bell,3\r\n".encode("utf-16-be")),
    ],
)
def test_the_same_rows_come_out_of_every_format_that_a_contract_can_name(drop, options, content):
    drop.contract = csv(**options)
    drop.put("a.csv", content)
    assert drop.read() == (TWO, [])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_file_may_end_its_lines_in_any_of_the_three_ways(drop, end):
    drop.put("a.csv", end.join([b"code,name,price", b"1,lamp,2", b"2,bell,3", b"4,x", b""]))
    assert drop.read() == (TWO, [(4, "wrong number of fields: expected 3, found 2", "4,x")])


@pytest.mark.parametrize(
    "content",
    [
        b"code,name,price\n1,lamp,2\r\n2,bell,3\n4,x\n",
        b"code,name,price\r\n1,lamp,2\n2,bell,3\n4,x\n",
        b"code,name,price\r1,lamp,2\n2,bell,3\r\n4,x",
    ],
)
def test_lines_that_end_in_several_ways_within_one_file_are_all_read(drop, content):
    drop.put("a.csv", content)
    drop.put("b.csv", HEADER + b"9,door,1\n")
    assert drop.read() == (
        [*TWO, ("9", "door", "1")],
        [(4, "wrong number of fields: expected 3, found 2", "4,x")],
    )


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\n\n\n", "\r"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_value_may_span_lines_and_every_line_is_accounted_for(drop, inside, end):
    lines = ["code,name,price", f'1,"lamp{inside}blue",2', "", "2,bell,3", ""]
    drop.put("a.csv", end.join(lines).encode())
    rows, malformed = drop.read()
    assert (rows[1], malformed) == (TWO[1], [])
    assert rows[0][1].split() == ["lamp", "blue"]


def test_blank_lines_hold_nothing_and_are_no_rows(drop):
    drop.put("a.csv", HEADER + b"\n1,lamp,2\n\n\n2,bell,3\n\n")
    assert drop.read() == (TWO, [])


def test_windows_quotation_marks_and_euros_in_latin_1_are_what_their_authors_meant(drop):
    drop.contract = csv(encoding="latin-1")
    drop.put("a.csv", HEADER + b"1,\x93caf\xe9\x94 \x80,2\n2,\xa3,3\n")
    drop.put("b.csv", HEADER + b"3,\xc5ngstr\xf6m,4\n")
    assert drop.read() == ([("1", "“café” €", "2"), ("2", "£", "3"), ("3", "Ångström", "4")], [])


def test_files_are_matched_by_the_names_of_their_columns(drop):
    drop.put("a.csv", b"code,name,price\n1,lamp,2\n")
    drop.put("b.csv", b"price,code,name\n3,2,bell\n")
    drop.put("c.csv", b"name,code\ndoor,3\n")  # the price is optional
    drop.put("d.csv", b"code,name,price,Colour\n4,vase,5,red\n")
    drop.put("e.csv", b"colour,code,name,price\nblue,5,mug,6\n")
    rows, _ = drop.read()
    assert rows == [
        ("1", "lamp", "2", None),
        ("2", "bell", "3", None),
        ("3", "door", None, None),
        ("4", "vase", "5", "red"),
        ("5", "mug", "6", "blue"),
    ]
    assert drop.reader().unknown_columns(drop.files()) == ["Colour", "colour"]


def test_a_column_without_a_name_and_names_that_bronze_needs_itself_are_kept(drop):
    drop.put("a.csv", b"code,name,month,_file,\n1,lamp,May,x,\n")
    assert drop.read() == ([("1", "lamp", "May", "x", None)], [])
    table = drop.reader().rows(drop.files())
    assert table.columns[:5] == ("code", "name", "month_", "_file_", "column_5")


@pytest.mark.parametrize(
    ("options", "content", "message"),
    [
        (
            {},
            b"code;name;price\n1;lamp;2\n",
            "expected 2 columns with delimiter ',', found one: 'code;name;price'; .*';'",
        ),
        ({}, b"Code,name\n1,lamp\n", r"expected the column\(s\) 'code', found 'Code', 'name'; did you mean 'Code'\?"),
        ({}, b"code,nmae\n1,lamp\n", r"expected the column\(s\) 'name'.*; did you mean 'nmae'\?"),
        ({}, b"code,name,Name\n1,a,b\n", "names of their own, found 'Name', 'name' more than once"),
        ({}, b"code,name,month,month_\n1,a,b,c\n", "found 'month', 'month_' more than once"),
        ({}, b"", "a.csv is empty: expected a header of 3 columns, found 0 bytes"),
        ({}, b"\n1,lamp,2\n", "expected the header in line 1, found nothing there"),
        ({"header_row": 4}, b"code,name\n1,lamp\n", "expected the header in line 4, found nothing there"),
        ({}, "código,name\n".encode("latin-1"), "expected utf-8 text, found bytes that are none in the header"),
        ({}, "code,name\n1,x\n".encode("utf-16"), "expected utf-8 text, found bytes that are none in the header"),
        ({}, "code,name\n".encode("utf-16-le"), "found zero bytes in the header; is it utf-16"),
        ({"encoding": "latin-1"}, "code,name\n".encode("utf-8-sig"), "found a UTF-8 mark .* set 'encoding: utf-8'"),
        ({"encoding": "utf-16"}, b"code,name\n1,x\n", "expected utf-16 text, found b'co' .* is it utf-8 or latin-1"),
    ],
)
def test_a_file_that_is_not_as_its_contract_says_is_refused_in_words(drop, options, content, message):
    drop.contract = csv(**options)
    drop.put("a.csv", content)
    with pytest.raises(LandingError, match=message):
        drop.read()


def test_a_header_alone_is_a_file_without_rows(drop):
    drop.put("a.csv", b"code,name,price")
    assert drop.read() == ([], [])


def test_lines_that_are_no_rows_are_kept_with_their_number_and_the_reason(drop):
    drop.contract = csv(header_row=2)
    drop.put(
        "a.csv",
        b"a title\ncode,name,price\n1,lamp\n2,bell,3\n3,a,b,c\n"
        b'4,"a"b,5\n5,a\xff,6\n6,b,\xe9\n7,\xe2\x80\xa8x\x0c\n1,lamp,2\n',
    )
    assert drop.read() == (
        TWO,
        [
            (3, "wrong number of fields: expected 3, found 2", "1,lamp"),
            (5, "wrong number of fields: expected 3, found 4", "3,a,b,c"),
            (6, "bad quoting", '4,"a"b,5'),
            (7, "undecodable bytes", r"5,a\xff,6"),
            (8, "undecodable bytes", r"6,b,\xe9"),
            (9, "wrong number of fields: expected 3, found 2", "7,\u2028x\x0c"),
        ],
    )


def test_an_undecodable_byte_in_a_column_that_no_contract_speaks_of_makes_the_line_malformed_once(drop):
    drop.put("a.csv", b"code,name,price,note\n1,lamp,2,\xff\n2,bell,3,x\n")
    rows, malformed = drop.read()
    assert rows == [("2", "bell", "3", "x")]
    assert malformed == [(2, "undecodable bytes", r"1,lamp,2,\xff")]


def test_half_a_character_of_utf_16_makes_its_line_malformed(drop):
    drop.contract = csv(encoding="utf-16")
    lone = "1,".encode("utf-16-le") + b"\x00\xd8" + ",2\n".encode("utf-16-le")
    drop.put("a.csv", HEADER.decode().encode("utf-16") + lone + "2,😀,3\n".encode("utf-16-le"))
    assert drop.read() == ([("2", "😀", "3")], [(2, "undecodable bytes", r"1,\xff,2")])


def test_a_quote_that_never_closes_does_not_cost_the_lines_it_swallowed(drop):
    drop.put("a.csv", HEADER + b'0,hat,1\n1,"lamp,2\n2,bell,3\n\n3,"door",4\n4,x\n')
    rows, malformed = drop.read()
    assert rows == [("0", "hat", "1"), ("2", "bell", "3"), ("3", "door", "4")]
    assert [line for line, *_ in malformed] == [3, 7]
    assert malformed[0][1:] == ("bad quoting", '1,"lamp,2')


def test_a_quote_that_opens_in_the_middle_of_a_long_file_costs_its_own_line_only(drop):
    lines = [f"{number},name {number},{number}" for number in range(2, 60_002)]
    lines[30_000] = '30002,"never closed,1'
    lines[50_000] = '50002,"a ""quoted""\nname",1'
    drop.contract = csv(maximum_line_bytes=65_536)
    drop.put("a.csv", HEADER + "\n".join(lines).encode())
    rows, malformed = drop.read()
    assert len(rows) == 59_999
    assert ("50002", 'a "quoted"\nname', "1") in rows
    assert malformed == [(30_002, "bad quoting: the quote does not close", '30002,"never closed,1')]


def test_a_line_of_ten_megabytes_is_malformed_and_those_around_it_are_rows(drop):
    drop.put("a.csv", HEADER + b"1,lamp,2\n9," + b"x" * 10_000_000 + b",9\n2,bell,3\n")
    rows, [(line, reason, text)] = drop.read()
    assert (rows, line, reason, len(text)) == (TWO, 3, "line too long", 10_000_004)


def test_zero_bytes_are_text_like_any_other(drop):
    drop.put("a.csv", HEADER + b"1,la\x00mp,2\n2,bell,3\n")
    assert drop.read() == ([("1", "la\x00mp", "2"), TWO[1]], [])


def test_gzip_is_read_as_what_is_in_it(drop):
    drop.put("a.csv.gz", gzip.compress(HEADER + b"1,lamp,2\n2,bell,3\r\n4,x\n"))
    assert drop.read() == (TWO, [(4, "wrong number of fields: expected 3, found 2", "4,x")])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty: expected a header"),
        (gzip.compress(b"", mtime=0), "expected the header in line 1, found nothing there"),
        (gzip.compress(HEADER + random.Random(1).randbytes(200_000))[:-5000], "end-of-stream marker"),
        (HEADER + b"1,lamp,2\n", "Not a gzipped file"),
        (gzip.compress(HEADER + b"1,lamp,2\n", mtime=0)[:-8] + b"12345678", "CRC check failed"),
        (gzip.compress(HEADER, mtime=0)[:10] + b"\xff" * 40, "Error -3 while decompressing"),
    ],
)
def test_a_broken_gzip_is_refused(drop, content, found):
    drop.put("a.csv.gz", content)
    with pytest.raises(LandingError, match=found):
        drop.read()


def test_a_file_that_changes_between_being_hashed_and_being_read_is_told_apart_from_a_bad_one(drop):
    path = drop.put("a.csv", HEADER + b"1,lamp,2\n2,bell,3\n")
    files = drop.files()
    digests = drop.zone.digests(files)
    path.write_bytes(HEADER + b"1,lamp,2\n")
    with pytest.raises(LandingChanged, match=r"a.csv changed while it was read"):
        drop.reader().inspect(files, digests, drop.count)


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        ("5,na", "wrong number of fields: expected 3, found 2"),
        ("5", "wrong number of fields: expected 3, found 1"),
        ('5,"na', "bad quoting"),
        ('5,"na\nme', "bad quoting"),
        ('5,"na""', "bad quoting"),
    ],
)
def test_a_file_that_is_cut_in_the_middle_of_a_line_costs_that_line_only(drop, cut, reason):
    whole = "".join(f"{number},name {number},{number}\n" for number in range(1, 5))
    drop.put("a.csv", HEADER + (whole + cut).encode())
    rows, malformed = drop.read()
    assert rows == [(f"{number}", f"name {number}", f"{number}") for number in range(1, 5)]
    assert "\n".join(text for *_, text in malformed) == cut
    assert (malformed[0][0], malformed[0][1][: len(reason)]) == (6, reason)


def test_a_long_file_that_is_cut_inside_quotes_keeps_all_of_its_other_lines(drop):
    drop.contract = csv(maximum_line_bytes=65_536)
    lines = "".join(f'{number},"name, {number}",{number}\n' for number in range(60_000))
    drop.put("a.csv", HEADER + f'{lines}60000,"na'.encode())
    rows, [(line, reason, text)] = drop.read()
    assert (len(rows), line, reason[:11], text) == (60_000, 60_002, "bad quoting", '60000,"na')
