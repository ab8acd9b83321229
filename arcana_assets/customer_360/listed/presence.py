"""Presence: how often, when and how long a customer comes.

Belongs here: that facet over the lookback. Does not belong here: days and months with visits (`visitors.presence`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.listed.computation import LOOKBACK, Computation
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.customer_360.shrinkage import drawn
from arcana_assets.customer_360.visitors.tables import PRESENCE_MONTHLY, STAFF_DEVICES
from arcana_assets.domain.facets.visitors import PRESENCE

_ZERO = ibis.literal(0)
_A_THIRD = 3  # of the visits by which shares are drawn is enough for means, which vary less


def presence(monthly: ir.Table, staff: ir.Table, periods: ir.Table, visits: float) -> ir.Table:
    """The facet. Takes both rollups of the lookback; `visits` is how many visits of the base each customer is given."""
    known = in_lookback(monthly, periods)
    sums = ("visits", "weekend_visits", "evening_visits", "timed_visits", "seconds", "zoned_visits", "zones", "stores")
    summed = known.group_by("customer_id", "month").agg(
        **{name: known[name].sum().cast("int64") for name in (*sums, "days_by_receipt_only")},
        active_months=known.month_.nunique(),
        last_day=known.last_day.max(),
        as_of_day=known.as_of_day.max(),
        later=known.visits.sum(where=known.month_ >= known.later_start).fill_null(_ZERO).cast("float64"),
        whole=(known.window_start >= known.begun).all(),
    )
    earlier = summed.visits - summed.later
    few = visits / _A_THIRD
    working = in_lookback(staff.filter(staff.customer_id.notnull()), periods).select("customer_id", "month").distinct()
    joined = summed.left_join(working.mutate(works=ibis.literal(True)), ["customer_id", "month"])
    return joined.select(
        customer_id=summed.customer_id,
        month=summed.month,
        visits=summed.visits,
        active_months=summed.active_months,
        days_since_visit=summed.as_of_day.delta(summed.last_day, unit="day").cast("int64"),
        weekend_share=drawn(summed, summed.weekend_visits, summed.visits, visits),
        evening_share=drawn(summed, summed.evening_visits, summed.visits, visits),
        dwell_minutes=drawn(summed, summed.seconds, summed.timed_visits, few) / 60,
        zones_per_visit=drawn(summed, summed.zones, summed.zoned_visits, few),
        stores_per_visit=drawn(summed, summed.stores, summed.visits, few),
        visits_trend=summed.whole.ifelse((summed.later - earlier) / summed.visits, ibis.null("float64")),
        receipt_days_without_presence=summed.days_by_receipt_only,
        is_staff=joined.works.fill_null(False),
    )


COMPUTATION = Computation(
    PRESENCE.name,
    facet=lambda tables, periods, domain: presence(
        tables[PRESENCE_MONTHLY.name], tables[STAFF_DEVICES.name], periods, domain.shrinkage.visits
    ),
    made_elsewhere={PRESENCE_MONTHLY: LOOKBACK, STAFF_DEVICES: LOOKBACK},
)
