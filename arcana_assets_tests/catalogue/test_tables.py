"""Descriptions of gold columns agree with the tables that are made, in name and type."""

import ibis
import pytest

from arcana_assets.catalogue.tables import GRAIN, TABLES, describe, describe_column, tables_of
from arcana_assets.customer_360.assets.product_categories import CATEGORIES
from arcana_assets.customer_360.features import feature_matrix
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.domain.column import GoldColumn
from arcana_assets.domain.entities.entity import VALUE_WORDS
from arcana_assets.domain.entities.goods import TRANSACTIONS
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.facets.features import FIXED, checked_feature, features_of
from arcana_assets.domain.facets.features import TRANSACTIONS as GOODS
from arcana_assets.domain.facets.registry import ENCODED, FACETS, facets_of
from arcana_assets.recommendations.assets import evaluation as recommendation_evaluation
from arcana_assets.recommendations.assets import lines as recommended_lines
from arcana_assets.recommendations.assets import results as recommendation_results
from arcana_assets.segmentation.assets import models as segmentation_models
from arcana_assets.segmentation.assets import segments as segmentation
from arcana_assets.tables.types import TYPES
from arcana_assets_tests.customer_360.listed.expressions import FEATURES, GOLD

SILVER = ibis.table(
    {"month": "date"} | {column.name: TYPES[column.type] for column in TRANSACTIONS.columns}, name="silver"
)
CATEGORIES = ibis.table(ibis.Schema.from_pyarrow(CATEGORIES), name="categories")
PERIODS = ibis.table({"month": "date", "window_start": "date", "as_of_day": "date"}, name="periods")
MONTHLY = rollups.transactions_monthly(SILVER, "UTC")
BY_PRODUCT = rollups.transactions_by_product_monthly(SILVER)
BY_CATEGORY = rollups.transactions_by_category_monthly(BY_PRODUCT, CATEGORIES)
CUSTOMERS = customer_360(MONTHLY, BY_PRODUCT, CATEGORIES, PERIODS, category_columns(["Bags"]), "Bags")

MADE = {
    "transactions_monthly": MONTHLY.schema(),
    "transactions_by_product_monthly": BY_PRODUCT.schema(),
    "transactions_by_category_monthly": BY_CATEGORY.schema(),
    "products_monthly": rollups.products_monthly(SILVER).schema(),
    "product_categories": CATEGORIES.schema(),
    "transactions_coverage": rollups.coverage_monthly(SILVER).schema(),
    "customer_360": CUSTOMERS.schema(),
    "feature_matrix": feature_matrix(CUSTOMERS).schema(),
    "models/value": ibis.Schema.from_pyarrow(segmentation_models.MODELS),
    "segmentation_selection": ibis.Schema.from_pyarrow(segmentation.SELECTION),
    "segment_events": ibis.Schema.from_pyarrow(segmentation.EVENTS),
    "recommendation_evaluation": ibis.Schema.from_pyarrow(recommendation_evaluation.EVALUATION),
    "segments": ibis.Schema.from_pyarrow(segmentation.SEGMENTS),
    **{name: ibis.Schema.from_pyarrow(schema) for name, schema in recommended_lines.SCHEMAS.items()},
    "recommendation_acceptance": ibis.Schema.from_pyarrow(recommendation_results.ACCEPTANCE),
    "recommendation_lift": ibis.Schema.from_pyarrow(recommendation_results.LIFT),
}


LISTED = tuple(FACETS)
DOMAINS = [(GOODS,), LISTED, ("customers",), ("customers", "tickets"), ()]


@pytest.mark.parametrize("facets", [(GOODS,), LISTED], ids=["goods", "listed"])
@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_name_of_its_own_a_type_and_a_description(table, facets):
    columns = describe(table, facets)
    assert list(columns) == [column.name for column in columns.values()]
    assert all(isinstance(column, GoldColumn) and column.type in VALUE_WORDS for column in columns.values())
    assert all(column.description and not column.description.endswith(".") for column in columns.values())
    assert {"month"} <= columns.keys()


