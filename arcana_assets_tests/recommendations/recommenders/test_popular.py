"""Recommendations are what the segment buys and the customer never bought."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.popular import PopularInSegment

COLUMNS = ["customer_id", "rank", "item_id", "score"]


def pairs(*texts):
    """`a:xy` is customer a with items x and y."""
    rows = [(text[0], item) for text in texts for item in text[2:]]
    return pd.DataFrame(rows, columns=["customer_id", "item_id"])


def labels(**segments):
    return pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())}, dtype=object)


def recommended(interactions, **settings):
    return recommend(PopularInSegment().fit(interactions), interactions, **settings)


def short(result):
    return [(row.customer_id, row.rank, row.item_id) for row in result.itertuples()]


BOUGHT = pairs("a:xy", "b:xz", "c:x", "d:w")
SEGMENTS = labels(a="Alta", b="Alta", c="Alta", d="Baixa")


def test_a_customer_gets_what_its_segment_buys_most_and_it_never_bought():
    result = recommended(Interactions.from_frames(BOUGHT, BOUGHT, SEGMENTS))
    assert list(result.columns) == COLUMNS
    # c owns x; y and z have one buyer of three each, and y comes first in the alphabet.
    assert short(result) == [("a", 1, "z"), ("b", 1, "y"), ("c", 1, "y"), ("c", 2, "z")]
    assert result["score"].to_list() == pytest.approx([1 / 3] * 4)


def test_only_the_lookback_makes_an_item_popular_but_whatever_was_ever_bought_is_owned():
    result = recommended(Interactions.from_frames(BOUGHT, pairs("a:y", "c:x"), SEGMENTS))
    assert short(result) == [("b", 1, "y"), ("c", 1, "y")]


def test_what_was_bought_lately_is_owned_even_if_the_history_forgot_it():
    interactions = Interactions.from_frames(pairs("a:x"), pairs("a:y", "b:y"), labels(a="Alta", b="Alta"))
    assert interactions.owned.toarray().tolist() == [[1, 1], [0, 1]]
    assert recommended(interactions).empty


def test_a_customer_who_owns_everything_has_no_row():
    bought = pairs("a:xyz", "b:x")
    assert set(recommended(Interactions.from_frames(bought, bought, labels(a="S", b="S")))["customer_id"]) == {"b"}


def test_an_item_everybody_bought_is_recommended_to_nobody():
    bought = pairs("a:x", "b:x", "c:x")
    assert recommended(Interactions.from_frames(bought, bought, labels(a="S", b="S", c="S"))).empty


def test_a_segment_of_one_customer_has_nothing_to_say():
    assert "d" not in set(recommended(Interactions.from_frames(BOUGHT, BOUGHT, SEGMENTS))["customer_id"])


def test_customers_without_a_segment_get_none_and_do_not_count_in_another():
    interactions = Interactions.from_frames(BOUGHT, BOUGHT, labels(a="Alta", b="Alta", c=None))
    result = recommended(interactions)
    assert set(result["customer_id"]) == {"a", "b"}
    assert result["score"].to_list() == pytest.approx([1 / 2] * 2)


def test_no_purchases_give_no_rows_but_all_columns():
    for segments in (labels(), labels(a="Alta")):
        result = recommended(Interactions.from_frames(pairs(), pairs(), segments))
        assert result.empty
        assert list(result.columns) == COLUMNS


def random_shop(seed=5, customers=300, items=40):
    draw = np.random.default_rng(seed)
    owned = pd.DataFrame(
        {"customer_id": draw.integers(0, customers, 3000), "item_id": draw.integers(0, items, 3000)}
    ).astype(str)
    segments = pd.DataFrame(
        {"customer_id": [str(i) for i in range(customers)], "segment": draw.choice(list("ABC"), customers)}
    )
    return owned, owned.sample(1500, random_state=0), segments


def test_the_ranking_is_the_one_a_full_sort_gives():
    interactions = Interactions.from_frames(*random_shop())
    fitted = PopularInSegment().fit(interactions)
    scores = fitted.score(np.arange(len(interactions.customers)))
    scores[interactions.owned.nonzero()] = 0
    expected = []
    for place, customer in enumerate(interactions.customers):
        best = sorted(range(len(interactions.items)), key=lambda i: (-scores[place, i], interactions.items[i]))[:5]
        expected += [(customer, n, interactions.items[i]) for n, i in enumerate(best, 1) if scores[place, i] > 0]
    assert short(recommend(fitted, interactions)) == expected


def test_blocks_and_row_order_change_nothing():
    owned, recent, segments = random_shop()
    expected = recommended(Interactions.from_frames(owned, recent, segments))
    mixed = [frame.sample(frac=1, random_state=2) for frame in (owned, recent, segments)]
    for block in (1, 7, 300, 4096):
        assert recommended(Interactions.from_frames(*mixed), block=block).equals(expected)


def test_top_limits_the_ranks_of_each_customer():
    result = recommended(Interactions.from_frames(*random_shop()), top=2)
    assert result["rank"].max() == 2
    assert not result.duplicated(["customer_id", "rank"]).any()


@pytest.mark.parametrize("settings", [{"top": 0}, {"block": 0}])
def test_a_ranking_of_nothing_is_refused(settings):
    with pytest.raises(UnusableInteractions, match="at least 1"):
        recommended(Interactions.from_frames(BOUGHT, BOUGHT, SEGMENTS), **settings)


def test_frames_that_break_their_promise_are_refused():
    with pytest.raises(UnusableInteractions, match="'owned' has no column 'item_id'; did you mean 'item'"):
        Interactions.from_frames(BOUGHT.rename(columns={"item_id": "item"}), BOUGHT, SEGMENTS)
    with pytest.raises(UnusableInteractions, match="customer 'a' has two rows"):
        Interactions.from_frames(BOUGHT, BOUGHT, pd.concat([SEGMENTS, SEGMENTS]))
    with pytest.raises(UnusableInteractions, match="'recent' has 4 rows without customer_id"):
        Interactions.from_frames(BOUGHT, pairs("a:xyzw").assign(customer_id=None), SEGMENTS)
