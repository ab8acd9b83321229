"""Columns of customer 360 and of the feature matrix, which the YAML of a domain may name.

Belongs here: how facets become columns of the two. Does not belong here: the columns of facets (`facets`), the tables
between silver and customer 360 (`customer_360.tables`), computing them (`customer_360`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from arcana_assets.domain.column import (
    AS_OF,
    CUSTOMER,
    MONEY,
    Column,
    boolean,
    columns,
    decimal,
    double,
    integer,
    share,
    text,
)
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import ALWAYS, MAY_BE_ABSENT, SHARE, SHARES_ABSENT, TRANSACTIONS
from arcana_assets.domain.facets.registry import ENCODED, FACETS

_OF_GOODS = columns(
    CUSTOMER,
    AS_OF,
    integer("recency_days", "Recência (dias)", "days").means(
        "Days from the last order ever to the first day after the month (while it is open, to the day after the run); "
        "null for who never ordered merchandise"
    ),
    integer("frequency", "Frequência (pedidos)", "orders", window="lookback").means(
        "Different orders with at least one sale of merchandise in the lookback that was not reversed, counted in each "
        "month they have one"
    ),
    decimal("monetary", "Valor líquido", MONEY, window="lookback").means(
        "What the customer paid in the lookback, net of returns and discounts, postage and fees among it; negative for "
        "who got back more"
    ),
    decimal("gross", "Valor bruto", MONEY, window="lookback").means(
        "Value of all sales in the lookback that were not reversed, postage and fees among them"
    ),
    decimal("returned", "Valor devolvido", MONEY, window="lookback").means(
        "Value of all other lines in the lookback that were not reversed, returns and discounts, as a positive number"
    ),
    decimal("reversed", "Valor estornado", MONEY, window="lookback").means(
        "Value of sales in the lookback that were taken back whole within their month: same product, pieces and money"
    ),
    double("average_ticket", "Ticket médio", MONEY + " per order").means(
        "gross / frequency, so postage and fees are in it; null without an order in the lookback"
    ),
    integer("distinct_products", "Produtos distintos", "products", window="lookback").means(
        "Different products bought in the lookback and not reversed, returned or not; merchandise only"
    ),
    share("return_share", "Parcela devolvida").means(
        "returned / gross, so discounts are in it and reversals are not; above 1 for who got back more than was sold "
        "in the lookback, null without a sale"
    ),
    integer("tenure_months", "Antiguidade (meses)", "months").means(
        "Whole months since the customer became one (the master's `since`, else the first order); absent where that is "
        "later or not known"
    ),
    share(SHARE + "<category>", "Parcela de compras", window="lookback").means(
        "Share of the value bought in the lookback, reversals left out, that fell to the product category, by the "
        "categories as of the month; merchandise only; null for who bought none, and in months in which no product has "
        "the category; what is known adds up to 1"
    ),
)
"""Customer 360 of who is known by what they buy."""

FLAGS = columns(
    boolean("is_outlier", "Atípico").means("Whether a rule flags the customer in gold/outliers; nobody leaves for it"),
    text("outlier_rule", "Regra do atípico").means(
        "The rule that flags the customer, robust_z before isolation_forest; null for who is not flagged"
    ),
)
"""What customer 360 says of a customer beside what is known of it, in every domain; no feature."""


def _features() -> dict[str, Column]:
    features = (*ALWAYS, *MAY_BE_ABSENT, SHARE + "<category>")
    absent = [
        (name + ABSENT, "double", f"1 where {name} is absent, 0 where it is known; absence is information, not a zero")
        for name in MAY_BE_ABSENT
    ]
    return {
        **columns(CUSTOMER, AS_OF),
        **{name: replace(_OF_GOODS[name], type="double") for name in features},
        **columns(*absent, (SHARES_ABSENT, "double", "1 where all shares are absent: who bought nothing; else 0")),
    }


def _customer_columns(name: str, facets: Sequence[str]) -> dict[str, Column]:
    """The columns of `customer_360` or `feature_matrix` that facets of listed customers give; none without facets."""
    if not facets:
        return {}
    known = [FACETS[facet] for facet in facets]
    named = [facet.entity for facet in known if not facet.of_everybody]
    if name == "customer_360":
        has = [(HAS + facet, "boolean", f"Whether anything is known of the customer's {facet}") for facet in named]
        return columns(CUSTOMER, AS_OF, *has, *(column for facet in known for column in facet.columns))
    said = [column for facet in known for column in facet.features]
    features = columns(CUSTOMER, AS_OF, *(replace(column, type="double") for column in said))
    for facet in named:
        features |= columns((facet + ABSENT, "double", f"1 where nothing is known of the customer's {facet}, else 0"))
    for column in (column for column in said if column.feature == "itself"):
        features |= columns((column.name + ABSENT, "double", f"1 where {column.name} is absent, 0 where it is known"))
    for block in ENCODED:
        words = f"1 for customers whose {block} is the value, else 0; `other` takes the values of under 1 % of them"
        features |= columns((f"{block}_is_<value>", "double", words))
    if any(facet.owns_items for facet in known):
        words = "1 for customers who own the item (`items_owned`), else 0; items that under 1 % of them own have none"
        features |= columns(("owns_<item>", "double", words))
    return features


def columns_of(table: str, facets: Collection[str]) -> dict[str, Column]:
    """The columns of `customer_360` or `feature_matrix` in a domain with these facets."""
    of_goods = (_OF_GOODS if table == "customer_360" else _features()) if TRANSACTIONS in facets else {}
    flags = FLAGS if table == "customer_360" and facets else {}
    return {**_customer_columns(table, [facet for facet in facets if facet in FACETS]), **of_goods, **flags}
