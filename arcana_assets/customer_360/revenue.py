"""Revenue history: what each customer paid up to a month, and after it, from the rollup by month.

Belongs here: sums over months. Does not belong here: forecasting (`loyalty.forecast`), which table and column hold a
domain's revenue (`assets.revenue`).
"""

from collections.abc import Sequence
from datetime import date

import ibis.expr.types as ir

from arcana_assets.domain.months import shifted


def revenue_history(
    monthly: ir.Table, column: str, month: date, start: date, lookback: int, horizons: Sequence[int]
) -> ir.Table:
    """One row for each customer known by the end of a month.

    Takes a rollup with customer_id, month and the revenue column. Returns customer_id, last_<h> (revenue of the last h
    months) and window (of the lookback); months before `start` count as none, so the sum over more months than there
    are is that over fewer.
    """
    known = monthly.filter(monthly.month <= month, monthly.month >= start)
    # Summed as decimals: the sum of floating-point numbers depends on their order.
    paid = known[column]
    firsts = {f"last_{h}": shifted(month, 1 - h) for h in horizons} | {"window": shifted(month, 1 - lookback)}
    sums = {name: _amount(paid.sum(where=known.month >= first)) for name, first in firsts.items()}
    return known.group_by("customer_id").agg(**sums).order_by("customer_id")


def lookback_revenue(monthly: ir.Table, column: str, month: date, lookback: int) -> ir.Table:
    """One row for each customer with a row in the lookback: customer_id, lookback_revenue, bought_months.

    A month counts as bought in with an order, or, where the rollup has no orders, with revenue.
    """
    inside = monthly.filter(monthly.month <= month, monthly.month >= shifted(month, 1 - lookback))
    return inside.group_by("customer_id").agg(
        lookback_revenue=_amount(inside[column].sum()), bought_months=_bought(inside, column)
    )


def outcomes(monthly: ir.Table, column: str, month: date, months: int) -> ir.Table:
    """One row for each customer with a row in the months after a month: customer_id, revenue, bought_months.

    With orders in the rollup also orders, gross and returned. A month counts as bought in with an order, or, where the
    rollup has none, with revenue.
    """
    after = monthly.filter(monthly.month > month, monthly.month <= shifted(month, months))
    revenue = after[column]
    columns = {"revenue": _amount(revenue.sum()), "bought_months": _bought(after, column)}
    if "orders" in after.columns:
        columns |= {
            "orders": after.orders.sum(),
            "gross": _amount(after.gross.sum()),
            "returned": _amount(after.returned.sum()),
        }
    return after.group_by("customer_id").agg(**columns).order_by("customer_id")


def bought_in(monthly: ir.Table, column: str) -> ir.BooleanValue:
    """Whether a row of a rollup counts as bought in: with an order, or, where it has no orders, with revenue."""
    return monthly.orders > 0 if "orders" in monthly.columns else monthly[column] > 0


def _bought(table: ir.Table, column: str) -> ir.IntegerScalar:
    # Two accounts of one customer may both have a row of a month, which is one month all the same.
    return table.month.nunique(where=bought_in(table, column)).cast("int64")


def _amount(total: ir.Value) -> ir.Value:
    return total.cast("float64").fill_null(0.0)
