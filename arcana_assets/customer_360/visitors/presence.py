"""Presence: on which days a customer was in the house, by whatever saw them; how often, when and how long they come.

Belongs here: days and months with visits, and the facet over the lookback. Does not belong here: whose a row is
(`identities`), devices (`devices`).

A visit is a customer and a local day: two trips of a day are one, and visits add up over months whatever the gap
between two stays. A stay that ends before it begins, or after more than `LONGEST_HOURS`, or never, is a visit without
a time.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import LOOKBACK, Computation
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.customer_360.shrinkage import drawn
from arcana_assets.customer_360.visitors.tables import PRESENCE_MONTHLY, STAFF_DEVICES
from arcana_assets.domain.facets.visitors import PRESENCE
from arcana_assets.engine.primitives import local_date, to_local

LONGEST_HOURS = 16
EVENING = 18  # hour, local time
IN_THE_HOUSE = ("coupon_used", "parking_paid")  # kinds of app events that happen there
COUNTED = ("stays", "sessions", "receipts", "app_events")  # columns of rows, one a source
FAULTS = ("without_end", "impossible_end", "overlapping")  # columns of stays and sessions whose time is not all theirs

_WEEKEND = (5, 6)  # days of the week from Monday, 0


def seen(silver: Mapping[str, ir.Table], timezone: str) -> ir.Table:
    """Every row of silver that saw a known customer in the house.

    Takes silver under the customers they are of, by entity: visits, wifi_sessions, transactions, app_events, those that
    the domain has. Returns customer_id, month, day, at, zone_id, store_id, began and ended (null where no time is
    known), without_end and impossible_end, and for each of `COUNTED` 1 or 0.
    """
    parts = []
    if "visits" in silver:
        rows = silver["visits"]
        parts.append(_part(rows, "stays", rows.entered_at, timezone, zone=rows.zone_id, ended=rows.left_at))
    if "wifi_sessions" in silver:
        rows = silver["wifi_sessions"]
        parts.append(_part(rows, "sessions", rows.started_at, timezone, zone=rows.zone_id, ended=rows.ended_at))
    if "transactions" in silver:
        rows = silver["transactions"].filter(lambda each: each.kind == "sale")
        parts.append(_part(rows, "receipts", rows.ordered_at, timezone, store=rows.store_id))
    if "app_events" in silver:
        rows = silver["app_events"].filter(lambda each: each.kind.isin(IN_THE_HOUSE))
        parts.append(_part(rows, "app_events", rows.happened_at, timezone, store=rows.store_id))
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def _part(
    rows: ir.Table,
    counted: str,
    at: ir.TimestampValue,
    timezone: str,
    zone: ir.StringValue | None = None,
    store: ir.StringValue | None = None,
    ended: ir.TimestampValue | None = None,
) -> ir.Table:
    nothing = ibis.null("string")
    return rows.select(
        "customer_id",
        "month",
        day=local_date(at, timezone),
        at=at,
        zone_id=nothing if zone is None else zone,
        store_id=nothing if store is None else store,
        **_timed(at, ended),
        **{name: ibis.literal(int(name == counted), type="int64") for name in COUNTED},
    ).filter(lambda each: each.customer_id.notnull())


def _timed(began: ir.TimestampValue, ended: ir.TimestampValue | None) -> dict[str, ir.Value]:
    """Beginning and end in seconds, both null where the time between them cannot be."""
    if ended is None:
        nothing = {"began": ibis.null("int64"), "ended": ibis.null("int64")}
        return {**nothing, **dict.fromkeys(("without_end", "impossible_end"), ibis.literal(False))}
    seconds = ended.epoch_seconds() - began.epoch_seconds()
    possible = (seconds >= 0) & (seconds <= LONGEST_HOURS * 3600)
    return {
        "began": possible.ifelse(began.epoch_seconds(), ibis.null()).cast("int64"),
        "ended": possible.ifelse(ended.epoch_seconds(), ibis.null()).cast("int64"),
        "without_end": ended.isnull(),
        "impossible_end": (~possible).fill_null(False),
    }


def presence_daily(rows: ir.Table) -> ir.Table:
    """The rows of `gold/presence_daily`; takes those of `seen`."""
    of = ["customer_id", "month", "day"]
    # What each stay adds to the time that earlier ones of the day have covered; together they cover their union.
    before = ibis.window(group_by=of, order_by=["began", "ended"], rows=(None, -1))
    covered = rows.ended.max().over(before)
    each = rows.mutate(
        seconds=ibis.greatest(rows.ended - ibis.greatest(rows.began, covered.fill_null(0)), 0),
        overlapping=(rows.began < covered).fill_null(False),
    )
    daily = each.group_by(of).agg(
        first_at=each["at"].min(),
        last_at=each["at"].max(),
        **{name: each[name].sum().cast("int64") for name in (*COUNTED, *FAULTS)},
        timed=each.ended.notnull().any(),
        total=each.seconds.sum().cast("int64"),
        zones=each.zone_id.nunique(),
        stores=each.store_id.nunique(),
    )
    seconds = daily.timed.ifelse(daily.total, ibis.null("int64"))
    return daily.select(
        *of, "first_at", "last_at", *COUNTED, *FAULTS, seconds=seconds, zones="zones", stores="stores"
    ).order_by("month", "customer_id", "day")


def presence_monthly(daily: ir.Table, timezone: str) -> ir.Table:
    """The rows of `gold/presence_monthly`; takes those of `gold/presence_daily`."""
    other = (daily.stays == 0) & (daily.sessions == 0) & (daily.app_events == 0)
    flags = {
        "weekend_visits": daily.day.day_of_week.index().isin(_WEEKEND),
        "evening_visits": to_local(daily.first_at, timezone).hour() >= EVENING,
        "timed_visits": daily.seconds.notnull(),
        "zoned_visits": daily.zones > 0,
        "receipt_days": daily.receipts > 0,
        "days_by_receipt_only": (daily.receipts > 0) & other,
    }
    return (
        daily.group_by("customer_id", "month")
        .agg(
            visits=daily.count(),
            **{name: flag.sum().cast("int64") for name, flag in flags.items()},
            **{name: daily[name].sum().fill_null(0).cast("int64") for name in ("seconds", "zones", "stores")},
            first_day=daily.day.min(),
            last_day=daily.day.max(),
        )
        .order_by("month", "customer_id")
    )


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
