"""Tables between silver and customer 360, customer 360 itself, and the feature matrix.

Belongs here: what each of them says of itself. Does not belong here: the columns of customer 360, which the YAML of a
domain may name (`domain.customer_360`); computing them (`goods`, `listed`, `features`).
"""

from collections.abc import Collection
from functools import partial

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, MONTH, Column, columns
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.commercial import PROFILE
from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold")

GROUP = "customers"  # where the UI shows them

PRODUCT = ("product_id", "text", "The product's code, as in silver")
ORDERS = (
    "orders",
    "integer",
    "Different orders with at least one sale of merchandise; postage or a fee alone is no order",
    "orders",
)
UNITS = ("units", "integer", "Pieces of merchandise sold less pieces taken back", "pieces")
GROSS = Column("gross", "decimal", "Value of merchandise sold", MONEY, label="Valor bruto")
RETURNED = Column(
    "returned", "decimal", "Value of merchandise taken back, as a positive number", MONEY, label="Valor devolvido"
)
NET = ("net", "decimal", "gross - returned", MONEY)
# What a customer paid is more than merchandise; the sums by product and category leave the rest out.
ALL_GROSS = Column("gross", "decimal", "Value of all sales, postage and fees among them", MONEY, label="Valor bruto")
ALL_RETURNED = Column(
    "returned",
    "decimal",
    "Value of all lines that are no sale, returns and discounts, as a positive number",
    MONEY,
    label="Valor devolvido",
)
ALL_NET = ("net", "decimal", "gross - returned: what was paid", MONEY)


