"""What each column of the gold tables of a company with customers under contract means.

Belongs here: tables between silver and customer 360, and how facets become columns of the latter. Does not belong here:
tables of every domain, and of those that sell goods (`gold_columns`); the columns of facets (`facets`).
"""

from collections.abc import Sequence
from dataclasses import replace

from arcana_assets.domain.facets import ABSENT, ENCODED, FACETS, HAS
from arcana_assets.domain.gold_column import MONEY, GoldColumn, table

CUSTOMER = ("customer_id", "text", "The customer, as in silver")
MONTH = ("month", "date", "First day of the month, local time")
AS_OF = (
    "month",
    "date",
    "First day of the month at whose end the row holds; while the month is open, at the time of the run",
)

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


def customer_columns(name: str, facets: Sequence[str]) -> dict[str, GoldColumn]:
    """The columns of `customer_360` or `feature_matrix` that facets of listed customers give; none without facets."""
    if not facets:
        return {}
    known = [facet for facet in facets if facet != "customers"]
    if name == "customer_360":
        has = [(HAS + facet, "boolean", f"Whether anything is known of the customer's {facet}") for facet in known]
        columns = {column.name: column for facet in facets for column in FACETS[facet]}
        return {**table(CUSTOMER, AS_OF, *has), **columns}
    features: dict[str, GoldColumn] = dict(table(CUSTOMER, AS_OF))
    for facet in facets:
        for column in FACETS[facet]:
            if column.feature:
                features[column.name] = replace(column, type="double")
    for facet in known:
        features |= table((facet + ABSENT, "double", f"1 where nothing is known of the customer's {facet}, else 0"))
    for column in (column for facet in facets for column in FACETS[facet] if column.feature == "itself"):
        features |= table((column.name + ABSENT, "double", f"1 where {column.name} is absent, 0 where it is known"))
    for block in ENCODED:
        words = f"1 for customers whose {block} is the value, else 0; `other` takes the values of under 1 % of them"
        features |= table((f"{block}_is_<value>", "double", words))
    if "contracts" in facets:
        words = "1 for customers who own the item (`items_owned`), else 0; items that under 1 % of them own have none"
        features |= table(("owns_<item>", "double", words))
    return features
