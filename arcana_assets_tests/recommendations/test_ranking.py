"""A ranking is what a full sort gives, without what is owned, not allowed or an alternative of what is listed."""

import numpy as np
import pytest

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.ranking import lists, recommend
from arcana_assets.recommendations.recommenders.popular import PopularInSegment
from arcana_assets_tests.recommendations.bought import Listed, mixed, pairs, random_frames, shop

SHOP = {"customers": 300, "items": 40, "bought": 3000}


def recommended(interactions, **settings):
    return recommend(PopularInSegment().fit(interactions), interactions, **settings)


def short(result):
    return [(row.customer_id, row.rank, row.item_id) for row in result.itertuples()]


def test_the_ranking_is_the_one_a_full_sort_gives():
    interactions = Interactions.from_frames(*random_frames(**SHOP))
    fitted = PopularInSegment().fit(interactions)
    scores = fitted.score(np.arange(len(interactions.customers)))
    scores[interactions.owned.nonzero()] = 0
    expected = []
    for place, customer in enumerate(interactions.customers):
        best = sorted(range(len(interactions.items)), key=lambda i: (-scores[place, i], interactions.items[i]))[:5]
        expected += [(customer, n, interactions.items[i]) for n, i in enumerate(best, 1) if scores[place, i] > 0]
    assert short(recommend(fitted, interactions)) == expected


def test_blocks_and_row_order_change_nothing():
    frames = random_frames(**SHOP)
    expected = recommended(Interactions.from_frames(*frames))
    for block in (1, 7, 300, 4096):
        assert recommended(Interactions.from_frames(*mixed(frames)), block=block).equals(expected)


def test_top_limits_the_ranks_of_each_customer():
    result = recommended(Interactions.from_frames(*random_frames(**SHOP)), top=2)
    assert result["rank"].max() == 2
    assert not result.duplicated(["customer_id", "rank"]).any()


def test_of_alternatives_only_the_best_is_listed_and_ranks_close_up():
    interactions = shop("a:v", "b:xz", "c:xyzwv")
    fitted = Listed("xyzwv").fit(interactions)
    # a would get x, y, z, w and b y, w, v, in this order.
    found = recommend(fitted, interactions, 2, alternatives=[["x", "z", "y"], ["w", "v"]])
    assert short(found) == [("a", 1, "x"), ("a", 2, "w"), ("b", 1, "y"), ("b", 2, "w")]
    assert found["rank"].dtype == recommend(fitted, interactions, 2)["rank"].dtype
    assert short(recommend(fitted, interactions, 2)) == [("a", 1, "x"), ("a", 2, "y"), ("b", 1, "y"), ("b", 2, "w")]


@pytest.mark.parametrize("settings", [{"top": 0}, {"block": 0}])
def test_a_ranking_of_nothing_is_refused(settings):
    with pytest.raises(UnusableInteractions, match="at least 1"):
        recommended(shop("a:xy", "b:x"), **settings)


LETTERS = "abcdefghijklmnopqr"  # what z has; listed in this order


def kept_in(*earlier, top=2, items=LETTERS, **settings):
    """The lists of 1 (who has x), 2 (who has x and b) and 3 (who has x), by customer, where there were earlier ones."""
    interactions = shop("1:x", "2:xb", "3:x", f"z:{LETTERS}v")
    fitted = Listed(items).fit(interactions, settings.get("among"))
    kept = interactions.matrix(pairs(*earlier))
    fresh, found = lists(fitted, interactions, top, kept=kept, **settings)
    anew, same = lists(fitted, interactions, top, **settings)
    assert all(np.array_equal(*each) for each in zip(fresh, anew, strict=True))
    assert same is anew
    frame = found.frame(interactions)
    assert frame["rank"].tolist() == [n for _, mine in frame.groupby("customer_id") for n in range(1, len(mine) + 1)]
    assert (frame.groupby("customer_id")["score"].diff().dropna() < 0).all()
    return frame.groupby("customer_id")["item_id"].agg("".join).to_dict()


@pytest.mark.parametrize("block", [1, 2, None])
def test_an_item_of_the_earlier_list_stays_while_it_is_among_the_best_of_three_times_as_many(block):
    # Of six f is the last; 2 has b, so g is among its best six; 3 had no list, and y is nobody.
    found = kept_in("1:fg", "2:bg", "y:c", block=block)
    assert found == {"1": "af", "2": "ag", "3": "ab"}


def test_what_may_not_be_recommended_or_has_no_score_does_not_stay():
    def not_c(rows):
        return np.tile(shop("1:x", f"z:{LETTERS}v").items != "c", (len(rows), 1))

    assert kept_in("1:cv", "3:ce", allowed=not_c)["1"] == "ab"  # nobody scores v
    assert kept_in("1:cv", "3:ce", allowed=not_c)["3"] == "ae"
    items = shop("1:x", f"z:{LETTERS}v").items
    assert kept_in("1:ce", among=np.flatnonzero(items != "c"))["1"] == "ae"


def test_an_item_that_stays_leaves_no_room_for_its_alternatives_nor_a_longer_list():
    found = kept_in("1:d", "3:fedc", alternatives=[["a", "b", "d"]])
    # 1 keeps d, and neither a nor b beside it; 3 had four, of which the best two stay.
    assert (found["1"], found["3"]) == ("cd", "cd")