TRANSACTIONS_MONTHLY = _gold(
    "transactions_monthly",
    GROUP,
    "What each customer bought and took back in each month.",
    "a customer and month with a transaction",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ORDERS,
        ("lines", "integer", "Order lines, with returns, postage, fees and discounts", "lines"),
        UNITS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("first_day", "date", "Day of the first order of the month, local time; null in a month without one"),
        ("last_day", "date", "Day of the last order of the month, local time; null in a month without one"),
    ),
    needs=("transactions",),
)
TRANSACTIONS_BY_PRODUCT_MONTHLY = _gold(
    "transactions_by_product_monthly",
    GROUP,
    "The same by product; merchandise only.",
    "a customer, product and month; merchandise only",
    ("customer_id", "product_id", "month"),
    columns(CUSTOMER, MONTH, PRODUCT, ORDERS, UNITS, GROSS, RETURNED, NET),
    needs=("transactions",),
)
TRANSACTIONS_BY_CATEGORY_MONTHLY = _gold(
    "transactions_by_category_monthly",
    GROUP,
    "What each customer bought of each product category in each month.",
    "a customer, product category and month; merchandise only",
    ("customer_id", "category", "month"),
    columns(
        CUSTOMER, MONTH, ("category", "text", "The product's category or learned family"), UNITS, GROSS, RETURNED, NET
    ),
    needs=("transactions",),
)
PRODUCTS_MONTHLY = _gold(
    "products_monthly",
    GROUP,
    "How each product was called and sold in each month.",
    "a product, name of it and month; merchandise only",
    ("product_id", "description", "month"),
    columns(
        PRODUCT,
        MONTH,
        ("description", "text", "A name the product had on lines of the month; a product has a row for each"),
        ("lines", "integer", "Order lines with this name, to whomever, returns among them", "lines"),
        UNITS,
        NET,
    ),
    needs=("transactions",),
)
PRODUCT_CATEGORIES = _gold(
    "product_categories",
    GROUP,
    "Name and category of each product sold so far: from the catalogue where there is one, else from product families "
    "learned from descriptions.",
    "a product sold so far, as of each month",
    ("product_id", "month"),
    columns(
        AS_OF,
        PRODUCT,
        ("name", "text", "Name in the catalogue, else the name most used on order lines, else the code"),
        ("category", "text", "Category in the catalogue, else the family learned from descriptions"),
        ("first_month", "date", "First month the product was sold or taken back in"),
        ("from_catalogue", "boolean", "Whether the catalogue has the product"),
    ),
    needs=("transactions",),
)
TRANSACTIONS_COVERAGE = _gold(
    "transactions_coverage",
    GROUP,
    "How much of each month is known by customer.",
    "a month",
    ("month",),
    columns(
        MONTH,
        ("rows", "integer", "Order lines in silver", "lines"),
        ("rows_without_customer", "integer", "Order lines whose customer is not known", "lines"),
        Column("customers", "integer", "Different known customers", "customers", label="Clientes"),
        ORDERS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("net_without_customer", "decimal", "The part of net whose customer is not known", MONEY),
    ),
    needs=("transactions",),
)
CUSTOMERS = _gold(
    "customers",
    GROUP,
    "The master: every customer listed, as most rows about it say.",
    "a customer of the master, as of each month",
    ("customer_id", "month"),
    {
        **columns(CUSTOMER, AS_OF),
        **{column.name: column for column in PROFILE.columns if column.name != "tenure_months"},
        **columns(
            ("statements", "integer", "Rows of all sources of customers about the customer", "rows"),
            ("contradictions", "integer", "Columns in which those rows say different things", "columns"),
        ),
    },
    needs=("customers",),
)
SOURCE_COVERAGE = _gold(
    "source_coverage",
    GROUP,
    "How many customers each source knows, and how many the master does not.",
    "a source and month",
    ("source", "month"),
    columns(
        MONTH,
        ("source", "text", "The source"),
        ("entity", "text", "What it is conformed to"),
        ("rows", "integer", "Rows in silver", "rows"),
        Column("customers", "integer", "Different customers among them", "customers", label="Clientes"),
        ("orphan_rows", "integer", "Rows of customers that the master does not list", "rows"),
        ("orphan_customers", "integer", "Different customers that the master does not list", "customers"),
        ("master_customers", "integer", "Customers of the master", "customers"),
        Column(
            "covered_share",
            "double",
            "Share of the master's customers that the source has a row of in the month",
            shown="share",
        ),
    ),
    needs=("customers",),
)
SUBSCRIPTIONS_MONTHLY = _gold(
    "subscriptions_monthly",
    GROUP,
    "Recurring revenue of each customer by product, in each month.",
    "a customer, product and month",
    ("customer_id", "product", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("product", "text", "What is paid for"),
        Column("mrr", "decimal", "Recurring revenue of the month", MONEY, label="MRR"),
    ),
    needs=("subscriptions",),
)
PROPOSALS_MONTHLY = _gold(
    "proposals_monthly",
    GROUP,
    "Proposals of each customer in each month.",
    "a customer and month with a proposal",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        Column("proposals", "integer", "Different proposals entered in the month", "proposals", label="Propostas"),
        ("items", "integer", "Their items", "items"),
        ("amount", "decimal", "What the items cost after discounts", MONEY),
        ("full_amount", "decimal", "What they cost before discounts", MONEY),
        ("discount", "decimal", "Lasting discount on them", MONEY),
    ),
    needs=("proposals",),
)
TICKETS_MONTHLY = _gold(
    "tickets_monthly",
    GROUP,
    "Tickets of each customer by month of opening, priority and month of closing.",
    "a customer, month of opening, priority and month of closing",
    ("customer_id", "month", "priority", "closed_in"),
    columns(
        CUSTOMER,
        MONTH,
        ("priority", "text", "Priority; `unknown` where the ticket has none"),
        ("closed_in", "date", "First day of the month of the closing, local time; null for what is open"),
        ("tickets", "integer", "Tickets opened in the month", "tickets"),
        ("open_seconds", "integer", "Time from opening to closing of the closed ones, added up", "seconds"),
        ("sla_due", "integer", "Closed ones with a target", "tickets"),
        ("sla_kept", "integer", "Those of them that kept it", "tickets"),
        ("status_unknown", "integer", "Tickets whose status the contract does not know; they count as open", "tickets"),
    ),
    needs=("tickets",),
)
SURVEYS_MONTHLY = _gold(
    "surveys_monthly",
    GROUP,
    "Surveys of each customer by kind, in each month.",
    "a customer, kind of survey and month",
    ("customer_id", "kind", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("kind", "text", "Occasion of the survey"),
        Column(
            "answers",
            "integer",
            "Surveys answered in the month; dated through their ticket where it is",
            "answers",
            label="Respostas de pesquisas",
        ),
        ("scored", "integer", "Those with a score", "answers"),
        ("score_sum", "decimal", "Scores added up", "points"),
        Column("promoters", "integer", "Scores of 9 and 10", "answers", label="Promotores"),
        Column("detractors", "integer", "Scores of 0 to 6", "answers", label="Detratores"),
    ),
    needs=("surveys",),
)
SURVEY_ASPECTS_MONTHLY = _gold(
    "survey_aspects_monthly",
    GROUP,
    "Scores that each customer gave to each aspect, in each month.",
    "a customer, aspect and month",
    ("customer_id", "aspect", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("aspect", "text", "What was asked about"),
        Column("answers", "integer", "Scores given to it in the month", "answers", label="Respostas de pesquisas"),
        ("score_sum", "decimal", "They added up", "points"),
    ),
    needs=("surveys",),
)
USAGE_DAILY = _gold(
    "usage_daily",
    GROUP,
    "Sessions of each customer on each day.",
    "a customer and day with a session",
    ("customer_id", "day"),
    columns(
        CUSTOMER,
        MONTH,
        ("day", "date", "Day, local time"),
        Column("sessions", "integer", "Sessions begun that day, refused ones included", "sessions", label="Sessões"),
        ("denials", "integer", "Those whose licence was refused", "sessions"),
        Column(
            "negative_durations", "integer", "Those with a negative duration", "sessions", label="Durações negativas"
        ),
        Column(
            "absurd_durations",
            "integer",
            "Those longer than the domain's `usage.longest_hours`",
            "sessions",
            label="Durações absurdas",
        ),
        ("duration", "decimal", "Durations of all others that were not refused, added up", "unit of the domain"),
    ),
    needs=("usage",),
)
USAGE_MODULES_MONTHLY = _gold(
    "usage_modules_monthly",
    GROUP,
    "Sessions of each customer by module, in each month.",
    "a customer, module and month",
    ("customer_id", "module_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("module_id", "text", "The module"),
        Column("sessions", "integer", "Sessions of it", "sessions", label="Sessões"),
    ),
    needs=("usage",),
)
ITEMS_OWNED = _gold(
    "items_owned",
    GROUP,
    "What each customer owns: bought so far, or actively contracted.",
    "a customer and item owned, as of each month",
    ("customer_id", "item_id", "month"),
    columns(
        CUSTOMER,
        AS_OF,
        Column(
            "item_id", "text", "The item: a product, or what the domain's `items` make of it", label="Código do item"
        ),
        Column("item_name", "text", "Its name", label="Item"),
        Column(
            "since",
            "date",
            "First day of ownership: the first signature or the month of the first purchase, if known",
            label="Desde",
        ),
        ("recent", "boolean", "Whether it was signed or bought within the lookback"),
        (
            "value",
            "decimal",
            "What the item brings of the customer: its active contract lines, or what was paid in the lookback, net of "
            "returns; null where that is not known",
            MONEY,
        ),
    ),
    needs=("transactions", "contracts"),
)


