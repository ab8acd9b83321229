"""Verdicts of the checks, from numbers alone."""

from datetime import date

import dagster as dg
import pytest

from arcana_assets.domain.months import Bounds
from arcana_assets.landing.assets import bronze_checks, silver_checks
from arcana_assets.landing.assets.silver_checks import Account
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets_tests.landing.conform.bronze_rows import contract

KEY = dg.AssetKey(["shop", "bronze", "sales"])
DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)


def names(specs):
    return {spec.name for spec in specs}


def test_a_check_that_has_nothing_to_say_of_a_source_is_not_there():
    dated, parts = contract(), contract(landing={"pattern": "*", "files": 3})
    always = {"every_file_read", "every_row_landed", "no_unknown_columns", "no_copies_or_vanished_files"}
    assert names(bronze_checks.specs(KEY, dated)) == {*always, "no_rows_waiting", "no_rows_of_the_future"}
    assert names(bronze_checks.specs(KEY, parts)) == names(bronze_checks.specs(KEY, dated)) | {"no_file_missing"}
    snapshot = contract([{"from": "code", "to": "product_id"}, {"from": "name", "to": "name"}], "products")
    assert names(bronze_checks.specs(KEY, snapshot)) == always


def test_only_lost_rows_and_erased_customers_hold_up_what_is_computed_from_them():
    specs = [*bronze_checks.specs(KEY, contract()), *silver_checks.specs(KEY, contract())]
    blocking = {spec.name for spec in specs if spec.blocking}
    assert blocking == {"every_row_landed", "rows_accounted_for", "no_erased_customer"}


def test_rows_of_a_snapshot_are_due_in_each_month_that_is_refreshed():
    files = {"a": FileRecord("a.csv", "", "", {None: 2}, malformed=1)}
    assert Inventory(files, {}, [], dated=False).due([DECEMBER, JANUARY], Bounds(DECEMBER, JANUARY)) == 6
    assert Inventory(files, {}, []).due([DECEMBER], Bounds(DECEMBER, JANUARY)) == 3
    assert Inventory(files, {}, [], dated=False).touching([JANUARY], Bounds(DECEMBER, JANUARY)) == ["a"]


def test_a_file_that_bronze_has_rows_of_and_that_lies_there_no_more_has_vanished():
    there = Inventory({}, {"a (1).csv": "a.csv"}, ["c.csv"], superseded=["b.csv"])
    found = bronze_checks.copies(KEY, there, {"a (1).csv", "b.csv", "d.csv"})
    assert (found.passed, found.metadata["vanished"].value) == (False, ["c.csv", "d.csv"])
    assert bronze_checks.copies(KEY, Inventory({}, {}, []), set()).passed


def test_a_file_with_rows_of_the_future_is_named_with_their_months_and_number():
    found = bronze_checks.future(KEY, {"a.csv": {date(2011, 2, 1): 2, date(2011, 3, 1): 1}})
    words = "3 rows wait for months that have not begun: a.csv: 2 of 2011-02, 1 of 2011-03"
    assert (found.passed, found.severity.name, found.description) == (False, "WARN", words)
    assert found.metadata["files"].value == {"a.csv": {"2011-02": 2, "2011-03": 1}}
    many = bronze_checks.future(KEY, {f"{file}.csv": {JANUARY: 1} for file in range(9)})
    assert many.description.endswith("4.csv: 1 of 2011-01; and 4 more files")
    assert bronze_checks.future(KEY, {}).passed


@pytest.mark.parametrize(
    ("rows", "adds_up", "share"),
    [
        (Account(10, 6, 3, 1), True, 0.3),
        (Account(10, 6, 3, 0), False, 0.3),
        (Account(12, 6, 3, 1, waiting=2), True, 0.3),  # rows that wait are not judged yet
        (Account(12, 6, 3, 1, waiting=1), False, 0.3 * 10 / 11),
        (Account(12, 6, 3, 1, erased=2), True, 0.3),  # nor are those of erased customers
        (Account(12, 6, 3, 1), False, 0.25),
        (Account(10, 6, 2, 0, not_filled_in=2), True, 0.25),  # lines of a form that nobody filled in are not judged
        (Account(2, 0, 0, 0, not_filled_in=2), True, 0.0),
        (Account(0, 0, 0, 0), True, 0.0),
        (Account(10, 3, 2, 0, not_in_force=5), True, 0.2),  # of periods not in force the days were judged
        (Account(10, 3, 2, 0, not_in_force=4), False, 0.2),
    ],
)
def test_every_row_goes_to_one_place_and_refused_ones_are_counted_among_those_judged(rows, adds_up, share):
    assert (rows.adds_up, rows.share_refused) == (adds_up, share)
    assert silver_checks.accounted_for(KEY, rows).passed == adds_up


@pytest.mark.parametrize(
    ("rows", "passes", "words"),
    [
        (
            Account(1_000, 1, 0, 0, before_start=999),
            False,
            "0.0% of the rows since the domain's start are in quarantine; most rows are dated before the domain's "
            "start, 999: if they are wanted, set `start` in defs.yaml to an earlier month",
        ),
        (
            Account(20, 9, 1, 0, before_start=10),
            True,
            "10.0% of the rows since the domain's start are in quarantine",
        ),
        (Account(22, 9, 1, 0, waiting=2, before_start=10), True, None),  # what waits is judged later
        (Account(21, 9, 1, 0, before_start=11), False, None),
        (Account(21, 9, 1, 1, before_start=10), True, None),
        (Account(1, 0, 0, 0, before_start=1), True, None),  # one row alone tells nothing
        (Account(10, 9, 1, 0), True, "10.0% of the rows are in quarantine"),
    ],
)
def test_a_start_that_most_rows_lie_before_is_a_warning_and_the_share_is_of_the_others(rows, passes, words):
    found = silver_checks.few_refused(KEY, contract(), rows, [])
    assert (rows.adds_up, found.passed, found.severity) == (True, passes, dg.AssetCheckSeverity.WARN)
    assert words in (None, found.description)


def test_the_account_names_periods_that_were_not_in_force_as_their_own_number():
    of_periods = silver_checks.accounted_for(KEY, Account(24, 7, 6, 0, left_out=3, not_in_force=8))
    words = "24 landed = 7 silver + 6 quarantined + 0 exact duplicates + 3 left out + 8 not in force"
    assert of_periods.description == words
    assert "not_in_force" in of_periods.metadata


def test_the_account_names_rows_that_were_not_filled_in_where_rows_are_of_a_form():
    form, other = (silver_checks.accounted_for(KEY, Account(4, 3, 0, 0, n)) for n in (1, None))
    assert form.description == "4 landed = 3 silver + 0 quarantined + 0 exact duplicates + 1 not filled in"
    assert "not_filled_in" in form.metadata
    assert "not_filled_in" not in other.metadata
