"""Tickets: counted by the state that the file really says, and by what was known at the end of each month.

Slow: each of these tests computes months of a domain.
"""

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arcana_assets.customer_360.listed.tickets import tickets, tickets_monthly
from arcana_assets_tests.customer_360.listed.silver_rows import APR, FEB, JAN, JUN, MAR, MAY, periods, silver

pytestmark = pytest.mark.slow

SLA = {"urgent": 8.0, "high": 24.0, "normal": 72.0}
# As the contract of tickets looks statuses up: in English and lower case, what is not listed is unknown.
IS_OPEN = {"open": True, "pending": True, "solved": False, "closed": False}


def ticket(customer="ana", opened="2024-06-01", closed=None, priority="normal", status=None, number=None):
    """A ticket that is open unless the moment of its closing is given."""
    status = status or ("closed" if closed else "open")
    return {
        "customer_id": customer,
        "ticket_id": number,
        "opened_at": opened,
        "updated_at": closed,
        "priority": priority,
        "status": status,
        "is_open": IS_OPEN.get(status),
    }


def monthly(*rows, timezone="UTC", sla=SLA):
    return tickets_monthly(silver("tickets", *rows), timezone, sla)


def facet(*rows, months=(JUN,), urgent=("urgent", "high"), sla=SLA, **given):
    return tickets(monthly(*rows, sla=sla), periods(*months, **given), urgent)


def test_the_rollup_is_by_month_of_opening_priority_and_month_of_closing(rows_of):
    rows = [
        ticket(opened="2024-06-01 10:00", closed="2024-06-01 12:00", priority="high"),
        ticket(opened="2024-06-02 10:00", closed="2024-06-03 11:00", priority="high"),  # an hour too late
        ticket(opened="2024-06-30 10:00", closed="2024-07-01 10:00", priority="high"),  # just in time
        ticket(priority=None),
        ticket("bob", status="archived"),
    ]
    grain = ("customer_id", "month", "priority", "closed_in")
    assert [tuple(row.values()) for row in rows_of(monthly(*rows).select(*grain, "tickets", "open_seconds"))] == [
        ("ana", JUN, "high", JUN, 2, 27 * 3600),
        ("ana", JUN, "high", date(2024, 7, 1), 1, 24 * 3600),
        ("ana", JUN, "unknown", None, 1, 0),
        ("bob", JUN, "normal", None, 1, 0),
    ]
    kept = [(row["sla_due"], row["sla_kept"], row["status_unknown"]) for row in rows_of(monthly(*rows))]
    assert kept == [(2, 1, 0), (1, 1, 0), (0, 0, 0), (0, 0, 1)]


def test_the_month_of_the_closing_is_by_the_calendar_of_the_domain(one):
    row = ticket(opened="2024-05-20", closed="2024-06-01 01:00")  # still May in São Paulo
    assert one(monthly(row, timezone="America/Sao_Paulo"))["closed_in"] == MAY
    assert one(monthly(row))["closed_in"] == JUN


def test_statuses_are_those_of_the_file_and_one_that_it_does_not_know_counts_as_open(one, rows_of):
    statuses = ["open", "open", "pending", "solved", "ABERTO"]
    rows = [ticket(status=status, closed="2024-06-02" if status == "solved" else None) for status in statuses]
    row = one(facet(*rows))
    assert (row["tickets_opened"], row["tickets_waiting"]) == (5, 4)
    assert sum(row["status_unknown"] for row in rows_of(monthly(*rows))) == 1


def test_an_open_ticket_that_was_touched_is_open(one):
    row = one(facet(ticket(closed="2024-06-05", status="pending")))
    assert (row["tickets_waiting"], row["open_hours"], row["sla_kept_share"]) == (1, None, None)


def test_a_ticket_closed_later_is_open_as_of_an_earlier_month(in_any_order):
    rows = [ticket(opened="2024-03-31", closed="2024-05-01 00:00")]
    found = in_any_order(facet(*rows, months=[MAR, APR, MAY]))
    assert [(row["tickets_opened"], row["tickets_waiting"]) for row in found] == [(1, 1), (1, 1), (1, 0)]
    assert [row["open_hours"] for row in found] == [None, None, 31 * 24]
    assert [row["sla_kept_share"] for row in found] == [None, None, 0]


def test_a_ticket_opened_after_the_month_is_not_known(rows_of, one):
    assert rows_of(facet(ticket(opened="2024-07-01"))) == []
    assert one(facet(ticket(), ticket(opened="2024-07-01")))["tickets_opened"] == 1


