"""Items speak for others by the customers they have in common."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.recommenders.also_in_segment import AlsoInSegment
from arcana_assets.recommendations.recommenders.neighbours import Neighbours, _at_most, _highest
from arcana_assets_tests.recommendations.bought import random_frames, random_shop, shop


def scores(recommender, interactions):
    """By customer and item."""
    found = recommender.fit(interactions).score(np.arange(len(interactions.customers)))
    return {
        (customer, item): float(found[row, column])
        for row, customer in enumerate(interactions.customers)
        for column, item in enumerate(interactions.items)
    }


def test_shares_of_the_segment_are_drawn_to_those_of_the_base():
    found = scores(AlsoInSegment(prior=1), shop("a:xy", "b:x", "c:xy", "d:xy", a="S", b="S", c="T", d="T"))
    # Of the base 3 of 4 own y, and 3 of 4 of who own x: (3 + 3/4) / (4 + 1) = 3/4. In S it is 1 of 2: (1 + 3/4) / 3.
    assert found["b", "y"] == pytest.approx(7 / 12)


def test_who_has_no_segment_is_scored_by_the_whole_base():
    found = scores(AlsoInSegment(prior=1), shop("a:xy", "b:x", "c:x", "d:xy", "e:x", a="S", d="S", b="T"))
    # 2 of 5 own y: (2 + 2/5) / (5 + 1). That the others without a segment do not own it says nothing more.
    assert found["c", "y"] == found["e", "y"] == pytest.approx(0.4)


def brute(interactions, prior):
    """The score of each customer and item, by loops."""
    owned = interactions.owned.toarray().astype(bool)
    expected = np.zeros(owned.shape)
    for row, segment in enumerate(interactions.segments):
        inside = owned[(interactions.segments == segment) & (segment != "")]
        for y in range(owned.shape[1]):
            for x in np.flatnonzero(owned[row]):
                popular = owned[:, y].mean()
                base = (owned[owned[:, x], y].sum() + prior * popular) / (owned[:, x].sum() + prior)
                share = (inside[inside[:, x], y].sum() + prior * base) / (inside[:, x].sum() + prior)
                expected[row, y] = max(expected[row, y], share)
    return expected


def test_the_best_item_that_a_customer_owns_speaks_for_the_other():
    interactions = random_shop(customers=60, items=12, bought=250)
    found = AlsoInSegment(prior=5).fit(interactions).score(np.arange(len(interactions.customers)))
    np.testing.assert_allclose(found, brute(interactions, 5), rtol=1e-5)


def test_a_catalogue_too_large_for_dense_weights_is_scored_as_any_other():
    owned, recent, segments = random_frames(customers=40, items=12, bought=150)
    # 5,000 more items of a hundred customers who own nothing else: they take no part in what the twelve say of each
    # other. With an item each instead of fifty, both shops have as many customers.
    more = pd.DataFrame({"item_id": [f"m{number}" for number in range(5_000)]})
    more["customer_id"] = [f"m{number // 50}" for number in range(5_000)]
    large = Interactions.from_frames(pd.concat([owned, more]), recent, segments)
    small = Interactions.from_frames(pd.concat([owned, more[::50]]), recent, segments)
    others = np.flatnonzero(~np.isin(small.customers, more["customer_id"]))
    for recommender in (AlsoInSegment(), Neighbours("jaccard")):
        found, expected = (
            recommender.fit(each).score(others)[:, ~np.isin(each.items, more["item_id"])] for each in (large, small)
        )
        assert expected.shape == (40, 12)
        assert expected.max() > 0.1
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_jaccard_is_customers_of_both_by_customers_of_either():
    found = scores(Neighbours("jaccard"), shop("a:xy", "b:xy", "c:x", "d:yz", "e:xz"))
    assert found["c", "y"] == pytest.approx(2 / 5)
    assert found["c", "z"] == pytest.approx(1 / 5)
    assert found["d", "x"] == pytest.approx(2 / 5 + 1 / 5)


def test_only_the_nearest_items_count_and_equals_are_taken_in_the_order_of_items():
    one = scores(Neighbours("jaccard", neighbours=1), shop("a:xyz", "b:xyz", "c:x", "d:wz", "e:w"))
    assert one["c", "y"] == pytest.approx(2 / 3)
    # x has y (2/3) and z (2/4); w has z alone.
    assert one["c", "z"] == 0
    assert one["e", "z"] == pytest.approx(1 / 4)
    equal = scores(Neighbours("jaccard", neighbours=1), shop("a:xyz", "b:xyz", "c:x"))
    assert (equal["c", "y"], equal["c", "z"]) == (pytest.approx(2 / 3), 0)


def test_by_bm25_a_customer_with_a_long_list_tells_less_of_an_item():
    found = scores(Neighbours("bm25"), shop("a:xy", "b:xzuvw", "c:x", "d:y", "e:z"))
    assert found["c", "y"] > found["c", "z"] > 0


def test_by_bm25_an_item_with_many_customers_has_less_of_each():
    # Both share a and b with x. The popular one comes first by id, so that equals would rank it first.
    many = [f"{customer}:p" for customer in "ghijklmnopqrstuv"]
    interactions = shop("a:xps", "b:xps", "c:x", "d:zw", "e:zw", *many)
    (score,) = Neighbours("bm25").fit(interactions).score(np.flatnonzero(interactions.customers == "c"))
    of = dict(zip(interactions.items, score, strict=True))
    assert of["s"] > 1.2 * of["p"] > 0
    # By hand: K1 = 100, B = 0.3, an item as long as it has customers; two of both, of the same rarity.
    lengths = {"x": 3, "p": 18, "s": 2}
    mean = np.mean([3, 18, 2, 2, 2])
    weight = {item: 101 / (100 * (0.7 + 0.3 * length / mean) + 1) for item, length in lengths.items()}
    rarity = np.log1p((5 - 3 + 0.5) / (3 + 0.5))
    for item in "ps":
        assert of[item] == pytest.approx(2 * rarity**2 * weight["x"] * weight[item], rel=1e-5)


def test_by_bm25_customers_who_own_all_or_almost_all_of_a_small_catalogue_still_count():
    assert scores(Neighbours("bm25"), shop("a:xy", "b:xy", "c:x"))["c", "y"] > 0
    assert scores(Neighbours("bm25"), shop("a:xy", "b:xy", "c:x", "d:z"))["c", "y"] > 0
    assert scores(Neighbours("bm25"), shop("a:xyz", "b:xyz", "c:x"))["c", "y"] > 0


def told_of(interactions, most=5):
    """The items that each customer tells of."""
    told = _at_most(interactions.owned, interactions, most)
    return {
        customer: set(interactions.items[told.indices[first:after]])
        for customer, (first, after) in zip(interactions.customers, pairwise(told.indptr), strict=True)
    }


def test_of_a_long_list_as_many_items_tell_as_may_and_of_a_short_one_all():
    interactions = random_shop()
    owned = interactions.owned
    lengths, told = np.diff(owned.indptr), _at_most(owned, interactions, 5)
    assert lengths.max() > 5 > lengths.min()
    assert np.diff(told.indptr).tolist() == np.minimum(lengths, 5).tolist()
    assert ((owned - told).toarray() >= 0).all()
    # By chance, not the first ones: every item is among those told, and of many about as often as it is owned.
    assert (told.sum(axis=0) > 0).sum() == (owned.sum(axis=0) > 0).sum()
    shares = told.sum(axis=0) / owned.sum(axis=0)
    assert 0.5 * shares.mean() < shares[owned.sum(axis=0) > 40].min()


def test_which_items_tell_hangs_on_nobody_else():
    owned, recent, segments = random_frames()
    everybody = told_of(Interactions.from_frames(owned, recent, segments))
    some = {str(number) for number in range(40, 120)}
    fewer = told_of(
        Interactions.from_frames(*(frame[frame["customer_id"].isin(some)] for frame in (owned, recent, segments)))
    )
    assert fewer == {customer: everybody[customer] for customer in fewer}
    assert len(fewer) == 80


def test_of_a_large_catalogue_the_nearest_are_sought_among_what_may_be_recommended(monkeypatch):
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.neighbours.MOST_ITEMS", 1)
    # z is nearer to x than y is, but is recommended to nobody: y takes its place.
    interactions = shop("a:xyz", "b:xz", "c:x")
    found = Neighbours("jaccard", neighbours=1).fit(interactions, np.array([0, 1])).score(np.array([2]))
    np.testing.assert_allclose(found, [[0, 1 / 3]], rtol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_highest_of_each_row_are_those_of_a_full_sort_whatever_the_order_of_columns(seed):
    draw = np.random.default_rng(seed)
    height, width, top = int(draw.integers(1, 8)), int(draw.integers(1, 700)), int(draw.integers(1, 60))
    dense = draw.random((height, width)) * (draw.random((height, width)) < draw.random())
    dense = np.round(dense, 1) if seed % 2 else dense  # many equals: these go by column
    near = csr_array(dense.astype("float32"))
    for first, after in pairwise(near.indptr):
        order = draw.permutation(after - first) + first
        near.data[first:after], near.indices[first:after] = near.data[order], near.indices[order]
    rows, columns = draw.choice(width + 5, height, replace=False), np.sort(draw.choice(width + 5, width, replace=False))
    expected = [
        (row, column)
        for row, values in enumerate(dense.astype("float32"))
        for column in sorted(np.flatnonzero((values > 0) & (columns != rows[row])), key=lambda at: (-values[at], at))[
            :top
        ]
    ]
    found, place = _highest(near, rows, columns, top)
    assert sorted(zip(found.tolist(), near.indices[place].tolist(), strict=True)) == sorted(expected)
