"""TODO: what this room is for."""

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.graph.spec import DomainSpec

REVENUE = {TRANSACTIONS: ("transactions_monthly", "net"), "subscriptions": ("subscriptions_monthly", "mrr")}
"""The table and column of revenue by the facet that has it."""


def revenue_key(spec: DomainSpec) -> dg.AssetKey | None:
    """The gold table that a domain's revenue is in; None where it knows of none."""
    return next((spec.key("gold", table) for facet, (table, _) in REVENUE.items() if facet in spec.domain.facets), None)


def revenue_of(spec: DomainSpec) -> tuple[dg.AssetKey, str]:
    """The gold table that a domain's revenue is in, and the column, of a domain that is known to have some."""
    key = revenue_key(spec)
    assert key is not None, "a domain with programmes has revenue: `load_domain` refuses others"
    return key, dict(REVENUE.values())[key.path[-1]]


def revenue_column(rollup: ir.Table) -> str:
    """The column of a rollup that revenue is in."""
    return next(column for _, column in REVENUE.values() if column in rollup.columns)