@pytest.mark.parametrize("facets", [(GOODS,), LISTED], ids=["goods", "listed"])
@pytest.mark.parametrize("table", TABLES)
def test_every_amount_of_money_has_its_unit(table, facets):
    assert all(column.unit for column in describe(table, facets).values() if column.type == "decimal")


@pytest.mark.parametrize("table", MADE)
def test_what_is_described_is_what_is_made(table):
    described = {name.replace("<category>", "bags"): column for name, column in describe(table).items()}
    made = MADE[table]
    assert set(described) == set(made.names)
    for name, column in described.items():
        assert made[name].copy(nullable=True) == TYPES[column.type], f"{table}.{name}"


def test_a_column_that_a_pattern_stands_for_is_described_under_its_own_name():
    column = describe_column("customer_360", "share_home_garden")
    assert column is not None
    assert (column.name, column.type) == ("share_home_garden", "double")
    assert column.description.startswith("Share of the value bought")
    assert describe_column("segment_profiles", "lift_recency_days").name == "lift_recency_days"
    assert describe_column("customer_360", "age") is None
    assert describe_column("customer_360", "month").type == "date"


def test_a_table_that_is_not_described_names_the_nearest():
    with pytest.raises(KeyError, match="no gold table 'customers_360'; did you mean 'customer_360'"):
        describe("customers_360")


def test_every_name_a_segmentation_may_use_is_a_column_of_the_feature_matrix():
    made = feature_matrix(CUSTOMERS).columns
    assert set(FIXED) <= set(made)
    for name in set(made) - {"customer_id", "month"}:
        assert checked_feature(name) == name


@pytest.mark.parametrize("table", GOLD)
def test_what_is_described_of_listed_customers_is_what_is_made(table):
    described = {
        name.replace("<value>", "bags").replace("<item>", "bags"): column
        for name, column in describe(table, LISTED).items()
    }
    made = GOLD[table].schema()
    values = {name for name in made.names if name.endswith("_is_other")}  # a value that the pattern stands for
    assert set(described) == set(made.names) - values
    for name, column in described.items():
        assert made[name].copy(nullable=True) == TYPES[column.type], f"{table}.{name}"


def test_every_feature_of_a_facet_is_a_column_that_is_made():
    promised = [name for facet in FACETS for name in features_of(facet)]
    assert len(set(promised)) == len(promised)
    assert set(promised) <= set(FEATURES.columns)
    others = {name.partition("_is_")[0] for name in set(FEATURES.columns) - {*promised, "customer_id", "month"}}
    assert others == {*ENCODED, "owns_bags"}


@pytest.mark.parametrize("facets", DOMAINS, ids=lambda facets: " ".join(facets[:2]) or "none")
def test_the_tables_of_a_domain_are_described_with_their_grain_and_hold_its_facets_only(facets):
    for table in tables_of(facets):
        assert GRAIN[table]
        assert table == "segment_profiles" or describe(table, facets) or not facets
    known = {name.removeprefix(HAS) for name in describe("customer_360", facets) if name.startswith(HAS)}
    assert known == {facet for facet in facets if facet not in (GOODS, "customers")}


def test_a_domain_that_knows_no_entity_has_no_table_of_it():
    assert set(GOLD) <= set(tables_of(LISTED))
    assert not {"tickets_monthly", "customers", "usage_daily"} & set(tables_of((GOODS,)))
    assert not {"transactions_monthly", "product_categories"} & set(tables_of(LISTED))
    assert {"customers", "source_coverage", "customer_360"} <= set(tables_of(("customers",)))


def test_an_indicator_is_described_under_its_own_name():
    column = describe_column("feature_matrix", "segment_is_agro")
    assert column is not None
    assert (column.name, column.type) == ("segment_is_agro", "double")
    assert describe_column("feature_matrix", "tickets_absent").description.startswith("1 where nothing is known")


def test_the_facets_of_entities_come_in_the_order_of_customer_360():
    assert list(facets_of(["usage", "tickets", "customers", "products"])) == ["customers", "tickets", "usage"]
