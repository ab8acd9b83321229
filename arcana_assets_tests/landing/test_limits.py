"""Files of shapes that no table has: refused in words before they cost anything; what is within the limits lands.

Slow: the one that is marked sends two thousand columns through bronze and silver.
"""

import json
import os
import time
from contextlib import closing
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.domain.months import Bounds, Period
from arcana_assets.landing.files.copies import _lines_of
from arcana_assets.landing.files.inventory import list_files, take_inventory
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.streaming import Conforming
from arcana_assets.landing.zone import CHUNK, LandingError
from arcana_assets_tests.landing.conform.bronze_rows import GOOD
from arcana_assets_tests.landing.conform.bronze_rows import contract as sales
from arcana_assets_tests.landing.drops import catalogue

JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)


def wide(columns):
    return ",".join(["code", "name", *(f"c{number}" for number in range(columns - 2))]).encode()


def refused(drop, lake):
    before = time.process_time()
    with pytest.raises(LandingError) as raised:
        take_inventory(drop.reader(), "shop", "UTC", lake, "run")
    assert not raised.value.retriable
    assert time.process_time() - before < 5  # 120,000 columns took 1,374 s
    return str(raised.value)


def test_a_header_of_120_000_columns_is_counted_and_refused(drop, lake):
    drop.put("a.csv", wide(120_000) + b"\n" + b"," * 119_999 + b"\n")
    assert "products/a.csv: expected 2,000 columns at most, found 120,000. Nothing of it was read" in refused(
        drop, lake
    )


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_files_that_name_their_columns_themselves_are_counted_too(drop, lake, kind):
    drop.contract = catalogue(format={"kind": kind})
    row = dict.fromkeys(wide(3_000).decode().split(","), "1")
    if kind == "jsonl":
        drop.put("a.jsonl", json.dumps(row).encode())
    else:
        pq.write_table(pa.table({name: [value] for name, value in row.items()}), drop.put("a.parquet", b""))
    assert "expected 2,000 columns at most, found 3,000" in refused(drop, lake)


def test_columns_of_files_read_together_count_together(drop, lake):
    drop.contract = catalogue(landing={"pattern": "products/*", "maximum_columns": 5})
    drop.put("a.csv", b"code,name,price,a,b\n1,x,,,\n")
    drop.put("b.csv", b"code,name,price,c\n2,y,,\n")
    assert "2 files read together: expected 5 columns at most, found 6" in refused(drop, lake)


def test_columns_that_bronze_has_count_as_well(drop, lake):
    drop.contract = sales(name="sales", landing={"pattern": "products/*", "maximum_columns": len(GOOD) + 2})
    row = GOOD | {"day": "2011-01-05", "new": "1", "newer": "2"}
    drop.put("a.csv", "\n".join(map(",".join, (row, row.values()))).encode())
    reader = drop.reader()
    listing = list_files(reader, "shop", "UTC", lake)
    given = reader, listing, [JANUARY], Bounds(JANUARY, FEBRUARY), "UTC"
    assert Landed(*given, ["month", "_file", "new"]).rows().read_all().num_rows == 1
    with pytest.raises(LandingError, match=r"a.csv: bronze, with the columns that the file adds: expected"):
        Landed(*given, ["old"]).rows()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"code,name" + b"x" * 1_100_000, "expected the header in line 1 within the first 1,000,000 bytes"),
        (b"code,name" + b"x" * 200_000, "expected column names in line 1, found: field larger than field limit"),
    ],
)
def test_a_header_that_is_none_says_so(drop, lake, header, said):
    drop.put("a.csv", header + b"\n1,2\n")
    assert said in refused(drop, lake)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_with_a_line_beyond_every_limit_is_refused_before_it_is_read(drop, lake, kind):
    drop.contract = catalogue(format={"kind": kind})
    drop.put(f"a.{kind}", b"code,name\n" + b"x" * 70_000_000 + b"\n1,2\n")
    assert "expected lines of 67,108,864 bytes at most, found one of 70,000,000" in refused(drop, lake)


@pytest.mark.parametrize("content", [b"a" * (CHUNK + 7), b"a\n" + b"b" * (2 * CHUNK) + b"\r\nc", b"a\n" * CHUNK])
def test_the_longest_line_is_measured_across_chunks(drop, content):
    drop.put("a.csv", content)
    [digest] = drop.zone.digests(drop.files()).values()
    longest = max(map(len, content.splitlines()))
    assert digest.longest == (longest if longest > CHUNK else 0)


def test_a_long_line_is_put_together_once(monkeypatch):
    pieces = ["a\nb", *["c" * 1_000] * 3, "d\n", "e"]
    assert list(_lines_of(pieces)) == ["a", "b" + "c" * 3_000 + "d", "e"]
    before = time.process_time()
    assert [len(line) for line in _lines_of(["x" * 10_000] * 20_000)] == [200_000_000]
    assert time.process_time() - before < 5  # text put together piece by piece took minutes


def test_a_file_name_that_is_no_utf_8_is_refused_in_words(drop):
    drop.put("a.csv", b"code,name\n1,x\n")
    path = os.fsencode(drop.folder) + b"/caf\xe9.csv"
    with open(path, "wb") as file:
        file.write(b"code,name\n2,y\n")
    with pytest.raises(LandingError) as raised:
        drop.zone.digests(drop.files())
    assert "caf\\xe9.csv: expected a file name in UTF-8, found b'caf\\xe9.csv'; rename the file" in str(raised.value)
    str(raised.value).encode()


def test_a_name_that_is_no_utf_8_is_told_where_nothing_was_found(drop):
    drop.contract = catalogue(pattern="sales/*.csv")
    drop.folder.mkdir(parents=True)
    with open(os.fsencode(drop.folder) + b"/caf\xe9.csv", "wb"):
        pass
    with pytest.raises(LandingError) as raised:
        drop.files()
    assert "caf\\xe9.csv" in str(raised.value)


@pytest.mark.slow
def test_two_thousand_columns_go_all_the_way(drop, lake, engine):
    """Slow: the engine plans queries of 2,000 columns, some 20 s of CPU."""
    drop.contract = sales(name="sales", landing={"pattern": "products/*"}, key=["order_id"])
    row = GOOD | {"day": "2011-01-05"}
    row |= {f"c{number}": f"value {number}" for number in range(2_000 - len(row))}
    bad = row | {"order": "", "c5": '"a\nb"'}
    drop.put("a.csv", "\n".join(map(",".join, (row, row.values(), bad.values()))).encode())
    reader = drop.reader()
    listing = list_files(reader, "shop", "UTC", lake)
    landed = Landed(reader, listing, [JANUARY], Bounds(JANUARY, FEBRUARY), "UTC", ())
    lake.write(("shop", "bronze", "sales"), landed.rows, [JANUARY], engine=engine, run_id="run")
    bronze = lake.read(("shop", "bronze", "sales"), [JANUARY], engine)
    period = Period(JANUARY, datetime(2011, 3, 1, tzinfo=UTC), "UTC")
    with closing(Conforming(engine, bronze, drop.contract, [JANUARY], period, {})) as conforming:
        assert conforming.silver().read_all().num_rows == 1
        [refused] = engine.backend.to_pyarrow(conforming.quarantine()).to_pylist()
    assert (refused["c5"], refused["c1900"]) == ("a\nb", "value 1900")
