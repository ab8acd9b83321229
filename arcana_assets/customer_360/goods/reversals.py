"""Reversals: sales that were taken back whole within their month, told line by line.

Belongs here: which lines of silver undo each other. Does not belong here: what that takes off sums (`rollups`), how
reversals are listed (`customer_360.outliers`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.engine.primitives import local_date

_TOUCHED = ("customer_id", "month", "product_id")
_SIZE = (*_TOUCHED, "pieces", "worth")
_ORDER = ("ordered_at", "back", "order_id")  # of lines booked at the same time the sale comes first


def lines_of_a_size(transactions: ir.Table) -> ir.Table:
    """Silver lines of customers and products of which something was taken back in the month, and `is_reversed`.

    Of a size are the lines of one customer, product and month with as many pieces and as much money, sold or taken
    back. What is taken back reverses the latest such sale before it that nothing else has reversed, so both lines are
    reversed; a return without one is none, for what it undoes was sold in an earlier month or at another price. Only
    lines of the month itself decide: a later one changes nothing of it.
    """
    lines = transactions.filter(transactions.customer_id.notnull())
    returned = lines.filter(lines.kind == "return").select(*_TOUCHED).distinct()
    found = _with_size(lines.semi_join(returned, _TOUCHED))
    step = found.back.ifelse(-1, 1)
    balances = found.mutate(open_sales=_summed(found, step, ""), open_returns=_summed(found, -step, "desc"))
    # A return is left over where it takes the balance below what it ever was; a sale likewise, from the end backwards.
    told = balances.mutate(
        is_reversed=balances.back.ifelse(
            balances.open_sales >= _least_before(balances, "open_sales", ""),
            balances.open_returns >= _least_before(balances, "open_returns", "desc"),
        )
    )
    return told.select(*transactions.columns, "is_reversed")


def with_reversals(transactions: ir.Table, found: ir.Table | None = None) -> ir.Table:
    """All lines of silver with `is_reversed`, each once; lines that have it come back as they are.

    `found` are the rows of `lines_of_a_size` where they were computed before: few, where silver is long.
    """
    if "is_reversed" in transactions.columns:
        return transactions
    found = lines_of_a_size(transactions) if found is None else found
    # By few columns that are there: sizes of all lines would take longer than the rest of the sums.
    others = transactions.anti_join(found.select(*_TOUCHED).distinct(), _TOUCHED)
    return ibis.union(
        others.select(*transactions.columns).mutate(is_reversed=ibis.literal(False)),
        found.select(*transactions.columns, "is_reversed"),
        distinct=False,
    )


def reversals(found: ir.Table, timezone: str) -> ir.Table:
    """What was reversed, a row each product of an order that took it back, from the rows of `lines_of_a_size`.

    Returns customer_id, month, order_id, product_id, worth (positive), and of_the_day: whether all of it was sold on
    the local day on which it was taken back.
    """
    lines = _with_size(found.filter(found.is_reversed))
    day = local_date(lines.ordered_at, timezone)
    # Of one size the n-th sale that is reversed belongs to the n-th return of them or an earlier one: in order of time
    # each of them has a partner of its own, and the sum of days between is that of any other way to pair them.
    place = ibis.row_number().over(group_by=[*_SIZE, "back"], order_by=["ordered_at", "order_id"])
    numbered = lines.mutate(day=day, place=place)
    sold = numbered.filter(~numbered.back).select(*_SIZE, "place", sold_on="day")
    pairs = numbered.filter(numbered.back).inner_join(sold, [*_SIZE, "place"])
    return pairs.group_by("customer_id", "month", "order_id", "product_id").agg(
        worth=pairs.worth.sum(), of_the_day=(pairs.day == pairs.sold_on).all()
    )


def _with_size(lines: ir.Table) -> ir.Table:
    return lines.mutate(
        pieces=lines.quantity.abs(), worth=lines.amount.abs(), back=(lines.kind == "return").fill_null(False)
    )


def _by(lines: ir.Table, way: str) -> list[ir.Value]:
    return [lines[name].desc() if way else lines[name].asc() for name in _ORDER]


def _summed(lines: ir.Table, step: ir.Value, way: str) -> ir.Value:
    return step.sum().over(ibis.cumulative_window(group_by=list(_SIZE), order_by=_by(lines, way)))


def _least_before(lines: ir.Table, balance: str, way: str) -> ir.Value:
    before = ibis.window(group_by=list(_SIZE), order_by=_by(lines, way), preceding=(None, 1))
    return ibis.least(lines[balance].min().over(before).fill_null(0), 0)
