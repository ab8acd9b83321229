"""Purchases: the company's own count of what customers contracted.

Belongs here: that facet, as read in each month. Does not belong here: contracts line by line (`contracts`).
"""

import ibis.expr.types as ir

from arcana_assets.customer_360.computation import Computation
from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.periods import of_month


def purchases(silver: ir.Table, periods: ir.Table) -> ir.Table:
    """The facet. Takes silver purchases as read in the periods' months.

    A row without either figure says nothing; of two figures one may be null.
    """
    known = of_month(silver.filter(silver.purchases_12m.notnull() | silver.purchases_value_12m.notnull()), periods)
    return known.group_by("customer_id", "month").agg(
        purchases_12m=known.purchases_12m.sum().cast("int64"),
        purchases_value_12m=known.purchases_value_12m.sum().cast(DECIMAL),
    )


COMPUTATION = Computation("purchases", facet=lambda tables, periods, _: purchases(tables["purchases"], periods))
