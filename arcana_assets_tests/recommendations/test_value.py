"""Probabilities, tickets and opportunities are what can be counted by hand."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import Eligibility
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.value import Calibration, Tickets, opportunities, standing, valued

# Who got an item within the horizon is marked.
PAID = pd.DataFrame(
    [
        *(("a", "x", 10.0, True), ("b", "x", 30.0, False), ("c", "x", 100.0, True), ("d", "x", -20.0, True)),
        *(("a", "y", 7.0, False), ("e", "z", np.nan, True), ("c", "y", 1.0, False)),
    ],
    columns=["customer_id", "item_id", "value", "adopted"],
)
SEGMENTS = pd.DataFrame({"customer_id": list("abcdef"), "segment": ["s", "s", "t", "t", "t", ""]})


def known() -> Interactions:
    return Interactions.from_frames(PAID[["customer_id", "item_id"]], PAID[["customer_id", "item_id"]], SEGMENTS)


def many(*groups: tuple[str, str, int, float, bool]) -> tuple[pd.DataFrame, Interactions]:
    """Of each group (segment, item, customers, value, adopted) as many customers as it says."""
    rows = [
        (f"{place}{number}", item, value, adopted, segment)
        for place, (segment, item, size, value, adopted) in enumerate(groups)
        for number in range(size)
    ]
    paid = pd.DataFrame(rows, columns=["customer_id", "item_id", "value", "adopted", "segment"])
    pairs = paid[["customer_id", "item_id"]]
    return paid, Interactions.from_frames(pairs, pairs, paid[["customer_id", "segment"]])


def test_a_ticket_is_the_mean_of_what_adopters_paid_within_the_horizon() -> None:
    # Half of the adopters pay 10, half 90: their median, or what owners pay, would be another number.
    groups = [("s", "x", 5_000, 10.0, True), ("s", "x", 5_000, 90.0, True), ("s", "x", 20_000, 500.0, False)]
    paid, interactions = many(*groups)
    assert Tickets(paid, interactions).of(["s"], ["x"])[0] == pytest.approx(50)


def test_few_adopters_of_an_item_are_drawn_to_its_owners_and_a_few_of_a_segment_to_all() -> None:
    # What adopters pay is half of what owners do, but for the one adopter of y.
    paid, interactions = many(
        *(("s", "x", 1_000, 10.0, True), ("s", "x", 1_000, 30.0, False)),
        *(("s", "y", 1, 400.0, True), ("s", "y", 1_999, 200.0, False), ("s", "w", 10, 60.0, False)),
    )
    tickets = Tickets(paid, interactions)
    share = (1_000 * 10 + 400) / (1_000 * 20 + 200.1)
    x, y, w = tickets.of(["s"] * 3, ["x", "y", "w"])
    expected = ((10_000 + 20 * share * 20) / 1_020, (400 + 20 * share * 200.1) / 21, share * 60)
    assert (x, y, w) == pytest.approx(expected, rel=0.03)
    # In t one adopter paid ten times as much: that says little; in s a thousand paid what they did.
    paid, interactions = many(("s", "x", 1_000, 10.0, True), ("t", "x", 1, 100.0, True), ("u", "x", 500, 20.0, True))
    s, t, u = Tickets(paid, interactions).of(["s", "t", "u"], ["x"] * 3)
    assert (s, u) == pytest.approx((10, 20), rel=0.03)
    assert 13 < t < 20


def test_what_was_taken_back_counts_and_what_is_not_known_does_not() -> None:
    tickets = Tickets(PAID, known())
    # x: adopters paid 10, 100 and -20, owners 30 in the mean; z has no value that is known.
    assert tickets.of(["s"], ["x"])[0] == pytest.approx(30, rel=0.05)
    assert np.isnan(tickets.of(["t"], ["z"])[0])
    back = PAID.assign(value=-5.0)
    assert Tickets(back, known()).of(["s"], ["x"])[0] == 0.0


def test_without_adopters_a_ticket_is_what_owners_pay() -> None:
    none = Tickets(PAID.assign(adopted=False), known())
    assert none.of(["s", "t"], ["x", "y"]) == pytest.approx([30, 4])


def hits(scores, adopted, segments="s", recommender="ease") -> pd.DataFrame:
    """What a leaderboard saw of the lists of a recommender."""
    return pd.DataFrame({"recommender": recommender, "segment": segments, "score": scores, "adopted": adopted})


def learned(seen: pd.DataFrame, places, segment="s") -> np.ndarray:
    """The probabilities at some places, of what was learned of ease."""
    return Calibration.learned(seen, "ease").of(np.array(places), [segment] * len(places))


def test_probabilities_come_true_in_a_later_month_whose_scores_have_grown() -> None:
    # Three months later everybody owns more, and every score is three times as high; what comes of a place is the same.
    draw = np.random.default_rng(5)

    def month(grown: float) -> pd.DataFrame:
        scores = draw.gamma(2, 1, 40_000)
        return hits(grown * scores, draw.random(40_000) < 0.02 + 0.12 * scores.argsort().argsort() / 40_000)

    then, now = month(1), month(3)
    known, scores = Calibration.learned(then, "ease"), now["score"].to_numpy()
    paid, interactions = many(("s", "x", 100, 10.0, True))
    lines = now.assign(item_id="x")
    said = valued(lines, known, Tickets(paid, interactions), among=scores)["probability"]
    for tenth, mine in now.groupby(pd.qcut(now["score"], 4, labels=False)):
        assert 0.9 < said[mine.index].mean() / mine["adopted"].mean() < 1.1, tenth
    # By the raw scores of the month that was learned from it would be half as much again.
    raw = known.of(standing(scores, then["score"].to_numpy()), now["segment"])
    assert raw.mean() / now["adopted"].mean() > 1.4


def test_a_place_is_the_share_of_lower_scores_and_half_of_the_equal_ones() -> None:
    among = np.array([3.0, 1.0, 1.0, 2.0])
    assert standing(np.array([0.0, 1.0, 2.0, 2.5, 3.0, 9.0]), among).tolist() == [0, 0.25, 0.625, 0.75, 0.875, 1]
    assert standing(np.array([1.0]), np.array([])).tolist() == [0]


def test_opportunities_are_what_a_segment_may_buy_and_does_not() -> None:
    interactions = known()
    account = Eligibility(interactions, Recommendations(segmentation="value", never=["z"])).account()
    lines = pd.DataFrame({"segment": ["s", "t", "t"], "item_id": ["y", "y", "x"], "expected_value": [3.5, 1.0, np.nan]})
    tickets = Tickets(PAID, interactions)
    ticket = tickets.of(["t"], ["y"])[0]
    table = opportunities(interactions, account, tickets, lines)
    rows = table.set_index(["segment", "item_id"])
    assert list(rows.index) == [("s", "y"), ("t", "y"), ("t", "x")]  # nobody of s lacks x; who is in no segment is none
    assert rows.loc[("t", "y")].to_dict() == {
        "customers": 3,
        "owners": 1,
        "penetration": pytest.approx(1 / 3),
        "may_buy": 2,
        "ticket": pytest.approx(ticket),
        "potential": pytest.approx(2 * ticket),
        "recommended_to": 1,
        "expected_value": 1.0,
    }
    assert np.isnan(rows.loc[("t", "x"), "expected_value"])
    assert rows.loc[("t", "x"), "recommended_to"] == 1


def test_a_score_becomes_the_share_of_those_adopted_and_never_falls() -> None:
    draw = np.random.default_rng(3)
    scores = draw.random(20_000)
    seen = hits(scores, draw.random(20_000) < 0.4 * scores**2)
    at = np.linspace(0, 1, 21)
    found = learned(seen, at)
    assert np.abs(found - 0.4 * at**2).max() < 0.04
    assert (np.diff(found) >= 0).all()
    assert learned(seen, [9.0])[0] == found[-1]
    assert Calibration.learned(seen.sample(frac=1, random_state=1), "ease") == Calibration.learned(seen, "ease")


def test_equal_scores_have_one_probability_that_is_the_share_of_all_of_them() -> None:
    def rated(*groups):
        return pd.concat([hits(score, np.arange(size) < adopted) for score, size, adopted in groups], ignore_index=True)

    same = learned(rated((0.1, 450, 45), (0.2, 550, 55)), [450 / 2_000, (450 + 550 / 2) / 1_000])
    assert same == pytest.approx([0.1, 0.1], abs=1e-9)
    two = learned(rated((0.1, 8_250, 825), (0.2, 1_750, 350)), [8_250 / 20_000, (8_250 + 1_750 / 2) / 10_000])
    assert two == pytest.approx([0.1, 0.2], abs=0.002)
    # What would fall is one share, of all of them: as many times as it was shown, each of the two counts.
    falls = learned(rated((0.1, 9_000, 1_800), (0.2, 1_000, 0)), [0.45, 0.95])
    assert falls == pytest.approx([0.18, 0.18], abs=0.002)


def test_what_few_recommendations_show_is_the_share_of_all() -> None:
    seen = hits([0.1, 0.2, 0.3, 0.4], [False, True, False, True])
    assert learned(seen, [0.1, 0.4, 9]).tolist() == pytest.approx([0.5] * 3)
    # The best hundred of a thousand: all adopted, of whom nobody knows that the next one will be.
    many = hits(np.arange(1000.0), np.arange(1000) >= 900)
    assert learned(many, [999.0], "unheard of")[0] == pytest.approx((100 + 20 * 0.1) / 120)
    assert np.isnan(Calibration.learned(seen, "popular").of(np.array([0.1]), ["s"])).all()


def test_who_adopts_half_as_often_at_the_same_score_is_told_so() -> None:
    draw = np.random.default_rng(4)
    scores, segments = draw.random(60_000), np.where(np.arange(60_000) % 3, "faithful", "leaving")
    chance = np.where(segments == "leaving", 0.1, 0.2) * (0.5 + scores)
    seen = hits(scores, draw.random(60_000) < chance, segments)
    found = {name: learned(seen, [0.5], name)[0] for name in ("faithful", "leaving", "unheard of")}
    assert found == pytest.approx({"faithful": 0.2, "leaving": 0.1, "unheard of": 1 / 6}, abs=0.012)
    # Of fifty recommendations nobody knows whether it was chance; who is in no segment is like a segment.
    few = pd.concat([seen, hits(0.5, True, np.repeat(["new", ""], 50))], ignore_index=True)
    times = Calibration.learned(few, "ease").segments
    assert sorted(times) == ["", "faithful", "leaving", "new"]
    assert 1 < times["new"] == times[""] < 1.4
    assert learned(hits(scores, True), [1.0]).tolist() == [1.0]  # no probability is above 1
    assert Calibration.learned(hits(scores, False), "ease").segments == {}


def test_what_was_learned_is_kept_as_json() -> None:
    seen = hits(np.arange(3000.0), np.arange(3000) % 7 == 0, np.where(np.arange(3000) < 1500, "s", "<t>"))
    found = Calibration.learned(seen, "ease")
    assert set(found.segments) == {"s", "<t>"}
    assert Calibration.from_json(found.json()) == found
    assert Calibration.from_json(None) == Calibration()


def test_the_expected_value_is_probability_by_ticket_and_unknown_where_either_is() -> None:
    lines = pd.DataFrame({"segment": ["s", "t", "t"], "item_id": ["x", "x", "z"], "score": [0.5, 1.0, 1.0]})
    tickets, among = Tickets(PAID, known()), np.array([0.5, 1.0, 1.0])
    s_x, t_x = tickets.of(["s", "t"], ["x", "x"])
    found = valued(lines, Calibration([0.0, 1.0], [0.0, 0.5], {"t": 1.5}), tickets, among)
    assert found["probability"].tolist() == pytest.approx([1 / 12, 1 / 2, 1 / 2])
    assert found["expected_value"][:2].tolist() == pytest.approx([s_x / 12, t_x / 2])
    assert np.isnan(found["expected_value"][2])
    assert valued(lines, Calibration(), tickets, among)["expected_value"].isna().all()
