"""Rollups: events of one month summed to customer x month (x item), in measures that add up over months.

Belongs here: sums, counts, first and last days by month. Does not belong here: ratios, averages and distinct counts,
which do not add up; those are derived from rollups in `customer_360`.
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.transforms.primitives import local_date

MONEY = "decimal(18, 4)"


def transactions_monthly(transactions: ir.Table, timezone: str) -> ir.Table:
    """What each known customer bought and took back in each month.

    Takes silver transactions (a row an order line). Returns customer_id, month, orders (with at least one sale), lines,
    units (net), gross (value sold), returned (value taken back, positive), net = gross - returned, first_day and
    last_day of a sale in local time (null in a month with returns only).
    """
    known = transactions.filter(transactions.customer_id.notnull())
    sale = known.kind == "sale"
    day = local_date(known.ordered_at, timezone)
    return (
        known.group_by("customer_id", "month")
        .agg(
            orders=known.order_id.nunique(where=sale),
            lines=known.count(),
            units=known.quantity.sum().cast("int64"),
            **_money(known, sale),
            first_day=day.min(where=sale),
            last_day=day.max(where=sale),
        )
        .order_by("month", "customer_id")
    )


def transactions_by_product_monthly(transactions: ir.Table) -> ir.Table:
    """The same by product, merchandise only.

    Returns customer_id, month, product_id, orders, units, gross, returned, net.
    """
    known = transactions.filter(transactions.customer_id.notnull(), transactions.is_product)
    sale = known.kind == "sale"
    return (
        known.group_by("customer_id", "month", "product_id")
        .agg(orders=known.order_id.nunique(where=sale), units=known.quantity.sum().cast("int64"), **_money(known, sale))
        .order_by("month", "customer_id", "product_id")
    )


def transactions_by_category_monthly(by_product: ir.Table, categories: ir.Table) -> ir.Table:
    """The same by product category. Takes the rollup by product and product categories as of the same months.

    Returns customer_id, month, category, units, gross, returned, net. Orders are left out: one order may hold several
    categories, so they would not add up. Grain of the money: every row of the rollup falls into exactly one category.
    """
    joined = by_product.left_join(categories.select("month", "product_id", "category"), ["month", "product_id"])
    return (
        joined.group_by("customer_id", "month", "category")
        .agg(
            units=joined.units.sum().cast("int64"),
            **{name: joined[name].sum().cast(MONEY) for name in ("gross", "returned", "net")},
        )
        .order_by("month", "customer_id", "category")
    )


def products_monthly(transactions: ir.Table) -> ir.Table:
    """How each product was called and sold in each month, to whomever.

    Returns product_id, month, description, lines, units, net.
    """
    goods = transactions.filter(transactions.is_product)
    return (
        goods.group_by("product_id", "month", "description")
        .agg(lines=goods.count(), units=goods.quantity.sum().cast("int64"), net=goods.amount.sum().cast(MONEY))
        .order_by("month", "product_id", "description")
    )


def coverage_monthly(transactions: ir.Table) -> ir.Table:
    """How much of each month is known by customer.

    Returns month, rows, rows_without_customer, customers, orders, gross, returned, net and net_without_customer.
    """
    anonymous = transactions.customer_id.isnull()
    sale = transactions.kind == "sale"
    return (
        transactions.group_by("month")
        .agg(
            rows=transactions.count(),
            rows_without_customer=anonymous.sum().cast("int64"),
            customers=transactions.customer_id.nunique(),
            orders=transactions.order_id.nunique(where=sale),
            **_money(transactions, sale),
            net_without_customer=transactions.amount.sum(where=anonymous).fill_null(0).cast(MONEY),
        )
        .order_by("month")
    )


def _money(table: ir.Table, sale: ir.BooleanValue) -> dict[str, ir.Value]:
    return {
        "gross": table.amount.sum(where=sale).fill_null(ibis.literal(0)).cast(MONEY),
        "returned": (-table.amount.sum(where=~sale)).fill_null(ibis.literal(0)).cast(MONEY),
        "net": table.amount.sum().cast(MONEY),
    }
