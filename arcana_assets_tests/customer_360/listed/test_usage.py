"""Usage: sessions, days and hours; durations that cannot be are counted and not summed."""

import random
from datetime import date
from decimal import Decimal

import pytest

from arcana_assets.customer_360.listed.usage import usage, usage_daily, usage_modules_monthly
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JUN, MAR, MAY, periods, silver

LONGEST = 24 * 3600


def session(customer="ana", at="2024-06-10 12:00", duration=60, module="m1", denied=False):
    return {
        "customer_id": customer,
        "started_at": at,
        "duration": duration,
        "module_id": module,
        "is_denied": denied,
    }


def daily(*rows, timezone="UTC", longest=LONGEST):
    return usage_daily(silver("usage", *rows), timezone, longest)


def facet(*rows, months=(JUN,), an_hour=3600, **given):
    return usage(daily(*rows), usage_modules_monthly(silver("usage", *rows)), periods(*months, **given), an_hour)


def on(*days, customer="ana"):
    """A session of an hour on each of the days of June."""
    return [session(customer, f"2024-06-{day:02} 09:00", 3600) for day in days]


def test_sessions_days_hours_and_modules(one):
    row = one(
        facet(
            session(at="2024-06-10 01:00", duration=1800, module="m1"),
            session(at="2024-06-10 23:00", duration=5400, module="m2"),
            session(at="2024-01-01 00:00", duration=None, module="m1"),
            session(at="2024-06-11 00:00", duration=0, module=None, denied=True),
        )
    )
    assert (row["active_days"], row["sessions"], row["usage_hours"], row["modules_used"]) == (3, 4, 2, 2)
    assert (row["license_denials"], row["negative_durations"], row["absurd_durations"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("duration", "hours", "negative", "absurd"),
    [
        (-811_819, 0, 1, 0),
        (-0.0001, 0, 1, 0),
        (0, 0, 0, 0),
        (LONGEST, 24, 0, 0),
        (LONGEST + 0.0001, 0, 0, 1),
        (120_000_000_000, 0, 0, 1),
    ],
)
def test_a_session_that_cannot_have_lasted_so_long_is_use_without_its_time(one, duration, hours, negative, absurd):
    row = one(facet(session(duration=duration)))
    assert (row["sessions"], row["active_days"], row["modules_used"]) == (1, 1, 1)
    assert (row["usage_hours"], row["negative_durations"], row["absurd_durations"]) == (hours, negative, absurd)


def test_durations_of_a_customer_with_some_absurd_ones_are_those_of_the_others(one):
    row = one(facet(*(session(duration=duration) for duration in (-5, 1e9, 3600, 1800, None))))
    assert (row["sessions"], row["usage_hours"], row["negative_durations"], row["absurd_durations"]) == (5, 1.5, 1, 1)


def test_an_hour_is_what_the_domain_says(one):
    assert one(facet(session(duration=90), an_hour=60))["usage_hours"] == 1.5


def test_a_day_is_of_the_calendar_of_the_domain(rows_of):
    rows = [session(at="2024-06-11 01:00"), session(at="2024-06-11 04:00")]
    found = rows_of(daily(*rows, timezone="America/Sao_Paulo"))
    assert [(row["day"], row["sessions"]) for row in found] == [(date(2024, 6, 10), 1), (date(2024, 6, 11), 1)]


def test_the_time_of_a_refused_session_does_not_count(one):
    row = one(facet(session(duration=3600), session(at="2024-06-11 12:00", duration=7200, denied=True)))
    assert (row["sessions"], row["license_denials"], row["usage_hours"], row["active_days"]) == (2, 1, 1, 2)


def test_a_licence_status_that_is_unknown_is_no_denial(one):
    assert one(facet(session(denied=None)))["license_denials"] == 0


def test_who_uses_no_known_module_uses_none(one):
    assert one(facet(session(module=None)))["modules_used"] == 0


def test_modules_add_up_to_sessions_and_not_to_modules(rows_of, one):
    rows = [session(at=f"2024-0{number}-01", module="m1") for number in (4, 5, 6)]
    assert [row["sessions"] for row in rows_of(usage_modules_monthly(silver("usage", *rows)))] == [1, 1, 1]
    assert one(facet(*rows))["modules_used"] == 1


@pytest.mark.parametrize(
    ("days", "used", "trend"),
    [
        ([10], [10], None),  # of one day no half can be told
        ([10, 11], [10], -1),
        ([10, 11], [10, 11], 0),
        ([10, 11, 20], [11, 20], 1),  # the day in the middle is in neither half
        ([10, 11, 20], [10, 10, 10, 20], -0.5),
        ([10, 11, 20], [11], None),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 5, 5], 1 / 3),
        ([1, 2, 3, 4, 30], [2, 30], 0),
    ],
)
def test_the_trend_compares_halves_of_the_days_that_are_known_of_anybody(by_customer, days, used, trend):
    rows = [*on(*days, customer="bob"), *on(*used)]
    assert by_customer(facet(*rows))["ana"]["usage_trend"] == (None if trend is None else pytest.approx(trend))


def test_days_before_the_lookback_and_after_the_month_are_in_no_half(by_customer):
    rows = [*on(10, 20), session("bob", "2023-12-31"), session("bob", "2024-07-01")]
    found = by_customer(facet(*rows))
    assert list(found) == ["ana"]
    assert (found["ana"]["active_days"], found["ana"]["usage_trend"]) == (2, 0)


def test_who_used_nothing_has_no_row(rows_of):
    assert rows_of(facet()) == []
    assert rows_of(facet(session(at="2024-07-01 00:00"))) == []


YEAR = [
    session(who, f"2024-{number:02}-{day:02} 10:00", "0.1", f"m{day % 3}", denied=day == 2)
    for who, most in (("ana", 9), ("bob", 4))
    for number in range(1, 7)
    for day in range(1, most + number)
]


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order):
    months = [FEB, MAR, MAY]
    shuffled = random.Random(3).sample(YEAR, len(YEAR))
    together = in_any_order(facet(*YEAR, months=months))
    assert together == [row for each in months for row in in_any_order(facet(*shuffled, months=[each]))]


def test_sums_of_durations_are_exact_in_any_order(rows_of):
    rows = [session(at="2024-06-10", duration=duration) for duration in ["0.1"] * 1000 + ["86399.9999"] * 3]
    (row,) = rows_of(daily(*random.Random(1).sample(rows, len(rows))))
    assert row["duration"] == Decimal("259299.9997")
