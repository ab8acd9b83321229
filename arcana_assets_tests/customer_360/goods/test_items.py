"""Items of goods: the product, or the category, type or brand that people buy from, rare ones together."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from arcana_assets.customer_360.goods import rollups
from arcana_assets.domain.settings.customers import Items
from arcana_assets_tests.customer_360.goods.silver_rows import categories, line, periods, silver

MARCH, JANUARY, FEBRUARY = date(2011, 3, 1), date(2011, 1, 1), date(2011, 2, 1)
LINES = [
    line("ana", "1", "01-05", "lamp", 60),
    line("ana", "2", "02-05", "bulb", 30),
    line("ana", "3", "02-06", "rug", 5),
    line("bea", "4", "03-01", "vase", 5),
    line("bea", "5", "03-02", "bulb", -10),  # taken back, and never bought before
]
NAMED = categories(mar={"lamp": "Light", "bulb": "Light", "rug": "Home"})


def owned(rows_of, rare=0.0, groups=None):
    by_product = rollups.transactions_by_product_monthly(silver(*LINES))
    table = rollups.levels_owned(by_product, NAMED, periods(3), "category", "Outros", rare, groups or {})
    return [(row["customer_id"], row["item_id"], row["since"], row["value"]) for row in rows_of(table)]


def test_what_is_owned_may_be_the_category(rows_of):
    assert owned(rows_of) == [
        ("ana", "Home", FEBRUARY, Decimal(5)),
        ("ana", "Light", JANUARY, Decimal(90)),
        ("bea", "Outros", MARCH, Decimal(5)),  # the catalogue does not list a vase
    ]


def test_categories_that_bring_little_count_as_one(rows_of):
    assert owned(rows_of, rare=0.1) == [
        ("ana", "Light", JANUARY, Decimal(90)),
        ("ana", "Outros", FEBRUARY, Decimal(5)),
        ("bea", "Outros", MARCH, Decimal(5)),
    ]


def test_categories_may_be_grouped_as_products_may(rows_of):
    assert [item for _, item, _, _ in owned(rows_of, groups={"Home": "House", "Outros": "House"})] == [
        *("House", "Light", "House"),
    ]


def test_spellings_of_a_group_are_as_rare_as_they_are_together(rows_of):
    lines = [line("ana", "1", "01-05", "lamp", 80), *(line("bea", n, "02-05", n, 10) for n in ("a", "b"))]
    by_product = rollups.transactions_by_product_monthly(silver(*lines))
    spelt = categories(mar={"lamp": "Light", "a": "Lux BR", "b": "Lux PT"})
    groups = {"Lux BR": "Lux", "Lux PT": "Lux"}
    table = rollups.levels_owned(by_product, spelt, periods(3), "category", "Outros", 0.15, groups)
    assert [(row["item_id"], row["value"]) for row in rows_of(table)] == [("Light", Decimal(80)), ("Lux", Decimal(20))]
    alone = rollups.levels_owned(by_product, spelt, periods(3), "category", "Outros", 0.15)
    assert [row["item_id"] for row in rows_of(alone)] == ["Light", "Outros"]


def test_the_rest_may_be_of_a_group(rows_of):
    assert [item for _, item, _, _ in owned(rows_of, rare=0.1, groups={"Outros": "House"})] == [
        *("House", "Light", "House"),
    ]


@pytest.mark.parametrize("level", ["category", "type", "brand"])
def test_all_levels_but_the_product_have_rare_ones(level):
    assert Items(goods=level, rare_share=0.05).rare_share == 0.05


def test_products_are_not_folded():
    with pytest.raises(ValidationError, match="rare_share folds categories, types or brands, and items are products"):
        Items(rare_share=0.05)
