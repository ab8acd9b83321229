"""The scan finds an id whatever it is packed in, and nothing that only has its digits in it."""

import bz2
import gzip
import html
import io
import json
import lzma
import sqlite3
import tracemalloc
import zipfile
import zlib
from contextlib import closing
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import escape

from arcana_assets.erasure import wanted as wanted_module
from arcana_assets.erasure.decoding import Undecoded, hits_in
from arcana_assets.erasure.wanted import Stretches, Wanted

HER = "17850"


def parquet(**columns):
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def zipped(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def places(data, *ids, **options):
    return [hit.where for hit in hits_in(Wanted(ids or [HER]), io.BytesIO(data), **options)]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"a\nb;17850;c\n", "line 2"),
        ("a\n17850\n".encode("utf-16"), "line 2"),
        (gzip.compress(b'{"customer_id": "17850"}', mtime=0), "line 1"),
        (zipped("xl/sharedStrings.xml", b"<t>17850</t>"), "xl/sharedStrings.xml, line 1"),
        (zipped("inner.zip", zipped("a.csv", gzip.compress(b"\n17850", mtime=0))), "inner.zip, a.csv, line 2"),
        (zipped("17850.csv", b""), "name of a member"),
        (parquet(customer_id=["17850"] * 9 + ["2"] * 2000), "column customer_id"),
        (parquet(_reasons=[["x, found 17850"], []] * 900), "column _reasons"),
        (parquet(a=[{"b": {"c": "17850"}}] * 900), "column a"),
    ],
)
def test_it_is_found_in(data, where):
    assert where in places(data)


@pytest.mark.parametrize(
    "text",
    ["178501", "x17850", "é17850", "0.17850", "17850.5", "9f6725ce-a113-4e19-8033-c0c4a4417850", "17850_1"],
)
def test_it_is_not_what_only_has_its_digits(text):
    assert places(text.encode()) == []


def test_a_group_of_a_uuid_is_no_id_and_what_is_after_a_dash_is():
    assert places(b"9f6725ce-1785-4e19-8033-c0c4a445004b", "1785") == []
    assert places(b"FR-1785-x", "1785") == ["line 1"]


def test_numbers_are_looked_at_where_files_of_a_company_may_have_them():
    data = parquet(code=pa.array([1, 17850] * 900, pa.int64()))
    assert places(data) == []
    assert places(data, numbers=True) == ["column code"]


def test_many_ids_cost_one_pass_and_find_the_same(monkeypatch):
    data = b"".join(b"%d;FR-%d;C %d\n" % (n, n, n) for n in range(2000)) + "17850".encode("utf-16-le")
    ids = [*(f"FR-{n}" for n in range(0, 2000, 7)), "C 77", HER]
    many = [(found.line, found.number) for found in Wanted(ids).in_bytes(data)]
    monkeypatch.setattr(wanted_module, "MANY", 10_000)
    assert many == [(found.line, found.number) for found in Wanted(ids).in_bytes(data)]
    assert len(many) == len(ids)


def test_what_lies_across_two_pieces_is_found_once(monkeypatch):
    monkeypatch.setattr(wanted_module, "CHUNK", 700)
    for shift in range(0, 1500, 97):
        data = b"\n" * shift + b"17850" + b"\n" * 900 + b"17850\n"
        found = list(Wanted([HER]).in_stream(io.BytesIO(data)))
        assert [each.line for each in found] == [shift + 1, shift + 901]


def test_rows_of_sqlite_that_pages_split_or_that_are_packed_are_decoded(tmp_path):
    path = tmp_path / "runs.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE snapshots (body)")
        packed = zlib.compress(json.dumps({"config": f"{HER} {'x' * 50}"}).encode())
        database.execute("INSERT INTO snapshots VALUES (?)", (packed,))
        database.commit()
    with path.open("rb") as stream:
        assert [hit.where for hit in hits_in(Wanted([HER]), stream, path=str(path))] == ["table snapshots, column body"]


