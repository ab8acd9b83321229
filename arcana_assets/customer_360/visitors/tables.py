"""Tables between silver and customer 360 of who visits a place.

Belongs here: what each of them says of itself. Does not belong here: computing them (the files beside it).
"""

from arcana_assets.customer_360.gold import of_visits
from arcana_assets.domain.column import CUSTOMER, MONEY, MONTH, columns, integer, text
from arcana_assets.domain.facets.visitors import COUPONS, PRESENCE

_SECONDS = "Time in the house, overlapping stays counted once; stays without an end, or too long ones, have none"

PRESENCE_DAILY = of_visits(
    "presence_daily",
    "On which days each customer was in the house, and what saw them.",
    "a customer and day with a visit",
    ("customer_id", "day"),
    columns(
        CUSTOMER,
        MONTH,
        ("day", "date", "Day, local time"),
        ("first_at", "instant", "When the customer was first seen, UTC"),
        ("last_at", "instant", "When the customer was last seen to arrive anywhere, UTC"),
        ("stays", "integer", "Stays in zones", "rows"),
        ("sessions", "integer", "Sessions in the Wi-Fi", "rows"),
        ("receipts", "integer", "Lines of receipts issued", "rows"),
        ("app_events", "integer", "Events of the app that happen in the house: coupons used, parking paid", "rows"),
        ("without_end", "integer", "Stays and sessions of which nobody saw the end", "rows"),
        ("impossible_end", "integer", "Those that end before they begin, or after more than 16 hours", "rows"),
        ("overlapping", "integer", "Those that began before an earlier one of the day had ended", "rows"),
        ("seconds", "integer", _SECONDS, "seconds"),
        ("zones", "integer", "Different zones", "zones"),
        ("stores", "integer", "Different stores bought at", "stores"),
    ),
    needs=(PRESENCE.name,),
)
PRESENCE_MONTHLY = of_visits(
    "presence_monthly",
    "Visits of each customer in each month: a visit is a day, so visits add up over months.",
    "a customer and month with a visit",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        integer("visits", "days").means("Days with a visit"),
        ("weekend_visits", "integer", "Those on Saturdays and Sundays", "days"),
        ("evening_visits", "integer", "Those first seen at 18:00 or later", "days"),
        ("timed_visits", "integer", "Those of which a time in the house is known", "days"),
        ("seconds", "integer", _SECONDS, "seconds"),
        ("zoned_visits", "integer", "Days of which a zone is known", "days"),
        ("zones", "integer", "Different zones of each day, added up", "zones"),
        ("stores", "integer", "Different stores bought at on each day, added up", "stores"),
        ("receipt_days", "integer", "Days with a receipt", "days"),
        ("days_by_receipt_only", "integer", "Days of which nothing but a receipt tells", "days"),
        ("first_day", "date", "First day with a visit"),
        ("last_day", "date", "Last day with a visit"),
    ),
    needs=(PRESENCE.name,),
)
FOOTFALL_DAILY = of_visits(
    "footfall_daily",
    "The house by its Wi-Fi, hour by hour: devices are no people, and never become customers.",
    "a zone, day and hour with a session",
    ("zone_id", "day", "hour"),
    columns(
        MONTH,
        ("day", "date", "Day, local time"),
        ("hour", "integer", "Hour in which the session began, local time, 0 to 23"),
        ("zone_id", "text", "The zone of the access point; `?` where it is not known"),
        ("sessions", "integer", "Sessions", "sessions"),
        ("of_members", "integer", "Those of a known customer", "sessions"),
        ("of_passers_by", "integer", "Those of nobody known, under five minutes and weaker than -70 dBm", "sessions"),
        ("of_staff", "integer", "Those of devices of staff", "sessions"),
        ("devices", "integer", "Different devices of the hour", "devices"),
    ),
    needs=(PRESENCE.name,),
)
STAFF_DEVICES = of_visits(
    "staff_devices",
    "Devices that work in the house: there on 12 or more days of the month, five hours or more in the median.",
    "a device and month",
    ("device_id", "month"),
    columns(
        MONTH,
        text("device_id", holds_customers=True).means("The device"),
        CUSTOMER,
        ("days", "integer", "Days with a session", "days"),
        (
            "median_minutes",
            "double",
            "Median, over its days, of the time from the first session to the end of the last",
        ),
    ),
    needs=(PRESENCE.name,),
)
COUPONS_MONTHLY = of_visits(
    "coupons_monthly",
    "Orders of each customer in each month, and what offers took off them.",
    "a customer and month with an order",
    ("customer_id", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("lines", "integer", "Order lines", "lines"),
        integer("orders", "orders").means("Different orders with a sale"),
        ("with_coupon", "integer", "Those with a coupon", "orders"),
        ("gross", "decimal", "Value of what was sold, after discounts", MONEY),
        ("discount", "decimal", "Discounts", MONEY),
        ("largest", "decimal", "Value of the largest order", MONEY),
        ("most_a_day", "integer", "Most orders of a day, local time", "orders"),
    ),
    needs=(COUPONS.name,),
)

ROLLUPS = (PRESENCE_DAILY, PRESENCE_MONTHLY, FOOTFALL_DAILY, STAFF_DEVICES, COUPONS_MONTHLY)
"""In the order of the reference pages."""
