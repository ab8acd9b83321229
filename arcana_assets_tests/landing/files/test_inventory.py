from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Bounds
from arcana_assets.landing.files.inventory import SCHEMA, last_inventory, take_inventory
from arcana_assets.landing.files.listing import NothingReadable
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets.landing.zone import LandingChanged
from arcana_assets_tests.landing.drops import HEADER

DECEMBER, JANUARY, FEBRUARY, MARCH = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)
SALES = Contract.model_validate(
    {
        "name": "sales",
        "entity": "transactions",
        "description": "Sales",
        "landing": {"pattern": "products/*.csv"},
        "format": {"kind": "csv"},
        "columns": [
            {"from": "order", "to": "order_id"},
            {"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d"]},
        ],
    }
)


class Shop:
    def __init__(self, drop, lake, monkeypatch):
        self.drop, self.lake, self.inspected, self.timezone = drop, lake, [], "UTC"
        inspect = LandingReader.inspect

        def watched(reader, files, digests, count):
            self.inspected.append([file.path for file in files])
            return inspect(reader, files, digests, count)

        monkeypatch.setattr(LandingReader, "inspect", watched)

    def take(self) -> Inventory:
        return take_inventory(self.drop.reader(), "shop", self.timezone, self.lake, "run")


@pytest.fixture
def shop(drop, lake, monkeypatch):
    drop.contract = SALES
    return Shop(drop, lake, monkeypatch)


def sales(*days, tail=b""):
    return b"order,day\n" + b"".join(f"{number},{day}\n".encode() for number, day in enumerate(days)) + tail


def held(inventory):
    return {file.path.removeprefix("products/"): dict(record.rows) for file, record in inventory.files.items()}


def test_a_file_is_known_by_the_months_of_its_rows(shop):
    shop.drop.put("a.csv", sales("2010-12-31", "2011-01-01", "2011-01-31", "soon", tail=b"x\n"))
    inventory = shop.take()
    [record] = inventory.files.values()
    assert (record.rows, record.malformed) == ({DECEMBER: 1, JANUARY: 2, None: 1}, 1)
    assert inventory.total == 5


def test_an_unchanged_file_is_not_read_again(shop):
    shop.drop.put("a.csv", sales("2010-12-31", "soon", tail=b"x\n"))
    shop.drop.put("b.csv", sales("2011-01-01\r"))  # read from a copy
    first = shop.take()
    assert shop.take() == first
    shop.drop.put("c.csv", sales("2011-02-01"))
    assert shop.take().files.keys() == {*first.files, *shop.drop.files()}
    assert shop.inspected == [["products/a.csv", "products/b.csv"], ["products/c.csv"]]
    assert [record.easy for record in shop.take().files.values()] == [False, False, True]


