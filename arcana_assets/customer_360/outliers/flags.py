"""Flags: what customer 360 says of who stands out.

Belongs here: joining them, so that nobody leaves. Does not belong here: finding outliers (`customers`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.outliers.tables import CUSTOMER_RULES, OF_CUSTOMERS


def with_flags(customers: ir.Table, outliers: ir.Table) -> ir.Table:
    """The rows of customer 360 with is_outlier and outlier_rule, the first of the rules that flag the customer.

    Takes `gold/outliers` of the same months. Each row comes back once, flagged or not.
    """
    mine = outliers.filter(outliers.grain == OF_CUSTOMERS)
    place = mine.rule.cases(*((rule, place) for place, rule in enumerate(CUSTOMER_RULES)), else_=len(CUSTOMER_RULES))
    flagged = mine.group_by("customer_id", "month").agg(_place=place.min())
    joined = customers.left_join(flagged, ["customer_id", "month"])
    return joined.select(
        *(joined[name] for name in customers.columns),
        is_outlier=joined["_place"].notnull(),
        outlier_rule=joined["_place"].cases(*enumerate(CUSTOMER_RULES), else_=ibis.null("string")),
    ).order_by("month", "customer_id")


def flagged_customers(outliers: ir.Table) -> ir.IntegerScalar:
    """How many customers are flagged, each counted once a month."""
    mine = outliers.filter(outliers.grain == OF_CUSTOMERS)
    return mine.select("customer_id", "month").distinct().count()
