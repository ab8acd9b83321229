"""Purchases of customers whom a master lists: the same facet that customers known by what they buy have.

Belongs here: from its tables to the facet. Does not belong here: what is computed (`goods.customers`), the tables
(`goods.rollups`).
"""

from collections.abc import Mapping

import ibis.expr.types as ir

from arcana_assets.customer_360.computation import HISTORY, LOOKBACK, THE_MONTH, Computation
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.customer_360.goods.tables import (
    PRODUCT_CATEGORIES,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_MONTHLY,
)
from arcana_assets.domain.customer_domain import CustomerDomain


def transactions(tables: Mapping[str, ir.Table], periods: ir.Table, domain: CustomerDomain) -> ir.Table:
    """The facet: who had a transaction in the lookback."""
    categories, other = tables[PRODUCT_CATEGORIES.name], domain.families.other
    known = categories.select("category").distinct().to_pyarrow().column("category").to_pylist()
    return customer_360(
        tables[TRANSACTIONS_MONTHLY.name],
        tables[TRANSACTIONS_BY_PRODUCT_MONTHLY.name],
        categories,
        periods,
        category_columns([*known, other]),
        other,
        domain.shrinkage.orders,
    )


COMPUTATION = Computation(
    "transactions",
    facet=transactions,
    made_elsewhere={
        TRANSACTIONS_MONTHLY: HISTORY,
        TRANSACTIONS_BY_PRODUCT_MONTHLY: LOOKBACK,
        PRODUCT_CATEGORIES: THE_MONTH,
    },
)
