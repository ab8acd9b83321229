"""TODO: what this room is for."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, GoldColumn, table
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import ALWAYS, MAY_BE_ABSENT, SHARE, SHARES_ABSENT, TRANSACTIONS
from arcana_assets.domain.facets.registry import ENCODED, FACETS

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


def customer_columns(name: str, facets: Sequence[str]) -> dict[str, GoldColumn]:
    """The columns of `customer_360` or `feature_matrix` that facets of listed customers give; none without facets."""
    if not facets:
        return {}
    known = [facet for facet in facets if facet != "customers"]
    if name == "customer_360":
        has = [(HAS + facet, "boolean", f"Whether anything is known of the customer's {facet}") for facet in known]
        columns = {column.name: column for facet in facets for column in FACETS[facet]}
        return {**table(CUSTOMER, AS_OF, *has), **columns}
    features: dict[str, GoldColumn] = dict(table(CUSTOMER, AS_OF))
    for facet in facets:
        for column in FACETS[facet]:
            if column.feature:
                features[column.name] = replace(column, type="double")
    for facet in known:
        features |= table((facet + ABSENT, "double", f"1 where nothing is known of the customer's {facet}, else 0"))
    for column in (column for facet in facets for column in FACETS[facet] if column.feature == "itself"):
        features |= table((column.name + ABSENT, "double", f"1 where {column.name} is absent, 0 where it is known"))
    for block in ENCODED:
        words = f"1 for customers whose {block} is the value, else 0; `other` takes the values of under 1 % of them"
        features |= table((f"{block}_is_<value>", "double", words))
    if "contracts" in facets:
        words = "1 for customers who own the item (`items_owned`), else 0; items that under 1 % of them own have none"
        features |= table(("owns_<item>", "double", words))
    return features


def columns_of(table: str, facets: Collection[str]) -> dict[str, GoldColumn]:
    """The columns of `customer_360` or `feature_matrix` in a domain with these facets."""
    of_goods = (_CUSTOMER_360 if table == "customer_360" else _features()) if TRANSACTIONS in facets else {}
    return {**customer_columns(table, [facet for facet in facets if facet in FACETS]), **of_goods}
