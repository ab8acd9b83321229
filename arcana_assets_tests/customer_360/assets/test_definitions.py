"""From files to customer 360 and its features: what feeds them, what is checked, and what a new catalogue changes.

Slow: each of these tests computes months of a domain.
"""

import dagster as dg
import pytest

from arcana_assets.customer_360.assets.goods import customers as customer_360
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, JANUARY, checks, failure

pytestmark = pytest.mark.slow

CATALOGUE = "product_id,name,category,list_price\n"
SALES = [  # month/day/year
    "1,LAMP,LAMP,3,12/10/2010 10:30,10,ana,France\n",
    "2,BELL,BELL,1,1/10/2011 10:30,10,ana,France\n",
    "2,POST,POSTAGE,1,1/10/2011 10:30,4,ana,France\n",
    "C3,LAMP,LAMP,-1,2/10/2011 10:30,10,ana,France\n",
    "C4,LAMP,LAMP,-1,2/10/2011 10:30,10,bob,France\n",
    "5,VASE,VASE,1,2/10/2011 10:30,10,,France\n",
]
GOLD = (
    "outliers",
    *("transactions_monthly", "transactions_by_product_monthly", "products_monthly", "transactions_coverage"),
    *("product_categories", "transactions_by_category_monthly", "customer_360", "feature_matrix"),
)


def materialize(shop, first, last=None, as_of="2011-02-15T12:00:00+00:00"):
    """Everything up to the feature matrix, for a range of months in one run."""
    sources = [(layer, of) for layer in ("bronze", "silver", "quarantine") for of in ("transactions", "products")]
    keys = [("retail", *table) for table in (*sources, *(("gold", name) for name in GOLD))]
    return shop.run(keys, first, last, as_of)


def catalogue(shop, **categories):
    lines = [f"{name.upper()},{name},{category},10\n" for name, category in categories.items()]
    shop.deliver("catalogue.csv", *lines, header=CATALOGUE, source="products")


def customers(shop, month):
    return {row["customer_id"]: row for row in shop.platform.table("gold", "customer_360", month).to_pylist()}


def shares(row):
    return {name: row[name] for name in row if name.startswith("share_")}


@pytest.fixture
def sold(shop):
    shop.deliver("sales.csv", *SALES)
    catalogue(shop, lamp="Light", bell="Sound", vase="Light")
    return shop


def test_customers_of_the_open_month_are_known_as_of_the_day_of_the_run(sold):
    done = materialize(sold, DECEMBER, FEBRUARY)
    assert done.success
    found = customers(sold, FEBRUARY)
    assert found.keys() == {"ana", "bob"}  # who bought the vase is not known
    ana = found["ana"]
    assert (ana["recency_days"], ana["tenure_months"], ana["frequency"]) == (37, 2, 2)
    assert (ana["gross"], ana["returned"], ana["monetary"], ana["average_ticket"]) == (44, 10, 34, 22)
    assert shares(ana) == {"share_light": 0.75, "share_outros": 0, "share_sound": 0.25}
    features = sold.platform.table("gold", "feature_matrix", FEBRUARY).to_pylist()
    assert [(row["customer_id"], row["share_absent"], row["recency_days_absent"]) for row in features] == [
        ("ana", 0, 0),
        ("bob", 1, 1),
    ]


def test_customers_of_a_month_that_its_files_end_inside_are_known_as_of_their_last_day(sold):
    """Its newest row is of 10 February: to the end of the month, 18 days later, nobody says who bought."""
    done = materialize(sold, DECEMBER, FEBRUARY, "2011-04-15T00:00:00+00:00")
    (february,) = (
        event.materialization.metadata["judged"].value
        for event in done.get_asset_materialization_events()
        if event.partition == "2011-02-01" and "judged" in event.materialization.metadata
    )
    assert february == "open: its data end on 2011-02-10, and it is judged as of that day"
    assert customers(sold, FEBRUARY)["ana"]["recency_days"] == 32
    closed = sold.platform.rows("gold", "customer_360", DECEMBER)
    sold.deliver("rest.csv", "6,VASE,VASE,1,2/28/2011 10:30,10,,France\n")  # of nobody who is known
    assert materialize(sold, DECEMBER, FEBRUARY, "2011-04-15T00:00:00+00:00").success
    assert customers(sold, FEBRUARY)["ana"]["recency_days"] == 50
    assert sold.platform.rows("gold", "customer_360", DECEMBER) == closed


