"""The scan finds an id whatever it is packed in, and nothing that only has its digits in it."""

import gzip
import io
import json
import sqlite3
import zipfile
import zlib
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.erasure import wanted as wanted_module
from arcana_assets.erasure.decoding import Undecoded, hits_in
from arcana_assets.erasure.wanted import Wanted

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
