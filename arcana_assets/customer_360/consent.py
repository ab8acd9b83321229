"""Consent: who agreed to be profiled and contacted, and the rows of who did not.

Belongs here: the table of how many, and finding such rows. Does not belong here: the columns themselves
(`domain.facets.commercial`), leaving customers out (`features`, `domain.settings.conditions`).

What is known now holds for every month that is computed: a customer who withdrew is in no month computed since.
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.gold import gold
from arcana_assets.domain.column import AS_OF, columns, integer, text
from arcana_assets.domain.facets.commercial import CONSENT

PROFILING, MARKETING = CONSENT.names

CONSENT_COVERAGE = gold(
    "consent_coverage",
    "How many customers agreed to what: segments and lists are of those who did not refuse.",
    "a purpose and month",
    ("purpose", "month"),
    columns(
        AS_OF,
        text("purpose").means("profiling or marketing"),
        integer("customers", "customers").means("Customers of the master"),
        integer("granted", "customers").means("Those who agreed"),
        integer("refused", "customers").means("Those who refused, or withdrew"),
        integer("unasked", "customers").means("Those who were never asked; they are not left out"),
    ),
    needs=(CONSENT.name,),
)


def consent_coverage(customers: ir.Table) -> ir.Table:
    """The rows of `gold/consent_coverage`; takes customer 360."""
    parts = []
    for name in (PROFILING, MARKETING):
        said = customers[name]
        parts.append(
            customers.group_by("month")
            .agg(
                customers=customers.count(),
                granted=said.fill_null(False).sum().cast("int64"),
                refused=(~said).fill_null(False).sum().cast("int64"),
                unasked=said.isnull().sum().cast("int64"),
            )
            .mutate(purpose=ibis.literal(name.removesuffix("_opt_in")))
        )
    return ibis.union(*parts, distinct=False).select(CONSENT_COVERAGE.arrow.names).order_by("month", "purpose")


def refused(rows: ir.Table, customers: ir.Table, *purposes: str) -> ir.Table:
    """Rows of months that are of a customer who refused one of the purposes; takes customer 360 of these months."""
    without = customers.filter(ibis.or_(*(~customers[each] for each in purposes))).select("customer_id", "month")
    return rows.semi_join(without, ["customer_id", "month"])
