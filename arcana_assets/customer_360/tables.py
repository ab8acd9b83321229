"""What each column of the gold tables of a company with customers under contract means.

Belongs here: tables between silver and customer 360, and how facets become columns of the latter. Does not belong here:
tables of every domain, and of those that sell goods (`gold_columns`); the columns of facets (`facets`).
"""

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, MONTH, GoldColumn, table
from arcana_assets.domain.customer_360 import (
    _CUSTOMER_360,
    ALL_GROSS,
    ALL_NET,
    ALL_RETURNED,
    GROSS,
    NET,
    ORDERS,
    PRODUCT,
    RETURNED,
    UNITS,
    _features,
)
from arcana_assets.domain.facets.registry import FACETS

OF_GOODS: dict[str, dict[str, GoldColumn]] = {
    "transactions_monthly": table(
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
    "transactions_by_product_monthly": table(CUSTOMER, MONTH, PRODUCT, ORDERS, UNITS, GROSS, RETURNED, NET),
    "transactions_by_category_monthly": table(
        CUSTOMER, MONTH, ("category", "text", "The product's category or learned family"), UNITS, GROSS, RETURNED, NET
    ),
    "products_monthly": table(
        PRODUCT,
        MONTH,
        ("description", "text", "A name the product had on lines of the month; a product has a row for each"),
        ("lines", "integer", "Order lines with this name, to whomever, returns among them", "lines"),
        UNITS,
        NET,
    ),
    "product_categories": table(
        AS_OF,
        PRODUCT,
        ("name", "text", "Name in the catalogue, else the name most used on order lines, else the code"),
        ("category", "text", "Category in the catalogue, else the family learned from descriptions"),
        ("first_month", "date", "First month the product was sold or taken back in"),
        ("from_catalogue", "boolean", "Whether the catalogue has the product"),
    ),
    "transactions_coverage": table(
        MONTH,
        ("rows", "integer", "Order lines in silver", "lines"),
        ("rows_without_customer", "integer", "Order lines whose customer is not known", "lines"),
        ("customers", "integer", "Different known customers", "customers"),
        ORDERS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("net_without_customer", "decimal", "The part of net whose customer is not known", MONEY),
    ),
    "customer_360": _CUSTOMER_360,
    "feature_matrix": _features(),
}

TABLES: dict[str, dict[str, GoldColumn]] = {
    "customers": {
        **table(CUSTOMER, AS_OF),
        **{column.name: column for column in FACETS["customers"] if column.name != "tenure_months"},
        **table(
            ("statements", "integer", "Rows of all sources of customers about the customer", "rows"),
            ("contradictions", "integer", "Columns in which those rows say different things", "columns"),
        ),
    },
    "source_coverage": table(
        MONTH,
        ("source", "text", "The source"),
        ("entity", "text", "What it is conformed to"),
        ("rows", "integer", "Rows in silver", "rows"),
        ("customers", "integer", "Different customers among them", "customers"),
        ("orphan_rows", "integer", "Rows of customers that the master does not list", "rows"),
        ("orphan_customers", "integer", "Different customers that the master does not list", "customers"),
        ("master_customers", "integer", "Customers of the master", "customers"),
        ("covered_share", "double", "Share of the master's customers that the source has a row of in the month"),
    ),
    "subscriptions_monthly": table(
        CUSTOMER,
        MONTH,
        ("product", "text", "What is paid for"),
        ("mrr", "decimal", "Recurring revenue of the month", MONEY),
    ),
    "proposals_monthly": table(
        CUSTOMER,
        MONTH,
        ("proposals", "integer", "Different proposals entered in the month", "proposals"),
        ("items", "integer", "Their items", "items"),
        ("amount", "decimal", "What the items cost after discounts", MONEY),
        ("full_amount", "decimal", "What they cost before discounts", MONEY),
        ("discount", "decimal", "Lasting discount on them", MONEY),
    ),
    "tickets_monthly": table(
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
    "surveys_monthly": table(
        CUSTOMER,
        MONTH,
        ("kind", "text", "Occasion of the survey"),
        ("answers", "integer", "Surveys answered in the month; dated through their ticket where it is", "answers"),
        ("scored", "integer", "Those with a score", "answers"),
        ("score_sum", "decimal", "Scores added up", "points"),
        ("promoters", "integer", "Scores of 9 and 10", "answers"),
        ("detractors", "integer", "Scores of 0 to 6", "answers"),
    ),
    "survey_aspects_monthly": table(
        CUSTOMER,
        MONTH,
        ("aspect", "text", "What was asked about"),
        ("answers", "integer", "Scores given to it in the month", "answers"),
        ("score_sum", "decimal", "They added up", "points"),
    ),
    "usage_daily": table(
        CUSTOMER,
        MONTH,
        ("day", "date", "Day, local time"),
        ("sessions", "integer", "Sessions begun that day, refused ones included", "sessions"),
        ("denials", "integer", "Those whose licence was refused", "sessions"),
        ("negative_durations", "integer", "Those with a negative duration", "sessions"),
        ("absurd_durations", "integer", "Those longer than the domain's `usage.longest_hours`", "sessions"),
        ("duration", "decimal", "Durations of all others that were not refused, added up", "unit of the domain"),
    ),
    "usage_modules_monthly": table(
        CUSTOMER,
        MONTH,
        ("module_id", "text", "The module"),
        ("sessions", "integer", "Sessions of it", "sessions"),
    ),
    "items_owned": table(
        CUSTOMER,
        AS_OF,
        ("item_id", "text", "The item: a product, or what the domain's `items` make of it"),
        ("item_name", "text", "Its name"),
        ("since", "date", "First day of ownership: the first signature or the month of the first purchase, if known"),
        ("recent", "boolean", "Whether it was signed or bought within the lookback"),
        (
            "value",
            "decimal",
            "What the item brings of the customer: its active contract lines, or what was paid in the lookback, net of "
            "returns; null where that is not known",
            MONEY,
        ),
    ),
}

NEEDS = {
    "customers": "customers",
    "source_coverage": "customers",
    "subscriptions_monthly": "subscriptions",
    "proposals_monthly": "proposals",
    "tickets_monthly": "tickets",
    "surveys_monthly": "surveys",
    "survey_aspects_monthly": "surveys",
    "usage_daily": "usage",
    "usage_modules_monthly": "usage",
}
"""The facet that a table is made for."""

GRAIN = {
    "customers": "a customer of the master, as of each month",
    "source_coverage": "a source and month",
    "subscriptions_monthly": "a customer, product and month",
    "proposals_monthly": "a customer and month with a proposal",
    "tickets_monthly": "a customer, month of opening, priority and month of closing",
    "surveys_monthly": "a customer, kind of survey and month",
    "survey_aspects_monthly": "a customer, aspect and month",
    "usage_daily": "a customer and day with a session",
    "usage_modules_monthly": "a customer, module and month",
    "items_owned": "a customer and item owned, as of each month",
}
