"""Silver transactions made by hand, and customer 360 of them, as of the ends of months."""

from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import pyarrow as pa

from arcana_assets.customer_360.goods import rollups
from arcana_assets.customer_360.goods.customers import category_columns, customer_360
from arcana_assets.domain.months import shifted

MONEY = pa.decimal128(18, 4)
SILVER = pa.schema(
    [
        ("customer_id", pa.string()),
        ("order_id", pa.string()),
        ("ordered_at", pa.timestamp("us", "UTC")),
        ("product_id", pa.string()),
        ("description", pa.string()),
        ("quantity", pa.int64()),
        ("unit_price", MONEY),
        ("amount", MONEY),
        ("kind", pa.string()),
        ("is_product", pa.bool_()),
        ("month", pa.date32()),
    ]
)
CATEGORIES = pa.schema([("month", pa.date32()), ("product_id", pa.string()), ("category", pa.string())])
PERIODS = pa.schema([("month", pa.date32()), ("window_start", pa.date32()), ("as_of_day", pa.date32())])
LOOKBACK = 3  # months; that of March begins with January
FEES = ("post", "discount")


def line(customer, order, day, product="lamp", amount=10):
    """A line of one piece on a day of 2011, such as `"03-31"` or `"03-31 23:30"`; what is taken back is negative."""
    at = datetime.fromisoformat(f"2011-{day}").replace(tzinfo=UTC)
    return {
        "customer_id": customer,
        "order_id": order,
        "ordered_at": at,
        "product_id": product,
        "description": product.upper(),
        "quantity": 1 if amount >= 0 else -1,
        "unit_price": Decimal(abs(amount)),
        "amount": Decimal(amount),
        "kind": "sale" if amount >= 0 else "return",
        "is_product": product not in FEES,
        "month": date(at.year, at.month, 1),
    }


def silver(*lines):
    return ibis.memtable(pa.Table.from_pylist(list(lines), schema=SILVER))


def categories(**by_month):
    """Product categories as of months: `categories(feb={"lamp": "Light"})`."""
    months = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5}
    rows = [
        {"month": date(2011, months[month], 1), "product_id": product, "category": category}
        for month, named in by_month.items()
        for product, category in named.items()
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=CATEGORIES))


def periods(*months, as_of_day=None):
    """Months of 2011 by number, closed ones unless the day that recency counts to is given."""
    first = [date(2011, month, 1) for month in months]
    rows = [
        {"month": month, "window_start": shifted(month, 1 - LOOKBACK), "as_of_day": as_of_day or shifted(month, 1)}
        for month in first
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=PERIODS))


def known_as_of(*months, lines, categories, names, as_of_day=None):
    """Customer 360 of lines as of months of 2011; `names` are the categories that get columns beside `Outros`."""
    transactions = silver(*lines)
    return customer_360(
        rollups.transactions_monthly(transactions, "UTC"),
        rollups.transactions_by_product_monthly(transactions),
        categories,
        periods(*months, as_of_day=as_of_day),
        category_columns([*names, "Outros"]),
        "Outros",
    )
