"""Which months know what: of a rollup the ones up to theirs, of a snapshot the one it was read in."""

from datetime import date

import ibis
import pytest

from arcana_assets.customer_360.periods import as_of, in_lookback, of_month, periods_of, whole_months
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets_tests.customer_360.listed.silver_rows import APR, FEB, JAN, JUN, MAR, MAY, month, periods

LAST_YEAR = month(12, 2023)


@pytest.fixture
def known(rows_of):
    """The months that each period knows of a rollup with a row a month, from December to June."""

    def compute(join, *given):
        rows = [{"month": each, "n": each.month} for each in (LAST_YEAR, JAN, FEB, MAR, APR, MAY, JUN)]
        table = ibis.memtable({name: [row[name] for row in rows] for name in ("month", "n")}, schema=TYPES)
        found: dict[date, list[int]] = {}
        for row in rows_of(join(table, periods(FEB, MAY), *given)):
            found.setdefault(row["month"], []).append(row["n"])
        return {each: sorted(numbers) for each, numbers in sorted(found.items())}

    return compute


TYPES = {"month": "date", "n": "int64"}


def test_all_history_up_to_the_month_is_known_as_of_it(known):
    assert known(as_of) == {FEB: [1, 2, 12], MAY: [1, 2, 3, 4, 5, 12]}


def test_a_lookback_begins_with_its_first_month_and_ends_with_the_month(known):
    assert known(in_lookback) == {FEB: [1, 2, 12], MAY: [1, 2, 3, 4, 5, 12]}
    assert known(in_lookback, "later_start") == {FEB: [1, 2, 12], MAY: [3, 4, 5]}
    assert known(in_lookback, "ago_3") == {FEB: [1, 2, 12], MAY: [2, 3, 4, 5]}


def test_a_snapshot_is_known_in_the_month_it_was_read_in(known):
    assert known(of_month) == {FEB: [2], MAY: [5]}


def test_the_month_of_a_row_is_kept_beside_that_of_the_period(rows_of):
    table = ibis.memtable({"month": [JAN], "n": [1]}, schema=TYPES)
    (row,) = rows_of(in_lookback(table, periods(FEB)))
    assert (row["month_"], row["month"]) == (JAN, FEB)


@pytest.mark.parametrize(
    ("earlier", "months"),
    [
        (date(2024, 6, 30), 0),
        (date(2024, 5, 31), 1),
        (date(2023, 12, 31), 6),
        (date(1971, 6, 1), 636),
        (date(2024, 7, 1), -1),
        (None, None),
    ],
)
def test_whole_months_are_of_the_calendar(rows_of, earlier, months):
    table = ibis.memtable({"earlier": [earlier], "month": [JUN]}, schema={"earlier": "date", "month": "date"})
    assert rows_of(table.select(n=whole_months(table.earlier, table.month))) == [{"n": months}]


def test_each_month_is_judged_as_of_its_day(rows_of):
    domain = CustomerDomain(name="d", title="D", description="x", currency="BRL", start="2024-01", lookback_months=3)
    may, june = rows_of(periods_of({MAY: JUN, JUN: date(2024, 6, 11)}, domain))
    assert may == {
        "month": MAY,
        "window_start": MAR,
        "later_start": MAY,
        "ago_3": FEB,
        "ago_12": date(2023, 5, 1),
        "begun": JAN,
        "as_of_day": JUN,
    }
    assert (june["window_start"], june["as_of_day"]) == (APR, date(2024, 6, 11))
