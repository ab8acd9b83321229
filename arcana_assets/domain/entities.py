"""Entities: the typed schemas that every source is conformed to, with a description and a unit for each column.

Belongs here: what a column of silver means. Does not belong here: how a company spells it; that is a source's contract.
What a company knows of customers under contract is in `entities_subscribers`.
"""

from arcana_assets.domain.entities_subscribers import SUBSCRIBER_ENTITIES
from arcana_assets.domain.entity import VALUE_WORDS, ColumnType, Entity, EntityColumn

__all__ = [
    "CUSTOMERS",
    "ENTITIES",
    "OUTCOMES",
    "PRODUCTS",
    "RECOMMENDATION_FEEDBACK",
    "TRANSACTIONS",
    "VALUE_WORDS",
    "ColumnType",
    "Entity",
    "EntityColumn",
]

OUTCOMES = ("won", "lost", "refused", "not_fit")
"""What can come of an offer: bought; not bought; not to be offered again for a while; not for this customer."""

TRANSACTIONS = Entity(
    name="transactions",
    grain="a line of an order: one product sold or taken back",
    dated_by="ordered_at",
    columns=(
        EntityColumn("customer_id", "text", "Who bought; absent where the company does not know"),
        EntityColumn("order_id", "text", "The order or invoice that the line belongs to", required=True),
        EntityColumn("ordered_at", "instant", "When the line was booked", unit="UTC", required=True),
        EntityColumn("product_id", "text", "The product's code", required=True),
        EntityColumn("description", "text", "The product's name as written on the line"),
        EntityColumn("quantity", "integer", "Pieces; negative when taken back", unit="pieces", required=True),
        EntityColumn("unit_price", "decimal", "Price of one piece", unit="currency of the domain", required=True),
        EntityColumn(
            "amount",
            "decimal",
            "quantity x unit_price; negative when taken back",
            unit="currency of the domain",
            derivation="quantity_times_unit_price",
        ),
        EntityColumn("country", "text", "Where the customer ordered from"),
        EntityColumn(
            "kind", "text", "`sale` when the quantity is positive, else `return`", derivation="sale_or_return"
        ),
        EntityColumn(
            "is_product",
            "boolean",
            "False for postage, fees and adjustments, which are no merchandise",
            derivation="always_true",
        ),
    ),
)

PRODUCTS = Entity(
    name="products",
    grain="a product",
    columns=(
        EntityColumn("product_id", "text", "The product's code", required=True),
        EntityColumn("name", "text", "The product's name", required=True),
        EntityColumn("category", "text", "The category it is sold under"),
        EntityColumn("list_price", "decimal", "Price of one piece in the catalogue", unit="currency of the domain"),
    ),
)

CUSTOMERS = Entity(
    name="customers",
    grain="what one row of a file states of a customer; files and rows complete each other",
    columns=(
        EntityColumn("customer_id", "text", "The customer's code", required=True),
        EntityColumn("since", "date", "When the customer was first registered"),
        EntityColumn("country", "text", "Where the customer lives"),
        EntityColumn("state", "text", "State or province, by its code"),
        EntityColumn("city", "text", "City"),
        EntityColumn("activity", "text", "What the customer does, as the register of companies calls it"),
        EntityColumn("segment", "text", "Market segment that the company puts the customer into"),
        EntityColumn("subsegment", "text", "Part of the segment"),
        EntityColumn("revenue_band", "text", "Band of the customer's own yearly revenue"),
        EntityColumn("revenue_band_rank", "integer", "Place of the band, ascending with revenue; absent where unknown"),
    ),
)

RECOMMENDATION_FEEDBACK = Entity(
    name="recommendation_feedback",
    grain="an item offered to a customer, and what came of it",
    dated_by="offered_at",
    columns=(
        EntityColumn("customer_id", "text", "Who was offered it", required=True),
        EntityColumn("item_id", "text", "The item, by the code of the list", required=True),
        EntityColumn("offered_at", "date", "When it was offered", required=True),
        EntityColumn("answer", "text", "What came of it, as written"),
        EntityColumn(
            "outcome", "text", f"What came of it: {', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}", required=True
        ),
    ),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity for entity in (TRANSACTIONS, PRODUCTS, CUSTOMERS, RECOMMENDATION_FEEDBACK, *SUBSCRIBER_ENTITIES)
}
