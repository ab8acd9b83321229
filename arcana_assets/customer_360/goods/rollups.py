"""Rollups: events of one month summed to customer x month (x item), in measures that add up over months.

Belongs here: sums, counts, first and last days by month. Does not belong here: ratios, averages and distinct counts,
which do not add up; those are derived from rollups in `customers`. Which lines undo each other `reversals` says: what
was sold and taken back whole within the month is no order and neither gross nor returned; it is `reversed`.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.goods.reversals import with_reversals
from arcana_assets.customer_360.items import NO_GROUPS, grouped
from arcana_assets.customer_360.periods import as_of
from arcana_assets.engine.primitives import local_date


def transactions_monthly(transactions: ir.Table, timezone: str) -> ir.Table:
    """What each known customer bought and took back in each month.

    Takes silver transactions (a row an order line). Returns customer_id, month and, of merchandise only, orders (with
    at least one sale), units (net), first_day and last_day of a sale in local time (null without one in the month);
    of all lines, lines, gross (value of sales, postage and fees among them), returned (value of everything else,
    discounts among it, positive), reversed (value of sales taken back whole within the month, in neither of the two)
    and net = gross - returned, which is what the customer paid.
    """
    lines = with_reversals(transactions)
    known = lines.filter(lines.customer_id.notnull())
    bought = _bought(known)
    day = local_date(known.ordered_at, timezone)
    return (
        known.group_by("customer_id", "month")
        .agg(
            orders=known.order_id.nunique(where=bought),
            lines=known.count(),
            units=known.quantity.sum(where=known.is_product).fill_null(0).cast("int64"),
            **_money(known),
            first_day=day.min(where=bought),
            last_day=day.max(where=bought),
        )
        .order_by("month", "customer_id")
    )


def transactions_by_product_monthly(transactions: ir.Table) -> ir.Table:
    """The same by product, merchandise only.

    Returns customer_id, month, product_id, orders, units, gross, returned, reversed, net.
    """
    lines = with_reversals(transactions)
    known = lines.filter(lines.customer_id.notnull(), lines.is_product)
    return (
        known.group_by("customer_id", "month", "product_id")
        .agg(
            orders=known.order_id.nunique(where=_bought(known)),
            units=known.quantity.sum().cast("int64"),
            **_money(known),
        )
        .order_by("month", "customer_id", "product_id")
    )


def transactions_by_category_monthly(by_product: ir.Table, categories: ir.Table) -> ir.Table:
    """The same by product category. Takes the rollup by product and product categories as of the same months.

    Returns customer_id, month, category, units, gross, returned, reversed, net. Orders are left out: one order may
    hold several categories, so they would not add up. Grain of the money: every row of the rollup falls into exactly
    one category.
    """
    joined = by_product.left_join(categories.select("month", "product_id", "category"), ["month", "product_id"])
    return (
        joined.group_by("customer_id", "month", "category")
        .agg(
            units=joined.units.sum().cast("int64"),
            **{name: joined[name].sum().cast(DECIMAL) for name in ("gross", "returned", "reversed", "net")},
        )
        .order_by("month", "customer_id", "category")
    )


def items_owned(
    by_product: ir.Table, product_categories: ir.Table, periods: ir.Table, group_of: Mapping[str, str] = NO_GROUPS
) -> ir.Table:
    """One row for each customer and product ever bought, as of each period: item_id, item_name, since, recent, value.

    Takes the rollup by product from the domain's first month on, product categories as of each month, and `periods`
    (see `customer_360.periods`). `since` is the first month of a purchase, `recent` whether one lies in the lookback,
    `value` what was paid in the lookback, net of what was taken back; null without a purchase there. Products of a
    group are one item, of the group's name.
    """
    known = as_of(by_product, periods)
    owned = _owned(known, grouped(known.product_id, group_of))
    names = product_categories.select("month", "name", item_id="product_id")
    named = owned.left_join(names, ["month", "item_id"])
    return _with_value(named, named["name"].fill_null(named.item_id))


def levels_owned(
    by_product: ir.Table,
    product_categories: ir.Table,
    periods: ir.Table,
    level: str,
    other: str,
    rare: float = 0,
    group_of: Mapping[str, str] = NO_GROUPS,
) -> ir.Table:
    """The same at a `level` above the product: one row for each customer and category, type or brand ever bought from.

    By the level as of the period, like the shares of customer 360; a product that has none counts as `other`, and so
    does one of a category, type or brand that brought less than the share `rare` of what all customers bought in the
    lookback. Those of a group are one item, of the group's name, which is as rare as they are together.
    """
    known = as_of(by_product, periods)
    named = product_categories.select("month", "product_id", level=level)
    placed = known.left_join(named, ["month", "product_id"]).drop("month_right", "product_id_right")
    placed = placed.mutate(level=grouped(placed.level.fill_null(other), group_of))
    if rare:
        sold = placed.filter(placed.month_ >= placed.window_start).group_by("month", "level")
        sums = sold.agg(sold=lambda rows: rows.gross.sum().cast(DECIMAL))
        total = sums.sold.sum().over(ibis.window(group_by="month")).cast("float64")
        large = sums.filter(sums.sold.cast("float64") >= rare * total).select(
            "month", "level", large=ibis.literal(True)
        )
        placed = placed.left_join(large, ["month", "level"]).drop("month_right", "level_right")
        placed = placed.mutate(level=placed.large.fill_null(False).ifelse(placed.level, group_of.get(other, other)))
    owned = _owned(placed, placed.level)
    return _with_value(owned, owned.item_id)


def _owned(known: ir.Table, item: ir.StringValue) -> ir.Table:
    """Items that each customer has bought, as of each period, with what was paid for them in the lookback."""
    ordered, lately = known.orders > 0, known.month_ >= known.window_start
    items = known.group_by("customer_id", "month", item_id=item).agg(
        since=known.month_.min(where=ordered),
        recent=(ordered & lately).any(),
        paid=known.net.sum(where=lately).cast(DECIMAL),
    )
    return items.filter(items.since.notnull())


def _with_value(owned: ir.Table, name: ir.StringValue) -> ir.Table:
    return owned.select(
        "customer_id",
        "month",
        "item_id",
        item_name=name,
        since="since",
        recent="recent",
        value=owned.recent.ifelse(owned.paid, ibis.null(DECIMAL)),
    ).order_by("month", "customer_id", "item_id")


def products_monthly(transactions: ir.Table) -> ir.Table:
    """How each product was called and sold in each month, to whomever.

    Returns product_id, month, description, lines, units, net.
    """
    goods = transactions.filter(transactions.is_product)
    return (
        goods.group_by("product_id", "month", "description")
        .agg(lines=goods.count(), units=goods.quantity.sum().cast("int64"), net=goods.amount.sum().cast(DECIMAL))
        .order_by("month", "product_id", "description")
    )


def coverage_monthly(transactions: ir.Table) -> ir.Table:
    """How much of each month is known by customer.

    Returns month, rows, rows_without_customer, customers, orders (as in `transactions_monthly`), gross, returned,
    reversed, net and net_without_customer.
    """
    lines = with_reversals(transactions)
    anonymous = lines.customer_id.isnull()
    return (
        lines.group_by("month")
        .agg(
            rows=lines.count(),
            rows_without_customer=anonymous.sum().cast("int64"),
            customers=lines.customer_id.nunique(),
            orders=lines.order_id.nunique(where=_bought(lines)),
            **_money(lines),
            net_without_customer=lines.amount.sum(where=anonymous).fill_null(0).cast(DECIMAL),
        )
        .order_by("month")
    )


def _bought(table: ir.Table) -> ir.BooleanValue:
    """Lines that make an order: merchandise sold and kept. Postage alone is none, nor is a discount."""
    return (table.kind == "sale").fill_null(False) & table.is_product & ~table.is_reversed


def _money(table: ir.Table) -> dict[str, ir.Value]:
    # A line of no piece is neither a sale nor a return; what is paid, or given, with it goes where its sign says.
    sale = ((table.kind == "sale") | (table.kind.isnull() & (table.amount > 0))).fill_null(False)
    kept = ~table.is_reversed

    def total(amount: ir.Value, where: ir.BooleanValue) -> ir.Value:
        return amount.sum(where=where).fill_null(ibis.literal(0)).cast(DECIMAL)

    return {
        "gross": total(table.amount, sale & kept),
        "returned": total(-table.amount, ~sale & kept),
        "reversed": total(table.amount, sale & ~kept),
        "net": table.amount.sum().cast(DECIMAL),
    }
