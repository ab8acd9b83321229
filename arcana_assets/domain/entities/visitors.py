"""Entities of a place that people visit: stays in its zones, sessions in its Wi-Fi, what its app saw.

Belongs here: what a column of silver means. Does not belong here: what is bought there and its stores (`goods`), whose
a device is (`customers`).
"""

from arcana_assets.domain.entities.entity import Entity, EntityColumn

VISITS = Entity(
    name="visits",
    area="visits",
    grain="a stay in a zone",
    dated_by="entered_at",
    columns=(
        EntityColumn("visit_id", "text", "The stay", required=True),
        EntityColumn("customer_id", "text", "Who stayed; absent where nobody knows"),
        EntityColumn("zone_id", "text", "The zone"),
        EntityColumn("entered_at", "instant", "When it began", unit="UTC", required=True),
        EntityColumn("left_at", "instant", "When it ended; absent where nobody saw it", unit="UTC"),
        EntityColumn("seen_by", "text", "What saw it, such as a gate, a camera, the car park or the app"),
    ),
)

WIFI_SESSIONS = Entity(
    name="wifi_sessions",
    area="visits",
    grain="a session of a device in the Wi-Fi",
    dated_by="started_at",
    columns=(
        EntityColumn("session_id", "text", "The session; a device can begin two of one name", required=True),
        EntityColumn("device_id", "text", "The device, by a hash of its address", required=True, carried=True),
        EntityColumn("customer_id", "text", "Who logged in; absent without a login"),
        EntityColumn("zone_id", "text", "The zone of the access point"),
        EntityColumn("started_at", "instant", "When it began", unit="UTC", required=True),
        EntityColumn("ended_at", "instant", "When it ended; absent where nobody saw it", unit="UTC"),
        EntityColumn("signal", "integer", "How strong it was", unit="dBm"),
        EntityColumn("is_private_address", "boolean", "Whether the device made its address up, and may change it"),
    ),
)

APP_EVENT_KINDS = ("open", "coupon_seen", "coupon_activated", "coupon_used", "parking_paid", "receipt_scanned")
"""What the app can see a customer do."""

APP_EVENTS = Entity(
    name="app_events",
    area="visits",
    grain="something that a customer did in the app",
    dated_by="happened_at",
    columns=(
        EntityColumn("event_id", "text", "The event", required=True),
        EntityColumn("customer_id", "text", "Who did it", required=True),
        EntityColumn("kind", "text", f"What: {', '.join(APP_EVENT_KINDS)}", required=True),
        EntityColumn("coupon_id", "text", "The coupon it is about"),
        EntityColumn("store_id", "text", "The store it is about"),
        EntityColumn("happened_at", "instant", "When", unit="UTC", required=True),
    ),
)

VISITOR_ENTITIES = (VISITS, WIFI_SESSIONS, APP_EVENTS)
