"""Interactions are who has what, of frames that keep their promise."""

from datetime import date

import pandas as pd
import pytest

from arcana_assets.recommendations.interactions import Interactions, Known, UnusableInteractions
from arcana_assets_tests.recommendations.bought import pairs

SEGMENTS = pd.DataFrame({"customer_id": ["a", "b"], "segment": "Alta"})


def test_what_was_bought_lately_is_owned_even_if_the_history_forgot_it():
    interactions = Interactions.from_frames(pairs("a:x"), pairs("a:y", "b:y"), SEGMENTS)
    assert interactions.owned.toarray().tolist() == [[1, 1], [0, 1]]


def test_what_was_bought_long_ago_makes_nothing_popular_and_what_is_contracted_does():
    owned = pairs("a:x", "b:y").assign(item_name="", recent=[True, False], value=1.0)
    bought, contracted = (
        Known(date(2011, 1, 1), owned, SEGMENTS, None, lookback).interactions() for lookback in (6, None)
    )
    assert bought.owned.toarray().tolist() == contracted.owned.toarray().tolist() == [[1, 0], [0, 1]]
    assert bought.recent.toarray().tolist() == [[1, 0], [0, 0]]
    assert contracted.recent.toarray().tolist() == [[1, 0], [0, 1]]


def test_frames_that_break_their_promise_are_refused():
    bought = pairs("a:xy", "b:xz")
    with pytest.raises(UnusableInteractions, match="'owned' has no column 'item_id'; did you mean 'item'"):
        Interactions.from_frames(bought.rename(columns={"item_id": "item"}), bought, SEGMENTS)
    with pytest.raises(UnusableInteractions, match=r"^2 customers have two rows or more in 'segments'"):
        Interactions.from_frames(bought, bought, pd.concat([SEGMENTS, SEGMENTS]))
    with pytest.raises(UnusableInteractions, match="'recent' has 4 rows without customer_id"):
        Interactions.from_frames(bought, pairs("a:xyzw").assign(customer_id=None), SEGMENTS)
