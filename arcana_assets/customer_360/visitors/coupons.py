"""Offers that were used: orders with a coupon, discounts, the largest order, the fullest day.

Belongs here: sums by customer and month. Does not belong here: what was bought (`goods.rollups`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.engine.primitives import local_date


def coupons_monthly(transactions: ir.Table, timezone: str) -> ir.Table:
    """The rows of `gold/coupons_monthly`; takes silver under the customers it is of."""
    known = transactions.filter(transactions.customer_id.notnull())
    sold = known.kind == "sale"
    by_order = known.group_by("customer_id", "month", "order_id").agg(
        lines=known.count(),
        sold=sold.any(),
        coupon=(known.coupon_id.notnull() & sold).any(),
        gross=known.amount.sum(where=sold).fill_null(0).cast(DECIMAL),
        discount=known.discount.sum(where=sold).fill_null(0).cast(DECIMAL),
        day=local_date(known.ordered_at, timezone).min(),
    )
    orders = by_order.mutate(
        a_day=by_order.sold.sum().over(ibis.window(group_by=["customer_id", "month", "day"])).cast("int64")
    )
    return (
        orders.group_by("customer_id", "month")
        .agg(
            lines=orders.lines.sum().cast("int64"),
            orders=orders.sold.sum().cast("int64"),
            with_coupon=orders.coupon.sum().cast("int64"),
            gross=orders.gross.sum().cast(DECIMAL),
            discount=orders.discount.sum().cast(DECIMAL),
            largest=orders.gross.max().cast(DECIMAL),
            most_a_day=orders.a_day.max(),
        )
        .order_by("month", "customer_id")
    )
