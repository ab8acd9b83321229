"""Columns of customer 360 and of the feature matrix, which the YAML of a domain may name.

Belongs here: how facets become columns of the two. Does not belong here: the columns of facets (`facets`), the tables
between silver and customer 360 (`customer_360.tables`), computing them (`customer_360`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from arcana_assets.domain.column import AS_OF, CUSTOMER, Column, boolean, columns, text
from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import ALWAYS, MAY_BE_ABSENT, SHARES_ABSENT
from arcana_assets.domain.facets.goods import GOODS, SHARE
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.domain.facets.registry import ENCODED, ENCODED_REGISTERED, FACETS, LISTED, TRANSACTIONS

_OF_GOODS = columns(CUSTOMER, AS_OF, *GOODS.columns)
"""Customer 360 of who is known by what they buy."""

_SHARES_ABSENT = (SHARES_ABSENT, "double", "1 where all shares are absent: who bought nothing; else 0")

FLAGS = columns(
    boolean("is_outlier").means("Whether a rule flags the customer in gold/outliers; nobody leaves for it"),
    text("outlier_rule").means(
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
        **columns(*absent, _SHARES_ABSENT),
    }


def _customer_columns(name: str, facets: Sequence[str]) -> dict[str, Column]:
    """The columns of `customer_360` or `feature_matrix` that facets of listed customers give."""
    known = [FACETS[facet] for facet in facets]
    named = [facet.name for facet in known if not facet.of_everybody]
    if name == "customer_360":
        has = [(HAS + facet, "boolean", f"Whether anything is known of the customer's {facet}") for facet in named]
        return columns(CUSTOMER, AS_OF, *has, *(column for facet in known for column in facet.columns))
    said = [column for facet in known for column in facet.features]
    features = columns(CUSTOMER, AS_OF, *(replace(column, type="double") for column in said))
    for facet in named:
        features |= columns((facet + ABSENT, "double", f"1 where nothing is known of the customer's {facet}, else 0"))
    for column in (column for column in said if column.feature == "itself"):
        features |= columns((column.name + ABSENT, "double", f"1 where {column.name} is absent, 0 where it is known"))
    if GOODS in known:
        features |= columns(_SHARES_ABSENT)
    features |= _encoded(ENCODED)
    if any(facet.owns_items for facet in known):
        words = "1 for customers who own the item (`items_owned`), else 0; items that under 1 % of them own have none"
        features |= columns(("owns_<item>", "double", words))
    return features


def _encoded(blocks: Sequence[str]) -> dict[str, Column]:
    words = "1 for customers whose {block} is the value, else 0; `other` takes the values of under 1 % of them"
    return columns(*((f"{block}_is_<value>", "double", words.format(block=block)) for block in blocks))


def columns_of(table: str, facets: Collection[str]) -> dict[str, Column]:
    """The columns of `customer_360` or `feature_matrix` in a domain with these facets; none without facets."""
    flags = FLAGS if table == "customer_360" else {}
    if LISTED in facets:
        return {**_customer_columns(table, list(facets)), **flags}
    if TRANSACTIONS not in facets:
        return {}
    stated = REGISTERED.name in facets
    if table == "customer_360":
        told = {column.name: column for column in REGISTERED.columns} if stated else {}
        return {**_OF_GOODS, **told, **flags}
    return {**_features(), **(_encoded(ENCODED_REGISTERED) if stated else {}), **flags}
