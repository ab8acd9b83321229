"""Usage: on how many days, how long and how widely customers use the products.

Belongs here: sessions by day and module, and the facet over the lookback. Does not belong here: what a duration's unit
is (`domain.settings.customers`).

A session that was refused, or has a negative or absurd duration, counts as a session; its time does not count, and how
many there were is said.
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.gold import DECIMAL, gold
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.domain.column import CUSTOMER, MONTH, columns, integer
from arcana_assets.engine.primitives import local_date

_ZERO = ibis.literal(0)


USAGE_DAILY = gold(
    "usage_daily",
    "Sessions of each customer on each day.",
    "a customer and day with a session",
    ("customer_id", "day"),
    columns(
        CUSTOMER,
        MONTH,
        ("day", "date", "Day, local time"),
        integer("sessions", "sessions").means("Sessions begun that day, refused ones included"),
        ("denials", "integer", "Those whose licence was refused", "sessions"),
        integer("negative_durations", "sessions").means("Those with a negative duration"),
        integer("absurd_durations", "sessions").means("Those longer than the domain's `usage.longest_hours`"),
        ("duration", "decimal", "Durations of all others that were not refused, added up", "unit of the domain"),
    ),
    needs=("usage",),
)
USAGE_MODULES_MONTHLY = gold(
    "usage_modules_monthly",
    "Sessions of each customer by module, in each month.",
    "a customer, module and month",
    ("customer_id", "module_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("module_id", "text", "The module"),
        integer("sessions", "sessions").means("Sessions of it"),
    ),
    needs=("usage",),
)


def usage_daily(silver: ir.Table, timezone: str, longest: float) -> ir.Table:
    """Sessions of each customer and day. `longest` is the longest duration that counts, in the unit of the file."""
    negative, absurd = (silver.duration < 0).fill_null(False), (silver.duration > longest).fill_null(False)
    denied = silver.is_denied.fill_null(False)
    timed = ~negative & ~absurd & ~denied
    each = silver.mutate(day=local_date(silver.started_at, timezone))
    return (
        each.group_by("customer_id", "month", "day")
        .agg(
            sessions=each.count(),
            denials=denied.sum().cast("int64"),
            negative_durations=negative.sum().cast("int64"),
            absurd_durations=absurd.sum().cast("int64"),
            duration=silver.duration.sum(where=timed).fill_null(_ZERO).cast(DECIMAL),
        )
        .order_by("month", "customer_id", "day")
    )


def usage_modules_monthly(silver: ir.Table) -> ir.Table:
    """Sessions of each customer, module and month: a state that adds up, unlike a number of different modules."""
    known = silver.filter(silver.module_id.notnull())
    return (
        known.group_by("customer_id", "month", "module_id")
        .agg(sessions=known.count())
        .order_by("month", "customer_id", "module_id")
    )


def usage(daily: ir.Table, modules: ir.Table, periods: ir.Table, an_hour: int) -> ir.Table:
    """The facet. Takes both rollups of the lookback; `an_hour` is an hour in the unit of the durations."""
    known = in_lookback(daily, periods)
    halves = _halves(known)
    placed = known.join(halves, [known.month == halves.as_of, known.day == halves.known_day])
    summed = placed.group_by("customer_id", "month").agg(
        active_days=placed.day.nunique(),
        sessions=placed.sessions.sum().cast("int64"),
        duration=placed.duration.sum().cast("float64"),
        license_denials=placed.denials.sum().cast("int64"),
        negative_durations=placed.negative_durations.sum().cast("int64"),
        absurd_durations=placed.absurd_durations.sum().cast("int64"),
        earlier=placed.sessions.sum(where=placed.half == 1).fill_null(_ZERO).cast("float64"),
        later=placed.sessions.sum(where=placed.half == 2).fill_null(_ZERO).cast("float64"),
    )
    used = in_lookback(modules, periods)
    widths = used.group_by("customer_id", "month").agg(modules_used=used.module_id.nunique())
    joined = summed.left_join(widths, ["customer_id", "month"])
    return joined.select(
        "customer_id",
        "month",
        active_days=summed.active_days,
        sessions=summed.sessions,
        usage_hours=summed.duration / an_hour,
        modules_used=widths.modules_used.fill_null(_ZERO).cast("int64"),
        license_denials=summed.license_denials,
        negative_durations=summed.negative_durations,
        absurd_durations=summed.absurd_durations,
        usage_trend=(summed.later - summed.earlier) / (summed.later + summed.earlier).nullif(0),
    )


def _halves(known: ir.Table) -> ir.Table:
    """as_of, known_day and half of each day that usage of anybody is known of: 1 earlier, 2 later, 0 in the middle."""
    days = known.select(as_of="month", known_day="day").distinct()
    window = ibis.window(group_by="as_of", order_by="known_day")
    placed = days.mutate(place=ibis.row_number().over(window), number=days.count().over(ibis.window(group_by="as_of")))
    size = (placed.number / 2).floor().cast("int64")
    half = ibis.cases((placed.place < size, 1), (placed.place >= placed.number - size, 2), else_=0)
    return placed.select("as_of", "known_day", half=half)


COMPUTATION = Computation(
    "usage",
    facet=lambda tables, periods, domain: usage(
        tables[USAGE_DAILY.name], tables[USAGE_MODULES_MONTHLY.name], periods, domain.usage.an_hour
    ),
    rollups={
        USAGE_DAILY: lambda silver, domain: usage_daily(
            silver, domain.timezone, domain.usage.longest_hours * domain.usage.an_hour
        ),
        USAGE_MODULES_MONTHLY: lambda silver, _: usage_modules_monthly(silver),
    },
    adds_up=AddsUp(USAGE_DAILY, "sessions"),
)
