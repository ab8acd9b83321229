"""The table of outliers, the rules in it, and the measures by which customers are compared.

Belongs here: names and words. Does not belong here: finding outliers (`customers`, `events`).
"""

from collections.abc import Collection

from arcana_assets.customer_360.gold import gold
from arcana_assets.domain.column import AS_OF, CUSTOMER, columns, double, share, text
from arcana_assets.domain.facets.registry import TRANSACTIONS

OF_CUSTOMERS, OF_EVENTS = "customer", "event"
ROBUST_Z, ISOLATION_FOREST = "robust_z", "isolation_forest"
LARGE_ORDER, LARGE_LINE, REVERSAL, REVERSAL_OF_THE_DAY = "large_order", "large_line", "reversal", "reversal_of_the_day"
TOGETHER = "together"  # the measure of a rule that looks at all of them at once

CUSTOMER_RULES = (ROBUST_Z, ISOLATION_FOREST)
"""Rules that flag a customer, the one that says most first."""

RULES = (*CUSTOMER_RULES, LARGE_ORDER, LARGE_LINE, REVERSAL, REVERSAL_OF_THE_DAY)

FLOOR = {OF_CUSTOMERS: 0.5, OF_EVENTS: 0.25}
"""Least robust deviation of a logarithm: where most are alike, a bit more is nothing that stands out.

Of customers it is more, for where most have one order the median distance is 0 and four orders are no wonder.
"""

FEWEST = 20
"""Fewer values tell no spread."""

_MEASURES = {
    TRANSACTIONS: ("monetary", "frequency"),
    "subscriptions": ("mrr_12m",),
    "contracts": ("contract_value", "contracts_active"),
    "usage": ("sessions",),
}
REVENUE = ("monetary", "mrr_12m", "contract_value")
"""Measures that are money of customers; the first that a domain has is what shares of revenue are of."""


def measures_of(facets: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The columns of customer 360 that customers are compared by, by the facet that they are of."""
    return {facet: names for facet, names in _MEASURES.items() if facet in facets}


def revenue_in(measures: Collection[str]) -> str | None:
    """The measure that shares of revenue are of; None where none is money."""
    return next((name for name in REVENUE if name in measures), None)


OUTLIERS = gold(
    "outliers",
    "Customers and events that stand out from those of their month. They are flagged, never removed.",
    "a customer or event, rule and measure, as of each month",
    ("month", "grain", "key", "rule", "measure"),
    columns(
        AS_OF,
        text("grain").means("customer: what is known of a customer at the end of the month; event: an order or line"),
        text("key", holds_customers=True).means(
            "The customer, the order, or the order and product with a blank between"
        ),
        CUSTOMER,
        text("rule").means(
            "robust_z: far above the median of the logarithms; isolation_forest: easily told apart by all measures "
            "together; large_order, large_line: an order among those of the month, a product of an order among its "
            "sales of the month; reversal, reversal_of_the_day: taken back whole in the month, on the day of the sale"
        ),
        text("measure").means(
            "The column of customer 360, `together` for all of them; of an event order_value, quantity or reversed"
        ),
        double("value").means("The measure; of the forest the anomaly score, from 0 to 1"),
        double("centre").means("The median that it is compared with; null for reversals"),
        double("spread").means(
            "The robust deviation, 1.4826 times the median distance from the centre: of logarithms for all but the "
            "forest, 0.5 at least of customers and 0.25 of events; null for reversals"
        ),
        double("score").means("Robust deviations between value and centre; null for reversals"),
        share("share_of_revenue").means(
            "Of a customer, its part of what all pay that the domain knows, net, those below 0 left out; of an event, "
            "its part of all sales of the month, reversed ones among them"
        ),
    ),
)
