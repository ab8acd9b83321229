"""A new file is read once: what it holds is counted while its rows pass."""

from datetime import date

import pytest

from arcana_assets.lake.rows import RunAgain
from arcana_assets.landing.files.inventory import list_files, put_down
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.zone import LandingChanged
from arcana_assets_tests.landing.drops import catalogue
from arcana_assets_tests.landing.files.test_inventory import SALES, held, sales

DECEMBER, JANUARY, FEBRUARY, MARCH = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)


@pytest.fixture
def landed(drop, lake):
    drop.contract = SALES

    def landed(*months):
        listing = list_files(drop.reader(), "shop", "UTC", lake)
        return Landed(drop.reader(), listing, months, (DECEMBER, MARCH), "UTC", ())

    return landed


@pytest.fixture
def keep(drop, lake):
    """Puts down what a stream found, as an asset does once its rows are written."""

    def keep(landed):
        return put_down(landed.listing, landed.records, drop.reader(), "shop", lake, "run")

    return keep


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
    drop.put("a.csv", sales("2011-01-05", "soon"))
    stream = landed(JANUARY)
    assert passed(stream) == passed(stream)
    assert [dict(record.rows) for record in stream.records.values()] == [{JANUARY: 1, None: 1}]


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
