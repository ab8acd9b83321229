"""Spellings: ids that one reads as the same customer, and that are customers of their own all the same.

Belongs here: which ids differ in spelling only, and how much of the customers and the revenue is theirs. Does not
belong here: cleaning ids, which the contract of a source says (`landing.conform.fields`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, columns, text
from arcana_assets.tables.table import Table

CUSTOMER_SPELLINGS = Table(
    "gold",
    "identity",
    "customer_spellings",
    "Customers whose ids differ in spelling only: in case, leading zeros, a final `.0`, punctuation, blanks.",
    "a customer of customer 360 that another one is spelt like",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        AS_OF,
        text("spelling", holds_customers=True).means(
            "What the ids have in common: small letters and digits, without a final `.0` and leading zeros"
        ),
        ("ids", "integer", "Customers of this spelling", "customers"),
        ("revenue", "decimal", "What the customer paid in the month; null where that is not known", MONEY),
    ),
)


def spelling(customer_id: ir.StringValue) -> ir.StringValue:
    """What a person reads of an id: small letters and digits, without a final `.0` and leading zeros; may be empty."""
    whole = customer_id.lower().re_replace(r"[.,]0+$", "")
    return whole.re_replace(r"[^\p{L}\p{N}]+", "").re_replace(r"^0+(.)", r"\1")


def customer_spellings(customers: ir.Table, paid: ir.Table | None) -> ir.Table:
    """Customers that share their spelling with another one of the month, with the columns of the table.

    Takes rows of customer 360 and what each customer paid by month (customer_id, month, revenue), where that is known.
    """
    spelt = customers.select("customer_id", "month", spelling=spelling(customers.customer_id))
    counted = spelt.mutate(ids=spelt.count().over(ibis.window(group_by=["month", "spelling"])))
    alike = counted.filter(counted.ids > 1, counted.spelling != "")
    if paid is None:
        return alike.mutate(revenue=ibis.null(DECIMAL))
    joined = alike.left_join(paid, ["customer_id", "month"])
    return joined.select(*alike.columns, revenue=joined.revenue.cast(DECIMAL))


def paid_by_month(rollup: ir.Table, column: str) -> ir.Table:
    """What each customer paid in each month: customer_id, month, revenue."""
    return rollup.group_by("customer_id", "month").agg(revenue=rollup[column].sum().cast(DECIMAL))


def summed_up(alike: ir.Table) -> ir.Table:
    """One row: groups of one spelling, the ids in them, and what they paid, of one month."""
    return alike.agg(groups=alike.spelling.nunique(), ids=alike.count(), revenue=alike.revenue.sum())
