"""Customer 360: what is known of each customer as of the end of a month.

Belongs here: combining rollups of that month and those before it over a lookback, ratios and averages. Does not belong
here: raw events (`rollups`), encoding for models (`features`).
"""

import functools
import operator
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.periods import as_of, in_lookback, whole_months
from arcana_assets.domain.facets.features import SHARES_ABSENT
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.names import as_name

_TOLERANCE = 1e-9  # of the sum of shares, which are floating-point numbers


def customer_360(
    monthly: ir.Table,
    by_product: ir.Table,
    product_categories: ir.Table,
    periods: ir.Table,
    columns: Mapping[str, Sequence[str]],
    other: str,
    orders: float = 0,
) -> ir.Table:
    """One row for each customer with a transaction in the lookback, as of each of the periods.

    Takes the rollup by month from the domain's first month on, that by product of the lookback; product categories as
    of each month; `periods`, a row a month to compute: month, window_start (first month of the lookback), as_of_day
    (the day recency counts to); `columns`, the name of each share to the categories it sums; and `other`, the category
    of products that have none, which one of the columns must sum; `orders`, by how many mean orders of the base the
    shares of each customer are drawn towards those of the base (0: not at all). Returns customer_id, month and

    - recency_days: days from the last order to `as_of_day`, over all history; null for who never ordered
    - frequency: orders of merchandise in the lookback; monetary: value of all lines net of returns
    - gross, returned: value sold and taken back, all lines but what was reversed; reversed: value sold and taken back
      whole within its month; average_ticket: gross an order; return_share: returned over gross
    - distinct_products: products bought in the lookback
    - tenure_months: whole months since the month of the first order
    - share_<category>: share of the value of merchandise sold of each category, by the categories as of the month, not
      those of when it was sold: a catalogue that renames a category takes its past along. Null for who bought nothing,
      and while no product has the category; `other` there always is
    """
    history = as_of(monthly, periods)
    inside = history.month_ >= history.window_start
    base = history.group_by("customer_id", "month").agg(
        active=inside.any(),
        last_day=history.last_day.max(),
        first_day=history.first_day.min(),
        frequency=history.orders.sum(where=inside).cast("int64"),
        monetary=history.net.sum(where=inside).cast(DECIMAL),
        gross=history.gross.sum(where=inside).cast(DECIMAL),
        returned=history.returned.sum(where=inside).cast(DECIMAL),
        # Months that were computed before there were reversals have none.
        reversed=history.reversed.sum(where=inside).fill_null(ibis.literal(0)).cast(DECIMAL),
        as_of_day=history.as_of_day.max(),
    )
    base = base.filter(base.active)
    products = _products_and_shares(in_lookback(by_product, periods), product_categories, columns, other, orders)
    joined = base.left_join(products, ["customer_id", "month"]).drop("customer_id_right", "month_right")
    joined = joined.left_join(_known_categories(product_categories, columns), "month").drop("month_right")
    gross = joined.gross.cast("float64")
    return (
        joined.select(
            customer_id=joined.customer_id,
            month=joined.month,
            recency_days=joined.as_of_day.delta(joined.last_day, unit="day"),
            frequency=joined.frequency,
            monetary=joined.monetary,
            gross=joined.gross,
            returned=joined.returned,
            reversed=joined.reversed,
            average_ticket=gross / joined.frequency.nullif(0),
            distinct_products=joined.distinct_products.fill_null(0),
            return_share=joined.returned.cast("float64") / gross.nullif(0),
            tenure_months=whole_months(joined.first_day, joined.month),
            **{name: _where_known(joined, name, always=other in members) for name, members in columns.items()},
        )
        .cast({"recency_days": "int64"})
        .order_by("month", "customer_id")
    )


def with_wrong_shares(customers: ir.Table) -> ir.Table:
    """Customer and month of each row whose shares are known in part, or add up to another number than 1, in order."""
    names = [name for name in customers.columns if name.startswith(SHARE)]
    bought = customers.filter(ibis.or_(*(customers[name].notnull() for name in names)))
    total = functools.reduce(operator.add, (bought[name].fill_null(0.0) for name in names))
    return bought.filter((total - 1).abs() > _TOLERANCE).select("customer_id", "month").order_by("month", "customer_id")


def category_columns(names: Sequence[str]) -> dict[str, list[str]]:
    """`share_<category>` columns, in order, for the names of categories; names spelt alike but for accents share one.

    >>> category_columns(["Eletrônicos", "Bag & Box"])
    {'share_bag_box': ['Bag & Box'], 'share_eletronicos': ['Eletrônicos']}
    """
    columns: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        column = SHARE + as_name(name)
        columns.setdefault("share_category_absent" if column == SHARES_ABSENT else column, []).append(name)
    return dict(sorted(columns.items()))


def _products_and_shares(
    bought: ir.Table, product_categories: ir.Table, columns: Mapping[str, Sequence[str]], other: str, orders: float
) -> ir.Table:
    """Different products and shares of spend of each customer and period. Takes the rollup by product and period."""
    placed = bought.left_join(product_categories.select("month", "product_id", "category"), ["month", "product_id"])
    category = placed.category.fill_null(other)
    spent = placed.group_by("customer_id", "month").agg(
        distinct_products=placed.product_id.nunique(where=placed.orders > 0),
        bought=placed.orders.sum(),
        total=placed.gross.sum().cast(DECIMAL),
        **{
            name: placed.gross.sum(where=category.isin(list(members))).fill_null(ibis.literal(0)).cast(DECIMAL)
            for name, members in columns.items()
        },
    )
    total, base = spent.total.cast("float64"), ibis.window(group_by="month")
    shares = {name: spent[name].cast("float64") / total.nullif(0) for name in columns}
    if orders:
        # Decimals are summed: sums of floating-point numbers depend on their order.
        whole = spent.total.sum().over(base).cast("float64").nullif(0)
        weight = orders * whole / spent.bought.sum().over(base).nullif(0).cast("float64")
        shares = {
            name: (share * total + weight * spent[name].sum().over(base).cast("float64") / whole) / (total + weight)
            for name, share in shares.items()
        }
    return spent.mutate(**shares)


def _known_categories(product_categories: ir.Table, columns: Mapping[str, Sequence[str]]) -> ir.Table:
    """Which columns some product has the category of, by month."""
    return product_categories.group_by("month").agg(
        **{f"known_{name}": product_categories.category.isin(list(members)).any() for name, members in columns.items()}
    )


def _where_known(joined: ir.Table, name: str, always: bool) -> ir.Value:
    known = joined[f"known_{name}"].fill_null(False) | ibis.literal(always)
    return known.ifelse(joined[name], ibis.null("float64"))
