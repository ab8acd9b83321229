"""The facet of what a customer buys, column by column.

Belongs here: the columns of customer 360 and how each can be absent. Does not belong here: computing them
(`customer_360.goods`), what else a mall knows of its visitors (`visitors`).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.facets.facet import decimal, double, facet, integer, share

SHARE = "share_"  # begins the share of spend in a category; which categories there are is known by the data alone

GOODS = facet(
    "transactions",
    integer("recency_days", "days", feature="itself").means(
        "Days from the last order ever to the first day after the month (while it is open, to the day after the run); "
        "null for who never ordered merchandise"
    ),
    integer("frequency", "orders", window="lookback").means(
        "Different orders with at least one sale of merchandise in the lookback that was not reversed, counted in each "
        "month they have one"
    ),
    decimal("monetary", MONEY, window="lookback").means(
        "What the customer paid in the lookback, net of returns and discounts, postage and fees among it; negative for "
        "who got back more"
    ),
    decimal("gross", MONEY, window="lookback", feature=None).means(
        "Value of all sales in the lookback that were not reversed, postage and fees among them"
    ),
    decimal("returned", MONEY, window="lookback", feature=None).means(
        "Value of all other lines in the lookback that were not reversed, returns and discounts, as a positive number"
    ),
    decimal("reversed", MONEY, window="lookback", feature=None).means(
        "Value of sales in the lookback that were taken back whole within their month: same product, pieces and money"
    ),
    double("average_ticket", MONEY + " per order", feature="itself").means(
        "gross / frequency, so postage and fees are in it; null without an order in the lookback"
    ),
    integer("distinct_products", "products", window="lookback").means(
        "Different products bought in the lookback and not reversed, returned or not; merchandise only"
    ),
    share("return_share", feature="itself").means(
        "returned / gross, so discounts are in it and reversals are not; above 1 for who got back more than was sold "
        "in the lookback, null without a sale"
    ),
    integer("tenure_months", "months", feature="itself").means(
        "Whole months since the customer became one (`since` as its sources state it, else the first order); absent "
        "where that is later or not known"
    ),
    share(SHARE + "<category>", window="lookback").means(
        "Share of the value bought in the lookback, reversals left out, that fell to the product category, by the "
        "categories as of the month; merchandise only; null for who bought none, and in months in which no product has "
        "the category; what is known adds up to 1. Drawn towards the base's where the domain's `shrinkage` says so"
    ),
)
