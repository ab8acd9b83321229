"""Facets of who visits a place: by what they are known, when they come, what the app sees, which offers they use.

Belongs here: the columns of customer 360 and how each can be absent. Does not belong here: computing them
(`customer_360.listed`), what is bought (`goods`).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.facets.facet import boolean, decimal, double, facet, integer, share

PRESENCE = facet(
    "presence",
    integer("visits", "days", window="lookback").means(
        "Days in the lookback on which any source saw the customer in the house: two trips on a day are one"
    ),
    integer("active_months", "months", window="lookback").means("Months among them with a visit"),
    integer("days_since_visit", "days").means(
        "Days from the last visit in the lookback to the day that the month is judged as of"
    ),
    share("weekend_share").means(
        "Share of the visits on Saturdays and Sundays, drawn towards the base's by `shrinkage.visits`"
    ),
    share("evening_share").means(
        "Share of the visits that began at 18:00 or later, drawn towards the base's by `shrinkage.visits`"
    ),
    double("dwell_minutes", "minutes a visit").means(
        "Mean time in the house on days of which beginning and end of a stay are known, overlapping stays counted "
        "once; drawn towards the base's by two visits"
    ),
    double("zones_per_visit", "zones a visit").means(
        "Mean number of zones on days of which a zone is known, drawn towards the base's by two visits"
    ),
    double("stores_per_visit", "stores a visit").means(
        "Mean number of stores bought at on a day with a visit, drawn towards the base's by two visits"
    ),
    double("visits_trend", feature="itself").means(
        "(b - a) / (b + a) of the visits in the earlier (a) and later (b) half of the lookback, -1 to 1; absent in "
        "months whose lookback begins before the domain"
    ),
    integer("receipt_days_without_presence", "days", feature=None).means(
        "Visits in the lookback that a receipt alone tells of: no camera, gate, Wi-Fi or app saw the customer"
    ),
    boolean("is_staff").means(
        "Whether a device of the customer was staff's in a month of the lookback: on 12 or more days, half of its days "
        "with five hours or more. Staff are scored, but shape no segment and get no offers"
    ),
    of=("visits", "wifi_sessions"),
)

APP = facet(
    "app_events",
    integer("opens", "events", window="lookback").means("Times the app was opened in the lookback"),
    integer("coupons_seen", "events", window="lookback").means("Coupons looked at"),
    integer("coupons_used", "events", window="lookback").means("Coupons used"),
    share("redeem_rate", feature="itself").means(
        "Coupons used / coupons activated, 1 at most; absent where none was activated"
    ),
    integer("parking_paid", "events", window="lookback").means("Times parking was paid"),
)

COUPONS = facet(
    "coupons",
    share("coupon_share").means(
        "Share of the orders in the lookback with a coupon, drawn towards the base's by `shrinkage.orders`"
    ),
    share("discounted_share").means(
        "Discounts / value before them in the lookback, drawn towards the base's by `shrinkage.orders` mean orders"
    ),
    decimal("largest_order", MONEY).means("Value of the largest order in the lookback"),
    integer("most_orders_a_day", "orders", feature=None).means(
        "Most orders of a day in the lookback: who hands in receipts of others has many"
    ),
    of=("transactions",),
)

IDENTITIES = facet(
    "identities",
    integer("accounts", "accounts", feature=None).means("Accounts that are the customer's, by what is linked so far"),
    integer("cards", "cards", feature=None).means("Cards that are the customer's alone"),
    integer("devices", "devices", feature=None).means("Devices that are the customer's alone"),
)

VISITORS = (IDENTITIES, COUPONS, PRESENCE, APP)
