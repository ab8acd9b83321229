"""Every table there is: those of a domain, and any of them by name.

Belongs here: which tables a domain has. Does not belong here: what a table says of itself; it is declared beside what
makes it, in the `tables` of each slice.
"""

from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType

from arcana_assets.customer_360 import tables as of_customers
from arcana_assets.customer_360.spellings import CUSTOMER_SPELLINGS
from arcana_assets.domain.column import Column
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.landing.tables import bronze_table, quarantine_table, silver_table
from arcana_assets.loyalty import tables as of_loyalty
from arcana_assets.predictions import tables as of_predictions
from arcana_assets.profile import tables as of_profile
from arcana_assets.recommendations import tables as of_recommendations
from arcana_assets.segmentation import tables as of_segments
from arcana_assets.tables.table import Table

EVERY_FACET = (*FACETS,)


def gold_tables(facets: Collection[str] = EVERY_FACET) -> dict[str, Table]:
    """The tables after silver by name that a domain with these facets can have, in the order of the reference pages.

    Models are there once, under the name `models`. A domain that says nothing of customers has no table after silver.
    """
    if not facets:
        return {}
    tables = (
        *of_customers.ROLLUPS,
        of_customers.customer_360(facets),
        of_customers.feature_matrix(facets),
        *of_segments.TABLES,
        *of_recommendations.TABLES,
        *of_loyalty.TABLES,
        *of_predictions.TABLES,
        *of_profile.TABLES,
    )
    return {table.name: table for table in tables if not table.needs or {*table.needs} & {*facets}}


@cache
def _gold_tables(facets: tuple[str, ...]) -> Mapping[str, Table]:
    return MappingProxyType(gold_tables(facets))


def table_named(name: str, facets: Collection[str] = EVERY_FACET) -> Table:
    """The gold table of this name in a domain with these facets.

    Raises KeyError, with the nearest right name, where there is none.
    """
    tables = _gold_tables(tuple(facets))
    if name not in tables:
        raise KeyError(f"no gold table '{name}'" + nearest(name, tables))
    return tables[name]


def column_of(table: str, name: str) -> Column | None:
    """What is said of one column of a gold table; of one that a pattern stands for, the pattern's words."""
    return table_named(table).column(name)


def tables_of(domain: CustomerDomain) -> list[Table]:
    """Every table of a domain, bronze to gold, in the order of the data; the profile of them comes last."""
    contracts = domain.sources.values()
    landed = [make(each) for each in contracts for make in (bronze_table, silver_table, quarantine_table)]
    gold = gold_tables(domain.facets)
    left_out = [
        *([] if domain.segmentations else of_segments.TABLES),
        *([] if domain.recommendations else of_recommendations.TABLES),
        *([] if domain.programmes else of_loyalty.TABLES),
        *([] if domain.predictions else of_predictions.TABLES),
        *([CUSTOMER_SPELLINGS] if domain.pseudonyms else []),  # no two pseudonyms are spelt alike
    ]
    models = [of_segments.model_table(segmentation) for segmentation in domain.segmentations]
    models += [of_predictions.model_table(prediction) for prediction in domain.predictions]
    return [*landed, *models, *(each for each in gold.values() if each not in left_out and each.layer == "gold")]
