"""What each column of the gold tables and models means, for the docs and for the column metadata in the UI.

Belongs here: names, types, descriptions, units. Does not belong here: computing them (`transforms`, `ml`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from arcana_assets.domain import gold_columns_loyalty as loyalty
from arcana_assets.domain import gold_columns_recommendations as recommendations
from arcana_assets.domain import gold_columns_segments as segments
from arcana_assets.domain import gold_columns_subscribers as subscribers
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets import ABSENT, FACETS
from arcana_assets.domain.feature_names import ALWAYS, MAY_BE_ABSENT, SHARE, SHARES_ABSENT, TRANSACTIONS
from arcana_assets.domain.gold_column import MONEY, GoldColumn, table
from arcana_assets.domain.gold_columns_subscribers import AS_OF, CUSTOMER, MONTH, customer_columns

__all__ = ["GRAIN", "MONEY", "TABLES", "GoldColumn", "describe", "describe_column", "tables_of"]

PRODUCT = ("product_id", "text", "The product's code, as in silver")
ORDERS = (
    "orders",
    "integer",
    "Different orders with at least one sale of merchandise; postage or a fee alone is no order",
    "orders",
)
UNITS = ("units", "integer", "Pieces of merchandise sold less pieces taken back", "pieces")
GROSS = ("gross", "decimal", "Value of merchandise sold", MONEY)
RETURNED = ("returned", "decimal", "Value of merchandise taken back, as a positive number", MONEY)
NET = ("net", "decimal", "gross - returned", MONEY)
# What a customer paid is more than merchandise; the sums by product and category leave the rest out.
ALL_GROSS = ("gross", "decimal", "Value of all sales, postage and fees among them", MONEY)
ALL_RETURNED = (
    "returned",
    "decimal",
    "Value of all lines that are no sale, returns and discounts, as a positive number",
    MONEY,
)
ALL_NET = ("net", "decimal", "gross - returned: what was paid", MONEY)


_CUSTOMER_360 = table(
    CUSTOMER,
    AS_OF,
    (
        "recency_days",
        "integer",
        "Days from the last order ever to the first day after the month (while it is open, to the day after the run); "
        "null for who never ordered merchandise",
        "days",
    ),
    (
        "frequency",
        "integer",
        "Different orders with at least one sale of merchandise in the lookback, counted in each month they have one",
        "orders",
    ),
    (
        "monetary",
        "decimal",
        "What the customer paid in the lookback, net of returns and discounts, postage and fees among it; negative for "
        "who got back more",
        MONEY,
    ),
    ("gross", "decimal", "Value of all sales in the lookback, postage and fees among them", MONEY),
    (
        "returned",
        "decimal",
        "Value of all lines in the lookback that are no sale, returns and discounts, as a positive number",
        MONEY,
    ),
    (
        "average_ticket",
        "double",
        "gross / frequency, so postage and fees are in it; null without an order in the lookback",
        MONEY + " per order",
    ),
    (
        "distinct_products",
        "integer",
        "Different products bought in the lookback, returned or not; merchandise only",
        "products",
    ),
    (
        "return_share",
        "double",
        "returned / gross, so discounts are in it; above 1 for who got back more than was sold in the lookback, null "
        "without a sale",
    ),
    (
        "tenure_months",
        "integer",
        "Whole months since the customer became one (the master's `since`, else the first order); absent where that is "
        "later or not known",
        "months",
    ),
    (
        SHARE + "<category>",
        "double",
        "Share of the value bought in the lookback that fell to the product category, by the categories as of the "
        "month; merchandise only; null for who bought none, and in months in which no product has the category; what "
        "is known adds up to 1",
    ),
)


def _features() -> dict[str, GoldColumn]:
    features = (*ALWAYS, *MAY_BE_ABSENT, SHARE + "<category>")
    absent = [
        (name + ABSENT, "double", f"1 where {name} is absent, 0 where it is known; absence is information, not a zero")
        for name in MAY_BE_ABSENT
    ]
    return {
        **table(CUSTOMER, AS_OF),
        **{name: replace(_CUSTOMER_360[name], type="double") for name in features},
        **table(*absent, (SHARES_ABSENT, "double", "1 where all shares are absent: who bought nothing; else 0")),
    }


OF_GOODS: dict[str, dict[str, GoldColumn]] = {
    "transactions_monthly": table(
        CUSTOMER,
        MONTH,
        ORDERS,
        ("lines", "integer", "Order lines, with returns, postage, fees and discounts", "lines"),
        UNITS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("first_day", "date", "Day of the first order of the month, local time; null in a month without one"),
        ("last_day", "date", "Day of the last order of the month, local time; null in a month without one"),
    ),
    "transactions_by_product_monthly": table(CUSTOMER, MONTH, PRODUCT, ORDERS, UNITS, GROSS, RETURNED, NET),
    "transactions_by_category_monthly": table(
        CUSTOMER, MONTH, ("category", "text", "The product's category or learned family"), UNITS, GROSS, RETURNED, NET
    ),
    "products_monthly": table(
        PRODUCT,
        MONTH,
        ("description", "text", "A name the product had on lines of the month; a product has a row for each"),
        ("lines", "integer", "Order lines with this name, to whomever, returns among them", "lines"),
        UNITS,
        NET,
    ),
    "product_categories": table(
        AS_OF,
        PRODUCT,
        ("name", "text", "Name in the catalogue, else the name most used on order lines, else the code"),
        ("category", "text", "Category in the catalogue, else the family learned from descriptions"),
        ("first_month", "date", "First month the product was sold or taken back in"),
        ("from_catalogue", "boolean", "Whether the catalogue has the product"),
    ),
    "transactions_coverage": table(
        MONTH,
        ("rows", "integer", "Order lines in silver", "lines"),
        ("rows_without_customer", "integer", "Order lines whose customer is not known", "lines"),
        ("customers", "integer", "Different known customers", "customers"),
        ORDERS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("net_without_customer", "decimal", "The part of net whose customer is not known", MONEY),
    ),
    "customer_360": _CUSTOMER_360,
    "feature_matrix": _features(),
}

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
    if name not in ("customer_360", "feature_matrix"):
        return _TABLES[name]
    of_goods = _TABLES[name] if TRANSACTIONS in facets else {}
    return {**customer_columns(name, [facet for facet in facets if facet in FACETS]), **of_goods}


def describe_column(table: str, name: str) -> GoldColumn | None:
    """What is said of one column; of one that a pattern stands for, the pattern's words under the column's name."""
    columns = describe(table, (TRANSACTIONS, *FACETS))
    if name in columns:
        return columns[name]
    for column in columns.values():
        before, _, _ = column.name.partition("<")
        if column.pattern and re.fullmatch(re.escape(before) + r"\w+", name):
            return replace(column, name=name)
    return None
