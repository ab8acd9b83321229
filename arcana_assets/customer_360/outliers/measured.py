"""What customers are compared by: the few measures of customer 360 that outliers are told from, before it is made.

Belongs here: those measures, by customer and month. Does not belong here: which there are (`tables`), all the rest that
is known of a customer (`goods.customers`, `listed.customers`).
"""

from collections.abc import Mapping

import ibis.expr.types as ir

from arcana_assets.customer_360.features import who_may_be_profiled
from arcana_assets.customer_360.outliers.tables import measures_of
from arcana_assets.customer_360.periods import in_lookback


def measured_buyers(monthly: ir.Table, periods: ir.Table) -> ir.Table:
    """One row for each customer with a transaction in the lookback: what it paid and how often it ordered there."""
    inside = in_lookback(monthly.select("customer_id", "month", "net", "orders"), periods)
    return inside.group_by("customer_id", "month").agg(
        monetary=inside.net.sum().cast("float64"), frequency=inside.orders.sum().cast("float64")
    )


def measured_listed(master: ir.Table, facets: Mapping[str, ir.Table]) -> ir.Table:
    """One row for each row of the master with the measures of its facets; absent where a facet knows nothing.

    Who refused to be profiled is compared with nobody, and has no row.
    """
    rows = who_may_be_profiled(master).select("customer_id", "month")
    for facet, names in measures_of(facets).items():
        known = facets[facet].select("customer_id", "month", **{n: facets[facet][n].cast("float64") for n in names})
        rows = rows.left_join(known, ["customer_id", "month"]).drop("customer_id_right", "month_right")
    return rows
