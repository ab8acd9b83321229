"""Values, hold-out, acceptance and lift are what can be counted by hand or was published."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import Eligibility
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.value import (
    Tickets,
    acceptance,
    difference,
    held_out,
    opportunities,
    proportion_interval,
)

OWNED = pd.DataFrame(
    [
        *(("a", "x", 10.0), ("b", "x", 30.0), ("c", "x", 100.0), ("d", "x", -5.0), ("a", "y", 7.0)),
        *(("e", "z", np.nan), ("c", "y", 0.0)),
    ],
    columns=["customer_id", "item_id", "value"],
)
SEGMENTS = pd.DataFrame({"customer_id": list("abcdef"), "segment": ["s", "s", "t", "t", "t", ""]})


def known() -> Interactions:
    return Interactions.from_frames(OWNED[["customer_id", "item_id"]], OWNED[["customer_id", "item_id"]], SEGMENTS)


def test_a_ticket_is_the_median_of_the_segment_where_enough_own_it_else_of_the_base() -> None:
    tickets = Tickets(OWNED, known(), 2)
    # In t only c has a value that is one: d got back more than was paid.
    found = tickets.of(["s", "t", "", "s", "t"], ["x", "x", "x", "y", "z"])
    assert found[:4].tolist() == [20.0, 30.0, 30.0, 7.0]
    assert np.isnan(found[4])


def test_opportunities_are_what_a_segment_may_buy_and_does_not() -> None:
    interactions = known()
    account = Eligibility(interactions, Recommendations(segmentation="value", never=["z"])).account()
    lines = pd.DataFrame({"segment": ["s", "t", "t"], "item_id": ["y", "y", "x"], "expected_value": [3.5, 1.0, np.nan]})
    table = opportunities(interactions, account, Tickets(OWNED, interactions, 2), lines)
    rows = table.set_index(["segment", "item_id"])
    assert list(rows.index) == [("s", "y"), ("t", "y"), ("t", "x")]  # nobody of s lacks x; who is in no segment is none
    assert rows.loc[("t", "y")].to_dict() == {
        "customers": 3,
        "owners": 1,
        "penetration": pytest.approx(1 / 3),
        "may_buy": 2,
        "ticket": 7.0,
        "potential": 14.0,
        "recommended_to": 1,
        "expected_value": 1.0,
    }
    assert np.isnan(rows.loc[("t", "x"), "expected_value"])
    assert rows.loc[("t", "x"), "recommended_to"] == 1


def test_who_is_held_out_is_so_alone_or_among_others_and_at_every_larger_share() -> None:
    customers = [f"C{number}" for number in range(20_000)]
    few, many = (held_out(customers, share, "retail") for share in (0.05, 0.2))
    assert 0.045 < few.mean() < 0.055
    assert 0.19 < many.mean() < 0.21
    assert many[few].all()
    assert held_out(customers[7:8], 0.2, "retail")[0] == many[7]
    assert (held_out(customers, 0.2, "b2b") != many).any()
    assert not held_out(customers, 0.0, "retail").any()


def test_acceptance_counts_outcomes_by_segment_and_of_all() -> None:
    answers = pd.DataFrame(
        [("s", True, "won"), ("s", True, "lost"), ("t", True, "refused"), (None, False, "not_fit"), ("s", True, "won")],
        columns=["segment", "listed", "outcome"],
    )
    table = acceptance(answers).set_index(["segment", "listed"])
    assert list(table.index) == [("", False), ("", True), ("s", True), ("t", True)]
    assert table.loc[("", True), ["offers", "won", "lost", "refused", "not_fit"]].tolist() == [4, 2, 1, 1, 0]
    assert table.loc[("s", True), "won_share"] == pytest.approx(2 / 3)
    assert (table["won_share_low"] <= table["won_share"]).all()
    assert (table["won_share"] <= table["won_share_high"]).all()
    assert acceptance(answers.iloc[:0]).empty


def test_the_interval_of_a_proportion_is_that_of_the_literature() -> None:
    # R. Newcombe, Two-sided confidence intervals for the single proportion (1998), table I, method 3.
    for successes, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        assert proportion_interval(successes, of) == pytest.approx((low, high), abs=6e-5)


def test_the_interval_of_a_difference_is_that_of_the_literature() -> None:
    # R. Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10.
    for first, second, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ):
        lift, *interval = difference(first, second)
        assert lift == pytest.approx(first[0] / first[1] - second[0] / second[1])
        assert interval == pytest.approx([low, high], abs=6e-5)
    assert np.isnan(difference((1, 2), (0, 0))).all()
