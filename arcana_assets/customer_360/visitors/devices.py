"""Devices in the Wi-Fi: who works in the house, who passes by, how full it is by the hour.

Belongs here: tables of devices and zones. Does not belong here: visits of customers (`presence`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.visitors.presence import LONGEST_HOURS
from arcana_assets.engine.primitives import local_date, to_local

STAFF_DAYS, STAFF_MINUTES = 12, 300  # of a month; of the median day
PASSING_SECONDS, PASSING_SIGNAL = 300, -70  # shorter, and weaker in dBm
NOWHERE = "?"  # the zone of sessions that have none


def staff_devices(sessions: ir.Table, timezone: str) -> ir.Table:
    """Devices of staff; takes silver of sessions under the customers they are of.

    A day lasts from the first session to the end of the last whose end is possible. The customer is the one that all
    sessions of the device are of; absent where there is none, or more than one.
    """
    each = sessions.mutate(day=local_date(sessions.started_at, timezone), seconds=_seconds(sessions))
    ended = each.seconds.notnull().ifelse(each.ended_at, each.started_at)
    days = each.group_by("device_id", "month", "day").agg(
        seconds=ended.max().epoch_seconds() - each.started_at.min().epoch_seconds(),
        first=each.customer_id.min(),
        last=each.customer_id.max(),
    )
    devices = days.group_by("device_id", "month").agg(
        days=days.count(),
        median_minutes=days.seconds.median().cast("float64") / 60,
        first=days["first"].min(),
        last=days["last"].max(),
    )
    staff = devices.filter(devices.days >= STAFF_DAYS, devices.median_minutes >= STAFF_MINUTES)
    one = (staff["first"] == staff["last"]).ifelse(staff["first"], ibis.null("string"))
    return staff.select("month", "device_id", customer_id=one, days="days", median_minutes="median_minutes").order_by(
        "month", "device_id"
    )


def footfall_daily(sessions: ir.Table, staff: ir.Table, timezone: str) -> ir.Table:
    """Sessions by zone, day and hour; takes silver under the customers they are of, and `staff_devices`."""
    working = staff.select("month", "device_id", works=ibis.literal(True))
    each = sessions.left_join(working, ["month", "device_id"])
    brief = (_seconds(sessions) < PASSING_SECONDS).fill_null(False) & (sessions.signal < PASSING_SIGNAL).fill_null(
        False
    )
    each = each.select(
        month=sessions.month,
        day=local_date(sessions.started_at, timezone),
        hour=to_local(sessions.started_at, timezone).hour().cast("int64"),
        zone_id=sessions.zone_id.fill_null(NOWHERE),
        device_id=sessions.device_id,
        known=sessions.customer_id.notnull(),
        passing=sessions.customer_id.isnull() & brief,
        works=working.works.fill_null(False),
    )
    return (
        each.group_by("month", "day", "hour", "zone_id")
        .agg(
            sessions=each.count(),
            of_members=each.known.sum().cast("int64"),
            of_passers_by=each.passing.sum().cast("int64"),
            of_staff=each.works.sum().cast("int64"),
            devices=each.device_id.nunique(),
        )
        .order_by("month", "day", "hour", "zone_id")
    )


def _seconds(sessions: ir.Table) -> ir.IntegerValue:
    """How long each session lasted; null where its end is not known, or cannot be."""
    seconds = sessions.ended_at.epoch_seconds() - sessions.started_at.epoch_seconds()
    possible = (seconds >= 0) & (seconds <= LONGEST_HOURS * 3600)
    return possible.ifelse(seconds, ibis.null()).cast("int64")
