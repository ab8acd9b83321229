"""Tables between silver and customer 360 of who is known by what they buy.

Belongs here: what each of them says of itself. Does not belong here: computing them (`rollups`, `categories`), items
that customers own (`items`), customer 360 (`domain.customer_360`).
"""

from arcana_assets.customer_360.gold import of_sales
from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, MONTH, columns, decimal, integer

_PRODUCT = ("product_id", "text", "The product's code, as in silver")
_ORDERS = integer("orders", unit="orders").means(
    "Different orders with at least one sale of merchandise that was not reversed; postage or a fee alone is no order"
)
_UNITS = ("units", "integer", "Pieces of merchandise sold less pieces taken back", "pieces")
_GROSS = decimal("gross", MONEY).means("Value of merchandise sold and not reversed")
_RETURNED = decimal("returned", MONEY).means(
    "Value of merchandise taken back without being a reversal, as a positive number"
)
_REVERSED = decimal("reversed", MONEY).means(
    "Value of sales taken back whole within the month by the same customer: same product, pieces and money; in neither "
    "gross nor returned"
)
_NET = ("net", "decimal", "gross - returned", MONEY)
# What a customer paid is more than merchandise; the sums by product and category leave the rest out.
_ALL_GROSS = decimal("gross", MONEY).means("Value of all sales that were not reversed, postage and fees among them")
_ALL_RETURNED = decimal("returned", MONEY).means(
    "Value of all other lines that were not reversed, returns and discounts, as a positive number"
)
_ALL_NET = ("net", "decimal", "gross - returned: what was paid", MONEY)


TRANSACTIONS_MONTHLY = of_sales(
    "transactions_monthly",
    "What each customer bought and took back in each month.",
    "a customer and month with a transaction",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        _ORDERS,
        ("lines", "integer", "Order lines, with returns, postage, fees and discounts", "lines"),
        _UNITS,
        _ALL_GROSS,
        _ALL_RETURNED,
        _REVERSED,
        _ALL_NET,
        (
            "first_day",
            "date",
            "Day of the first order of the month, reversals left out, local time; null without one",
        ),
        (
            "last_day",
            "date",
            "Day of the last order of the month, reversals left out, local time; null without one",
        ),
    ),
    needs=("transactions",),
)
TRANSACTIONS_BY_PRODUCT_MONTHLY = of_sales(
    "transactions_by_product_monthly",
    "The same by product; merchandise only.",
    "a customer, product and month; merchandise only",
    ("customer_id", "product_id", "month"),
    columns(CUSTOMER, MONTH, _PRODUCT, _ORDERS, _UNITS, _GROSS, _RETURNED, _REVERSED, _NET),
    needs=("transactions",),
)
TRANSACTIONS_BY_CATEGORY_MONTHLY = of_sales(
    "transactions_by_category_monthly",
    "What each customer bought of each product category in each month.",
    "a customer, product category and month; merchandise only",
    ("customer_id", "category", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("category", "text", "The product's category or learned family"),
        _UNITS,
        _GROSS,
        _RETURNED,
        _REVERSED,
        _NET,
    ),
    needs=("transactions",),
)
PRODUCTS_MONTHLY = of_sales(
    "products_monthly",
    "How each product was called and sold in each month.",
    "a product, name of it and month; merchandise only",
    ("product_id", "description", "month"),
    columns(
        _PRODUCT,
        MONTH,
        ("description", "text", "A name the product had on lines of the month; a product has a row for each"),
        ("lines", "integer", "Order lines with this name, to whomever, returns among them", "lines"),
        _UNITS,
        _NET,
    ),
    needs=("transactions",),
)
PRODUCT_CATEGORIES = of_sales(
    "product_categories",
    "Name and category of each product sold so far: from the catalogue where there is one, else from product families "
    "learned from descriptions.",
    "a product sold so far, as of each month",
    ("product_id", "month"),
    columns(
        AS_OF,
        _PRODUCT,
        ("name", "text", "Name in the catalogue, else the name most used on order lines, else the code"),
        ("category", "text", "Category in the catalogue, else the family learned from descriptions"),
        ("type", "text", "Type in the catalogue, where it says one"),
        ("brand", "text", "Brand in the catalogue, where it says one"),
        ("first_month", "date", "First month the product was sold or taken back in"),
        ("from_catalogue", "boolean", "Whether the catalogue has the product"),
    ),
    needs=("transactions",),
)
TRANSACTIONS_COVERAGE = of_sales(
    "transactions_coverage",
    "How much of each month is known by customer.",
    "a month",
    ("month",),
    columns(
        MONTH,
        ("rows", "integer", "Order lines in silver", "lines"),
        ("rows_without_customer", "integer", "Order lines whose customer is not known", "lines"),
        integer("customers", "customers").means("Different known customers"),
        _ORDERS,
        _ALL_GROSS,
        _ALL_RETURNED,
        _REVERSED,
        _ALL_NET,
        ("net_without_customer", "decimal", "The part of net whose customer is not known", MONEY),
    ),
    needs=("transactions",),
)

ROLLUPS = (
    TRANSACTIONS_MONTHLY,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_BY_CATEGORY_MONTHLY,
    PRODUCTS_MONTHLY,
    PRODUCT_CATEGORIES,
    TRANSACTIONS_COVERAGE,
)
"""In the order of the reference pages."""
