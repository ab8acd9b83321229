"""Every table between silver and customer 360, customer 360 itself, and the feature matrix.

Belongs here: the list, and what the last two say of themselves. Does not belong here: what the others say (beside what
makes them, in `goods` and `listed`), the columns of customer 360, which YAML may name (`domain.customer_360`).
"""

from collections.abc import Collection

from arcana_assets.customer_360.consent import CONSENT_COVERAGE
from arcana_assets.customer_360.gold import gold
from arcana_assets.customer_360.goods import tables as of_goods
from arcana_assets.customer_360.identities import CUSTOMER_IDENTITIES
from arcana_assets.customer_360.items import ITEMS_OWNED
from arcana_assets.customer_360.listed import master
from arcana_assets.customer_360.listed.registry import COMPUTATIONS
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.customer_360.spellings import CUSTOMER_SPELLINGS
from arcana_assets.customer_360.visitors import tables as of_visitors
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.registry import LISTED
from arcana_assets.tables.table import Table

ROLLUPS = (
    *(master.CUSTOMERS, master.SOURCE_COVERAGE),
    CUSTOMER_IDENTITIES,
    CONSENT_COVERAGE,
    *(table for made in COMPUTATIONS.values() for table in made.rollups),
    ITEMS_OWNED,
    CUSTOMER_SPELLINGS,
    *of_goods.ROLLUPS,
    *of_visitors.ROLLUPS,
    OUTLIERS,
)
"""What lies between silver and customer 360, in the order of the reference pages."""


def customer_360(facets: Collection[str]) -> Table:
    """Customer 360 of a domain with these facets."""
    whom = (
        "Each customer of the master, whatever else is known of it."
        if LISTED in facets
        else "Each customer with a transaction in the lookback, with all that is known of it."
    )
    grain = "a customer of the master" if LISTED in facets else "a customer with a transaction in the lookback"
    return gold(
        "customer_360",
        whom,
        f"{grain}, as of each month",
        ("customer_id", "month"),
        columns_of("customer_360", facets),
    )


def feature_matrix(facets: Collection[str]) -> Table:
    """The feature matrix of a domain with these facets."""
    return gold(
        "feature_matrix",
        "Customer 360 as numbers, with absence said by columns of its own.",
        "a row of customer 360, in numbers",
        ("customer_id", "month"),
        columns_of("feature_matrix", facets),
    )
