"""Entities of a company that sells goods: lines of orders, and the products.

Belongs here: what a column of silver means. Does not belong here: customers under contract (`subscribers`).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.entities.entity import Entity, EntityColumn

TRANSACTIONS = Entity(
    name="transactions",
    area="goods",
    grain="a line of an order: one product sold or taken back",
    dated_by="ordered_at",
    complete_within=10,  # a shop may be closed from Christmas to the new year
    columns=(
        EntityColumn("customer_id", "text", "Who bought; absent where the company does not know"),
        EntityColumn("order_id", "text", "The order or invoice that the line belongs to", required=True),
        EntityColumn("ordered_at", "instant", "When the line was booked", unit="UTC", required=True),
        EntityColumn("product_id", "text", "The product's code", required=True),
        EntityColumn("description", "text", "The product's name as written on the line"),
        EntityColumn("quantity", "integer", "Pieces; negative when taken back", unit="pieces", required=True),
        EntityColumn("unit_price", "decimal", "Price of one piece", unit=MONEY, required=True),
        EntityColumn(
            "amount",
            "decimal",
            "quantity x unit_price; negative when taken back",
            unit=MONEY,
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
    area="goods",
    grain="a product",
    columns=(
        EntityColumn("product_id", "text", "The product's code", required=True),
        EntityColumn("name", "text", "The product's name", required=True),
        EntityColumn("category", "text", "The category it is sold under"),
        EntityColumn("list_price", "decimal", "Price of one piece in the catalogue", unit=MONEY),
    ),
)
