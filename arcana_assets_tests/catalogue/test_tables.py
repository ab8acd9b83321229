"""Every declared table says what it is, and tables that expressions make have the columns that they declare."""

import ibis
import pytest

from arcana_assets.catalogue.tables import EVERY_FACET, column_of, gold_tables, table_named, tables_of
from arcana_assets.customer_360.features import feature_matrix
from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.customer_360.goods.reversals import lines_of_a_size
from arcana_assets.customer_360.goods.tables import PRODUCT_CATEGORIES
from arcana_assets.customer_360.outliers.events import outlying_events
from arcana_assets.customer_360.outliers.flags import with_flags
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.entities.entity import VALUE_WORDS
from arcana_assets.domain.entities.goods import TRANSACTIONS
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import FIXED, checked_feature, features_of
from arcana_assets.domain.facets.registry import ENCODED, FACETS, facets_of
from arcana_assets.domain.facets.registry import TRANSACTIONS as GOODS
from arcana_assets.domain.folder import load_domain, load_domains
from arcana_assets.domain.settings.outliers import Outliers
from arcana_assets.tables.types import TYPES
from arcana_assets_tests.customer_360.listed.expressions import FEATURES, GOLD

SILVER = ibis.table(
    {"month": "date"} | {column.name: TYPES[column.type] for column in TRANSACTIONS.columns}, name="silver"
)
CATEGORIES = ibis.table(ibis.Schema.from_pyarrow(PRODUCT_CATEGORIES.arrow), name="categories")
PERIODS = ibis.table({"month": "date", "window_start": "date", "as_of_day": "date"}, name="periods")
MONTHLY = rollups.transactions_monthly(SILVER, "UTC")
BY_PRODUCT = rollups.transactions_by_product_monthly(SILVER)
FLAGS = ibis.table(ibis.Schema.from_pyarrow(OUTLIERS.arrow), name="outliers")
KNOWN = customer_360(MONTHLY, BY_PRODUCT, CATEGORIES, PERIODS, category_columns(["Bags"]), "Bags")
CUSTOMERS = with_flags(KNOWN, FLAGS)

MADE = {
    "transactions_monthly": MONTHLY,
    "transactions_by_product_monthly": BY_PRODUCT,
    "transactions_by_category_monthly": rollups.transactions_by_category_monthly(BY_PRODUCT, CATEGORIES),
    "products_monthly": rollups.products_monthly(SILVER),
    "transactions_coverage": rollups.coverage_monthly(SILVER),
    "outliers": outlying_events(SILVER, lines_of_a_size(SILVER), Outliers(), "UTC"),
    "customer_360": CUSTOMERS,
    "feature_matrix": feature_matrix(CUSTOMERS),
}

LISTED = tuple(FACETS)
DOMAINS = [(GOODS,), LISTED, ("customers",), ("customers", "tickets")]
TABLES = [pytest.param(table, id=table.title) for table in gold_tables().values()]
SHIPPED = [pytest.param(table, id=f"{domain.name}/{table.title}") for domain in load_domains(DEFS).values()
           for table in tables_of(domain)]  # fmt: skip


@pytest.mark.parametrize("table", [*TABLES, *SHIPPED])
def test_every_table_says_what_it_is_for_and_what_a_row_is(table):
    assert table.about.endswith(".")
    assert table.grain
    assert not table.grain.endswith(".")
    assert table.group


@pytest.mark.parametrize("table", [*TABLES, *SHIPPED])
def test_a_row_of_every_table_is_of_a_month_and_what_has_no_key_is_kept_as_it_came(table):
    # No month holds the same key twice; what came from files may hold a row as often as it was delivered.
    assert "month" in table.columns
    if table.layer in ("bronze", "quarantine"):
        assert table.key == ()
    else:
        assert {"month", "day"} & set(table.key) or (table.layer == "silver" and not table.key)
        assert set(table.key) <= set(table.arrow.names)


@pytest.mark.parametrize("table", [*TABLES, *SHIPPED])
def test_every_column_has_a_name_of_its_own_a_type_and_a_description(table):
    assert list(table.columns) == [column.name for column in table.columns.values()]
    assert all(column.type in (*VALUE_WORDS, "texts") for column in table.columns.values())
    assert all(column.description and not column.description.endswith(".") for column in table.columns.values())


@pytest.mark.parametrize("table", TABLES)
def test_every_amount_of_money_has_its_unit(table):
    assert all(column.unit for column in table.columns.values() if column.type == "decimal")


@pytest.mark.parametrize("table", [*TABLES, *SHIPPED])
def test_a_column_named_for_the_customer_is_told_as_one_that_holds_customers(table):
    assert ("customer_id" in table.columns) == ("customer_id" in table.customers)


