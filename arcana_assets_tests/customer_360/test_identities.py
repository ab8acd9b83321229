"""Identities: second accounts are one customer, what two claim is nobody's, and no earlier month changes."""

from datetime import date
from itertools import permutations

import pandas as pd
import pytest

from arcana_assets.customer_360.identities import (
    CUSTOMER_IDENTITIES,
    customer_identities,
    folded,
    folded_as_of,
    identified,
)
from arcana_assets.tables.frames import as_table
from arcana_assets_tests.customer_360.listed.silver_rows import FEB, JAN, MAR, silver

REGISTERED = {"ana": date(2023, 5, 1), "ana2": date(2024, 1, 9), "bob": date(2022, 1, 1), "cid": date(2023, 1, 1)}
DAYS = {JAN: FEB, FEB: MAR}


def claim(kind, identifier, customer, since=None, until=None):
    return {"kind": kind, "identifier": identifier, "customer_id": customer, "since": since, "until": until}


def rows(*claims, days=DAYS, registered=REGISTERED):
    columns = ["month", "kind", "identifier", "customer_id", "since", "until"]
    read = pd.DataFrame([{"month": month, **each} for month in days for each in claims], columns=columns)
    return customer_identities(read, dict.fromkeys(days, registered), days)


def owners(*claims, month=JAN, **more):
    """Customer by kind, identifier and account, as of a month."""
    found = rows(*claims, **more)
    found = found[found["month"] == month]
    return {
        (kind, identifier, member): None if pd.isna(customer) else customer
        for kind, identifier, member, customer in zip(
            found["kind"], found["identifier"], found["member_id"], found["customer_id"], strict=True
        )
    }


def test_a_second_account_is_the_customer_who_was_registered_first_whichever_names_the_other():
    one = {("account", "ana", "ana"): "ana", ("account", "ana2", "ana2"): "ana"}
    assert owners(claim("account", "ana2", "ana")) == one
    assert owners(claim("account", "ana", "ana2")) == one
    same_day = dict.fromkeys(("b", "a"), date(2024, 1, 1))
    assert set(owners(claim("account", "a", "b"), registered=same_day).values()) == {"a"}
    assert set(owners(claim("account", "x", "y"), registered={}).values()) == {"x"}  # nobody knows when


def test_the_order_of_rows_changes_nothing():
    claims = [
        claim("account", "ana2", "ana"),
        claim("account", "ana3", "ana2"),
        claim("card", "k1", "ana3"),
        claim("card", "k2", "bob"),
        claim("card", "k2", "ana"),
    ]
    made = [rows(*each) for each in permutations(claims)]
    assert all(each.equals(made[0]) for each in made)
    known = owners(*claims)
    assert known["card", "k1", "ana3"] == "ana"
    assert known["card", "k2", "bob"] is None is known["card", "k2", "ana"]


def test_a_card_of_two_accounts_of_one_customer_is_that_customers_and_one_of_a_family_is_nobodys():
    linked = [claim("account", "ana2", "ana"), claim("card", "k", "ana"), claim("card", "k", "ana2")]
    assert owners(*linked)["card", "k", "ana2"] == "ana"
    family = owners(claim("card", "k", "ana"), claim("card", "k", "bob"))
    assert family == {("card", "k", "ana"): None, ("card", "k", "bob"): None}


def test_an_account_that_two_customers_claim_joins_nobody_until_they_are_one_by_another_link():
    contested = [claim("account", "x", "ana"), claim("account", "x", "bob")]
    assert owners(*contested) == {("account", "x", "ana"): None, ("account", "x", "bob"): None}
    known = owners(*contested, claim("account", "bob", "ana"))
    assert {customer for (kind, _, _), customer in known.items()} == {"bob"}
    assert ("account", "x", "x") in known


@pytest.mark.parametrize(("since", "joined"), [("2024-01-31", True), ("2024-02-01", False), (None, True)])
def test_a_link_holds_from_its_day_on_and_changes_no_month_that_was_over_before(since, joined):
    link = claim("account", "ana2", "ana", since=since and date.fromisoformat(since))
    assert bool(owners(link)) == joined
    assert owners(link, month=FEB)["account", "ana2", "ana2"] == "ana"


def test_an_identifier_that_ended_is_its_next_owners():
    sold = [
        claim("device", "d", "ana", until=date(2024, 1, 20)),
        claim("device", "d", "bob", since=date(2024, 2, 3)),
    ]
    assert owners(*sold) == {("device", "d", "ana"): "ana"}
    assert owners(*sold, month=FEB) == {("device", "d", "bob"): "bob"}


def identities(*claims):
    import ibis

    return ibis.memtable(as_table([rows(*claims)], CUSTOMER_IDENTITIES))


def test_rows_come_under_their_customer_as_of_their_own_month(rows_of):
    late = identities(claim("account", "ana2", "ana", since=date(2024, 2, 10)))
    came = silver(
        "visits",
        *(
            {"visit_id": str(place), "customer_id": who, "entered_at": day}
            for place, (who, day) in enumerate(
                [("ana2", "2024-01-05"), ("ana2", "2024-02-05"), ("cid", "2024-02-05"), (None, "2024-02-06")]
            )
        ),
    )
    by_id = {row["visit_id"]: row["customer_id"] for row in rows_of(folded(came, late))}
    assert by_id == {"0": "ana2", "1": "ana", "2": "cid", "3": None}
    as_of_february = {row["visit_id"]: row["customer_id"] for row in rows_of(folded_as_of(came, late, FEB))}
    assert as_of_february == {"0": "ana", "1": "ana", "2": "cid", "3": None}
    assert folded(came, None) is came


def test_a_row_without_a_customer_is_of_who_has_its_card_and_of_nobody_where_two_claim_it(rows_of):
    known = identities(
        claim("account", "ana2", "ana"),
        claim("card", "k", "ana2"),
        claim("card", "f", "ana"),
        claim("card", "f", "bob"),
    )
    bought = [("1", None, "k"), ("2", None, "f"), ("3", "bob", "k"), ("4", None, None), ("5", "ana2", "x")]
    lines = silver(
        "transactions",
        *(
            {"order_id": order, "customer_id": who, "card_id": card, "ordered_at": "2024-01-05"}
            for order, who, card in bought
        ),
    )
    found = {row["order_id"]: row["customer_id"] for row in rows_of(identified(lines, known, {"card_id": "card"}))}
    assert found == {"1": "ana", "2": None, "3": "bob", "4": None, "5": "ana"}
