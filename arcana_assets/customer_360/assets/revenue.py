"""Where the revenue of a domain is: a gold table by month, and its column.

Belongs here: that answer, for what is made of revenue. Does not belong here: what was paid up to a month, or after it
(`customer_360.revenue`).
"""

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.goods.tables import TRANSACTIONS_MONTHLY
from arcana_assets.customer_360.listed.registry import COMPUTATIONS, computations_of
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.graph.spec import DomainSpec

_OF_GOODS = (TRANSACTIONS_MONTHLY, "net")


def known_revenue(spec: DomainSpec) -> tuple[dg.AssetKey, str] | None:
    """The gold table that a domain's revenue is in, and the column; None where no source says what customers pay."""
    summed = [made for made in computations_of(spec.domain) if made.summed(spec.domain)]
    of_goods = [_OF_GOODS] if TRANSACTIONS in spec.domain.facets else []
    found = next((found for found in (*of_goods, *(made.revenue for made in summed)) if found), None)
    return (spec.key_of(found[0]), found[1]) if found else None


def revenue_of(spec: DomainSpec) -> tuple[dg.AssetKey, str]:
    """The same of a domain that is known to have some: `load_domain` refuses programmes without revenue."""
    found = known_revenue(spec)
    assert found, "a domain with programmes has revenue"
    return found


def revenue_column(rollup: ir.Table) -> str:
    """The column of a rollup that revenue is in."""
    known = [_OF_GOODS, *(made.revenue for made in COMPUTATIONS.values() if made.revenue)]
    return next(column for _, column in known if column in rollup.columns)
