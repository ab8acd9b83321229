"""EASE is the inverse of a matrix, and the segment one more thing that a customer has."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import lapack

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS, Ease, TooManyItems
from arcana_assets_tests.recommendations.bought import random_shop, shop


def everybody(interactions):
    return np.arange(len(interactions.customers))


def test_the_scores_are_those_of_the_published_formula():
    interactions = random_shop()
    owned = interactions.owned.toarray().astype(float)
    inverse = np.linalg.inv(owned.T @ owned + 10 * np.eye(owned.shape[1]))
    weights = np.eye(owned.shape[1]) - inverse @ np.diag(1 / np.diag(inverse))
    found = Ease(regularisation=10).fit(interactions).score(everybody(interactions))
    np.testing.assert_allclose(found, owned @ weights, atol=1e-5)


def test_with_two_items_a_weight_is_customers_of_both_by_regularised_customers_of_one():
    found = Ease(regularisation=1).fit(shop("a:xy", "b:xy", "c:x")).score(np.array([2]))
    # Of x 3 customers, 2 of both: the ridge regression of y on x is 2 / (3 + 1).
    np.testing.assert_allclose(found, [[0, 0.5]], atol=1e-6)


def test_segments_are_not_recommended():
    interactions = random_shop()
    assert Ease(with_segments=True).fit(interactions).score(everybody(interactions)).shape[1] == len(interactions.items)


def test_who_owns_nothing_gets_what_the_segment_buys_and_without_segment_something():
    purchases = ("a:xy", "b:xy", "c:xy", "d:z", "e:z", "f:z", "g:yx")
    segments = dict.fromkeys("abcg", "S") | dict.fromkeys("def", "T") | {"new": "T", "other": "S"}
    interactions = shop(*purchases, **segments, unknown="")
    result = recommend(Ease(1, with_segments=True).fit(interactions), interactions)
    first = result[result["rank"] == 1].set_index("customer_id")["item_id"]
    assert first[["new", "other"]].to_list() == ["z", "x"]
    assert first["unknown"] in {"x", "z"}
    without = recommend(Ease(1).fit(interactions), interactions)
    assert not {"new", "other", "unknown"} & set(without["customer_id"])


@pytest.mark.parametrize(("place", "name"), [(lapack, "dpotrf"), (lapack, "dpotri"), (np.linalg, "inv")])
def test_weights_are_sums_of_one_thread(threads_of, place, name):
    assert set(threads_of(place, name, lambda: Ease(with_segments=True).fit(random_shop()))) == {1}


def test_a_catalogue_too_large_is_refused_before_any_work():
    items = pd.DataFrame({"item_id": [f"{number}" for number in range(MOST_ITEMS + 1)], "customer_id": "a"})
    nobody = pd.DataFrame({"customer_id": [], "segment": []}, dtype=object)
    with pytest.raises(TooManyItems, match=r"10,001 x 10,001 weights; expected at most 10,000 items.*nearest items"):
        Ease().fit(Interactions.from_frames(items, items, nobody))


def test_without_regularisation_there_is_no_inverse():
    with pytest.raises(UnusableInteractions, match="above 0, such as 500; found 0"):
        Ease(regularisation=0)
