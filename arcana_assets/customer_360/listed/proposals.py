"""Proposals: what customers were offered, and at which discount.

Belongs here: sums by month, and the facet over the lookback. Does not belong here: what was contracted (`contracts`,
`purchases`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.gold import DECIMAL, gold
from arcana_assets.customer_360.periods import in_lookback, whole_months
from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, columns, integer

PROPOSALS_MONTHLY = gold(
    "proposals_monthly",
    "Proposals of each customer in each month.",
    "a customer and month with a proposal",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        integer("proposals", "proposals").means("Different proposals entered in the month"),
        ("items", "integer", "Their items", "items"),
        ("amount", "decimal", "What the items cost after discounts", MONEY),
        ("full_amount", "decimal", "What they cost before discounts", MONEY),
        ("discount", "decimal", "Lasting discount on them", MONEY),
    ),
    needs=("proposals",),
)


def proposals_monthly(silver: ir.Table) -> ir.Table:
    """Proposals of each customer and month: proposals, items, amount, full_amount, discount."""
    return (
        silver.group_by("customer_id", "month")
        .agg(
            proposals=silver.proposal_id.nunique(),
            items=silver.count(),
            **{name: silver[name].sum().fill_null(0).cast(DECIMAL) for name in ("amount", "full_amount", "discount")},
        )
        .order_by("month", "customer_id")
    )


def proposals(monthly: ir.Table, periods: ir.Table) -> ir.Table:
    """The facet. Takes the rollup of the lookback."""
    known = in_lookback(monthly, periods)
    summed = known.group_by("customer_id", "month").agg(
        proposals=known.proposals.sum().cast("int64"),
        proposal_items=known["items"].sum().cast("int64"),
        proposal_value=known.amount.sum().cast(DECIMAL),
        full=known.full_amount.sum().cast("float64"),
        cut=known.discount.sum().cast("float64"),
        last=known.month_.max(),
    )
    return summed.mutate(
        discount_share=(summed.full > 0).ifelse(summed.cut / summed.full, ibis.null("float64")),
        months_since_proposal=whole_months(summed["last"], summed.month),
    ).drop("full", "cut", "last")


COMPUTATION = Computation(
    "proposals",
    facet=lambda tables, periods, _: proposals(tables[PROPOSALS_MONTHLY.name], periods),
    rollups={PROPOSALS_MONTHLY: lambda silver, _: proposals_monthly(silver)},
    adds_up=AddsUp(PROPOSALS_MONTHLY, "items"),
)