def test_values_of_sqlite_that_touch_each_other_are_found_in_rows_and_after_they_are_deleted(tmp_path):
    path = tmp_path / "arcana.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("CREATE TABLE base (month TEXT, who TEXT, kind TEXT)")
        database.execute("INSERT INTO base VALUES ('2011-01-01', 'C17850', 'retail'), ('2011-01-01', 'C2', 'retail')")
        database.commit()
        with path.open("rb") as stream:
            assert [hit.where for hit in hits_in(Wanted(["C17850"]), stream, path=str(path))] == [
                "table base, column who"
            ]
        database.execute("DELETE FROM base WHERE who = 'C17850'")
        database.commit()
        with path.open("rb") as stream:
            assert [hit.where for hit in hits_in(Wanted(["C17850"]), stream, path=str(path))] == ["bytes of no row"]
        database.execute("VACUUM")
    with path.open("rb") as stream:
        assert list(hits_in(Wanted(["C17850"]), stream, path=str(path))) == []


@pytest.mark.parametrize("data", [b"7z\xbc\xaf\x27\x1c...", b"PAR1 cut off", b"\x1f\x8b\x08 cut", b"PK\x03\x04 cut"])
def test_what_cannot_be_decoded_is_told(data):
    with pytest.raises(Undecoded):
        places(data)


def test_nothing_that_is_said_names_her():
    (found,) = Wanted(["A1", HER]).in_bytes(b'{"who": "17850", "also": "A1x"}')
    assert found.context == '{"who": "[2]", "also": "A1x"}' or HER not in found.context
    assert HER not in repr(Wanted([HER]))


@pytest.mark.parametrize("start", [b"BZh9", b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"\xfd7zXZ\0"])
def test_what_begins_like_a_packed_file_and_is_none_is_undecoded(start):
    with pytest.raises(Undecoded):
        list(hits_in(Wanted(["C1"]), io.BytesIO(start + b" and no more of it" * 9)))


ODD = 'Ação & Cia/"7"'


@pytest.mark.parametrize(
    "text",
    [
        html.escape(ODD),
        str(escape(ODD)),
        html.escape(ODD, quote=False).encode("ascii", "xmlcharrefreplace").decode(),
        json.dumps(ODD),
        json.dumps(ODD, ensure_ascii=False),
        str(htmlsafe_json_dumps(ODD)),
        html.escape(json.dumps(ODD)),
        f"?customer={quote(ODD)}",
        f"?customer={quote_plus(ODD)}&x",
        'a;"Ação & Cia/""7""";b',
    ],
)
@pytest.mark.parametrize("others", [0, 30])
def test_a_code_with_other_signs_is_found_as_pages_json_csv_and_links_spell_it(text, others):
    wanted = Wanted([ODD, *(f"X{number}" for number in range(others))])
    (found,) = wanted.in_text(f"<p>{text}</p>")
    assert found.number == 1
    assert "Cia" not in found.context
    assert "[1]" in found.context


@pytest.mark.parametrize(
    "text",
    [json.dumps("one\nC17850"), json.dumps("\u00a0C17850"), "/x%2FC17850", "“C17850”", "R$\u2013C17850"],
)
@pytest.mark.parametrize("others", [0, 30])
def test_a_sign_that_is_no_letter_may_stand_beside_a_code_however_it_is_written(text, others):
    ids = ["C17850", *(f"X{number}" for number in range(others))]
    assert len(Wanted(ids).in_text(text)) == 1
    assert len(list(Wanted(ids).in_bytes(f"a\n{text}\n".encode("utf-16-le")))) == 1


@pytest.mark.parametrize("text", ["\\u00e9C17850", "%41C17850", "éC17850", "C17850ã"])
def test_a_letter_beside_a_code_makes_it_another_however_it_is_written(text):
    assert Wanted(["C17850"]).in_text(text) == []


def test_codes_beyond_ascii_are_found_in_every_encoding_among_many():
    ids = ["Ação-9", "łódź", *(f"X{number}" for number in range(30))]
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert [each.number for each in Wanted(ids).in_bytes("a;Ação-9;b;łódź;c".encode(encoding))] == [1, 2]
    assert [each.number for each in Wanted(ids).in_bytes("a;Ação-9;b".encode("latin-1"))] == [1]


def test_many_codes_in_pages_of_a_database_are_counted_as_few_are(monkeypatch):
    data = b"".join(b"retail%dC%dx2011-01-01" % (number, number) for number in range(3000)) + b"C7"
    ids = [*(f"C{number}" for number in range(0, 3000, 11)), "12"]
    many = Wanted(ids).loose(io.BytesIO(data))
    monkeypatch.setattr(wanted_module, "MANY", 10_000)
    assert many == Wanted(ids).loose(io.BytesIO(data))
    assert many[2] == 1
    monkeypatch.setattr(wanted_module, "CHUNK", 100)
    assert many == Wanted(ids).loose(io.BytesIO(data))


