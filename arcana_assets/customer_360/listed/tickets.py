"""Tickets: how often customers need help, how long they wait, and whether what was promised was kept.

Belongs here: tickets by month, and the facet over the lookback. Does not belong here: what customers say of them
(`surveys`).

Files say a ticket's present state only. So the rollup keeps the month of the closing beside the month of the opening:
as of an earlier month, a ticket that was closed later is open.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.gold import gold
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.domain.column import CUSTOMER, MONTH, columns
from arcana_assets.engine.primitives import to_local

_UNKNOWN = "unknown"
_ZERO = ibis.literal(0)


TICKETS_MONTHLY = gold(
    "tickets_monthly",
    "Tickets of each customer by month of opening, priority and month of closing.",
    "a customer, month of opening, priority and month of closing",
    ("customer_id", "month", "priority", "closed_in"),
    columns(
        CUSTOMER,
        MONTH,
        ("priority", "text", "Priority; `unknown` where the ticket has none"),
        ("closed_in", "date", "First day of the month of the closing, local time; null for what is open"),
        ("tickets", "integer", "Tickets opened in the month", "tickets"),
        ("open_seconds", "integer", "Time from opening to closing of the closed ones, added up", "seconds"),
        ("sla_due", "integer", "Closed ones with a target", "tickets"),
        ("sla_kept", "integer", "Those of them that kept it", "tickets"),
        ("status_unknown", "integer", "Tickets whose status the contract does not know; they count as open", "tickets"),
    ),
    needs=("tickets",),
)


def tickets_monthly(silver: ir.Table, timezone: str, sla_hours: Mapping[str, float]) -> ir.Table:
    """Tickets of each customer by month of opening, priority and month of closing.

    Returns tickets, open_seconds (of the closed ones, from opening to last update), sla_due (closed ones whose priority
    has a target), sla_kept and status_unknown.
    """
    closed = (silver.is_open == ibis.literal(False)).fill_null(False) & silver.updated_at.notnull()
    seconds = silver.updated_at.epoch_seconds().cast("int64") - silver.opened_at.epoch_seconds().cast("int64")
    targets = [(silver.priority == name, ibis.literal(round(hours * 3600))) for name, hours in sla_hours.items()]
    target = ibis.cases(*targets, else_=ibis.null("int64")) if targets else ibis.null("int64")
    each = silver.select(
        "customer_id",
        "month",
        priority=silver.priority.fill_null(_UNKNOWN),
        closed_in=closed.ifelse(to_local(silver.updated_at, timezone).truncate("M").date(), ibis.null("date")),
        seconds=closed.ifelse(seconds, 0),
        due=closed & target.notnull(),
        kept=closed & (seconds <= target).fill_null(False),
        unknown=silver.is_open.isnull(),
    )
    return (
        each.group_by("customer_id", "month", "priority", "closed_in")
        .agg(
            tickets=each.count(),
            open_seconds=each.seconds.sum().cast("int64"),
            sla_due=each.due.sum().cast("int64"),
            sla_kept=each.kept.sum().cast("int64"),
            status_unknown=each.unknown.sum().cast("int64"),
        )
        .order_by("month", "customer_id", "priority", "closed_in")
    )


def tickets(monthly: ir.Table, periods: ir.Table, urgent: Sequence[str]) -> ir.Table:
    """The facet. Takes the rollup of the lookback; `urgent` are the priorities that count as such."""
    known = in_lookback(monthly, periods)
    closed = (known.closed_in <= known.month).fill_null(False)
    number = known.tickets
    summed = known.group_by("customer_id", "month").agg(
        tickets_opened=number.sum().cast("int64"),
        tickets_waiting=number.sum(where=~closed).fill_null(_ZERO).cast("int64"),
        urgent=number.sum(where=known.priority.isin(list(urgent))).fill_null(_ZERO),
        closed=number.sum(where=closed).cast("float64"),
        seconds=known.open_seconds.sum(where=closed).cast("float64"),
        due=known.sla_due.sum(where=closed).cast("float64"),
        kept=known.sla_kept.sum(where=closed).cast("float64"),
        later=number.sum(where=known.month_ >= known.later_start).fill_null(_ZERO).cast("float64"),
        whole=(known.window_start >= known.begun).all(),
    )
    earlier = summed.tickets_opened - summed.later
    return summed.select(
        "customer_id",
        "month",
        "tickets_opened",
        "tickets_waiting",
        urgent_share=summed.urgent.cast("float64") / summed.tickets_opened,
        open_hours=summed.seconds / 3600 / summed.closed.nullif(0),
        sla_kept_share=summed.kept / summed.due.nullif(0),
        tickets_trend=summed.whole.ifelse((summed.later - earlier) / summed.tickets_opened, ibis.null("float64")),
    )


COMPUTATION = Computation(
    "tickets",
    facet=lambda tables, periods, domain: tickets(tables[TICKETS_MONTHLY.name], periods, domain.support.urgent),
    rollups={
        TICKETS_MONTHLY: lambda silver, domain: tickets_monthly(silver, domain.timezone, domain.support.sla_hours)
    },
    adds_up=AddsUp(TICKETS_MONTHLY, "tickets"),
)
