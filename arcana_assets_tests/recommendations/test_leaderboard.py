"""The leaderboard counts what was newly adopted."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations import leaderboard
from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.leaderboard import (
    UnusableLeaderboard,
    evaluate,
)
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.recommenders.popular import Popular, PopularInSegment
from arcana_assets.recommendations.serving import serving
from arcana_assets_tests.recommendations.bought import Listed, mixed, pairs, random_frames, random_shop, shop

PORTUGUESE = language_of()

LOG3, LOG5 = np.log2(3), np.log2(5)


# Four customers own v; e owns all else, so that the shop knows it.
BEFORE = shop("a:v", "b:v", "c:v", "d:v", "e:pqrsw", a="S", b="S", c="T", d="T")
ADOPTED = pairs("a:p", "b:qs", "c:sw", "d:p")


def row_of(board, recommender="listed", segment=""):
    rows = board.table[(board.table["recommender"] == recommender) & (board.table["segment"] == segment)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_measures_are_those_computed_by_hand():
    row = row_of(evaluate([Listed("pqrs")], BEFORE, ADOPTED))
    # a and d find p first; b finds q and s, second and fourth; c finds s fourth, and w is not recommended.
    two = 1 + 1 / LOG3
    expected = {
        "customers": 4,
        "hit_1": 2 / 4,
        "hit_3": 3 / 4,
        "hit_5": 1,
        "precision_5": (1 / 5 + 2 / 5 + 1 / 5 + 1 / 5) / 4,
        "precision_10": (1 + 2 + 1 + 1) / 10 / 4,
        "recall_10": (1 + 1 + 1 / 2 + 1) / 4,
        "ndcg_10": (1 + (1 / LOG3 + 1 / LOG5) / two + 1 / LOG5 / two + 1) / 4,
        "map_10": (1 + (1 / 2 + 2 / 4) / 2 + 1 / 4 / 2 + 1) / 4,
        "mrr": (1 + 1 / 2 + 1 / 4 + 1) / 4,
        # p, q, r, s of p, q, r, s, v, w; each owned by one of five customers.
        "coverage_5": 4 / 6,
        "novelty_5": LOG5,
    }
    assert row[list(expected)].to_dict() == pytest.approx(expected)
    for name in set(expected) - {"customers", "coverage_5", "novelty_5"}:
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"], name


def test_chance_is_what_lists_drawn_by_lot_are_worth():
    board = evaluate([Listed("pqrs")], BEFORE, ADOPTED)
    # a to d own one of six items: of five that are left one, or two, were adopted; all five places are filled.
    places = np.cumsum(1 / np.log2(np.arange(1, 6) + 1))[-1]
    one, two = 1 / 5 * places, 2 / 5 * places / (1 + 1 / LOG3)
    assert board.chance.tolist() == pytest.approx([one, two, two, one])
    assert row_of(board)["chance"] == pytest.approx((2 * one + 2 * two) / 4)
    assert row_of(board, segment="S")["chance"] == pytest.approx((one + two) / 2)
    # Of what may be listed, without v, w and p: a has three items left, none of which it adopted.
    among = np.flatnonzero(np.isin(BEFORE.items, list("qrs")))
    kept = evaluate([Listed("qrs")], BEFORE, ADOPTED, among=among)
    assert kept.chance[0] == 0
    assert kept.chance[2] == pytest.approx(1 / 3 * np.cumsum(1 / np.log2(np.arange(1, 4) + 1))[-1] / (1 + 1 / LOG3))


def test_lists_by_lot_are_worth_what_chance_says():
    draw, items = np.random.default_rng(5), 40
    shops = shop(
        "z:" + "".join(chr(65 + place) for place in range(items)), *(f"{chr(0x4E00 + n)}:A" for n in range(400))
    )
    adopted = pairs(
        *(f"{chr(0x4E00 + n)}:" + "".join(draw.choice(list(map(chr, range(66, 105))), 3)) for n in range(400))
    )
    board = evaluate([Listed("".join(draw.permutation(list(map(chr, range(66, 105))))[:10]))], shops, adopted)
    assert row_of(board)["chance"] == pytest.approx(row_of(board)["ndcg_10"], abs=0.03)
    assert row_of(board)["ndcg_10_low"] < row_of(board)["chance"] < row_of(board)["ndcg_10_high"]


def test_each_segment_has_its_row_of_the_customers_in_it():
    board = evaluate([Listed("pqrs")], BEFORE, ADOPTED)
    assert board.table[["segment", "customers", "hit_1"]].to_numpy().tolist() == [
        ["", 4, 0.5],
        ["S", 2, 0.5],
        ["T", 2, 0.5],
    ]
    assert row_of(board, segment="S")["mrr"] == pytest.approx((1 + 1 / 2) / 2)
    assert row_of(board, segment="S")["coverage_5"] == pytest.approx(4 / 6)
    assert row_of(board, segment="S")["novelty_5"] == pytest.approx(LOG5)


def test_only_what_is_new_to_the_customer_and_known_before_counts():
    expected = evaluate([Listed("pqrs")], BEFORE, pairs("a:p"))
    again = pairs("a:ppv", "b:v", "c:n", "n:p", "e:pqrs")
    # Owned before: v of a and b, all of e; unknown before: item n, customer n. p is bought twice and counts once.
    found = evaluate([Listed("pqrs")], BEFORE, again)
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert found.ndcg.index.to_list() == ["a"]


def test_an_item_of_ten_found_counts_against_ten_at_most():
    many = "bcdefghijklm"
    interactions = shop("a:v", f"z:{many}")
    row = row_of(evaluate([Listed(many)], interactions, pairs(f"a:{many}")))
    # Twelve adopted: ten can be found in ten.
    assert row["ndcg_10"] == pytest.approx(1)
    assert row["map_10"] == pytest.approx(1)
    assert row["recall_10"] == pytest.approx(10 / 12)


def test_what_is_not_allowed_is_not_counted_as_found():
    not_p = np.array([item != "p" for item in BEFORE.items])
    board = evaluate([Listed("pqrs")], BEFORE, ADOPTED, allowed=lambda rows: np.tile(not_p, (len(rows), 1)))
    assert row_of(board)["hit_5"] == 1 / 2


def test_the_interval_of_a_share_is_the_textbook_one():
    customers = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"
    interactions = shop(*(f"{customer}:v" for customer in customers), "0:pq")
    half = pairs(*(f"{customer}:{'p' if place % 2 else 'q'}" for place, customer in enumerate(customers)))
    row = row_of(evaluate([Listed("p")], interactions, half))
    width = 1.96 * np.sqrt(0.25 / len(customers))
    assert (row["hit_5_low"], row["hit_5_high"]) == pytest.approx((0.5 - width, 0.5 + width), abs=0.03)
    assert (row["ndcg_10_low"], row["ndcg_10_high"]) == pytest.approx((0.5 - width, 0.5 + width), abs=0.03)


def test_row_order_changes_nothing():
    owned, recent, segments = random_frames()
    adopted = random_frames(seed=9)[0]
    boards = [
        evaluate(every_recommender(25, ["A", "B"]), Interactions.from_frames(*frames), later)
        for frames, later in (
            ((owned, recent, segments), adopted),
            (mixed((owned, recent, segments)), *mixed([adopted])),
        )
    ]
    for part in ("table", "ndcg", "hits"):
        pd.testing.assert_frame_equal(*(getattr(board, part) for board in boards), check_exact=True)
    assert serving(PORTUGUESE, boards[0], 0.02) == serving(PORTUGUESE, boards[1], 0.02)


def test_hits_have_the_score_and_fate_of_each_of_the_five_best():
    hits = evaluate([Listed("pqrs")], BEFORE, ADOPTED).hits
    # Four customers without p, q, r, s; e owns them all.
    assert len(hits) == 16
    assert hits[hits["adopted"]].groupby("score").size().to_dict() == {4.0: 2, 3.0: 1, 1.0: 2}


def test_hits_are_as_many_as_a_list_shows():
    lengths = [len(evaluate([Listed("pqrs")], BEFORE, ADOPTED, shown=shown).hits) for shown in (1, 3, 99)]
    assert lengths == [4, 12, 16]


def test_recommenders_of_one_name_none_at_all_and_missing_columns_are_refused():
    with pytest.raises(UnusableLeaderboard, match="different names; found listed, listed"):
        evaluate([Listed("p"), Listed("q")], BEFORE, ADOPTED)
    with pytest.raises(UnusableLeaderboard, match="found none"):
        evaluate([], BEFORE, ADOPTED)
    with pytest.raises(UnusableLeaderboard, match="no column 'item_id'; did you mean 'item'"):
        evaluate([Listed("p")], BEFORE, ADOPTED.rename(columns={"item_id": "item"}))


@pytest.mark.parametrize("later", [pairs(), pairs("a:v")], ids=["nothing", "nothing new"])
def test_where_nobody_adopted_anything_nothing_is_recommended_and_the_reason_says_so(later):
    board = evaluate([Popular(), PopularInSegment(), Listed("pqrs")], BEFORE, later)
    assert row_of(board)["customers"] == 0
    assert np.isnan(row_of(board)["ndcg_10"])
    assert row_of(board)["coverage_5"] == pytest.approx(4 / 6)
    name, reason, _, fit = serving(PORTUGUESE, board, 0.02)
    assert (name, fit) == ("popular_in_segment", False)
    assert "nenhum cliente adotou um item novo" in reason
    assert serving(PORTUGUESE, evaluate([Popular()], BEFORE, later), 0.02).name == "popular"


def test_of_very_many_customers_a_sample_is_judged_as_all_of_them_are(monkeypatch):
    before = random_shop(customers=3_000, bought=30_000)
    adopted = random_frames(seed=9, customers=3_000, bought=12_000)[0]
    tried = every_recommender(25, ["A", "B", "C"])
    everybody = evaluate(tried, before, adopted)
    monkeypatch.setattr(leaderboard, "MOST_JUDGED", len(everybody.ndcg))
    same = evaluate(tried, before, adopted)
    pd.testing.assert_frame_equal(same.table, everybody.table, check_exact=True)  # who adopted nothing counts for none
    monkeypatch.setattr(leaderboard, "MOST_JUDGED", 900)
    sampled, again = evaluate(tried, before, adopted), evaluate(tried, before, adopted)
    for part in ("table", "ndcg", "hits"):
        pd.testing.assert_frame_equal(getattr(sampled, part), getattr(again, part), check_exact=True)
    # Who is judged is judged as among everybody: recommenders know all customers.
    judged = sampled.ndcg.index
    assert len(judged) == pytest.approx(900, rel=0.05)
    pd.testing.assert_frame_equal(sampled.ndcg, everybody.ndcg.loc[judged], check_exact=True)
    adoption = [board.hits.groupby("recommender")["adopted"].mean() for board in (sampled, everybody)]
    assert (adoption[0] - adoption[1]).abs().max() < 0.02
    for recommender in tried:
        mine, theirs = (row_of(board, recommender.name) for board in (sampled, everybody))
        width = mine["ndcg_10_high"] - mine["ndcg_10_low"]
        assert abs(mine["ndcg_10"] - theirs["ndcg_10"]) < width, recommender.name
        assert width > theirs["ndcg_10_high"] - theirs["ndcg_10_low"]


def test_on_a_shop_of_two_tastes_common_owners_beat_popularity():
    draw = np.random.default_rng(3)
    taste = np.repeat([0, 1], 100)
    rows = [(f"{n:03d}", f"{kind}{item}") for n, kind in enumerate(taste) for item in draw.choice(12, 8, replace=False)]
    bought = pd.DataFrame(rows, columns=["customer_id", "item_id"])
    later = bought.groupby("customer_id").tail(2)
    earlier = bought.drop(later.index)
    nobody = pd.DataFrame({"customer_id": [], "segment": []}, dtype=object)
    before = Interactions.from_frames(earlier, earlier, nobody)
    tried = evaluate(every_recommender(24, [""]), before, later)
    assert serving(PORTUGUESE, tried, 0.02).name not in {"popular", "popular_in_segment"}
    assert row_of(tried, "ease")["hit_5"] > row_of(tried, "popular")["hit_5"] + 0.1
