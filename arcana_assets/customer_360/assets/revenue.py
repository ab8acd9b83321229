"""Where the revenue of a domain is: a gold table by month, and its column.

Belongs here: that answer, for what is made of revenue. Does not belong here: what was paid up to a month, or after it
(`customer_360.revenue`).
"""

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.goods.tables import TRANSACTIONS_MONTHLY
from arcana_assets.customer_360.listed.registry import COMPUTATIONS, computations_of
from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.tables.table import Table

_OF_GOODS = (TRANSACTIONS_MONTHLY, "net")


def revenue_key(spec: DomainSpec) -> dg.AssetKey | None:
    """The gold table that a domain's revenue is in; None where it knows of none by month."""
    found = _found(spec)
    return spec.key_of(found[0]) if found else None


def revenue_of(spec: DomainSpec) -> tuple[dg.AssetKey, str]:
    """The gold table that a domain's revenue is in, and the column, of a domain that is known to have some."""
    found = _found(spec)
    assert found, "a domain with programmes has revenue: `load_domain` refuses others"
    return spec.key_of(found[0]), found[1]


def revenue_column(rollup: ir.Table) -> str:
    """The column of a rollup that revenue is in."""
    known = [_OF_GOODS, *(made.revenue for made in COMPUTATIONS.values() if made.revenue)]
    return next(column for _, column in known if column in rollup.columns)


def _found(spec: DomainSpec) -> tuple[Table, str] | None:
    if TRANSACTIONS in spec.domain.facets:
        return _OF_GOODS
    summed = [made for made in computations_of(spec.domain) if made.summed(spec.domain)]
    return next((made.revenue for made in summed if made.revenue), None)
