"""Months: arithmetic over years, and what a month may know as of a moment."""

from datetime import UTC, date, datetime

import pytest

from arcana_assets.domain.months import (
    as_of_day,
    begins,
    bounds_at,
    known_until,
    month_at,
    months_between,
    ranges,
    shifted,
    spelled,
)

SAO_PAULO = "America/Sao_Paulo"  # three hours behind UTC, without summer time since 2019


@pytest.mark.parametrize(
    ("month", "by", "expected"),
    [
        (date(2011, 1, 1), -1, date(2010, 12, 1)),
        (date(2010, 12, 1), 1, date(2011, 1, 1)),
        (date(2010, 12, 1), 0, date(2010, 12, 1)),
        (date(2010, 12, 1), -24, date(2008, 12, 1)),
    ],
)
def test_shifting_goes_over_the_year(month, by, expected):
    assert shifted(month, by) == expected


def test_months_between_hold_both_ends_and_nothing_when_reversed():
    assert months_between(date(2010, 11, 1), date(2011, 1, 1)) == [
        date(2010, 11, 1),
        date(2010, 12, 1),
        date(2011, 1, 1),
    ]
    assert months_between(date(2011, 1, 1), date(2011, 1, 1)) == [date(2011, 1, 1)]
    assert months_between(date(2011, 2, 1), date(2011, 1, 1)) == []


def test_a_month_begins_at_local_midnight():
    assert begins(date(2024, 5, 1), SAO_PAULO) == datetime(2024, 5, 1, 3, tzinfo=UTC)
    assert begins(date(2011, 7, 1), "Europe/London") == datetime(2011, 6, 30, 23, tzinfo=UTC)  # summer time


def test_an_instant_lies_in_the_month_of_the_local_calendar():
    assert month_at(datetime(2024, 5, 1, 2, 59, tzinfo=UTC), SAO_PAULO) == date(2024, 4, 1)
    assert month_at(datetime(2024, 5, 1, 3, 0, tzinfo=UTC), SAO_PAULO) == date(2024, 5, 1)


def test_months_are_grouped_into_ranges_without_gaps():
    months = [date(2011, 3, 1), date(2010, 12, 1), date(2011, 1, 1), date(2011, 1, 1)]
    assert ranges(months) == [[date(2010, 12, 1), date(2011, 1, 1)], [date(2011, 3, 1)]]
    assert ranges([]) == []


def test_months_are_spelled_by_their_ranges():
    assert spelled([date(2011, 3, 1), date(2010, 12, 1), date(2011, 1, 1)]) == "2010-12 to 2011-01, 2011-03"
    assert spelled([date(2011, 3, 1)], "%Y-%m-%d") == "2011-03-01"
    assert spelled([]) == "no month"


def test_recency_counts_to_the_next_month_and_while_open_to_the_day_after_the_moment():
    moment = datetime(2024, 5, 10, 2, tzinfo=UTC)  # still the 9th in São Paulo
    assert as_of_day(date(2024, 4, 1), moment, SAO_PAULO) == date(2024, 5, 1)
    assert as_of_day(date(2024, 5, 1), moment, SAO_PAULO) == date(2024, 5, 10)


def test_a_month_that_ends_at_the_moment_is_closed():
    assert as_of_day(date(2024, 4, 1), datetime(2024, 5, 1, 3, tzinfo=UTC), SAO_PAULO) == date(2024, 5, 1)


def test_of_a_day_that_begins_at_the_moment_nothing_is_known():
    midnight = datetime(2024, 5, 10, 3, tzinfo=UTC)  # in São Paulo
    assert as_of_day(date(2024, 5, 1), midnight, SAO_PAULO) == date(2024, 5, 10)
    assert as_of_day(date(2024, 5, 1), midnight.replace(microsecond=1), SAO_PAULO) == date(2024, 5, 11)


@pytest.mark.parametrize(
    ("newest", "known"),
    [(31, date(2024, 6, 1)), (21, date(2024, 6, 1)), (20, date(2024, 5, 21)), (1, date(2024, 5, 2))],
)
def test_a_month_is_known_up_to_its_newest_row_where_that_lies_too_many_days_before_its_end(newest, known):
    may, june = date(2024, 5, 1), date(2024, 6, 1)
    assert known_until(may, june, date(2024, 5, newest), within=10) == known
    assert known_until(may, june, date(2024, 5, newest), within=31) == june


def test_of_a_month_without_rows_nothing_is_known_once_it_should_have_some():
    may = date(2024, 5, 1)
    assert known_until(may, date(2024, 5, 11), None, within=10) == date(2024, 5, 11)
    assert known_until(may, date(2024, 5, 12), None, within=10) == may


@pytest.mark.parametrize(
    ("at", "last", "end", "horizon"),
    [
        (datetime(2026, 3, 10, tzinfo=UTC), None, date(2026, 4, 1), date(2027, 4, 1)),
        (datetime(2026, 3, 10, tzinfo=UTC), date(2011, 12, 1), date(2012, 1, 1), date(2012, 1, 1)),
        (datetime(2011, 12, 10, tzinfo=UTC), date(2011, 12, 1), date(2012, 1, 1), date(2012, 1, 1)),
        (datetime(2011, 10, 10, tzinfo=UTC), date(2011, 12, 1), date(2011, 11, 1), date(2012, 1, 1)),
    ],
)
def test_where_data_have_a_last_month_no_row_has_a_place_after_it(at, last, end, horizon):
    assert bounds_at(at, date(2010, 12, 1), 366, "UTC", last) == (date(2010, 12, 1), end, horizon)
