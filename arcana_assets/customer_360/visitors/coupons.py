"""Offers that were used: orders with a coupon, discounts, the largest order, the fullest day.

Belongs here: sums by customer and month, and the facet over the lookback. Does not belong here: what was bought
(`goods.rollups`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import LOOKBACK, Computation
from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.customer_360.shrinkage import drawn
from arcana_assets.customer_360.visitors.tables import COUPONS_MONTHLY
from arcana_assets.domain.facets.visitors import COUPONS
from arcana_assets.engine.primitives import local_date

MANY_A_DAY = 15  # orders of a customer on a day, from which on some may be of others


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


def coupons(monthly: ir.Table, periods: ir.Table, orders: float) -> ir.Table:
    """The facet. Takes the rollup of the lookback; `orders` is how many orders of the base each customer is given."""
    known = in_lookback(monthly, periods)
    summed = known.group_by("customer_id", "month").agg(
        orders=known.orders.sum().cast("int64"),
        with_coupon=known.with_coupon.sum().cast("int64"),
        discount=known.discount.sum().cast(DECIMAL),
        before=(known.gross + known.discount).sum().cast(DECIMAL),
        largest_order=known.largest.max().cast(DECIMAL),
        most_orders_a_day=known.most_a_day.max().cast("int64"),
    )
    return summed.select(
        "customer_id",
        "month",
        "largest_order",
        "most_orders_a_day",
        coupon_share=drawn(summed, summed.with_coupon, summed.orders, orders),
        discounted_share=_discounts(summed, orders),
    )


def _discounts(summed: ir.Table, orders: float) -> ir.FloatingValue:
    """As `drawn`, by mean orders of the base."""
    discount, before = summed.discount.cast("float64"), summed.before.cast("float64")
    if not orders:
        return discount / before.nullif(0)
    base = ibis.window(group_by="month")
    off, whole, bought = (
        each.sum().over(base).cast("float64") for each in (summed.discount, summed.before, summed.orders)
    )
    weight = orders * whole / bought.nullif(0)
    return (discount + weight * off / whole.nullif(0)) / (before + weight).nullif(0)


COMPUTATION = Computation(
    COUPONS.name,
    facet=lambda tables, periods, domain: coupons(tables[COUPONS_MONTHLY.name], periods, domain.shrinkage.orders),
    made_elsewhere={COUPONS_MONTHLY: LOOKBACK},
)
