"""Items at the level people sell, through Dagster and Delta: what the catalogue says of a product, rare ones together.

Slow: each of these tests computes a month of a domain.
"""

import pytest

from arcana_assets.customer_360.assets.items import TOLD_APART
from arcana_assets.domain.folder import load_domain
from arcana_assets.recommendations.eligibility import Eligibility
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets_tests.worlds.shop import DECEMBER, checks

pytestmark = pytest.mark.slow

ROLLUPS = ("transactions_monthly", "transactions_by_product_monthly", "products_monthly", "transactions_coverage")
GOLD = (*ROLLUPS, "product_categories")
MAPPED = "  - {from: category, to: category, clean: [trim]}\n"
CATALOGUE = "product_id,name,category,list_price,family,maker\n"
LISTED = (
    "LAMP,Lamp,Light,10,Hanging,Lux\n",
    "BULB,Bulb,Light,10,Spare,Lux\n",
    "RUG,Rug,Home,10,Floor,Tecel\n",
    "PIN,Pin,Small,10,Tiny,Pins\n",
)
SOLD = (
    "1,LAMP,LAMP,40,12/10/2010 10:30,10,ana,France\n",
    "2,BULB,BULB,30,12/10/2010 10:30,10,bea,France\n",
    "3,RUG,RUG,29,12/11/2010 10:30,10,ana,France\n",
    "4,PIN,PIN,1,12/11/2010 10:30,10,ana,France\n",  # a hundredth of what was sold
    "5,VASE,VASE,10,12/11/2010 10:30,10,bea,France\n",  # on no list
)


def told_apart_by(shop, level, rare=0.0):
    """The shop with a catalogue whose columns family and maker are the type and the brand."""
    mapped = f"{MAPPED}  - {{from: family, to: type}}\n  - {{from: maker, to: brand}}\n"
    shop.mend("products", MAPPED, mapped)
    items = f"  lookback_months: 6\n  items: {{goods: {level}, rare_share: {rare}}}\n"
    shop.mend("defs", "  lookback_months: 6\n", items)
    return shop


def made(shop):
    keys = [
        ("retail", layer, of) for of in ("transactions", "products") for layer in ("bronze", "silver", "quarantine")
    ]
    done = shop.run([*keys, *(("retail", "gold", name) for name in (*GOLD, "items_owned"))], DECEMBER)
    assert done.success
    return done


def owned(shop):
    made(shop)
    return shop.platform.table("gold", "items_owned", DECEMBER).to_pandas()


def test_a_month_whose_catalogue_has_not_landed_says_that_most_is_of_the_rest(shop):
    told_apart_by(shop, "brand")
    shop.deliver("sales.csv", *SOLD)
    found = checks(made(shop))[TOLD_APART]
    assert (found.passed, found.severity.name, found.metadata["2010-12"].value) == (False, "WARN", 1.0)
    assert found.description.startswith(
        "100% in 2010-12 of what customers bought is of 'Outros', which is recommended to"
    )
    shop.deliver("list.csv", *LISTED, header=CATALOGUE, source="products")
    assert checks(made(shop))[TOLD_APART].passed  # of 11 in a hundred the catalogue says nothing


@pytest.mark.parametrize(
    ("level", "of_ana", "of_bea"),
    [
        ("category", {"Light", "Home", "Outros"}, {"Light", "Outros"}),
        ("type", {"Hanging", "Floor", "Outros"}, {"Spare", "Outros"}),
        ("brand", {"Lux", "Tecel", "Outros"}, {"Lux", "Outros"}),
    ],
)
def test_what_is_owned_is_a_column_of_the_catalogue_and_rare_ones_are_the_rest(shop, level, of_ana, of_bea):
    told_apart_by(shop, level, rare=0.05)
    shop.deliver("list.csv", *LISTED, header=CATALOGUE, source="products")
    shop.deliver("sales.csv", *SOLD)
    rows = owned(shop)
    assert {name: set(mine["item_id"]) for name, mine in rows.groupby("customer_id")} == {"ana": of_ana, "bea": of_bea}

    offers = load_domain(shop.platform.folder / "retail").recommendations
    segments = rows[["customer_id"]].drop_duplicates().assign(segment="")
    known = Known(DECEMBER, rows, segments, None, 6).interactions()
    rules = Eligibility(known, offers.model_copy(update={"minimum_owners": 1}))
    assert set(known.items[rules.possible]) == (of_ana | of_bea) - {"Outros"}  # nobody can sell the rest
    assert rules.unknown == []


def test_the_limit_of_ease_is_of_types_where_these_are_the_items(shop):
    products = range(MOST_ITEMS + 1)
    told_apart_by(shop, "type")
    shop.deliver("list.csv", *(f"P{n},P,Any,1,T{n % 40},B\n" for n in products), header=CATALOGUE, source="products")
    shop.deliver("sales.csv", *(f"{n},P{n},P,1,12/10/2010 10:30,10,c{n % 9},France\n" for n in products))
    items = owned(shop)["item_id"].unique()
    assert len(items) == 40
    assert "ease" in {each.name for each in every_recommender(len(items), ["one", "two"])}
    assert "ease" not in {each.name for each in every_recommender(len(products), ["one", "two"])}
