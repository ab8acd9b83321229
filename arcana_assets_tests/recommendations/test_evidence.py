"""What speaks for a recommendation is what counting one by one gives."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.language import DEFAULT
from arcana_assets.recommendations.evidence import evidence
from arcana_assets.recommendations.interactions import Interactions, UnusableInteractions
from arcana_assets.recommendations.ranking import recommend
from arcana_assets.recommendations.recommenders.popular import Popular
from arcana_assets_tests.recommendations.bought import mixed, pairs, random_frames, random_shop, shop


def line(customer, item):
    return pd.DataFrame({"customer_id": [customer], "item_id": [item]})


def only(interactions, customer, item, minimum=2):
    (row,) = evidence(interactions, line(customer, item), minimum, DEFAULT).itertuples()
    return row


# In S three of four who own x also own y; in all it is three of six, and y belongs to five of eight.
SEGMENTS = {**dict.fromkeys("abcd", "S"), **dict.fromkeys("efgh", "T")}
SHOP = shop("a:xy", "b:xy", "c:xy", "d:x", "e:x", "f:x", "g:y", "h:y", **SEGMENTS)


def test_in_the_segment_the_evidence_is_the_share_of_owners_there():
    row = only(SHOP, "d", "y")
    assert (row.antecedent_item, row.evidence_in) == ("x", "segmento")
    assert (row.support, row.antecedent_owners, row.confidence) == (3, 4, 0.75)
    # Three of four in S own y: those who own x no more often than all.
    assert row.lift == pytest.approx(1)
    assert (row.segment, row.buyers, row.segment_customers) == ("S", 3, 4)
    assert (row.base_owners, row.base_customers) == (5, 8)


def test_without_enough_owners_in_the_segment_the_base_speaks():
    interactions = shop("a:xy", "b:xy", "c:xy", "d:z", "f:z", "e:x", a="S", b="S", c="S", e="T")
    row = only(interactions, "e", "y")
    assert (row.antecedent_item, row.evidence_in, row.support, row.antecedent_owners) == ("x", "base", 3, 4)
    assert row.confidence == 0.75
    assert row.lift == pytest.approx(0.75 / (3 / 6))


def test_below_the_minimum_nothing_speaks_for_the_item():
    row = only(SHOP, "d", "y", minimum=4)
    assert pd.isna(row.antecedent_item)
    assert (row.evidence_in, row.support, row.antecedent_owners) == ("", 0, 0)
    assert np.isnan(row.confidence)
    assert np.isnan(row.lift)


def test_a_customer_without_segment_has_evidence_of_the_base_and_no_segment_to_speak_of():
    row = only(shop("a:xy", "b:xy", "c:x", "d:z"), "c", "y")
    assert (row.evidence_in, row.segment, row.buyers, row.segment_customers) == ("base", "", 0, 0)
    assert row.lift == pytest.approx((2 / 3) / (2 / 4))


def test_who_owns_nothing_has_no_antecedent():
    row = only(shop("a:xy", "b:xy", "c:xy", new="S", a="S"), "new", "x")
    assert pd.isna(row.antecedent_item)
    assert (row.segment, row.buyers, row.segment_customers) == ("S", 1, 2)


def test_of_equal_confidence_the_larger_support_speaks_and_then_the_first_item():
    # All who own w, x or v own y too, but for d; w has three such owners, x and v two.
    interactions = shop("a:wxy", "b:wxy", "c:wyv", "e:vy", "d:wxv", "f:wy", "g:z")
    assert only(interactions, "d", "y").antecedent_item == "w"
    assert only(shop("a:xvy", "b:xvy", "d:xv"), "d", "y").antecedent_item == "v"


def brute(interactions, customer, item, minimum):
    """By loops over the owned items: where, antecedent, support, owners, lift."""
    owned = interactions.owned.toarray().astype(bool)
    at, y = list(interactions.customers).index(customer), list(interactions.items).index(item)
    segment = interactions.segments[at]
    places = [("segmento", owned[interactions.segments == segment])] if segment else []
    for where, there in [*places, ("base", owned)]:
        found = []
        for x in np.flatnonzero(owned[at]):
            both, owners = int((there[:, x] & there[:, y]).sum()), int(there[:, x].sum())
            if x != y and both >= minimum and both * len(there) >= owners * there[:, y].sum():
                found.append((-both / owners, -both, x, owners))
        if found:
            confidence, both, x, owners = min(found)
            return where, interactions.items[x], -both, owners, -confidence / there[:, y].mean()
    return "", "none", 0, 0, np.nan


@pytest.mark.parametrize("minimum", [1, 6, 9])
def test_the_evidence_is_what_counting_one_by_one_gives(minimum):
    interactions = random_shop()
    lines = recommend(Popular().fit(interactions), interactions, top=8)
    found = evidence(interactions, lines, minimum, DEFAULT)
    expected = [brute(interactions, row.customer_id, row.item_id, minimum) for row in lines.itertuples()]
    assert {where for where, *_ in expected} >= ({"segmento", "base"} if minimum == 1 else {"segmento", "base", ""})
    columns = ["evidence_in", "antecedent_item", "support", "antecedent_owners"]
    assert found[columns].fillna({"antecedent_item": "none"}).to_numpy().tolist() == [list(row[:4]) for row in expected]
    np.testing.assert_allclose(found["lift"], [row[4] for row in expected])
    known = found[found["support"] > 0]
    np.testing.assert_allclose(known["confidence"], known["support"] / known["antecedent_owners"])


def test_row_order_changes_nothing_and_the_index_of_the_lines_is_kept():
    frames = random_frames()
    lines = recommend(Popular().fit(random_shop()), random_shop())
    expected = evidence(Interactions.from_frames(*frames), lines, 3, DEFAULT)
    (shuffled,) = mixed([lines])
    found = evidence(Interactions.from_frames(*mixed(frames)), shuffled, 3, DEFAULT)
    assert found.index.equals(shuffled.index)
    pd.testing.assert_frame_equal(found.sort_index(), expected)


def test_without_recommendations_there_are_all_columns_and_no_rows():
    found = evidence(SHOP, line("d", "y").iloc[:0], 2, DEFAULT)
    assert found.empty
    assert list(found.columns) == list(evidence(SHOP, line("d", "y"), 2, DEFAULT).columns)


def test_unknown_customers_items_and_columns_are_refused():
    with pytest.raises(UnusableInteractions, match=r"^1 lines have a customer_id that is not among .*s; rec"):
        evidence(SHOP, line("zz", "y"), 2, DEFAULT)
    with pytest.raises(UnusableInteractions, match="have a item_id that is not among the interactions, such as 'new'"):
        evidence(SHOP, line("d", "new"), 2, DEFAULT)
    with pytest.raises(UnusableInteractions, match="no column 'item_id'; did you mean 'item'"):
        evidence(SHOP, line("d", "y").rename(columns={"item_id": "item"}), 2, DEFAULT)


def test_what_was_bought_long_ago_is_owned_but_no_recent_buyer():
    labels = pd.DataFrame({"customer_id": list("abc"), "segment": "S"})
    interactions = Interactions.from_frames(pairs("a:xy", "b:xy", "c:x"), pairs("a:y"), labels)
    assert only(interactions, "c", "y").support == 2
    assert only(interactions, "c", "y").buyers == 1


def test_an_item_that_speaks_against_the_other_is_no_reason_for_it():
    # 60 of 100 own Y, 50 own X, 10 own both: who owns X owns Y a third as often as the others.
    owned = [(f"c{n:03d}", "Y") for n in range(60)] + [(f"c{n:03d}", "X") for n in range(50, 100)]
    pairs = pd.DataFrame(owned, columns=["customer_id", "item_id"])
    segments = pd.DataFrame({"customer_id": [f"c{n:03d}" for n in range(100)], "segment": "s"})
    interactions = Interactions.from_frames(pairs, pairs, segments)
    (row,) = evidence(interactions, pd.DataFrame({"customer_id": ["c099"], "item_id": ["Y"]}), 1, DEFAULT).itertuples()
    assert (row.evidence_in, row.support) == ("", 0)
    assert (row.segment, row.buyers, row.segment_customers) == ("s", 60, 100)