def customer_360(facets: Collection[str]) -> Table:
    """Customer 360 of a domain with these facets."""
    whom = (
        "Each customer with a transaction in the lookback, with all that is known of it."
        if TRANSACTIONS in facets
        else "Each customer of the master, whatever else is known of it."
    )
    grain = "a customer with a transaction in the lookback" if TRANSACTIONS in facets else "a customer of the master"
    return _gold(
        "customer_360",
        GROUP,
        whom,
        f"{grain}, as of each month",
        ("customer_id", "month"),
        columns_of("customer_360", facets),
    )


def feature_matrix(facets: Collection[str]) -> Table:
    """The feature matrix of a domain with these facets."""
    return _gold(
        "feature_matrix",
        GROUP,
        "Customer 360 as numbers, with absence said by columns of its own.",
        "a row of customer 360, in numbers",
        ("customer_id", "month"),
        columns_of("feature_matrix", facets),
    )


ROLLUPS = (
    CUSTOMERS,
    SOURCE_COVERAGE,
    SUBSCRIPTIONS_MONTHLY,
    PROPOSALS_MONTHLY,
    TICKETS_MONTHLY,
    SURVEYS_MONTHLY,
    SURVEY_ASPECTS_MONTHLY,
    USAGE_DAILY,
    USAGE_MODULES_MONTHLY,
    ITEMS_OWNED,
    TRANSACTIONS_MONTHLY,
    TRANSACTIONS_BY_PRODUCT_MONTHLY,
    TRANSACTIONS_BY_CATEGORY_MONTHLY,
    PRODUCTS_MONTHLY,
    PRODUCT_CATEGORIES,
    TRANSACTIONS_COVERAGE,
)
"""What lies between silver and customer 360, in the order of the reference pages."""
