"""Proposals: what customers were offered, and the company's own count of what they contracted."""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.periods import in_lookback, of_month, whole_months

MONEY = "decimal(18, 4)"


def proposals_monthly(silver: ir.Table) -> ir.Table:
    """Proposals of each customer and month: proposals, items, amount, full_amount, discount."""
    return (
        silver.group_by("customer_id", "month")
        .agg(
            proposals=silver.proposal_id.nunique(),
            items=silver.count(),
            **{name: silver[name].sum().fill_null(0).cast(MONEY) for name in ("amount", "full_amount", "discount")},
        )
        .order_by("month", "customer_id")
    )


def proposals(monthly: ir.Table, periods: ir.Table) -> ir.Table:
    """The facet. Takes the rollup of the lookback."""
    known = in_lookback(monthly, periods)
    summed = known.group_by("customer_id", "month").agg(
        proposals=known.proposals.sum().cast("int64"),
        proposal_items=known["items"].sum().cast("int64"),
        proposal_value=known.amount.sum().cast(MONEY),
        full=known.full_amount.sum().cast("float64"),
        cut=known.discount.sum().cast("float64"),
        last=known.month_.max(),
    )
    return summed.mutate(
        discount_share=(summed.full > 0).ifelse(summed.cut / summed.full, ibis.null("float64")),
        months_since_proposal=whole_months(summed["last"], summed.month),
    ).drop("full", "cut", "last")


def purchases(silver: ir.Table, periods: ir.Table) -> ir.Table:
    """The facet of the company's own count. Takes silver purchases as read in the periods' months.

    A row without either figure says nothing; of two figures one may be null.
    """
    known = of_month(silver.filter(silver.purchases_12m.notnull() | silver.purchases_value_12m.notnull()), periods)
    return known.group_by("customer_id", "month").agg(
        purchases_12m=known.purchases_12m.sum().cast("int64"),
        purchases_value_12m=known.purchases_value_12m.sum().cast(MONEY),
    )
