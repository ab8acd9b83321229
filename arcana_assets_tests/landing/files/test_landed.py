"""A new file is read once: what it holds is counted while its rows pass."""

import io
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Bounds
from arcana_assets.lake.rows import RunAgain
from arcana_assets.landing.files.inventory import list_files, put_down, take_inventory
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.zone import LandingChanged
from arcana_assets_tests.landing.drops import catalogue
from arcana_assets_tests.landing.files.test_inventory import SALES, held, sales
from arcana_assets_tests.landing.workbooks.workbooks import book


def parquet(columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


DECEMBER, JANUARY, FEBRUARY, MARCH = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)
DELIVERED = {
    "csv": ("a.csv", sales("2011-01-05", "soon", tail=b"x\n")),
    "jsonl": ("a.jsonl", b'{"order":0,"day":"2011-01-05"}\n{"order":1,"day":"soon"}\nnot json\n'),
    "parquet": ("a.parquet", parquet({"order": ["0", "1"], "day": ["2011-01-05", "soon"]})),
    "xlsx": ("a.xlsx", book({"Sales": [["order", "day"], [0, "2011-01-05"], [1, "soon"], [2, "soon", "stray"]]})),
}


@pytest.fixture
def landed(drop, lake):
    drop.contract = SALES

    def landed(*months, known=()):
        listing = list_files(drop.reader(), "shop", "UTC", lake)
        return Landed(drop.reader(), listing, months, Bounds(DECEMBER, MARCH), "UTC", known)

    return landed


@pytest.fixture
def keep(drop, lake):
    """Puts down what a stream found, as an asset does once its rows are written."""

    def keep(landed):
        return put_down(landed.listing, landed.records, landed.unread, {}, drop.reader(), "shop", lake, "run")

    return keep


def told(record):
    return dict(record.rows), record.malformed, record.easy


def passed(landed):
    """The rows of a stream: file, order (of a line that is no row, its text), month."""
    rows = landed.rows().read_all().to_pylist()
    return sorted((row["_file"].removeprefix("products/"), row["order"] or row["_text"], row["month"]) for row in rows)


def test_rows_without_a_month_wait_for_the_home_that_the_end_of_their_file_shows(drop, landed, keep, monkeypatch):
    drop.put("a.csv", sales("soon", "2011-02-03", "2011-01-05", "1999-01-01", tail=b"x\n"))
    monkeypatch.setattr(LandingReader, "inspect", None)  # nothing is read twice
    january, february = landed(JANUARY), landed(FEBRUARY)
    assert passed(january) == [("a.csv", order, JANUARY) for order in ("0", "2", "3", "x")]
    assert passed(february) == [("a.csv", "1", FEBRUARY)]
    (record,) = january.records.values()
    assert record.rows == {None: 1, FEBRUARY: 1, JANUARY: 1, date(1999, 1, 1): 1}
    assert record.malformed == 1
    assert held(keep(january)) == {"a.csv": dict(record.rows)}


def test_a_file_that_is_known_lands_the_same_rows_as_when_it_was_new(drop, landed, keep):
    drop.put("a.csv", sales("2011-01-05", "2011-02-03", "soon", tail=b"x\n"))
    drop.put("b.csv", sales("2011-01-07", "2011-03-01"))
    new = landed(JANUARY, FEBRUARY)
    first = passed(new)
    keep(new)
    drop.put("c.csv", sales("2011-02-09"))
    again = landed(JANUARY, FEBRUARY)
    assert [file.path for file in again.listing.new] == ["products/c.csv"]
    assert passed(again) == [*first, ("c.csv", "0", FEBRUARY)]
    assert len(first) == 5


def test_a_stream_that_begins_anew_counts_anew(drop, landed):
    drop.put("a.csv", sales("2011-01-05", "soon", tail=b"x\n"))
    stream = landed(JANUARY)
    assert passed(stream) == passed(stream) == passed(stream)
    assert [len(passed(stream)), *map(told, stream.records.values())] == [3, ({JANUARY: 1, None: 1}, 1, False)]


@pytest.mark.parametrize("kind", [*DELIVERED])
def test_what_is_counted_as_rows_pass_is_what_an_inspection_finds(drop, landed, lake, kind):
    name, content = DELIVERED[kind]
    given = SALES.model_dump(by_alias=True, exclude_unset=True)
    drop.contract = Contract.model_validate(given | {"format": {"kind": kind}, "landing": {"pattern": "products/*"}})
    drop.put(name, content)
    stream = landed(JANUARY)
    malformed = 0 if kind == "parquet" else 1  # in which no row can be malformed
    assert stream.rows().read_all().num_rows == 2 + malformed
    inspected = take_inventory(drop.reader(), "shop", "UTC", lake, "run").files
    assert [*stream.records.values()] == [*inspected.values()]
    assert told(*stream.records.values()) == ({JANUARY: 1, None: 1}, malformed, not malformed)


