"""Subscriptions: recurring revenue by month, and the yearly figure that some companies keep instead.

Belongs here: revenue by month, and the facet with its growth. Does not belong here: revenue of who buys goods
(`goods.rollups`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.gold import DECIMAL, gold
from arcana_assets.customer_360.periods import in_lookback, of_month
from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, columns, decimal

_COLUMNS = ("now", "ago_3_mrr", "ago_12_mrr", "mrr_12m")


SUBSCRIPTIONS_MONTHLY = gold(
    "subscriptions_monthly",
    "Recurring revenue of each customer by product, in each month.",
    "a customer, product and month",
    ("customer_id", "product", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("product", "text", "What is paid for"),
        decimal("mrr", MONEY).means("Recurring revenue of the month"),
    ),
    needs=("subscriptions",),
)


def subscriptions_monthly(silver: ir.Table) -> ir.Table:
    """Recurring revenue of each customer, month and product. Takes silver of the sources that are by month."""
    return (
        silver.group_by("customer_id", "month", "product")
        .agg(mrr=silver.mrr.sum().fill_null(0).cast(DECIMAL))
        .order_by("month", "customer_id", "product")
    )


def subscriptions(monthly: ir.Table | None, yearly: ir.Table | None, periods: ir.Table) -> ir.Table:
    """The facet: mrr, mrr_growth_3m, mrr_growth_12m and mrr_12m.

    Takes the rollup of the last 13 months, or of the lookback where that is longer, and silver of the yearly figure as
    read in the periods' months; either may be missing. Raises ValueError where both are.
    """
    parts = []
    if monthly is not None:
        begins = periods.mutate(begin=ibis.least(periods.ago_12, periods.window_start))
        history = in_lookback(monthly, begins, "begin")
        inside = history.month_ >= history.window_start
        by_customer = history.group_by("customer_id", "month").agg(
            inside=inside.any(),
            now=history.mrr.sum(where=history.month_ == history.month).fill_null(0).cast(DECIMAL),
            ago_3_mrr=history.mrr.sum(where=history.month_ == history.ago_3).cast(DECIMAL),
            ago_12_mrr=history.mrr.sum(where=history.month_ == history.ago_12).cast(DECIMAL),
        )
        kept = by_customer.filter(by_customer.inside).drop("inside")
        parts.append(kept.mutate(mrr_12m=ibis.null(DECIMAL)))
    if yearly is not None:
        known = of_month(yearly.filter(yearly.mrr_12m.notnull()), periods)
        figures = known.group_by("customer_id", "month").agg(mrr_12m=known.mrr_12m.sum().cast(DECIMAL))
        parts.append(figures.mutate({name: ibis.null(DECIMAL) for name in _COLUMNS if name != "mrr_12m"}))
    if not parts:
        raise ValueError("subscriptions need a monthly or a yearly source")
    first, *others = (part.select("customer_id", "month", *_COLUMNS) for part in parts)
    rows = ibis.union(first, *others, distinct=False) if others else first
    both = rows.group_by("customer_id", "month").agg(**{name: rows[name].max() for name in _COLUMNS})
    return both.select(
        "customer_id",
        "month",
        mrr=both.now,
        mrr_12m=both.mrr_12m,
        mrr_growth_3m=_growth(both.now, both.ago_3_mrr),
        mrr_growth_12m=_growth(both.now, both.ago_12_mrr),
    )


def _growth(now: ir.DecimalValue, then: ir.DecimalValue) -> ir.FloatingValue:
    before = then.cast("float64")
    return (before > 0).ifelse(now.cast("float64") / before - 1, ibis.null("float64"))


COMPUTATION = Computation(
    "subscriptions",
    facet=lambda tables, periods, _: subscriptions(
        tables.get(SUBSCRIPTIONS_MONTHLY.name), tables.get("subscriptions"), periods
    ),
    rollups={SUBSCRIPTIONS_MONTHLY: lambda silver, _: subscriptions_monthly(silver)},
    adds_up=AddsUp(SUBSCRIPTIONS_MONTHLY, "mrr", lambda silver: silver.mrr.sum()),
    months_back=12,  # that growth looks back
    revenue=(SUBSCRIPTIONS_MONTHLY, "mrr"),
)