def test_the_lookback_holds_its_first_month_and_nothing_before(by_customer):
    rows = [ticket("ana", "2024-01-01 00:00"), ticket("bob", "2023-12-31 23:59")]
    assert list(by_customer(facet(*rows))) == ["ana"]


def test_urgent_are_the_priorities_that_the_domain_says(one):
    rows = [ticket(priority=priority) for priority in ("urgent", "high", "normal", None)]
    assert one(facet(*rows))["urgent_share"] == 0.5
    assert one(facet(*rows, urgent=["urgent"]))["urgent_share"] == 0.25
    assert one(facet(*rows, urgent=[]))["urgent_share"] == 0


def test_open_hours_are_the_mean_of_the_closed_ones(one):
    rows = [
        ticket(opened="2024-06-01 00:00", closed="2024-06-01 01:00"),
        ticket(opened="2024-06-01 00:00", closed="2024-06-01 02:30"),
        ticket(opened="2024-06-01 00:00"),
    ]
    assert one(facet(*rows))["open_hours"] == 1.75


def test_what_was_promised_is_kept_to_the_second_and_only_of_priorities_with_a_target(one):
    rows = [
        ticket(priority="urgent", opened="2024-06-01 00:00:00", closed="2024-06-01 08:00:00"),
        ticket(priority="urgent", opened="2024-06-01 00:00:00", closed="2024-06-01 08:00:01"),
        ticket(priority="low", closed="2024-06-20"),
        ticket(priority="urgent"),  # open: nobody can tell yet
    ]
    assert one(facet(*rows))["sla_kept_share"] == 0.5
    assert one(facet(*rows, sla={}))["sla_kept_share"] is None
    assert one(facet(*rows, sla={"low": 0.5}))["sla_kept_share"] == 0


@pytest.mark.parametrize(
    ("opened", "trend"),
    [(["01", "03"], -1), (["04", "06"], 1), (["01", "04"], 0), (["03", "04", "05", "06"], 0.5)],
)
def test_the_trend_compares_the_halves_of_the_lookback(one, opened, trend):
    assert one(facet(*(ticket(opened=f"2024-{number}-15") for number in opened)))["tickets_trend"] == trend


def test_there_is_no_trend_while_the_lookback_begins_before_the_domain(one):
    opened = ticket(opened="2024-06-15")
    assert one(facet(opened, begun=date(2024, 2, 1)))["tickets_trend"] is None
    assert one(facet(opened, begun=date(2024, 1, 1)))["tickets_trend"] == 1


def test_who_has_no_ticket_has_no_row(rows_of):
    assert rows_of(facet()) == []


YEAR = [
    ticket(
        who,
        f"2024-{number:02}-{day:02}",
        closed=f"2024-{number + 1:02}-{day:02}" if day > 5 else None,
        priority=["low", "urgent"][day % 2],
    )
    for who in ("ana", "bob")
    for number in range(1, 6)
    for day in range(1, 4 + number)
]


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order):
    months = [FEB, MAR, JUN]
    shuffled = random.Random(3).sample(YEAR, len(YEAR))
    together = in_any_order(facet(*YEAR, months=months))
    assert together == [row for each in months for row in in_any_order(facet(*shuffled, months=[each]))]


STATES = st.builds(
    ticket,
    customer=st.sampled_from(["ana", "bob"]),
    opened=st.sampled_from(["2024-01-31", "2024-02-01", "2024-03-15", "2024-04-02"]),
    closed=st.sampled_from([None, "2024-04-02", "2024-05-31", "2024-08-01"]),
    priority=st.sampled_from([None, "urgent", "low"]),
    status=st.sampled_from(["open", "closed", "archived"]),
)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(rows=st.lists(STATES, max_size=12))
def test_the_rollup_of_a_range_is_that_of_its_months_and_counts_every_ticket(backend, rows):
    def rows_of(table):
        return backend.to_pyarrow(table).to_pylist()

    together = rows_of(monthly(*rows))
    alone = [
        row
        for each in (JAN, FEB, MAR, APR)
        for row in rows_of(monthly(*(row for row in rows if row["opened_at"][:7] == f"{each:%Y-%m}")))
    ]
    assert together == alone
    assert sum(row["tickets"] for row in together) == len(rows)
    facets = rows_of(facet(*rows))
    assert sum(row["tickets_opened"] for row in facets) == len(rows)
    assert all(0 <= row["tickets_waiting"] <= row["tickets_opened"] for row in facets)
    assert sum(row["tickets_waiting"] for row in facets) == sum(
        row["is_open"] is not False or row["updated_at"] is None or row["updated_at"] > "2024-07" for row in rows
    )
