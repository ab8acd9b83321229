"""A ranking is what a full sort gives, without what is owned, not allowed or an alternative of what is listed."""

import numpy as np
import pytest

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.popular import PopularInSegment
from arcana_assets_tests.recommendations.bought import Listed, mixed, random_frames, shop

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
