"""Every recommender copes with every shop, and none depends on the order of rows or the size of blocks."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.recommenders.neighbours import Neighbours
from arcana_assets.recommendations.recommenders.popular import Popular
from arcana_assets.recommendations.recommenders.recommender import best
from arcana_assets_tests.recommendations.bought import mixed, pairs, random_frames, shop

NAMES = [
    "popular",
    "popular_in_segment",
    "also_in_segment",
    "jaccard_neighbours",
    "bm25_neighbours",
    "ease",
    "ease_with_segments",
]


@pytest.fixture(params=range(len(NAMES)), ids=NAMES)
def recommender(request):
    return every_recommender(10, ["A", "B"])[request.param]


def recommended(recommender, interactions, **settings):
    return recommend(recommender.fit(interactions), interactions, **settings)


def items_of(result, customer):
    return result.loc[result["customer_id"] == customer, "item_id"].to_list()


def test_the_list_is_in_the_order_of_simplicity():
    assert [each.name for each in every_recommender(10, ["A", "B"])] == NAMES


def test_segments_that_tell_nobody_apart_and_catalogues_too_large_leave_out_what_holds_pairs():
    assert [each.name for each in every_recommender(10, ["A", "A"])] == NAMES[:-1]
    assert [each.name for each in every_recommender(MOST_ITEMS + 1, ["A", "B"])] == [
        *("popular", "popular_in_segment", "jaccard_neighbours", "bm25_neighbours")
    ]


def test_nobody_is_recommended_what_they_own_and_scores_are_finite(recommender):
    interactions = Interactions.from_frames(*random_frames())
    result = recommended(recommender, interactions)
    owned = set(zip(*(ids.tolist() for ids in named(interactions)), strict=True))
    assert len(result) > 200
    assert np.isfinite(result["score"]).all()
    assert not owned & set(zip(result["customer_id"], result["item_id"], strict=True))


def named(interactions):
    rows, columns = interactions.owned.nonzero()
    return interactions.customers[rows], interactions.items[columns]


def test_row_order_and_blocks_change_nothing(recommender):
    frames = random_frames()
    expected = recommended(recommender, Interactions.from_frames(*frames))
    for block in (1, 7, 4096):
        pd.testing.assert_frame_equal(
            recommended(recommender, Interactions.from_frames(*mixed(frames)), block=block), expected, check_exact=True
        )


def test_a_customer_who_owns_nothing_is_recommended_what_is_popular_or_nothing(recommender):
    result = recommended(recommender, shop("a:xy", "b:xz", "c:x", "d:x", a="S", b="S", c="S", d="S", nobody="S"))
    knows_nobody = {"also_in_segment", "jaccard_neighbours", "bm25_neighbours", "ease"}
    assert items_of(result, "nobody")[:1] == ([] if recommender.name in knows_nobody else ["x"])


def test_an_item_that_all_own_is_recommended_to_nobody(recommender):
    result = recommended(recommender, shop("a:xy", "b:xy", "c:x", a="S", b="S", c="S"))
    assert "x" not in set(result["item_id"])
    assert items_of(result, "c") == ["y"]


def test_an_item_bought_once_is_no_reason_to_fail(recommender):
    result = recommended(recommender, shop("a:xyw", "b:xy", "c:x", a="S", b="S", c="S"))
    assert items_of(result, "c")[0] == "y"


def test_a_segment_of_one_customer_is_no_reason_to_fail(recommender):
    result = recommended(recommender, shop("a:xy", "b:xy", "c:x", a="S", b="S", c="alone"))
    # Alone, what is popular in the segment is what the customer has.
    assert items_of(result, "c") == ([] if recommender.name == "popular_in_segment" else ["y"])


def test_a_catalogue_of_one_item_has_nothing_for_who_owns_it(recommender):
    assert recommended(recommender, shop("a:x", "b:x", a="S", b="T")).empty


@pytest.mark.parametrize("segments", [{}, {"a": "S"}], ids=["nobody", "a customer"])
def test_without_purchases_nothing_is_recommended(recommender, segments):
    result = recommended(recommender, shop(**segments))
    assert result.empty
    assert list(result.columns) == ["customer_id", "rank", "item_id", "score"]


def test_what_is_not_allowed_is_not_recommended(recommender):
    interactions = shop("a:xyz", "b:xyz", "c:x", a="S", b="S", c="S")
    not_y = np.array([item != "y" for item in interactions.items])
    result = recommended(recommender, interactions, allowed=lambda rows: np.tile(not_y, (len(rows), 1)))
    assert items_of(result, "c") == ["z"]


def test_popular_is_the_share_of_all_customers_who_got_it_lately():
    segments = pd.DataFrame({"customer_id": [], "segment": []}, dtype=object)
    interactions = Interactions.from_frames(pairs("a:xy", "b:xz", "c:x", "d:w"), pairs("a:y", "c:x", "d:x"), segments)
    result = recommended(Popular(), interactions)
    # d bought x lately, so owns it; z and w nobody bought lately.
    assert result[["customer_id", "item_id", "score"]].to_numpy().tolist() == [
        ["b", "y", 0.25],
        ["c", "y", 0.25],
        ["d", "y", 0.25],
    ]


def test_a_catalogue_of_fifty_thousand_items_is_served_by_popularity_and_nearest_items():
    draw = np.random.default_rng(5)
    own = np.arange(50_000).reshape(1_000, 50)  # each item is somebody's, and some are many a customer's
    bought = pd.DataFrame(
        {
            "customer_id": np.repeat([f"C{number:03d}" for number in range(1_000)], 60),
            "item_id": [f"I{number:05d}" for number in np.hstack([own, draw.integers(0, 500, (1_000, 10))]).ravel()],
        }
    )
    segments = pd.DataFrame({"customer_id": sorted(set(bought["customer_id"])), "segment": "s"})
    interactions = Interactions.from_frames(bought, bought, segments)
    assert len(interactions.items) == 50_000
    found = every_recommender(len(interactions.items), interactions.segments.tolist())
    assert [each.name for each in found] == ["popular", "popular_in_segment", "jaccard_neighbours", "bm25_neighbours"]
    for each in found:
        rows = np.arange(20)
        scores = each.fit(interactions).score(rows)
        assert scores.shape == (20, 50_000)
        assert (best(scores, interactions.owned[rows], 5)[3] > 0).sum() == 100


@pytest.mark.parametrize("kind", ["jaccard", "bm25"])
def test_of_a_large_catalogue_the_nearest_items_are_those_of_a_small_one(kind, monkeypatch):
    interactions = Interactions.from_frames(*random_frames())
    rows = np.arange(len(interactions.customers))
    small = Neighbours(kind, 5).fit(interactions).score(rows)
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.neighbours.MOST_ITEMS", 1)
    np.testing.assert_allclose(Neighbours(kind, 5).fit(interactions).score(rows), small, rtol=1e-6)
