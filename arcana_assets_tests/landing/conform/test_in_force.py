"""Periods: the months in which a row was in force, told by hand, and why what is no period is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
import pytest

from arcana_assets.catalogue.refusals import refusals
from arcana_assets.domain.months import Period
from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.in_force import in_force
from arcana_assets_tests.engine.dialects import statements
from arcana_assets_tests.landing.conform.bronze_rows import Conformed, bronze, contract

COLUMNS = [
    {"from": "id", "to": "subscription_id"},
    {"from": "account", "to": "customer_id"},
    {"from": "plan", "to": "product"},
    {"from": "mrr", "to": "mrr"},
    {"from": "start", "to": "started_on", "formats": ["%Y-%m-%d"]},
]
END = {"from": "end", "to": "ended_on", "type": "date", "formats": ["%Y-%m-%d"]}
GIVEN = {"helpers": [END], "periods": {"start": "started_on", "end": "ended_on"}}
ONE_AT_A_TIME = {"key": ["subscription_id"], "deduplicate": {"by": "started_on", "keep": "latest"}}
ROW = {"id": "s1", "account": "acme", "plan": "basic", "mrr": "10"}
LATER = Period(date(2024, 1, 1), datetime(2025, 1, 1, tzinfo=UTC), "America/Sao_Paulo")
MONTHS = [date(2024, month, 1) for month in range(1, 7)]


def in_months(backend, *rows, period=LATER, **more):
    """The rows as the snapshot of each month has them, conformed by the contract of periods."""
    of = contract(COLUMNS, "subscriptions", **{**GIVEN, **more})
    found = Conformed(backend, of, *(ROW | row | {"month": month} for month in MONTHS for row in rows), period=period)
    found.silver.sort(key=lambda row: (row["month"], row["subscription_id"]))
    return found


def counted(backend, start, end, **given):
    """The numbers of the months in which a period counts."""
    return [row["month"].month for row in in_months(backend, {"start": start, "end": end}, **given).silver]


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2023-11-15", "", [1, 2, 3, 4, 5, 6]),  # still runs
        ("2024-02-29", "2024-04-30", [2, 3, 4]),  # from its first day to its last, both in force
        ("2024-02-01", "2024-04-29", [2, 3]),  # the last day of April is not of it
        ("2024-03-01", "2024-03-30", []),  # began and ended within a month
        ("2024-03-31", "2024-03-31", [3]),
        ("2024-02-10", "2024-03-10", [2]),
        ("2024-06-30", "9999-12-31", [6]),  # an end that nobody expects to come
        ("2024-07-01", "", []),  # does not begin before the last of the months is over
        ("2022-01-01", "2023-12-31", []),
    ],
)
def test_a_period_counts_in_the_months_on_whose_last_day_it_was_in_force(backend, start, end, months):
    assert counted(backend, start, end) == months


def test_rows_not_in_force_are_counted_and_neither_kept_nor_refused(backend):
    row = {"start": "2024-02-10", "end": "2024-04-10"}
    found = in_months(backend, row, row)  # the same row twice
    assert (len(found.silver), found.quarantine, found.not_in_force, found.duplicates) == (2, [], 8, 2)
    [february, _] = found.silver
    assert {name: value for name, value in february.items() if value is not None} == {
        "month": date(2024, 2, 1),
        "billed_on": date(2024, 2, 1),
        "customer_id": "acme",
        "product": "basic",
        "mrr": Decimal("10.0000"),
        "subscription_id": "s1",
        "started_on": date(2024, 2, 10),
    }


def test_a_month_knows_no_end_that_comes_after_it(backend):
    """What the file says later of months that are over is the same: the end is nowhere in their rows."""
    running = in_months(backend, {"start": "2024-01-10", "end": ""}).silver[:3]
    ended = in_months(backend, {"start": "2024-01-10", "end": "2024-04-10"}).silver
    assert ended == running


def test_an_open_month_is_judged_on_the_last_day_that_it_knows(backend):
    """At noon in UTC on 20 June the last day known is that day; at midnight in UTC it is the one before, locally."""

    def as_of(moment):
        return Period(LATER.start, datetime.fromisoformat(moment).replace(tzinfo=UTC), LATER.timezone)

    noon = as_of("2024-06-20T12:00:00")
    assert counted(backend, "2024-05-01", "2024-06-20", period=noon) == [5, 6]
    assert counted(backend, "2024-05-01", "2024-06-19", period=noon) == [5]
    assert counted(backend, "2024-06-21", "", period=noon) == []
    early = as_of("2024-06-20T00:00:00")
    assert counted(backend, "2024-05-01", "2024-06-19", period=early) == [5, 6]
    assert counted(backend, "2024-06-20", "", period=early) == []


def test_what_is_no_period_is_refused_in_every_month_with_its_reason(backend):
    rows = [
        {"id": "s1", "start": "2024-03-01", "end": "2024-02-01"},
        {"id": "s2", "start": "", "end": "2024-02-01"},
        {"id": "s3", "start": "01/02/2024", "end": ""},
        {"id": "s4", "start": "2024-01-01", "end": "soon"},
        {"id": "s5", "start": "2024-01-01", "end": "", "mrr": "ten"},
    ]
    found = in_months(backend, *rows)
    assert found.silver == []
    assert found.not_in_force == 0
    assert found.reasons == sorted(
        [
            "ended_on: must not be before started_on, found 2024-02-01, 2024-03-01",
            "started_on: must be present",
            "started_on: '01/02/2024' is not a date in %Y-%m-%d",
            "ended_on: 'soon' is not a date in %Y-%m-%d",
            "mrr: 'ten' is not a number",
        ]
        * len(MONTHS)
    )


def test_the_reference_page_lists_the_reasons_of_periods():
    listed = refusals(contract(COLUMNS, "subscriptions", **GIVEN), date(2024, 1, 1))
    assert {"started_on: must be present", "ended_on: must not be before started_on, found …"} <= {*listed}


def test_of_one_subscription_one_period_counts_at_a_time_and_several_subscriptions_add_up(backend):
    """An upgrade whose old row was never closed, and another subscription of the same account."""
    old = {"id": "s1", "start": "2024-01-05", "end": ""}
    new = {"id": "s1", "start": "2024-03-05", "end": "", "plan": "pro", "mrr": "30"}
    other = {"id": "s2", "start": "2024-01-01", "end": "2024-02-28", "mrr": "5"}
    found = in_months(backend, old, new, other, **ONE_AT_A_TIME)
    counts = [(row["month"].month, row["product"], int(row["mrr"])) for row in found.silver]
    assert sorted(counts) == [
        *((1, "basic", 5), (1, "basic", 10)),
        (2, "basic", 10),  # of s2 the 29th of February is not
        *((month, "pro", 30) for month in (3, 4, 5, 6)),
    ]
    assert found.reasons == ["subscription_id: superseded by the row with a later started_on"] * 4
    # Without a rule of who wins both are refused, in the months in which both were in force and in no other.
    both = in_months(backend, old, new, key=["subscription_id"])
    assert [row["month"].month for row in both.silver] == [1, 2]
    assert both.reasons == ["subscription_id: must be unique, found in several rows that differ"] * 8


def test_of_two_periods_begun_on_one_day_an_end_that_is_still_to_come_does_not_decide(backend):
    """The header of the end comes before that of the plan, by which the tie is broken."""
    first = {"id": "s1", "start": "2024-01-05", "plan": "basic"}
    second = {"id": "s1", "start": "2024-01-05", "plan": "pro", "mrr": "30"}
    found = [
        in_months(backend, first | {"end": one}, second | {"end": other}, **ONE_AT_A_TIME).silver[:3]
        for one, other in (("", ""), ("2024-06-10", "2024-05-10"), ("2024-05-10", "2024-06-10"), ("", "2024-05-10"))
    ]
    assert [row["product"] for row in found[0]] == ["basic"] * 3
    assert found == [found[0]] * 4


def test_rows_that_the_source_is_not_of_are_counted_as_such_and_nothing_else_is_said_of_them(backend):
    rows = [
        {"id": "s1", "start": "2024-03-01", "end": "2024-02-01", "plan": "trial"},
        {"id": "s2", "start": "2024-06-01", "end": "", "plan": "trial"},
        {"id": "s3", "start": "2024-06-01", "end": ""},
    ]
    found = in_months(backend, *rows, where={"product": {"not_in": ["trial"]}})
    assert [row["subscription_id"] for row in found.silver] == ["s3"]
    assert (found.quarantine, found.left_out - found.not_in_force, found.not_in_force) == ([], 12, 5)


def test_every_row_of_every_month_goes_to_one_place(backend):
    """Against arithmetic on days: whatever two days a period has."""
    days = [date(2023, 12, 30) + timedelta(days=step) for step in range(0, 200, 9)]
    rows = [
        {"id": f"{start}{end}", "start": f"{start}", "end": f"{end or ''}"} for start in days for end in (None, *days)
    ]
    found = in_months(backend, *rows)
    ends = [date(2024, month + 1, 1) - timedelta(days=1) for month in range(1, 7)]
    right = [(start, end) for start in days for end in (None, *days) if end is None or start <= end]
    assert len(found.silver) == sum(
        start <= day and (end is None or day <= end) for start, end in right for day in ends
    )
    assert len(found.quarantine) == len(ends) * (len(rows) - len(right))
    assert found.not_in_force == len(ends) * len(rows) - len(found.silver) - len(found.quarantine)


def test_periods_are_told_by_other_engines_too():
    of = contract(COLUMNS, "subscriptions", **GIVEN)
    landed = ibis.memtable(bronze(of, ROW)).mutate(_copies=1)
    assert statements(in_force(conform.completed(conform.read(landed, of, LATER), of), of, LATER))
