"""Recommendations are what the segment buys and the customer never bought."""

import pandas as pd
import pytest

from arcana_assets.recommendations.interactions import Interactions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.popular import PopularInSegment
from arcana_assets_tests.recommendations.bought import pairs

COLUMNS = ["customer_id", "rank", "item_id", "score"]


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


def test_a_customer_who_owns_everything_has_no_row():
    bought = pairs("a:xyz", "b:x")
    assert set(recommended(Interactions.from_frames(bought, bought, labels(a="S", b="S")))["customer_id"]) == {"b"}


def test_an_item_everybody_bought_is_recommended_to_nobody():
    bought = pairs("a:x", "b:x", "c:x")
    assert recommended(Interactions.from_frames(bought, bought, labels(a="S", b="S", c="S"))).empty
    forgotten = Interactions.from_frames(pairs("a:x"), pairs("a:y", "b:y"), labels(a="S", b="S"))
    assert recommended(forgotten).empty, "y was bought lately, though the history does not say so"


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