@pytest.mark.parametrize("table", MADE)
def test_what_is_declared_is_what_is_made(table):
    declared = {
        name.replace("<category>", "bags"): column for name, column in table_named(table, [GOODS]).columns.items()
    }
    made = MADE[table].schema()
    assert set(declared) == set(made.names)
    for name, column in declared.items():
        assert made[name].copy(nullable=True) == TYPES[column.type], f"{table}.{name}"


@pytest.mark.parametrize("table", GOLD)
def test_what_is_declared_of_listed_customers_is_what_is_made(table):
    declared = {
        name.replace("<value>", "bags").replace("<item>", "bags").replace("<category>", "bags"): column
        for name, column in table_named(table, LISTED).columns.items()
    }
    made = GOLD[table].schema()
    values = {name for name in made.names if name.endswith("_is_other")}  # a value that the pattern stands for
    assert set(declared) == set(made.names) - values
    for name, column in declared.items():
        assert made[name].copy(nullable=True) == TYPES[column.type], f"{table}.{name}"


@pytest.mark.parametrize("name", [path.name for path in load_domains(DEFS)])
def test_the_tables_in_the_graph_of_a_domain_are_those_that_it_declares(name, tmp_path):
    graph = build_definitions(DEFS, Deployment(*(str(tmp_path / each) for each in ("lake", "landing", "home"))))
    told = [
        spec.key.path[1:]
        for spec in graph.resolve_all_asset_specs()
        if spec.key.path[0] == name and spec.key.path[1] not in ("landing", "published", "warehouse")
    ]
    declared = [[table.layer, table.name] for table in tables_of(load_domain(DEFS / name))]
    assert sorted(told) == sorted(declared)


def test_a_column_that_a_pattern_stands_for_is_described_under_its_own_name():
    column = column_of("customer_360", "share_home_garden")
    assert column is not None
    assert (column.name, column.type) == ("share_home_garden", "double")
    assert column.description.startswith("Share of the value bought")
    assert column_of("segment_profiles", "lift_recency_days").name == "lift_recency_days"
    assert column_of("customer_360", "age") is None
    assert column_of("customer_360", "month").type == "date"


def test_an_indicator_is_described_under_its_own_name():
    column = column_of("feature_matrix", "segment_is_agro")
    assert column is not None
    assert (column.name, column.type) == ("segment_is_agro", "double")
    assert column_of("feature_matrix", "tickets_absent").description.startswith("1 where nothing is known")


def test_a_table_that_is_not_declared_names_the_nearest():
    with pytest.raises(KeyError, match="no gold table 'customers_360'; did you mean 'customer_360'"):
        table_named("customers_360")


def test_every_name_a_segmentation_may_use_is_a_column_of_the_feature_matrix():
    made = MADE["feature_matrix"].columns
    assert set(FIXED) <= set(made)
    for name in set(made) - {"customer_id", "month"}:
        assert checked_feature(name) == name


def test_every_feature_of_a_facet_is_a_column_that_is_made():
    twice = [f"tenure_months{end}" for end in ("", ABSENT)]  # by the master, else by the first order
    promised = [name for facet in FACETS for name in features_of(facet) if facet != GOODS or name not in twice]
    assert len(set(promised)) == len(promised)
    assert set(promised) <= set(FEATURES.columns)
    others = {name.partition("_is_")[0] for name in set(FEATURES.columns) - {*promised, "customer_id", "month"}}
    assert others == {*ENCODED, "owns_bags", "share_bags", GOODS + ABSENT}


@pytest.mark.parametrize("facets", DOMAINS, ids=lambda facets: " ".join(facets[:2]))
def test_the_tables_of_a_domain_hold_its_facets_only(facets):
    columns = table_named("customer_360", facets).columns
    known = {name.removeprefix(HAS) for name in columns if name.startswith(HAS)}
    named = {facet for facet in facets if not FACETS[facet].of_everybody}
    assert known == (named if "customers" in facets else set())
    assert ("frequency" in columns) == (GOODS in facets)


def test_a_domain_that_knows_no_entity_has_no_table_of_it():
    assert set(GOLD) <= set(gold_tables(LISTED))
    assert not {"tickets_monthly", "customers", "usage_daily"} & set(gold_tables((GOODS,)))
    assert not {"transactions_monthly", "product_categories"} & set(gold_tables(("customers", "tickets")))
    assert {"customers", "source_coverage", "customer_360"} <= set(gold_tables(("customers",)))
    assert {*gold_tables((GOODS,)), *gold_tables(LISTED)} == set(gold_tables(EVERY_FACET))
    assert gold_tables(()) == {}


def test_the_facets_of_entities_come_in_the_order_of_customer_360():
    assert list(facets_of(["usage", "tickets", "customers", "products"])) == [
        "customers",
        "consent",
        "tickets",
        "usage",
    ]
