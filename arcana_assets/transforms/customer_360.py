"""Customer 360: what is known of each customer as of the end of a month.

Belongs here: combining rollups of that month and those before it over a lookback, ratios and averages. Does not belong
here: raw events (`rollups`), encoding for models (`features`).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.feature_names import SHARE, SHARES_ABSENT


def customer_360(
    monthly: ir.Table,
    by_product: ir.Table,
    by_category: ir.Table,
    product_categories: ir.Table,
    periods: ir.Table,
    columns: Mapping[str, Sequence[str]],
) -> ir.Table:
    """One row for each customer with a transaction in the lookback, as of each of the periods.

    Takes the rollups from the domain's first month on; product categories as of each month; `periods`, a row a month to
    compute: month, window_start (first month of the lookback), as_of_day (the day recency counts to); and `columns`,
    the name of each share to the categories it sums. Returns customer_id, month and

    - recency_days: days from the last sale to `as_of_day`, over all history; null for a customer who only returned
      things
    - frequency: orders in the lookback; monetary: value net of returns
    - gross, returned: value sold and taken back; average_ticket: gross an order; return_share: returned over gross
    - distinct_products: products bought in the lookback
    - tenure_months: whole months since the month of the first sale
    - share_<category>: share of the value sold of each category; null for who bought nothing, and while no product has
      the category
    """
    history = _as_of(monthly, periods)
    inside = history.month_ >= history.window_start
    base = history.group_by("customer_id", "month").agg(
        active=inside.any(),
        last_day=history.last_day.max(),
        first_day=history.first_day.min(),
        frequency=history.orders.sum(where=inside).cast("int64"),
        monetary=history.net.sum(where=inside).cast("decimal(18, 4)"),
        gross=history.gross.sum(where=inside).cast("decimal(18, 4)"),
        returned=history.returned.sum(where=inside).cast("decimal(18, 4)"),
        as_of_day=history.as_of_day.max(),
    )
    base = base.filter(base.active)
    bought = _in_lookback(by_product, periods)
    products = bought.group_by("customer_id", "month").agg(
        distinct_products=bought.product_id.nunique(where=bought.gross > 0)
    )
    shares = _category_shares(_in_lookback(by_category, periods), product_categories, columns)
    joined = base.left_join(products, ["customer_id", "month"]).drop("customer_id_right", "month_right")
    joined = joined.left_join(shares, ["customer_id", "month"]).drop("customer_id_right", "month_right")
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
            average_ticket=gross / joined.frequency.nullif(0),
            distinct_products=joined.distinct_products.fill_null(0),
            return_share=joined.returned.cast("float64") / gross.nullif(0),
            tenure_months=(joined.month.year() - joined.first_day.year()) * 12
            + joined.month.month()
            - joined.first_day.month(),
            **{name: joined[name] for name in columns},
        )
        .cast({"tenure_months": "int64", "recency_days": "int64"})
        .order_by("month", "customer_id")
    )


def category_columns(names: Sequence[str]) -> dict[str, list[str]]:
    """`share_<category>` columns, in order, for the names of categories; names spelt alike but for accents share one.

    >>> category_columns(["Eletrônicos", "Bag & Box"])
    {'share_bag_box': ['Bag & Box'], 'share_eletronicos': ['Eletrônicos']}
    """
    columns: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        column = SHARE + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "sem_nome")
        columns.setdefault("share_category_absent" if column == SHARES_ABSENT else column, []).append(name)
    return dict(sorted(columns.items()))


def _as_of(rollup: ir.Table, periods: ir.Table) -> ir.Table:
    """Each row of the rollup for each period that may know it; the row's own month as `month_`."""
    known = rollup.rename(month_="month")
    return known.join(periods, [known.month_ <= periods.month])


def _in_lookback(rollup: ir.Table, periods: ir.Table) -> ir.Table:
    known = rollup.rename(month_="month")
    return known.join(periods, [known.month_ <= periods.month, known.month_ >= periods.window_start])


def _category_shares(rollup: ir.Table, product_categories: ir.Table, columns: Mapping[str, Sequence[str]]) -> ir.Table:
    known = product_categories.group_by("month").agg(
        **{f"known_{name}": product_categories.category.isin(list(members)).any() for name, members in columns.items()}
    )
    total = rollup.gross.sum().cast("float64").nullif(0)
    shares = rollup.group_by("customer_id", "month").agg(
        **{
            name: rollup.gross.sum(where=rollup.category.isin(list(members))).fill_null(ibis.literal(0)).cast("float64")
            / total
            for name, members in columns.items()
        }
    )
    joined = shares.left_join(known, "month")
    absent = ibis.null("float64")
    return joined.select(
        joined.customer_id,
        joined.month,
        **{name: joined[f"known_{name}"].fill_null(False).ifelse(joined[name], absent) for name in columns},
    )
