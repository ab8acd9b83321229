"""Rows that are dated through another entity: when they are, and which month waits for them."""

from arcana_assets.customer_360.dating import Dating, waiting_months
from arcana_assets_tests.customer_360.listed.silver_rows import APR, JUN, MAY, silver

DATING = Dating("tickets", key="ticket_id", told_by="kind")


def ticket(number, opened):
    return {"ticket_id": number, "customer_id": "ana", "opened_at": opened}


def survey(number, month=JUN):
    return {"customer_id": "ana", "kind": "support", "ticket_id": number, "month": month}


def test_rows_are_due_in_the_month_of_what_dates_them_the_first_where_it_has_several_rows(rows_of):
    tickets = silver("tickets", ticket("t1", "2024-05-20"), ticket("t1", "2024-04-20"), ticket("t2", "2024-06-01"))
    latest = silver("surveys", survey("t1"), survey("t2"), survey("t2"), survey("t9"), survey(None))
    due = {row["due_in"]: row["rows"] for row in rows_of(DATING.due(latest, tickets))}
    assert due == {APR: 1, JUN: 2, None: 2}


def test_a_row_counts_once_however_many_rows_date_it(rows_of):
    tickets = silver("tickets", ticket("t1", "2024-05-20"), ticket("t1", "2024-05-21"))
    found = rows_of(DATING.found(silver("surveys", survey("t1", MAY), survey("t9", MAY)), tickets, "surveys"))
    assert [row["ticket_id"] for row in found] == ["t1"]


def test_what_a_rollup_holds_of_such_rows_is_told_by_their_kind(rows_of):
    kinds = [("support", MAY), ("support", MAY), ("relational", MAY), ("support", JUN)]
    rollup = silver("surveys", *({"customer_id": "ana", "kind": kind, "month": month} for kind, month in kinds))
    held = rows_of(DATING.held(rollup.mutate(answers=2), ["support"], "answers").order_by("month"))
    assert [(row["month"], row["rows"]) for row in held] == [(MAY, 4), (JUN, 2)]


def test_a_month_waits_where_it_holds_fewer_rows_than_are_due_and_none_where_all_are_held_in_a_later_one():
    assert waiting_months({MAY: 2, APR: 1, JUN: 3}, {MAY: 2, JUN: 1}) == [APR, JUN]
    assert waiting_months({MAY: 2, APR: 3}, {MAY: 3, APR: 2}) == []
