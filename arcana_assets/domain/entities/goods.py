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
        EntityColumn(
            "product_id",
            "text",
            "The product's code; the store where lines name no product, as receipts of a mall do",
            required=True,
            instead="store_id",
        ),
        EntityColumn("description", "text", "The product's name as written on the line"),
        EntityColumn("quantity", "integer", "Pieces; negative when taken back", unit="pieces", required=True),
        EntityColumn(
            "unit_price",
            "decimal",
            "Price of one piece; where files have line totals alone, amount by quantity",
            unit=MONEY,
            required=True,
            derivation="amount_by_quantity",
        ),
        EntityColumn(
            "amount",
            "decimal",
            "What the line comes to, less the discount; else quantity x unit_price; negative when taken back",
            unit=MONEY,
            derivation="quantity_times_unit_price",
        ),
        EntityColumn("country", "text", "Where the customer ordered from"),
        EntityColumn(
            "kind",
            "text",
            "`sale` when the quantity is positive, `return` when it is negative; absent when it is 0",
            derivation="sale_or_return",
        ),
        EntityColumn(
            "is_product",
            "boolean",
            "False for postage, fees and adjustments, which are no merchandise",
            derivation="always_true",
        ),
        EntityColumn("store_id", "text", "The store that sold it"),
        EntityColumn("channel", "text", "How the line came to be known, such as till, card or app_receipt"),
        EntityColumn("card_id", "text", "Token of the card or identifier that was shown or paid with", carried=True),
        EntityColumn("coupon_id", "text", "The coupon that was used"),
        EntityColumn("discount", "decimal", "What a coupon or an offer takes off quantity x unit_price", unit=MONEY),
        EntityColumn("scanned_at", "instant", "When the receipt was handed in, for lines known that way", unit="UTC"),
    ),
)

ORDERS = Entity(
    name="orders",
    area="goods",
    grain="an order, for its lines to look up: who ordered, when, and how it stands",
    dated_by="ordered_at",
    columns=(
        EntityColumn("order_id", "text", "The order or invoice", required=True),
        EntityColumn("customer_id", "text", "Who ordered; absent where the company does not know"),
        EntityColumn("ordered_at", "instant", "When it was booked", unit="UTC", required=True),
        EntityColumn("status", "text", "How it stands, as the company spells it"),
        EntityColumn("country", "text", "Where the customer ordered from"),
        EntityColumn("store_id", "text", "The store that sold it"),
        EntityColumn("channel", "text", "How the order came to be known, such as till, site or app"),
        EntityColumn("card_id", "text", "Token of the card or identifier that was shown or paid with", carried=True),
        EntityColumn("coupon_id", "text", "The coupon that was used"),
    ),
)

STORES = Entity(
    name="stores",
    area="goods",
    grain="a store",
    columns=(
        EntityColumn("store_id", "text", "The store's code", required=True),
        EntityColumn("name", "text", "The store's name", required=True),
        EntityColumn("category", "text", "What kind of store it is"),
        EntityColumn("price_level", "integer", "How expensive it is, from 1 to 5"),
        EntityColumn("zone_id", "text", "The zone of the house that it lies in"),
        EntityColumn("floor", "integer", "The floor"),
        EntityColumn("area", "decimal", "Its area", unit="square metres"),
        EntityColumn("opened_on", "date", "First day"),
        EntityColumn("closed_on", "date", "Last day; absent where it is open"),
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
        EntityColumn("type", "text", "What type of product it is, or any other column that items may be told apart by"),
        EntityColumn("brand", "text", "The brand"),
        EntityColumn("list_price", "decimal", "Price of one piece in the catalogue", unit=MONEY),
    ),
)
