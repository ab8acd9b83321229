"""Events that stand out among those of their month: orders, products of an order, sales taken back whole.

Belongs here: the rules over silver of transactions, as expressions. Does not belong here: customers (`customers`),
which lines undo each other (`goods.reversals`).
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.goods.reversals import reversals, with_reversals
from arcana_assets.customer_360.outliers.customers import TO_SIGMA
from arcana_assets.customer_360.outliers.tables import (
    FEWEST,
    FLOOR,
    LARGE_LINE,
    LARGE_ORDER,
    OF_EVENTS,
    OUTLIERS,
    REVERSAL,
    REVERSAL_OF_THE_DAY,
)
from arcana_assets.domain.settings.outliers import Outliers


def outlying_events(transactions: ir.Table, undone: ir.Table, settings: Outliers, timezone: str) -> ir.Table:
    """The rows of `gold/outliers` of each month of silver; an event is compared with those of its month alone.

    Takes silver transactions, those without a customer among them, and the rows of `lines_of_a_size`. Orders and lines
    that were reversed are told as reversals, and as nothing else.
    """
    lines = with_reversals(transactions, undone)
    sales = lines.filter(lines.kind == "sale", ~lines.is_reversed)
    orders = sales.group_by("month", "order_id").agg(
        customer_id=sales.customer_id.min(), worth=sales.amount.sum(), value=sales.amount.sum().cast("float64")
    )
    goods = sales.filter(sales.is_product)
    bought = goods.group_by("month", "order_id", "product_id").agg(
        customer_id=goods.customer_id.min(), worth=goods.amount.sum(), value=goods.quantity.sum().cast("float64")
    )
    taken = reversals(undone, timezone)
    found = [
        _told(_far_out(orders, ["month"], settings.event_deviations), LARGE_ORDER, "order_value"),
        _told(_far_out(bought, ["month", "product_id"], settings.event_deviations), LARGE_LINE, "quantity"),
        _told(
            taken.mutate(value=taken.worth.cast("float64"), **dict.fromkeys(("centre", "spread", "score"), _NONE)),
            taken.of_the_day.ifelse(REVERSAL_OF_THE_DAY, REVERSAL),
            "reversed",
        ),
    ]
    events = ibis.union(*found, distinct=False)
    sold = lines.filter(lines.kind == "sale").group_by("month").agg(sold=lambda rows: rows.amount.sum())
    joined = events.inner_join(sold, "month")
    share = joined.worth.cast("float64") / joined.sold.cast("float64").nullif(0)
    return joined.mutate(share_of_revenue=share).select(*OUTLIERS.arrow.names)


_NONE = ibis.null("float64")


def _far_out(rows: ir.Table, among: Sequence[str], deviations: float) -> ir.Table:
    """The rows whose value is far above those it is among, by the median and the median distance of logarithms."""
    logs = rows.mutate(log=(rows.value + 1).ln())
    centres = logs.group_by(among).agg(middle=logs.log.median(), counted=logs.count())
    centred = logs.inner_join(centres.filter(centres.counted >= FEWEST), among)
    off = centred.group_by(among).agg(distance=(centred.log - centred.middle).abs().median())
    told = centred.inner_join(off, among)
    spread = ibis.greatest(told.distance * TO_SIGMA, FLOOR[OF_EVENTS])
    scored = told.mutate(centre=told.middle.exp() - 1, spread=spread, score=(told.log - told.middle) / spread)
    return scored.filter(scored.score > deviations)


def _told(rows: ir.Table, rule: str | ir.StringValue, measure: str) -> ir.Table:
    key = rows.order_id + " " + rows.product_id if "product_id" in rows.columns else rows.order_id
    told_as = ibis.literal(rule) if isinstance(rule, str) else rule
    said = rows.mutate(grain=ibis.literal(OF_EVENTS), key=key, rule=told_as, measure=ibis.literal(measure))
    columns = [name for name in OUTLIERS.arrow.names if name != "share_of_revenue"]
    return said.select(*columns, worth=said.worth.cast("decimal(38, 4)"))
