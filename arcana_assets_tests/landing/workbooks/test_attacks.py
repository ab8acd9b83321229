"""Workbooks that are refused: damaged, locked, and made to swell, to hide or to take a place far away.

Belongs here: files that nobody may open or believe. Does not belong here: what is read of good ones
(`test_workbooks`).
"""

import codecs
import io
import tracemalloc

import pytest

from arcana_assets.landing.workbooks import archives, cells
from arcana_assets.landing.zone import LandingError
from arcana_assets_tests.landing.drops import catalogue
from arcana_assets_tests.landing.workbooks.workbooks import book, changed, parts, swollen, with_parts, written

CATALOGUE = ["code", "name", "price"]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def drop(drop):
    drop.contract = catalogue(workbook={})
    return drop


GOOD = book({"Sheet": [CATALOGUE, ["A", "lamp", 2]]})
LISTS = parts(GOOD)
CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_048_560)  # the name lies across two chunks


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CFB + "EncryptedPackage".encode("utf-16-le"), r"a.xlsx: is protected by a password; save it without one"),
        (CFB + "Workbook".encode("utf-16-le"), r"found the format of Excel up to 2003 \(.xls\); save it as .xlsx"),
        (GOOD[: len(GOOD) // 2], "found one that is cut off, without the directory at its end; deliver it again"),
        (GOOD[:400] + bytes(600) + GOOD[1000:], "found a damaged or incomplete one .*; deliver it again"),
        (b"code,name\n1,lamp\n", "expected an XLSX workbook, found b'code,name"),
        (
            changed(GOOD, sheet1=lambda text: "<!DOCTYPE x>" + text),
            "expected parts without a DTD, found one in xl/work",
        ),
        (
            changed(GOOD, workbook=lambda text: text.replace("<sheets>", "<!--").replace("</sheets>", "-->")),
            "expected the sheet ''|expected an XLSX workbook",
        ),
        (
            changed(GOOD, workbook=lambda text: '<?xml version="1.0" encoding="x"?>' + text),
            "list of sheets of|XLSX workbook",
        ),
        (changed(GOOD, workbook=None), r"found an archive without xl/workbook.xml; save it as .xlsx"),
        (changed(GOOD, sheet1=None), r"expected the sheet 'Sheet' as XML, found: .*sheet1.xml"),
        (changed(GOOD, sheet1=lambda text: text[:-40] + "<f"), "expected the sheet 'Sheet' as XML|expected an XLSX"),
        (changed(GOOD, workbook=lambda text: text[:200]), "expected an XLSX workbook|expected the list of sheets"),
    ],
)
def test_a_workbook_that_cannot_be_opened_says_why_and_what_to_do(drop, content, message):
    drop.put("a.xlsx", content)
    with pytest.raises(LandingError, match=message):
        drop.read()


def test_a_bomb_is_refused_by_what_its_directory_says(drop):
    bomb = swollen(GOOD, 40)
    drop.put("a.xlsx", bomb)
    assert len(bomb) < 100_000
    message = r"found xl/worksheets/sheet1.xml of [\d,]+ bytes, which says it unpacks to 40,000,\d+; nothing of it was"
    with pytest.raises(LandingError, match=message):
        drop.read()


def test_a_workbook_that_is_large_without_being_dense_is_refused_by_its_size(drop, monkeypatch):
    drop.put("a.xlsx", GOOD)
    monkeypatch.setattr(archives, "MAXIMUM_INFLATED", 5000)
    message = "expected a workbook of 5,000 bytes or fewer once unpacked, found the file with"
    size = len(GOOD)
    assert size > 4000
    with pytest.raises(LandingError, match=message if size > 5000 else "found 9 parts, the largest being"):
        drop.read()


def test_a_bomb_whose_directory_lies_is_unpacked_no_further_than_it_says(drop):
    drop.put("a.xlsx", swollen(GOOD, 300, says=2000))
    files = drop.files()
    digests = drop.zone.digests(files)
    tracemalloc.start()
    with pytest.raises(LandingError, match=r"found a damaged or incomplete one \(Bad CRC-32"):
        drop.reader().inspect(files, digests, drop.count)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_a_cell_far_away_is_refused_before_the_area_up_to_it_is_held(drop):
    def write(workbook, sheet):
        sheet.write_row(0, 0, CATALOGUE)
        sheet.write(1_048_575, 16_383, "x")

    drop.put("a.xlsx", written(write))
    message = (
        "expected a sheet of 12,582,912 cells or fewer, found 'Data' with 16,384 columns and 1,048,576 rows; delete"
    )
    with pytest.raises(LandingError, match=message):
        drop.read()


HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FAR = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'


def sheet(rows, head=HEAD, end="</sheetData></worksheet>"):
    return with_parts(GOOD, {SHEET: f"{head}{rows}{end}".encode()})


def test_cells_that_do_not_say_where_they_are_count_as_columns_all_the_same(drop):
    drop.put("a.xlsx", sheet(f"<row>{'<c><v>1</v></c>' * 20_000}</row>{FAR}"))
    with pytest.raises(LandingError, match="found 'Sheet' with 20,000 columns and 1,048,576 rows; delete"):
        drop.read()


@pytest.mark.parametrize(
    "cell",
    [
        f'<c r="XFD1" note="{"x" * 5000}"><v>1</v></c>',
        f'<c note="{"x" * 2_000_000}" r="XFD1"><v>1</v></c>',
        "<c r='XFD1'><v>1</v></c>",
        '<c r\n=\n"XFD1"><v>1</v></c>',
        """<c note=" r='A1'" r="XFD1"><v>1</v></c>""",
        '<c note=">" r="XFD1"><v>1</v></c>',
        '<c r="XFD1" note="/>"><v>1</v></c>',
        '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="XFD1"><v>1</v></x:c>',
        '<c r="XFD1" t="e"/>',
        '<c r="A1"/><c r="XFC1"/><c><v>1</v></c>',
    ],
)
def test_a_cell_far_away_is_one_however_it_is_spelt(drop, cell):
    drop.put("a.xlsx", sheet(f"<row r='1'>{cell}</row>{FAR}"))
    message = "16,384 columns and 1,048,576 rows|as XML, found: a tag or text of more than 1,048,576 bytes"
    with pytest.raises(LandingError, match=message):
        drop.read()


def test_a_cell_far_away_is_one_behind_a_comment_that_names_another_sheet(drop):
    drop.put("a.xlsx", sheet(f'<row><c r="XFD1"><v>1</v></c></row>{FAR}', head=f"<!-- <x:worksheet > -->{HEAD}"))
    with pytest.raises(LandingError, match="16,384 columns and 1,048,576 rows"):
        drop.read()


def test_a_cell_that_lies_across_two_chunks_is_seen_whole(drop):
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    for cut in range(len('<row r="1048576"><c r="XFD'), len(far), 7):
        filler = archives.CHUNK - len(HEAD) - len("<!---->") - cut
        drop.put("a.xlsx", sheet(f"<!--{' ' * filler}-->{far}"))
        with pytest.raises(LandingError, match="16,384 columns and 1,048,576 rows"):
            drop.read()


@pytest.mark.parametrize("times", [150_000, 600_000])  # a megabyte, and more than a tag may have
@pytest.mark.parametrize("start", ["<c", '<c r="A1"', "<row", "<!--"])
def test_a_tag_that_never_ends_is_refused_without_looking_at_it_again_and_again(drop, start, times):
    drop.put("a.xlsx", sheet(start + ' r="A1"' * times, end=""))
    with pytest.raises(LandingError, match="expected the sheet 'Sheet' as XML, found: "):
        drop.read()


def test_a_sheet_has_at_most_a_million_rows_of_twelve_columns():
    def sized(cell):
        rows = f'<row r="1"><c r="{cell}1"><v>1</v></c></row>{FAR}'
        return cells.faults(io.BytesIO(sheet(rows)), "Sheet", "a.xlsx")

    assert sized("L") == {}
    with pytest.raises(LandingError, match="of 12,582,912 cells or fewer, found 'Sheet' with 13 columns and 1,048,576"):
        sized("M")


@pytest.mark.parametrize("before", range(1, len("<!DOCTYPE"), 2))
def test_a_dtd_that_lies_across_two_chunks_is_found(drop, before):
    filler = " " * (archives.CHUNK - len("<!---->") - before)
    drop.put("a.xlsx", changed(GOOD, sheet1=lambda text: f"<!--{filler}--><!DOCTYPE x>{text}"))
    with pytest.raises(LandingError, match=f"expected parts without a DTD, found one in {SHEET}"):
        drop.read()


DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (codecs.BOM_UTF16_LE + DTD.encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + DTD.encode("utf-16-be"), "UTF-16"),
        (DTD.encode("utf-16-le"), "UTF-16"),
        (DTD.encode("utf-16-be"), "UTF-16"),
        (DTD.encode("utf-32"), "UTF-16 or UTF-32"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "ISO-8859-1"),
    ],
)
def test_a_part_in_another_encoding_could_hide_what_is_looked_for(drop, name, content, encoding):
    drop.put("a.xlsx", with_parts(GOOD, {name: content}))
    with pytest.raises(LandingError, match=f"with its parts in UTF-8, found {name} in {encoding}"):
        drop.read()


def test_what_programs_keep_beside_the_sheets_may_have_any_encoding(drop):
    # Queries are kept so, beside a workbook that is read like any other.
    drop.put("a.xlsx", with_parts(GOOD, {"customXml/item1.xml": DTD.encode("utf-16")}))
    assert drop.read() == ([("A", "lamp", "2")], [])


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="utf-8"?>'])
def test_a_part_may_say_that_it_is_in_utf_8(drop, start):
    drop.put("a.xlsx", changed(GOOD, sheet1=lambda text: start.decode() + text))
    assert drop.read() == ([("A", "lamp", "2")], [])


@pytest.mark.parametrize("twin", ["xl/worksheets/Sheet1.xml", "XL/WORKSHEETS/SHEET1.XML", "xl\\worksheets\\sheet1.xml"])
def test_two_parts_whose_names_a_parser_takes_for_one_are_refused(drop, twin):
    drop.put("a.xlsx", with_parts(GOOD, {twin: b"<worksheet/>"}))
    with pytest.raises(LandingError, match="found an archive with two parts of one name"):
        drop.read()


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_list_of_sheets_that_is_too_long_is_not_parsed(drop, name):
    drop.put("a.xlsx", with_parts(GOOD, {name: b"<a>" + b"<a/>" * 5_000_000 + b"</a>"}))
    with pytest.raises(LandingError, match=f"sheets of 16,777,216 bytes or fewer, found {name} of 20,000,007"):
        drop.read()


def test_the_workbook_that_was_checked_is_the_one_that_is_read(drop):
    # The first relationships may name another workbook, with a list of its own.
    other = {
        "foo/workbook.xml": LISTS["xl/workbook.xml"],
        "foo/_rels/workbook.xml.rels": LISTS["xl/_rels/workbook.xml.rels"].replace(b"/xl/", b""),
        "foo/worksheets/sheet1.xml": LISTS[SHEET].replace(b"<v>", b"<v>1"),
        "_rels/.rels": LISTS["_rels/.rels"].replace(b"xl/workbook.xml", b"foo/workbook.xml"),
    }
    drop.put("a.xlsx", with_parts(GOOD, other))
    assert drop.read() == ([("A", "lamp", "2")], [])


@pytest.mark.parametrize(
    ("name", "end", "twin"),
    [
        ("xl/workbook.xml", b"</sheets>", b'<sheet name="Sheet" sheetId="9" r:id="rId1"/>'),
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", b'<Relationship Id="rId1" Target="a.xml" Type="x"/>'),
    ],
)
def test_two_sheets_of_one_name_are_refused(name, end, twin):
    # The parser takes the first of them, and a check must not take the second.
    content = with_parts(GOOD, {name: LISTS[name].replace(end, twin + end)})
    with pytest.raises(LandingError, match=r"expected the list of sheets of a workbook, found '(Sheet|rId1)' twice"):
        cells.faults(io.BytesIO(content), "Sheet", "a.xlsx")


@pytest.mark.parametrize("cell", ["XFD999999999", "aaaaaaa1", "A999999999999"])
def test_a_cell_that_says_it_is_far_away_is_one_wherever_it_stands(drop, cell):
    # The parser asks for memory of the whole area, and the process ends where there is none.
    drop.put("a.xlsx", changed(GOOD, sheet1=lambda text: text.replace('"C2"', f'"{cell}"')))
    with pytest.raises(LandingError, match="expected a sheet of 12,582,912 cells or fewer"):
        drop.read()


def test_formatted_cells_far_away_hold_nothing_and_do_not_count(drop):
    def write(workbook, sheet):
        sheet.write_row(0, 0, CATALOGUE)
        sheet.write_row(1, 0, ["A", "lamp", 2])
        sheet.write_blank(500, 16_383, None, workbook.add_format({"bold": True}))

    drop.put("a.xlsx", written(write))
    assert drop.read() == ([("A", "lamp", "2")], [])