def test_a_catalogue_that_renames_a_category_changes_the_months_from_then_on(sold):
    assert materialize(sold, DECEMBER, JANUARY).success
    before = customers(sold, JANUARY)
    catalogue(sold, lamp="Moda", bell="Sound", vase="Moda")
    done = materialize(sold, FEBRUARY)
    assert done.success
    assert checks(done)["shares_add_up"].passed
    bought = {name: share for name, share in shares(customers(sold, FEBRUARY)["ana"]).items() if share is not None}
    assert bought == {"share_moda": 0.75, "share_outros": 0, "share_sound": 0.25}
    assert {name: share for name, share in shares(customers(sold, JANUARY)["ana"]).items() if share is not None} == (
        shares(before["ana"])
    )


def test_without_a_catalogue_and_with_few_products_every_share_is_of_the_rest(shop):
    shop.deliver("sales.csv", *SALES)
    assert materialize(shop, DECEMBER, JANUARY).success
    assert shares(customers(shop, JANUARY)["ana"]) == {"share_outros": 1}


def test_shares_are_traced_to_what_was_bought_and_how_it_is_classed(sold):
    done = materialize(sold, DECEMBER)
    event = next(each for each in done.asset_materializations_for_node("retail_customer_360"))
    lineage = event.metadata["dagster/column_lineage"].value.deps_by_column
    sources = {(dep.asset_key.path[-1], dep.column_name) for dep in lineage["share_light"]}
    assert sources == {("transactions_by_product_monthly", "gross"), ("product_categories", "category")}
    definition = sold.platform.definitions.resolve_assets_def(dg.AssetKey(["retail", "gold", "customer_360"]))
    assert {key.path[-1] for key in definition.keys_by_input_name.values()} == {
        "transactions_monthly",
        "transactions_by_product_monthly",
        "product_categories",
        "outliers",
    }


def test_shares_that_do_not_add_up_stop_the_run_before_the_features(sold, monkeypatch):
    right = customer_360.customer_360

    def wrong(*tables):
        made = right(*tables)
        return made.mutate(share_light=made.share_light / 2)

    monkeypatch.setattr(customer_360, "customer_360", wrong)
    done = materialize(sold, DECEMBER)
    assert "shares_add_up" in failure(done)
    found = checks(done)["shares_add_up"]
    assert (found.passed, found.blocking, found.metadata["rows"].value) == (False, True, 1)
    assert "1 rows" in found.description
    assert "2010-12" in found.description
    assert "ana" not in found.description
    assert not done.asset_materializations_for_node("retail_feature_matrix")


def test_customers_that_are_spelt_alike_are_counted_without_a_word_of_who_they_are(shop):
    ids = ("z17", "Z17", "Z-17", "q9", "\xa0q9\t", "NULL", "-")
    lines = [f"{order},LAMP,LAMP,1,12/10/2010 10:30,10,{each},France\n" for order, each in enumerate(ids)]
    shop.deliver("sales.csv", *lines)
    catalogue(shop, lamp="Light")
    keys = [("retail", layer, "transactions") for layer in ("bronze", "silver", "quarantine")]
    keys += [("retail", layer, "products") for layer in ("bronze", "silver", "quarantine")]
    done = shop.run([*keys, *(("retail", "gold", name) for name in (*GOLD, "customer_spellings"))], DECEMBER)
    assert done.success
    assert customers(shop, DECEMBER).keys() == {"z17", "Z17", "Z-17", "q9"}
    rows = shop.platform.table("gold", "customer_spellings", DECEMBER).to_pylist()
    found = {(row["customer_id"], row["spelling"], row["ids"], int(row["revenue"])) for row in rows}
    assert found == {("z17", "z17", 3, 10), ("Z17", "z17", 3, 10), ("Z-17", "z17", 3, 10)}
    check = checks(done)["ids_differ_in_more_than_spelling"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    words = "groups of ids that differ in spelling only: 1, with 3 ids, 75.0% of the customers and 60.0% of the revenue"
    assert check.description.startswith(words)
    told = [check.description, *map(str, check.metadata.values())]
    told += [str(event.materialization.metadata) for event in done.get_asset_materialization_events()]
    assert not any(each in text for text in told for each in ("z17", "Z17", "Z-17"))
