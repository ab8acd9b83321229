"""Presence: on which days a customer was in the house, by whatever saw them.

Belongs here: days and months with visits. Does not belong here: whose a row is (`identities`), devices (`devices`).

A visit is a customer and a local day: two trips of a day are one, and visits add up over months whatever the gap
between two stays. A stay that ends before it begins, or after more than `LONGEST_HOURS`, or never, is a visit without
a time.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.engine.primitives import local_date, to_local

LONGEST_HOURS = 16
EVENING = 18  # hour, local time
IN_THE_HOUSE = ("coupon_used", "parking_paid")  # kinds of app events that happen there
COUNTED = ("stays", "sessions", "receipts", "app_events")  # columns of rows, one a source

_WEEKEND = (5, 6)  # days of the week from Monday, 0


def seen(silver: Mapping[str, ir.Table], timezone: str) -> ir.Table:
    """Every row of silver that saw a known customer in the house.

    Takes silver under the customers they are of, by entity: visits, wifi_sessions, transactions, app_events, those that
    the domain has. Returns customer_id, month, day, at, zone_id, store_id, began and ended (null where no time is
    known) and for each of `COUNTED` 1 or 0.
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
        return {"began": ibis.null("int64"), "ended": ibis.null("int64")}
    seconds = ended.epoch_seconds() - began.epoch_seconds()
    possible = (seconds >= 0) & (seconds <= LONGEST_HOURS * 3600)
    return {
        "began": possible.ifelse(began.epoch_seconds(), ibis.null()).cast("int64"),
        "ended": possible.ifelse(ended.epoch_seconds(), ibis.null()).cast("int64"),
    }


def presence_daily(rows: ir.Table) -> ir.Table:
    """The rows of `gold/presence_daily`; takes those of `seen`."""
    of = ["customer_id", "month", "day"]
    # What each stay adds to the time that earlier ones of the day have covered; together they cover their union.
    before = ibis.window(group_by=of, order_by=["began", "ended"], rows=(None, -1))
    covered = rows.ended.max().over(before)
    each = rows.mutate(seconds=ibis.greatest(rows.ended - ibis.greatest(rows.began, covered.fill_null(0)), 0))
    daily = each.group_by(of).agg(
        first_at=each["at"].min(),
        last_at=each["at"].max(),
        **{name: each[name].sum().cast("int64") for name in COUNTED},
        timed=each.ended.notnull().any(),
        total=each.seconds.sum().cast("int64"),
        zones=each.zone_id.nunique(),
        stores=each.store_id.nunique(),
    )
    seconds = daily.timed.ifelse(daily.total, ibis.null("int64"))
    return daily.select(*of, "first_at", "last_at", *COUNTED, seconds=seconds, zones="zones", stores="stores").order_by(
        "month", "customer_id", "day"
    )


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
