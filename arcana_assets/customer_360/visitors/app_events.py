"""App: what customers do in the app of the house.

Belongs here: events by month and kind, and the facet over the lookback. Does not belong here: what of it tells that
somebody was in the house (`visitors.presence`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.gold import of_visits
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.domain.column import CUSTOMER, MONTH, columns, integer

APP_EVENTS_MONTHLY = of_visits(
    "app_events_monthly",
    "What each customer did in the app in each month.",
    "a customer, kind of event and month",
    ("customer_id", "kind", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("kind", "text", "What was done"),
        integer("events", "events").means("How often"),
    ),
    needs=("app_events",),
)


def app_events_monthly(silver: ir.Table) -> ir.Table:
    """Events of each customer, month and kind."""
    return (
        silver.group_by("customer_id", "month", "kind")
        .agg(events=silver.count())
        .order_by("month", "customer_id", "kind")
    )


def app_events(monthly: ir.Table, periods: ir.Table) -> ir.Table:
    """The facet. Takes the rollup of the lookback."""
    known = in_lookback(monthly, periods)
    of = {
        kind: known.events.sum(where=known.kind == kind).fill_null(ibis.literal(0)).cast("int64")
        for kind in ("open", "coupon_seen", "coupon_activated", "coupon_used", "parking_paid")
    }
    summed = known.group_by("customer_id", "month").agg(**of)
    # A coupon that was activated before the lookback may be used in it.
    rate = summed.coupon_used.cast("float64") / summed.coupon_activated.nullif(0)
    return summed.select(
        "customer_id",
        "month",
        opens="open",
        coupons_seen="coupon_seen",
        coupons_used="coupon_used",
        redeem_rate=ibis.least(rate, 1.0),
        parking_paid="parking_paid",
    )


COMPUTATION = Computation(
    "app_events",
    facet=lambda tables, periods, domain: app_events(tables[APP_EVENTS_MONTHLY.name], periods),
    rollups={APP_EVENTS_MONTHLY: lambda silver, domain: app_events_monthly(silver)},
    adds_up=AddsUp(APP_EVENTS_MONTHLY, "events"),
)
