"""Probabilities, tickets and opportunities are what can be counted by hand."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import Eligibility
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.value import Tickets, opportunities, probability, probability_steps, valued

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


def test_a_score_becomes_the_share_of_those_adopted_and_never_falls() -> None:
    draw = np.random.default_rng(3)
    scores = draw.random(20_000)
    hits = pd.DataFrame({"recommender": "ease", "score": scores, "adopted": draw.random(20_000) < 0.4 * scores**2})
    at = np.linspace(0, 1, 21)
    found = probability(probability_steps(hits, "ease"), at)
    assert np.abs(found - 0.4 * at**2).max() < 0.04
    assert (np.diff(found) >= 0).all()
    assert probability(probability_steps(hits, "ease"), np.array([9.0]))[0] == found[-1]
    assert probability_steps(hits.sample(frac=1, random_state=1), "ease") == probability_steps(hits, "ease")


def test_equal_scores_have_one_probability_that_is_the_share_of_all_of_them() -> None:
    def rated(*groups):
        parts = [
            pd.DataFrame({"recommender": "popular", "score": score, "adopted": np.arange(size) < adopted})
            for score, size, adopted in groups
        ]
        return probability_steps(pd.concat(parts, ignore_index=True), "popular")

    same = probability(rated((0.1, 450, 45), (0.2, 550, 55)), np.array([0.1, 0.2]))
    assert same == pytest.approx([0.1, 0.1], abs=1e-9)
    two = probability(rated((0.1, 8_250, 825), (0.2, 1_750, 350)), np.array([0.1, 0.2]))
    assert two == pytest.approx([0.1, 0.2], abs=0.002)


def test_what_few_recommendations_show_is_the_share_of_all() -> None:
    hits = pd.DataFrame({"recommender": "ease", "score": [0.1, 0.2, 0.3, 0.4], "adopted": [False, True, False, True]})
    assert probability(probability_steps(hits, "ease"), np.array([0.1, 0.4, 9])).tolist() == pytest.approx([0.5] * 3)
    # The best hundred of a thousand: all adopted, of whom nobody knows that the next one will be.
    many = pd.DataFrame({"recommender": "ease", "score": np.arange(1000.0), "adopted": np.arange(1000) >= 900})
    best = probability(probability_steps(many, "ease"), np.array([999.0]))[0]
    assert best == pytest.approx((100 + 20 * 0.1) / 120)
    assert np.isnan(probability(probability_steps(hits, "popular"), np.array([0.1]))).all()


def test_the_expected_value_is_probability_by_ticket_and_unknown_where_either_is() -> None:
    lines = pd.DataFrame({"segment": ["s", "t", "t"], "item_id": ["x", "x", "z"], "score": [0.5, 1.0, 1.0]})
    tickets = Tickets(OWNED, known(), 2)
    found = valued(lines, {"scores": [0.0, 1.0], "probabilities": [0.0, 0.5]}, tickets)
    assert found["probability"].tolist() == [0.25, 0.5, 0.5]
    assert found["expected_value"][:2].tolist() == [0.25 * 20, 0.5 * 30]
    assert np.isnan(found["expected_value"][2])
    assert valued(lines, {}, tickets)["expected_value"].isna().all()
