"""Sales from landing to silver: one source, real files, a real lake.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import pytest

from arcana_assets.landing.files.reader import LandingReader
from arcana_assets_tests.worlds.shop import (
    CONFIRMED,
    DECEMBER,
    FEBRUARY,
    HEADER,
    JANUARY,
    MARCH,
    account,
    checks,
    line,
    waiting,
)

pytestmark = pytest.mark.slow


def test_two_files_become_the_months_of_their_rows(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "1/2/2011"))
    shop.deliver("2.csv", line(3, "1/31/2011"), line(4, "2/27/2011"))
    result = shop.materialize(DECEMBER, FEBRUARY)
    assert result.success
    assert [shop.orders("silver", month) for month in (DECEMBER, JANUARY, FEBRUARY)] == [["1"], ["2", "3"], ["4"]]
    assert account(result) == (4, 4, 0, 0)
    assert all(check.passed for check in checks(result).values())


def test_a_month_is_the_same_whether_it_runs_alone_or_with_others(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "1/2/2011"), line("x", "soon"), "broken\n")
    shop.materialize(DECEMBER, JANUARY)
    together = [shop.platform.rows(layer, "transactions") for layer in ("bronze", "silver", "quarantine")]
    for month in (JANUARY, DECEMBER):
        assert shop.materialize(month).success
    assert [shop.platform.rows(layer, "transactions") for layer in ("bronze", "silver", "quarantine")] == together


def test_a_delivery_that_comes_again_under_another_name_counts_once_and_is_told(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.deliver("1 (copy).csv", line(1, "12/30/2010"))
    result = shop.materialize()
    assert account(result) == (1, 1, 0, 0)
    copies = checks(result)["no_copies_or_vanished_files"]
    assert (result.success, copies.passed) == (True, False)
    assert copies.metadata["copies"].value == {"transactions/1.csv": "transactions/1 (copy).csv"}


def test_rows_that_come_again_in_another_file_are_exact_duplicates(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/30/2010"))
    shop.deliver("2.csv", line(2, "12/30/2010"), line(3, "12/30/2010"))
    assert account(shop.materialize()) == (4, 3, 0, 1)
    assert shop.orders("silver") == ["1", "2", "3"]


def test_a_refused_row_is_kept_once_with_the_first_place_it_came_from_in_each_month(shop):
    shop.deliver("2.csv", line(1, "12/30/2010", pieces="x"), line(2, "1/3/2011", pieces="y"), line(3, "1/3/2011"))
    shop.deliver("1.csv", *[line(1, "12/30/2010", pieces="x")] * 2, line(4, "1/3/2011"))
    assert account(shop.materialize(DECEMBER, JANUARY)) == (6, 2, 2, 2)
    held = shop.platform.table("quarantine", "transactions", DECEMBER, JANUARY).to_pylist()
    assert {(row["month"], row["InvoiceNo"], row["_file"], *row["_reasons"]) for row in held} == {
        (DECEMBER, "1", "transactions/1.csv", "quantity: 'x' is not a whole number"),
        (JANUARY, "2", "transactions/2.csv", "quantity: 'y' is not a whole number"),
    }


def test_a_file_delivered_again_with_more_rows_replaces_what_it_said(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.materialize()
    shop.deliver("1.csv", line(1, "12/30/2010", pieces="5"), line(2, "12/31/2010"))
    assert account(shop.materialize()) == (2, 2, 0, 0)
    assert shop.orders("silver") == ["1", "2"]


def test_malformed_lines_are_quarantined_with_their_line_in_every_run(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), "2,85123A\n", '3,"never closed,\n', line(4, "12/31/2010"))
    for _ in range(2):  # the second run knows the file from its inventory
        assert account(shop.materialize()) == (4, 2, 2, 0)
        rows = shop.platform.table("quarantine", "transactions").to_pylist()
        assert sorted((row["_line"], row["_text"], row["_reasons"][0]) for row in rows) == [
            (3, "2,85123A", "malformed line: wrong number of fields: expected 8, found 2"),
            (4, '3,"never closed,', "malformed line: bad quoting"),
        ]


def test_a_file_that_the_engine_cannot_read_as_it_is_is_read_in_every_run(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/30/2010").replace("\n", "\r\n"), line(3, "12/31/2010"))
    for _ in range(2):
        assert account(shop.materialize()) == (3, 3, 0, 0)


def test_a_late_file_adds_to_a_month_that_was_there(shop, monkeypatch):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "1/2/2011"))
    shop.materialize(DECEMBER, JANUARY)
    accounted, account_for = [], LandingReader.account

    def watched(reader, files, *more):
        accounted.extend(files)
        return account_for(reader, files, *more)

    monkeypatch.setattr(LandingReader, "account", watched)
    monkeypatch.setattr(LandingReader, "inspect", None)  # what is new is counted as it lands
    shop.deliver("2.csv", line(3, "12/31/2010"))
    assert account(shop.materialize(DECEMBER)) == (2, 2, 0, 0)
    assert (shop.orders("silver", DECEMBER), shop.orders("silver", JANUARY)) == (["1", "3"], ["2"])
    assert [file.path for file in accounted] == ["transactions/2.csv"]


def test_rows_that_no_month_of_the_domain_can_hold_are_quarantined_once(shop):
    shop.deliver(
        "1.csv", line(1, "1/2/2011"), line(2, "11/30/2010"), line(3, "3/20/2011"), line(4, "1/1/2012"), line(5, "")
    )
    result = shop.materialize(DECEMBER, MARCH)
    assert account(result) == (5, 1, 2, 0)
    assert checks(result)["rows_accounted_for"].metadata["before_start"].value == 1
    assert waiting(result) == (1, {"transactions/1.csv": {"2012-01": 1}})
    held = shop.held(JANUARY)  # the first month of the domain that their file has
    assert {order: reason.split("' is ")[-1] for order, [reason] in held.items() if order != "5"} == {
        "2": "before the domain's start, 2010-12"
    }
    assert held["5"] == ["ordered_at: '10:30' is not a date in %m/%d/%Y %H:%M"]
    assert shop.held(MARCH)["3"][0].endswith("is in the future as of 2011-03-15 00:00 UTC")


def test_files_from_before_the_domain_begins_are_counted_apart_and_no_warning_of_each_night(shop):
    early = [line(order, f"{order + 1}/5/2010") for order in range(1, 9)]
    kept = [line(order, "12/30/2010") for order in range(20, 30)]
    shop.deliver("1.csv", *early, *kept, line("x", "soon"))
    for _ in range(2):  # the second night reads what the first one kept
        found = checks(shop.materialize())
        told = "19 landed = 10 silver + 1 quarantined + 0 exact duplicates + 8 before the domain begins"
        assert (found["rows_accounted_for"].passed, found["rows_accounted_for"].description) == (True, told)
        assert found["few_rows_refused"].passed
        assert len(shop.held(DECEMBER)) == 9  # nothing is lost: each stands in quarantine with its file and line


def test_a_start_after_most_of_the_rows_is_told(shop):
    early = [line(order, f"{order + 1}/5/2010") for order in range(1, 9)]
    shop.deliver("1.csv", *early, line(20, "12/30/2010"))
    few = checks(shop.materialize())["few_rows_refused"]
    assert (few.passed, few.severity.name) == (False, "WARN")
    assert few.description.startswith("0.0% of the rows since the domain's start are in quarantine; most rows are ")


def test_a_row_of_a_month_to_come_lands_once_when_that_month_has_begun(shop):
    shop.deliver("1.csv", line(1, "2/2/2011"), line(2, "3/20/2011"), line(3, "4/2/2011"), line("x", "soon"))
    result = shop.materialize(FEBRUARY, MARCH)
    assert (account(result), shop.orders("bronze")) == ((4, 1, 2, 0), ["1", "2", "x"])
    assert waiting(result) == (1, {"transactions/1.csv": {"2011-04": 1}})
    assert checks(result)["rows_accounted_for"].description.endswith(" + 1 waiting")
    april = date(2011, 4, 1)
    result = shop.materialize(MARCH, april, as_of="2011-04-15T00:00:00+00:00")
    assert (account(result), shop.orders("silver", MARCH, april)) == ((2, 2, 0, 0), ["2", "3"])
    assert (shop.orders("bronze"), list(shop.held())) == (["1", "2", "3", "x"], ["x"])
    assert checks(result)["no_rows_waiting"].passed
    assert checks(result)["no_rows_of_the_future"].passed
    assert waiting(result) == (0, {})


def test_rows_that_are_dated_too_far_ahead_are_quarantined_in_the_month_of_their_file(shop):
    shop.deliver("1.csv", line(1, "1/2/2011"), line(2, "1/2/2110"), line(3, "12/31/9999"), line(4, "2/2/2012"))
    shop.deliver("2.csv", line(5, "12/31/9999"))  # of no month of the domain: its first one
    impossible = [["ordered_at: '12/31/9999 10:30' is impossible: too far in the future"]]
    for _ in range(2):  # read when it is new, and when the inventory knows it
        result = shop.materialize(DECEMBER, MARCH)
        assert account(result) == (5, 1, 3, 0)
        assert waiting(result) == (1, {"transactions/1.csv": {"2012-02": 1}})
        assert list(shop.held(DECEMBER).values()) == impossible
        assert sorted(shop.held(JANUARY)) == ["2", "3"]
        assert shop.held(JANUARY)["3"] in impossible
        assert checks(result)["no_rows_waiting"].passed


def test_how_far_ahead_rows_may_be_dated_is_what_the_domain_says(shop):
    shop.deliver("1.csv", line(1, "1/2/2011"), line(2, "5/2/2011"), line(3, "6/2/2011"))
    shop.mend("defs", "  nightly:", "  arrivals: {future_days: 60}\n  nightly:")  # 60 days after March 15: May 14
    result = shop.materialize(DECEMBER, MARCH)
    assert (account(result), list(shop.held())) == ((3, 1, 1, 0), ["3"])
    assert waiting(result) == (1, {"transactions/1.csv": {"2011-05": 1}})


def test_a_mended_date_format_fills_the_months_that_it_gives_rows(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "2011-01-02"))
    assert account(shop.materialize(DECEMBER, JANUARY)) == (2, 1, 1, 0)
    shop.mend("transactions", '["%m/%d/%Y %H:%M"]', '["%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M"]')
    result = shop.materialize(JANUARY)
    assert (account(result), shop.orders("silver", JANUARY)) == ((1, 1, 0, 0), ["2"])
    # December still holds the row that was taken for one of its own.
    waiting = checks(result)["no_rows_waiting"]
    assert (waiting.passed, waiting.description) == (False, "refresh 2010-12")
    result = shop.materialize(DECEMBER)
    assert checks(result)["no_rows_waiting"].passed
    assert [shop.orders("silver", month) for month in (DECEMBER, JANUARY)] == [["1"], ["2"]]


def test_months_whose_rows_have_not_landed_are_named(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "1/2/2011"), line(3, "2/1/2011"))
    result = shop.materialize(JANUARY)
    waiting = checks(result)["no_rows_waiting"]
    assert (result.success, waiting.passed, waiting.description) == (True, False, "refresh 2010-12, 2011-02")
    assert waiting.metadata["months"].value["2010-12"] == "1 rows in the files, 0 in bronze"
    assert checks(shop.materialize(DECEMBER, FEBRUARY))["no_rows_waiting"].passed


def test_a_contract_that_refuses_most_rows_is_told_with_the_reason(shop):
    shop.deliver("1.csv", line(1, "12/30/2010", price="0"), line(2, "12/30/2010", price="-1"), line(3, "12/30/2010"))
    result = shop.materialize()
    few = checks(result)["few_rows_refused"]
    assert (result.success, few.passed) == (True, False)
    assert few.description == (
        "66.7% of the rows are in quarantine; the most frequent reason: unit_price: must be greater than 0"
    )
    assert shop.held()["2"] == ["unit_price: must be greater than 0, found -1"]


@pytest.mark.parametrize(
    ("refused", "limit", "passes"),
    [(1, None, True), (2, None, False), (2, 0.2, True), (1, 0.0, True), (2, 0.0, False)],
)
def test_how_many_rows_may_be_refused_is_in_the_contract_and_one_row_is_never_too_many(shop, refused, limit, passes):
    if limit is not None:
        shop.mend("transactions", "entity: transactions\n", f"entity: transactions\nrefused_share: {limit}\n")
    prices = ["0"] * refused + ["1"] * (16 - refused)
    shop.deliver("1.csv", *(line(n, "12/30/2010", price=price) for n, price in enumerate(prices, 1)))
    few = checks(shop.materialize())["few_rows_refused"]
    assert (few.passed, few.metadata["limit"].value) == (passes, 0.1 if limit is None else limit)


def test_a_file_that_was_taken_away_is_told_by_the_run_that_takes_out_its_rows(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    gone = shop.deliver("2.csv", line(2, "12/31/2010"))
    shop.materialize()
    gone.unlink()
    shop.take_inventory()  # as the sensor does, before the run that it asks for
    result = shop.materialize(config=CONFIRMED)
    assert checks(result)["no_copies_or_vanished_files"].metadata["vanished"].value == ["transactions/2.csv"]
    assert shop.orders("silver") == ["1"]
    assert checks(shop.materialize())["no_copies_or_vanished_files"].passed


def test_an_optional_source_without_files_is_empty(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    result = shop.materialize(source="products")
    assert (result.success, account(result)) == (True, (0, 0, 0, 0))


def test_a_header_alone_is_a_month_without_rows(shop):
    shop.deliver("1.csv")
    result = shop.materialize()
    assert (result.success, account(result), shop.orders("silver", DECEMBER)) == (True, (0, 0, 0, 0), [])


def test_a_column_that_nobody_knows_is_kept_in_bronze_and_told(shop):
    extra = [line(1, "12/30/2010").replace("\n", ",7\n")]
    shop.deliver("1.csv", *extra, header=HEADER.replace("\n", ",Till\n"))
    result = shop.materialize()
    assert checks(result)["no_unknown_columns"].metadata["columns"].value == ["Till"]
    assert (result.success, shop.platform.table("bronze", "transactions")["Till"].to_pylist()) == (True, ["7"])


def test_what_is_told_of_a_month_does_not_depend_on_other_months_of_new_files(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    other = [line(2, "1/2/2011").replace("\n", ",7\n")]
    shop.deliver("2.csv", *other, header=HEADER.replace("\n", ",Till\n"))
    for _ in range(2):  # the second run knows both files from its inventory
        found = checks(shop.materialize(DECEMBER))
        assert found["no_unknown_columns"].metadata["columns"].value == []
        assert found["every_row_landed"].metadata["files"].value == ["transactions/1.csv"]
        assert "Till" not in shop.platform.table("bronze", "transactions").column_names
    found = checks(shop.materialize(JANUARY))
    assert found["no_unknown_columns"].metadata["columns"].value == ["Till"]
    assert shop.platform.table("bronze", "transactions", JANUARY)["Till"].to_pylist() == ["7"]


def test_a_file_may_lack_a_column_that_its_contract_ignores(shop):
    shop.mend("transactions", "columns:", "ignored: [Till]\ncolumns:")
    shop.deliver("1.csv", line(1, "12/30/2010"))
    assert account(shop.materialize()) == (1, 1, 0, 0)
    assert shop.platform.table("bronze", "transactions")["Till"].to_pylist() == [None]


def test_a_column_in_another_letter_case_is_the_column_that_bronze_has(shop):
    till = [line(1, "12/30/2010").replace("\n", ",7\n")], [line(2, "1/2/2011").replace("\n", ",8\n")]
    shop.deliver("1.csv", *till[0], header=HEADER.replace("\n", ",Till\n"))
    assert shop.materialize(DECEMBER).success
    shop.deliver("2.csv", *till[1], header=HEADER.replace("\n", ",TILL\n"))
    assert shop.materialize(JANUARY).success
    assert shop.platform.table("bronze", "transactions")["Till"].to_pylist() == ["7", "8"]


def test_a_later_delivery_of_a_snapshot_takes_the_place_of_the_one_before(shop):
    header = "product_id,name,category,list_price\n"
    shop.deliver("products_1.csv", "A,Lamp,Casa,1.5\n", "B,Bell,Casa,2\n", header=header, source="products")
    assert account(shop.materialize(source="products")) == (2, 2, 0, 0)
    shop.deliver("products_2.csv", "A,Lamp,Casa,1.9\n", "B,Bell,Casa,2\n", header=header, source="products")
    result = shop.materialize(source="products")
    assert (account(result), all(check.passed for check in checks(result).values())) == ((2, 2, 0, 0), True)
    assert {str(price) for price in shop.platform.table("silver", "products")["list_price"].to_pylist()} == {
        "1.9000",
        "2.0000",
    }
    [bronze] = result.asset_materializations_for_node("retail_bronze_products")[-1:]
    assert bronze.metadata["superseded"].value == ["products/products_1.csv"]


def test_a_snapshot_is_kept_for_each_month_of_the_run(shop):
    catalogue = ["A,Lamp,Casa,1.5\n", "B,Bell,Casa,x\n", "B,Bell,Casa\n"]
    shop.deliver("1.csv", *catalogue, header="product_id,name,category,list_price\n", source="products")
    assert account(shop.materialize(DECEMBER, JANUARY, source="products")) == (6, 2, 4, 0)


def test_a_month_that_is_over_and_whose_rows_end_too_early_is_warned_of(shop):
    shop.deliver("1.csv", line(1, "12/21/2010"), line(2, "1/20/2011"), line(3, "3/2/2011"))
    found = checks(shop.materialize(DECEMBER, MARCH))["months_are_complete"]
    assert (found.passed, found.severity.value, found.blocking) == (False, "WARN", False)
    # December ends ten days early, which is usual; February has no row; March is open.
    assert found.metadata["months"].value == {"2011-01": "2011-01-20", "2011-02": "no row"}
    assert "transactions: the newest row of 2011-01 is of 2011-01-20, 11 days before its end" in found.description
    assert "at most 10 days are usual" in found.description
    shop.deliver("2.csv", line(4, "1/21/2011"), line(5, "2/28/2011"))
    assert checks(shop.materialize(DECEMBER, MARCH))["months_are_complete"].passed


def test_a_source_that_may_be_quiet_for_a_month_is_not_watched(shop):
    shop.deliver("1.csv", line(1, "12/1/2010"))
    assert not checks(shop.materialize())["months_are_complete"].passed
    shop.mend("transactions", "entity: transactions", "entity: transactions\ncomplete_within: 31")
    assert "months_are_complete" not in checks(shop.materialize())
