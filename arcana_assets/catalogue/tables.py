"""What each column of the gold tables and models means, for the docs and for the column metadata in the UI.

Belongs here: names, types, descriptions, units. Does not belong here: computing them (`transforms`, `ml`).
"""

from collections.abc import Collection, Mapping

from arcana_assets.customer_360 import tables as subscribers
from arcana_assets.customer_360.tables import OF_GOODS
from arcana_assets.domain.column import MONEY, GoldColumn, column_named
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.loyalty import tables as loyalty
from arcana_assets.recommendations import tables as recommendations
from arcana_assets.segmentation import tables as segments

__all__ = ["GRAIN", "MONEY", "TABLES", "GoldColumn", "describe", "describe_column", "tables_of"]

_TABLES = {**subscribers.TABLES, **OF_GOODS, **segments.TABLES, **recommendations.TABLES, **loyalty.TABLES}

TABLES = tuple(_TABLES)

NEEDS = {
    **subscribers.NEEDS,
    **dict.fromkeys(
        (
            "transactions_monthly",
            "transactions_by_product_monthly",
            "transactions_by_category_monthly",
            "products_monthly",
            "product_categories",
            "transactions_coverage",
        ),
        TRANSACTIONS,
    ),
}
"""The facet that a table is made for, where it is made for one."""

GRAIN = {
    **subscribers.GRAIN,
    "transactions_monthly": "a customer and month with a transaction",
    "transactions_by_product_monthly": "a customer, product and month; merchandise only",
    "transactions_by_category_monthly": "a customer, product category and month; merchandise only",
    "products_monthly": "a product, name of it and month; merchandise only",
    "product_categories": "a product sold so far, as of each month",
    "transactions_coverage": "a month",
    "customer_360": "a customer with a transaction in the lookback, as of each month",
    "feature_matrix": "a row of customer 360, in numbers",
    **segments.GRAIN,
    **recommendations.GRAIN,
    **loyalty.GRAIN,
}


def tables_of(facets: Collection[str]) -> list[str]:
    """The gold tables of a domain with these facets, in order."""
    owned = "items_owned" if not {TRANSACTIONS, "contracts"} & {*facets} else None
    return [name for name in TABLES if name != owned and (not (needed := NEEDS.get(name)) or needed in facets)]


def describe(table: str, facets: Collection[str] = (TRANSACTIONS,)) -> Mapping[str, GoldColumn]:
    """The columns of a gold table or of `models/<segmentation>` by name, patterns such as `share_<category>` too.

    What customer 360 and the feature matrix hold depends on the facets of the domain.
    Raises KeyError, with the nearest right name, for a table that is not described.
    """
    name = "models" if table.startswith("models/") else table
    if name not in _TABLES:
        raise KeyError(f"no gold table '{table}'" + nearest(name, TABLES))
    return columns_of(name, facets) if name in ("customer_360", "feature_matrix") else _TABLES[name]


def describe_column(table: str, name: str) -> GoldColumn | None:
    """What is said of one column; of one that a pattern stands for, the pattern's words under the column's name."""
    return column_named(describe(table, (TRANSACTIONS, *FACETS)), name)
