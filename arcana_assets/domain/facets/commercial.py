"""Facets of who a customer is and what is sold to it, column by column.

Belongs here: profile, consent, contracts, subscriptions, proposals, purchases, in the order of customer 360. Does not
belong here: how customers fare with it (`experience`), computing it (`customer_360.listed`, a file a facet).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.facets.facet import boolean, date, decimal, facet, integer, share, text

PROFILE = facet(
    "customers",
    date("since").means("Since when the master has the customer"),
    integer("tenure_months", "months", feature="itself").means(
        "Whole months since the customer became one (`since` as its sources state it, else the first order); absent "
        "where that is later or not known"
    ),
    text("segment").means("Market segment, as most rows about the customer say"),
    text("subsegment").means("Part of the segment, as most rows say"),
    text("revenue_band").means("Band of the customer's own revenue, as most rows say"),
    integer("revenue_band_rank", feature="itself").means(
        "Place of the revenue band, ascending; absent where the band is not known"
    ),
    text("region").means("Region of the state, by the domain's `regions`; absent for other states"),
    text("state").means("State, as most rows say"),
    text("city").means("City, as most rows say"),
    text("district").means("Part of the city, as most rows say"),
    text("country").means("Country, as most rows say"),
    text("activity").means("What the customer does, as most rows say"),
    of_everybody=True,
    of_now=("revenue_band_rank",),  # a master is read as it is now, and who grew was not large before
)

CONSENT = facet(
    "consent",
    boolean("profiling_opt_in").means(
        "Whether the customer agrees to be profiled; no once any row says no. Who does not is in no feature matrix, "
        "segment, prediction or list"
    ),
    boolean("marketing_opt_in").means(
        "Whether the customer agrees to be contacted; no once any row says no. Who does not gets no offers"
    ),
    of=("customers",),
    of_everybody=True,
)

CONTRACTS = facet(
    "contracts",
    integer("contracts_total", "lines").means(
        "Contract lines signed before the end of the month, whatever became of them"
    ),
    integer("contracts_active", "lines").means(
        "Those of them in force at the end of the month: by their day of cancellation, else by their status when the "
        "snapshot of the month was read"
    ),
    integer("contracts_end_unknown", "lines", feature=None).means(
        "Lines not in force that have no day of cancellation: they had ended when the snapshot of the month was read, "
        "which of a month that was filled later says nothing of the month itself"
    ),
    share("active_share").means("contracts_active / contracts_total"),
    integer("products_owned", "items").means("Different items in force, at the level of the domain's `items`"),
    decimal("contract_value", MONEY).means("Value of the lines in force; placeholders count nothing"),
    integer("contracts_signed", "lines", window="lookback").means(
        "Contract lines signed in the lookback, whatever became of them"
    ),
    integer("acquired_items_12m", "items").means(
        "Different items with a line signed in the twelve months that end with the month, whatever became of it"
    ),
    decimal("acquired_value_12m", MONEY).means(
        "Value of the lines signed in these twelve months, whatever became of them; placeholders count nothing"
    ),
    integer("months_since_contract", "months", feature="itself").means(
        "Whole months since the month of the last signature; absent where no line has a date"
    ),
    owns_items=True,
    as_of=False,  # contracts come in their present state
)

SUBSCRIPTIONS = facet(
    "subscriptions",
    decimal("mrr", MONEY, feature="itself").means(
        "Recurring revenue of the month; 0 for who had some within the lookback and has none now; absent for who is "
        "only known by the yearly figure"
    ),
    decimal("mrr_12m", MONEY, feature="itself").means(
        "Recurring revenue of twelve months, the company's own figure at the time the file was read, whatever the "
        "month; absent where it gives none"
    ),
    share("mrr_growth_3m", feature="itself").means(
        "mrr / mrr three months before - 1; absent where there was none then"
    ),
    share("mrr_growth_12m", feature="itself").means(
        "mrr / mrr twelve months before - 1; absent where there was none then"
    ),
)

PROPOSALS = facet(
    "proposals",
    integer("proposals", "proposals", window="lookback").means("Different proposals in the lookback, by month"),
    integer("proposal_items", "items", window="lookback").means("Items of proposals in the lookback"),
    decimal("proposal_value", MONEY).means("Value of those items after discounts"),
    share("discount_share", feature="itself").means(
        "Lasting discount on those items / their value before discounts; absent where that is not positive"
    ),
    integer("months_since_proposal", "months").means(
        "Whole months since the month of the last proposal in the lookback"
    ),
)

PURCHASES = facet(
    "purchases",
    integer("purchases_12m", "contracts", feature="itself").means(
        "Contracts of twelve months, the company's own count at the time the file was read, whatever the month; absent "
        "where it gives none"
    ),
    decimal("purchases_value_12m", MONEY, feature="itself").means("Their value; absent where none is given"),
    as_of=False,  # the same count in every month
)

COMMERCIAL = (PROFILE, CONSENT, CONTRACTS, SUBSCRIPTIONS, PROPOSALS, PURCHASES)