def test_nothing_of_what_a_stream_refused_stays_in_the_engine(drop, landed, keep, monkeypatch):
    kept = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 're%ed_%' ORDER BY 1"
    before = drop.engine.backend.con.sql(kept).fetchall()
    drop.put("a.csv", sales("2011-01-05", tail=b"x\n"))
    stream = landed(JANUARY)
    with monkeypatch.context() as broken:
        broken.setattr("arcana_assets.landing.files.landed._counts", None)
        with pytest.raises(TypeError):
            stream.rows().read_all()
    passed(stream)
    keep(stream)
    passed(landed(JANUARY))  # from a file that is known
    assert drop.engine.backend.con.sql(kept).fetchall() == before


def test_a_new_file_without_rows_of_the_months_adds_nothing_to_them(drop, landed, keep):
    drop.put("a.csv", sales("2011-01-05"))
    drop.put("b.csv", b"order,day,extra\n7,2011-02-05,x\n")
    new = landed(JANUARY)
    january = new.rows().read_all()
    keep(new)
    again = landed(JANUARY).rows().read_all()
    assert january.schema == again.schema
    assert (january.to_pylist(), "extra" in january.column_names) == (again.to_pylist(), False)
    assert landed(FEBRUARY).rows().read_all()["extra"].to_pylist() == ["x"]


def test_a_new_file_with_a_column_that_nobody_knows_is_read_once_where_bronze_has_it(drop, landed, monkeypatch):
    drop.put("b.csv", b"order,day,extra\n7,2011-02-05,x\n")
    assert landed(FEBRUARY).rows().read_all()["extra"].to_pylist() == ["x"]
    monkeypatch.setattr(LandingReader, "inspect", None)
    assert landed(FEBRUARY, known=["Extra"]).rows().read_all()["Extra"].to_pylist() == ["x"]


def test_columns_that_no_file_has_are_there_where_the_contract_speaks_of_them(drop, landed):
    drop.contract = SALES.model_copy(update={"ignored": ["till", "Month"]})
    drop.put("a.csv", b"order,day,TILL\n7,2011-01-05,x\n")
    [row] = landed(JANUARY).rows().read_all().to_pylist()
    assert (row["till"], row["Month_"]) == ("x", None)


def test_of_two_new_files_with_one_content_one_is_read_and_the_other_known_by_it(drop, landed, keep):
    drop.put("a.csv", sales("2011-01-05"))
    drop.put("b.csv", sales("2011-01-05"))
    stream = landed(JANUARY)
    assert passed(stream) == [("a.csv", "0", JANUARY)]
    inventory = keep(stream)
    assert (held(inventory), inventory.copies) == ({"a.csv": {JANUARY: 1}}, {"products/b.csv": "products/a.csv"})
    assert list(landed(JANUARY).listing.new) == []


def test_lines_that_do_not_add_up_are_read_again_with_more_care(drop, landed):
    drop.put("a.csv", sales("2011-01-01\r", "2011-01-02"))
    stream = landed(JANUARY)
    with pytest.raises(RunAgain):
        stream.rows().read_all()
    assert passed(stream) == [("a.csv", "0", JANUARY), ("a.csv", "1", JANUARY)]
    assert [record.copied for record in stream.records.values()] == [True]


def test_a_file_that_grows_while_its_rows_pass_ends_the_stream(drop, landed):
    path = drop.put("a.csv", sales("2011-01-05"))
    stream = landed(JANUARY)
    rows = stream.rows()
    path.write_bytes(sales("2011-01-05", "2011-01-06"))
    with pytest.raises(LandingChanged, match=r"a.csv changed while it was read"):
        rows.read_all()


def test_a_row_of_a_snapshot_is_of_each_month_and_counted_once(drop, landed):
    drop.contract = catalogue()
    drop.put("a.csv", b"code,name,price\nA,apple,1\nB,pear,2\n")
    stream = landed(JANUARY, FEBRUARY)
    found = sorted((row["code"], row["month"]) for row in stream.rows().read_all().to_pylist())
    assert found == [("A", JANUARY), ("A", FEBRUARY), ("B", JANUARY), ("B", FEBRUARY)]
    assert [dict(record.rows) for record in stream.records.values()] == [{None: 2}]
