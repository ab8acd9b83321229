"""Customer 360 as numbers, and absence said by columns of its own."""

import ibis
import pytest

from arcana_assets.customer_360.features import feature_matrix
from arcana_assets_tests.customer_360.goods.silver_rows import categories, known_as_of, line

LINES = [
    line("ana", "1", "03-30", "lamp", 30),
    line("ana", "2", "03-31", "bell", 10),
    line("bob", "C1", "03-01", "lamp", -5),
]
CATEGORIES = categories(mar={"lamp": "Light", "bell": "Sound"})


def matrix(*lines, names=("Light", "Sound")):
    return feature_matrix(known_as_of(3, lines=lines, categories=CATEGORIES, names=names))


@pytest.fixture
def features(rows_of):
    return lambda *lines, **given: {row["customer_id"]: row for row in rows_of(matrix(*lines, **given))}


def test_every_feature_is_a_double():
    schema = matrix(*LINES).schema()
    assert [name for name in schema if schema[name] != ibis.dtype("float64")] == ["customer_id", "month"]


def test_who_bought_has_every_feature_and_no_mark_of_absence(features):
    ana = features(*LINES)["ana"]
    assert (ana["recency_days"], ana["frequency"], ana["monetary"], ana["average_ticket"]) == (1, 2, 40, 20)
    assert {value for name, value in ana.items() if name.endswith("_absent")} == {0}


def test_who_only_returned_things_has_nulls_and_a_mark_beside_each(features):
    bob = features(*LINES)["bob"]
    for name in ("recency_days", "average_ticket", "return_share", "tenure_months"):
        assert (bob[name], bob[name + "_absent"]) == (None, 1)
    assert (bob["share_light"], bob["share_outros"], bob["share_sound"], bob["share_absent"]) == (None, None, None, 1)
    assert (bob["frequency"], bob["monetary"], bob["distinct_products"]) == (0, -5, 0)


def test_a_category_that_no_product_has_yet_makes_nobodys_shares_absent(features):
    # "Aroma" is the first of the shares by name, and null for all.
    ana = features(*LINES, names=["Aroma", "Light", "Sound"])["ana"]
    assert (ana["share_aroma"], ana["share_light"], ana["share_absent"]) == (None, 0.75, 0)


def test_without_shares_there_is_no_mark_of_their_absence(rows_of):
    customers = known_as_of(3, lines=LINES, categories=CATEGORIES, names=["Light"])
    found = feature_matrix(customers.drop("share_light", "share_outros"))
    assert not [name for name in found.columns if name.startswith("share_")]


def test_rows_are_in_the_order_of_their_customers(rows_of):
    assert [row["customer_id"] for row in rows_of(matrix(*reversed(LINES)))] == ["ana", "bob"]
    assert rows_of(matrix(*reversed(LINES))) == rows_of(matrix(*LINES))
    assert rows_of(matrix()) == []