def test_of_many_codes_each_is_counted_once_a_column():
    data = parquet(customer_id=["C17850"] * 3 + ["C2"] * 2 + [None, "C9"], said=["about “C2”", *["nobody"] * 6])
    found = list(hits_in(Wanted(["C17850", "C2", *(f"X{n}" for n in range(30))]), io.BytesIO(data)))
    assert [(each.where, each.number, each.times) for each in found if each.where != "bytes"] == [
        ("column customer_id", 1, 3),
        ("column customer_id", 2, 2),
        ("column said", 2, 1),
    ]


LARGE = 60  # MB, of which the scan may hold no more than a part at once


@pytest.mark.parametrize("pack", [gzip, bz2, lzma, zipfile], ids=["gzip", "bzip2", "xz", "zip"])
def test_a_packed_file_is_read_piece_by_piece(tmp_path, pack, monkeypatch):
    monkeypatch.setattr(wanted_module, "CHUNK", 2**20)
    path = tmp_path / "large"
    if pack is zipfile:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
            fill(file)
    else:
        options = {"preset": 0} if pack is lzma else {"compresslevel": 1}
        with pack.open(path, "wb", **options) as file:
            fill(file)
    tracemalloc.start()
    try:
        with path.open("rb") as stream:
            (found,) = hits_in(Wanted([HER]), stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.where.endswith("line 61")
    assert peak < LARGE / 4 * 1e6


def fill(file):
    line = b" " * 999_999 + b"\n"
    for _ in range(LARGE):
        file.write(line)
    file.write(HER.encode())


def test_a_packed_file_that_is_read_from_anywhere_is_read_too():
    assert "a.parquet, column customer_id" in places(zipped("a.parquet", parquet(customer_id=[HER] * 3)))
    assert places(gzip.compress(parquet(customer_id=[HER] * 9 + ["2"] * 2000), mtime=0))


def test_digits_within_a_longer_word_of_a_row_are_none_of_no_row(tmp_path):
    path = tmp_path / "arcana.db"

    def found():
        with path.open("rb") as stream:
            return [(each.where, each.times) for each in hits_in(Wanted([HER]), stream, path=str(path))]

    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("CREATE TABLE published (month TEXT, digest TEXT)")
        database.execute(f"INSERT INTO published VALUES ('2011-01-01', 'ab{HER}cd'), ('2011-02-01', 'ef{HER}ab')")
        database.execute(f"INSERT INTO published VALUES ('2011-03-01', 'ee{HER}ff')")
        database.commit()
        assert found() == []
        database.execute("DELETE FROM published WHERE month = '2011-03-01'")
        database.commit()
        assert found() == [("bytes of no row", 1)]


def test_a_database_that_somebody_locks_is_not_decoded_and_not_passed_over(tmp_path, monkeypatch):
    path = tmp_path / "runs.db"
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **told: connect(*given, **{**told, "timeout": 0.1}))
    with closing(connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE runs (body)")
        database.execute("BEGIN EXCLUSIVE")
        with path.open("rb") as stream, pytest.raises(Undecoded, match="locked"):
            list(hits_in(Wanted([HER]), stream, path=str(path)))


def test_what_a_living_row_has_is_told_from_the_rest_of_a_deleted_one_by_what_stands_around_it(monkeypatch):
    monkeypatch.setattr(wanted_module, "CHUNK", 16)
    digest, wanted = b"9f86d0818a12346c7d659a2feaa0c", Wanted(["a12346"])
    stretches = Stretches()
    wanted.note_loose(digest, stretches)
    wanted.note_loose(b"xa12346", stretches)  # so little may stand beside a deleted one as well
    for before in range(40):
        page = b"\x00" * before + digest + b"\x01\x02" + digest
        assert wanted.loose(io.BytesIO(page)) == {1: 2}
        assert wanted.loose(io.BytesIO(page), stretches) == {}
        # Cut over two pages the digest is not known again; the deleted row is told of whatever else is there.
        assert wanted.loose(io.BytesIO(page + b"xa12346y"), stretches) == {1: 1}
        assert wanted.loose(io.BytesIO(page[:before] + digest[:16] + b"\x00"), stretches) == {1: 1}
