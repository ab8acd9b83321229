"""Headers that are spelt like the columns which the code keeps beside the raw ones: a file may have any of them.

Slow: each of these tests computes months of a domain.
"""

import json
from contextlib import closing
from datetime import UTC, date, datetime

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.domain.contract.columns import RESERVED, raw_name
from arcana_assets.domain.months import Bounds, Period
from arcana_assets.landing.files.inventory import list_files, put_down
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.streaming import Conforming
from arcana_assets_tests.landing.conform.bronze_rows import GOOD
from arcana_assets_tests.landing.conform.bronze_rows import contract as sales
from arcana_assets_tests.landing.workbooks.workbooks import book

pytestmark = pytest.mark.slow

JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)
OF_FILES = ["number", "home", "filename_right", "_file_right"]
OF_COUNTS = ["event_month", "malformed", "rows", "characters"]
OF_SCANS = [
    "file of the scan",
    "line of the scan",
    "text",
    "place",
    "good",
    "o",
    "key",
    "file_row_number",
    "2",
    "1",
    "0",
]
OF_SILVER = ["_row", "_place", "entity:order_id", "entity:rival key"]
NAMES = [*RESERVED, *OF_FILES, *OF_COUNTS, *OF_SCANS, *OF_SILVER]
GIVEN = GOOD | {"day": "2011-01-05"}


def contract(kind):
    return sales(name="sales", landing={"pattern": "products/*"}, format={"kind": kind}, key=["order_id"])


def put(drop, kind, row):
    if kind == "csv":
        drop.put("a.csv", "\n".join(map(",".join, (row, row.values()))).encode())
    elif kind == "jsonl":
        drop.put("a.jsonl", json.dumps(row).encode())
    elif kind == "xlsx":
        drop.put("a.xlsx", book({"Sheet": [list(row), list(row.values())]}))
    else:
        pq.write_table(pa.table({name: [value] for name, value in row.items()}), drop.put("a.parquet", b""))


@pytest.fixture
def landed(drop, lake):
    """The row of a file, as bronze keeps it, from a file that is new and again from one that is known."""

    def landed(kind, row):
        drop.contract = contract(kind)
        put(drop, kind, row)
        for _ in ("new", "known"):
            reader = drop.reader()
            listing = list_files(reader, "shop", "UTC", lake)
            stream = Landed(reader, listing, [JANUARY], Bounds(JANUARY, FEBRUARY), "UTC", ())
            yield stream.rows().read_all()
            put_down(listing, stream.records, {}, {}, reader, "shop", lake, "run")

    return landed


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("spelt", [str.lower, str.upper, str.title])
def test_a_file_may_have_columns_of_every_name_that_stands_beside_the_raw_ones(landed, kind, spelt):
    row = GIVEN | {spelt(name): f"value {number}" for number, name in enumerate(NAMES)}
    for table in landed(kind, row):
        [kept] = table.to_pylist()
        assert {name: kept[raw_name(name)] for name in row} == row
        assert (kept["month"], kept["_file"], kept["_malformed"]) == (JANUARY, f"products/a.{kind}", None)


@pytest.mark.parametrize("spelt", [str.lower, str.upper, str.title])
def test_a_refused_row_keeps_columns_of_every_such_name(landed, engine, spelt):
    row = GIVEN | {"order": "", **{spelt(name): f"value {number}" for number, name in enumerate(NAMES)}}
    bronze = ibis.memtable(next(landed("csv", row)))
    period = Period(JANUARY, datetime(2011, 3, 1, tzinfo=UTC), "UTC")
    with closing(Conforming(engine, bronze, contract("csv"), [JANUARY], period, {})) as conforming:
        assert conforming.silver().read_all().num_rows == 0
        [refused] = engine.backend.to_pyarrow(conforming.quarantine()).to_pylist()
    assert {name: refused[raw_name(name)] or "" for name in row} == row