def test_the_same_name_with_new_content_is_a_new_file(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    shop.take()
    shop.drop.put("a.csv", sales("2010-12-31", "2011-01-01"))
    assert held(shop.take()) == {"a.csv": {DECEMBER: 1, JANUARY: 1}}
    assert shop.inspected == [["products/a.csv"]] * 2


def test_the_same_content_under_two_names_counts_once(shop):
    shop.drop.put("b.csv", sales("2010-12-31"))
    shop.take()
    shop.drop.put("a.csv", sales("2010-12-31"))
    inventory = shop.take()
    assert held(inventory) == {"a.csv": {DECEMBER: 1}}
    assert inventory.copies == {"products/b.csv": "products/a.csv"}
    assert inventory.total == 1


def test_one_of_eleven_parts_that_came_twice_counts_once(shop):
    for number in range(1, 12):
        shop.drop.put(f"telemetria_{number}.csv", sales("2010-12-31", f"2011-01-{number:02}"))
    shop.drop.put("telemetria_3 (1).csv", sales("2010-12-31", "2011-01-03"))
    inventory = shop.take()
    assert inventory.copies == {"products/telemetria_3.csv": "products/telemetria_3 (1).csv"}
    assert (len(inventory.files), inventory.total) == (11, 22)


def test_a_file_that_was_taken_away_is_said_to_have_vanished_once(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    gone = shop.drop.put("b.csv", sales("2011-01-01"))
    shop.take()
    gone.unlink()
    inventory = shop.take()
    assert (held(inventory), inventory.vanished) == ({"a.csv": {DECEMBER: 1}}, ["products/b.csv"])
    assert shop.take().vanished == []


def test_a_header_alone_is_known_as_a_file_without_rows(shop):
    shop.drop.put("a.csv", sales())
    assert held(shop.take()) == {"a.csv": {}}
    assert held(shop.take()) == {"a.csv": {}}
    assert shop.inspected == [["products/a.csv"]]


def test_an_optional_source_without_files_is_an_empty_inventory(shop):
    shop.drop.contract = SALES.model_copy(
        update={"landing": SALES.landing.model_copy(update={"required": False}), "name": "optional"}
    )
    assert (shop.take().files, shop.take().total, shop.inspected) == ({}, 0, [])


def test_a_file_that_cannot_be_read_is_set_aside_and_leaves_the_rest_of_the_inventory_as_it_was(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    before = shop.take()
    bad = shop.drop.put("b.csv", HEADER)
    shop.drop.put("copy of b.csv", HEADER)
    inventory = shop.take()
    assert [*inventory.unread] == ["products/b.csv", "products/copy of b.csv"]
    assert all("expected the column(s) 'order', 'day'" in why for why in inventory.unread.values())
    assert (held(inventory), inventory.copies, inventory.vanished) == (held(before), {}, [])
    (shop.drop.folder / "copy of b.csv").unlink()
    bad.write_bytes(sales("2011-01-01", "2011-01-02"))
    assert (held(shop.take()), shop.take().unread) == ({"a.csv": {DECEMBER: 1}, "b.csv": {JANUARY: 2}}, {})


def test_a_file_that_was_good_once_is_not_said_to_have_vanished_while_it_cannot_be_read(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    shop.drop.put("b.csv", sales("2011-01-01"))
    before = shop.take()
    shop.drop.put("b.csv", HEADER)
    inventory = shop.take()
    assert (held(inventory), [*inventory.unread], inventory.vanished) == (
        {"a.csv": {DECEMBER: 1}},
        ["products/b.csv"],
        [],
    )
    shop.drop.put("b.csv", sales("2011-01-01"))
    assert held(shop.take()) == held(before)


def test_what_lies_there_unreadable_is_put_down_once_and_not_with_every_look(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    shop.drop.put("b.csv", HEADER)
    shop.take()
    version = shop.lake.open(("shop", "landing", "sales")).version()
    shop.take()
    assert shop.lake.open(("shop", "landing", "sales")).version() == version
    assert [*last_inventory("shop", "sales", shop.lake, shop.drop.engine).unread] == ["products/b.csv"]


def test_a_source_of_which_no_file_can_be_read_has_no_inventory_and_says_what_is_wrong_with_each(shop):
    shop.drop.put("a.csv", HEADER)
    shop.drop.put("b.csv", b"")
    with pytest.raises(NothingReadable, match=r"b.csv is empty.*") as raised:
        shop.take()
    assert "a.csv: expected the column(s)" in str(raised.value)


def test_of_complete_deliveries_the_last_one_has_no_other_in_its_place(shop):
    shop.drop.contract = with_(landing={"pattern": "products/*.csv", "deliveries": "latest"})
    shop.drop.put("2011-01.csv", sales("2010-12-31"))
    shop.take()
    shop.drop.put("2011-02.csv", HEADER)
    with pytest.raises(NothingReadable, match=r"2011-02.csv"):
        shop.take()


def test_a_file_that_changes_while_it_is_read_is_not_put_down(shop, monkeypatch):
    path = shop.drop.put("a.csv", sales("2010-12-31"))
    watched = LandingReader.inspect

    def growing(reader, files, digests, count):
        found = watched(reader, files, digests, count)
        path.write_bytes(sales("2010-12-31", "2011-01-01"))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(LandingReader, "inspect", growing)
        with pytest.raises(LandingChanged, match=r"a.csv changed while it was read"):
            shop.take()
    assert held(shop.take()) == {"a.csv": {DECEMBER: 1, JANUARY: 1}}


def with_(**changes):
    return Contract.model_validate(SALES.model_dump(by_alias=True) | changes)


MENDED = {
    "columns": [
        {"from": "order", "to": "order_id"},
        {"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d", "%d.%m.%Y"]},
    ]
}


def test_a_mended_date_format_gives_the_rows_of_an_unchanged_file_their_months(shop):
    shop.drop.put("a.csv", sales("2010-12-31", "31.01.2011"))
    assert held(shop.take()) == {"a.csv": {DECEMBER: 1, None: 1}}
    shop.drop.contract = with_(**MENDED)
    assert held(shop.take()) == held(shop.take()) == {"a.csv": {DECEMBER: 1, JANUARY: 1}}
    assert shop.inspected == [["products/a.csv"]] * 2


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({"format": {"kind": "csv", "encoding": "latin-1"}}, True),
        ({"format": {"kind": "csv", "quote": "'"}}, True),
        ({"ignored": ["till"]}, True),
        ({"workbook": {"header_row": 3}}, True),
        ({"landing": {"pattern": "products/*.csv", "files": 1}}, False),
        ({"description": "Other words"}, False),
        ({"rules": [{"column": "order_id", "nullable": False}]}, False),  # silver's business
    ],
)
def test_a_file_is_read_again_when_its_contract_reads_it_in_another_way(shop, changes, again):
    shop.drop.put("a.csv", sales("2010-12-31"))
    shop.take()
    shop.drop.contract = with_(**changes)
    shop.take()
    assert shop.inspected == [["products/a.csv"]] * (1 + again)


def test_a_file_is_read_again_when_its_times_are_of_another_zone(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    shop.take()
    shop.timezone = "America/Sao_Paulo"
    shop.take()
    shop.take()
    assert shop.inspected == [["products/a.csv"]] * 2


def test_of_complete_deliveries_only_the_one_whose_name_sorts_last_is_read(shop):
    shop.drop.contract = with_(landing={"pattern": "products/*.csv", "deliveries": "latest"})
    shop.drop.put("2011-01.csv", sales("2010-12-31"))
    assert shop.take().superseded == []
    shop.drop.put("2011-02.csv", sales("2011-01-01"))
    inventory = shop.take()
    assert held(inventory) == {"2011-02.csv": {JANUARY: 1}}
    assert (inventory.superseded, inventory.copies, inventory.vanished) == (["products/2011-01.csv"], {}, [])
    assert (inventory.total, shop.take()) == (1, inventory)
    assert shop.inspected == [["products/2011-01.csv"], ["products/2011-02.csv"]]


def test_an_inventory_that_does_not_say_how_it_was_read_is_made_anew(shop):
    shop.drop.put("a.csv", sales("2010-12-31"))
    [file] = shop.drop.files()
    old = pa.schema([field for field in SCHEMA if field.name not in ("copied", "read_as", "unread")])
    row = {"path": [file.path], "stamp": [file.stamp], "sha256": ["x"], "event_month": [DECEMBER], "malformed": [False]}
    shop.lake.write(
        ("shop", "landing", "sales"),
        pa.table(row | {"rows": [1]}, schema=old),
        None,
        engine=shop.drop.engine,
        run_id="r",
    )
    assert held(shop.take()) == held(shop.take()) == {"a.csv": {DECEMBER: 1}}
    assert shop.inspected == [["products/a.csv"]]


def record(rows, malformed=0):
    return FileRecord("a.csv", "stamp", "sha", rows, malformed)


@pytest.mark.parametrize(
    ("rows", "malformed", "kept"),
    [
        ({JANUARY: 2, None: 3}, 1, {JANUARY: 6}),
        ({FEBRUARY: 1, JANUARY: 2, None: 3}, 0, {FEBRUARY: 1, JANUARY: 5}),
        ({date(1999, 1, 1): 2, FEBRUARY: 1}, 0, {FEBRUARY: 3}),  # before the domain's start
        ({None: 2}, 0, {DECEMBER: 2}),
        ({}, 0, {}),
    ],
)
def test_rows_without_a_month_of_their_own_go_to_the_first_that_their_file_has(rows, malformed, kept):
    assert record(rows, malformed).by_month(Bounds(DECEMBER, MARCH)) == kept


def test_rows_of_months_to_come_wait_for_them_and_take_no_other_month():
    both, later = record({MARCH: 2, JANUARY: 1}, 1), replace(record({MARCH: 2}, 1), path="b.csv")
    now, later_on = Bounds(DECEMBER, MARCH), Bounds(DECEMBER, date(2011, 4, 1))
    assert (both.by_month(now), both.waiting(now)) == ({JANUARY: 2}, {MARCH: 2})
    assert (later.by_month(now), later.waiting(now)) == ({}, {MARCH: 3})
    assert (both.by_month(later_on), later.by_month(later_on)) == ({JANUARY: 2, MARCH: 2}, {MARCH: 3})
    assert Inventory({"a": both, "b": later}, {}, []).waiting(now) == {"a.csv": {MARCH: 2}, "b.csv": {MARCH: 3}}


@pytest.mark.parametrize(
    ("rows", "kept", "waiting"),
    [
        ({JANUARY: 1, FEBRUARY: 2, MARCH: 3, date(2110, 1, 1): 4}, {JANUARY: 5, FEBRUARY: 2}, {MARCH: 3}),
        ({MARCH: 3, date(2110, 1, 1): 4}, {}, {MARCH: 7}),
        ({date(9999, 12, 1): 4}, {DECEMBER: 4}, {}),
    ],
)
def test_rows_that_no_run_will_ever_reach_go_to_the_home_month_of_their_file(rows, kept, waiting):
    bounds = Bounds(DECEMBER, MARCH, date(2012, 4, 1))
    assert (record(rows).by_month(bounds), record(rows).waiting(bounds)) == (kept, waiting)


def test_the_files_of_a_month_are_those_that_have_a_row_in_it():
    files = {"a": record({JANUARY: 1, None: 1}), "b": record({FEBRUARY: 2}), "c": record({})}
    inventory = Inventory(files, {}, [])
    assert inventory.touching([JANUARY], Bounds(DECEMBER, MARCH)) == ["a"]
    assert inventory.touching([DECEMBER], Bounds(DECEMBER, MARCH)) == []
    assert inventory.rows([DECEMBER, JANUARY, FEBRUARY], Bounds(DECEMBER, MARCH)) == {
        DECEMBER: 0,
        JANUARY: 2,
        FEBRUARY: 2,
    }
