"""Deliveries that are not as they should be, from the landing to silver: parts, cut files, and workbooks.

Slow: each of these tests computes months of a domain.
"""

import pytest

from arcana_assets_tests.landing.workbooks.workbooks import written
from arcana_assets_tests.worlds.shop import DECEMBER, HEADER, account, checks, line

pytestmark = pytest.mark.slow

LANDING = 'landing: {pattern: "transactions/*.csv"}'


@pytest.fixture
def parts(shop):
    """A shop that delivers its sales in three files."""
    shop.mend("transactions", LANDING, 'landing: {pattern: "transactions/*.csv", files: 3}')
    return shop


def deliver(shop, *numbers):
    for number in numbers:
        shop.deliver(f"part_{number}.csv", line(number, "12/30/2010"), line(number + 10, "12/31/2010"))


def test_a_delivery_that_is_whole_passes_and_one_without_a_part_is_said_to_lack_it(parts):
    deliver(parts, 1, 3)
    result = parts.materialize()
    found = checks(result)["no_file_missing"]
    assert (found.passed, found.severity.value, found.blocking) == (False, "ERROR", False)
    assert found.description.startswith("expected 3 files, found 2; missing transactions/part_2.csv; deliver")
    assert found.metadata["missing"].value == ["transactions/part_2.csv"]
    assert (result.success, account(result)) == (True, (4, 4, 0, 0))  # what there is of it goes on
    deliver(parts, 2)
    assert checks(parts.materialize())["no_file_missing"].passed


def test_a_part_that_came_twice_is_a_copy_and_its_rows_count_once(parts):
    deliver(parts, 1, 2, 3)
    parts.deliver("part_2 (1).csv", line(2, "12/30/2010"), line(12, "12/31/2010"))
    result = parts.materialize()
    assert checks(result)["no_file_missing"].passed
    copies = checks(result)["no_copies_or_vanished_files"]
    assert not copies.passed
    assert copies.metadata["copies"].value == {"transactions/part_2.csv": "transactions/part_2 (1).csv"}
    assert account(result) == (6, 6, 0, 0)
    assert parts.orders("bronze") == ["1", "11", "12", "13", "2", "3"]


def test_a_source_that_does_not_say_how_many_files_it_has_is_not_asked(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    assert "no_file_missing" not in checks(shop.materialize())


@pytest.mark.parametrize("cut", ["3,85123A,LA", '3,85123A,"LA', '3,85123A,"LA\nMP'])
def test_a_file_that_is_cut_in_a_line_keeps_the_others_and_the_cut_one_is_quarantined(shop, cut):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/31/2010"), cut)
    result = shop.materialize()
    landed, silver, quarantined, duplicates = account(result)
    assert (result.success, silver, duplicates) == (True, 2, 0)
    assert landed == silver + quarantined
    held = shop.platform.table("quarantine", "transactions").to_pylist()
    assert "\n".join(row["_text"] for row in sorted(held, key=lambda row: row["_line"])) == cut
    assert all(row["_reasons"][0].startswith("malformed line: ") for row in held)


def test_a_workbook_lands_beside_text_and_a_row_with_an_error_in_quarantine(shop):
    def write(workbook, sheet):
        sheet.write_row(0, 0, HEADER.strip().split(","))
        dated = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for row in (1, 2):
            sheet.write_row(row, 0, [10 + row, "85123A", 'LAMP, "blue"\n🛋', 2, 40542.4375, 1.5, 17850, "France"])
            sheet.write_number(row, 4, 40542.4375, dated)
        sheet.write_formula("F3", "=1/0", None, "#DIV/0!")

    shop.mend("transactions", LANDING, 'landing: {pattern: "transactions/*"}\nworkbook: {header_row: 1}')
    shop.deliver("1.csv", line(1, "12/30/2010"))
    (shop.platform.landing / "transactions" / "2.xlsx").write_bytes(written(write))
    assert account(shop.materialize()) == (3, 2, 1, 0)
    assert shop.orders("silver") == ["1", "11"]
    [refused] = shop.platform.table("quarantine", "transactions").to_pylist()
    assert refused["_reasons"] == ["malformed line: cell F3, 'UnitPrice': the error #DIV/0!"]
    assert (refused["_file"], refused["_line"]) == ("transactions/2.xlsx", 3)
    [sold] = [row for row in shop.platform.table("silver", "transactions").to_pylist() if row["order_id"] == "11"]
    assert sold["ordered_at"].strftime("%Y-%m-%d %H:%M") == "2010-12-30 10:30"
    assert sold["month"] == DECEMBER
