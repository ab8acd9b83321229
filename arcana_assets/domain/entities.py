"""Entities: the typed schemas that every source is conformed to, with a description and a unit for each column.

Belongs here: what a column of silver means. Does not belong here: how a company spells it; that is a source's contract.
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "decimal", "double", "date", "instant", "boolean"]
"""decimal is DECIMAL(18, 4): sums of money are exact, so they do not depend on the order of the rows."""

VALUE_WORDS: dict[str, str] = {
    "text": "text",
    "integer": "a whole number",
    "decimal": "a number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date",
    "instant": "a date",
}
"""What a value of each type is called in errors and quarantine reasons."""


@dataclass(frozen=True)
class EntityColumn:
    """One column of an entity.

    `required`: a row without it is refused. `derivation`: the column that is computed, by the transform of this name,
    where a contract does not map it.
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    required: bool = False
    derivation: str | None = None


@dataclass(frozen=True)
class Entity:
    """A typed schema. `dated_by` names the instant or date that puts a row into its month; None for snapshots."""

    name: str
    grain: str
    columns: tuple[EntityColumn, ...]
    dated_by: str | None = None

    def column(self, name: str) -> EntityColumn:
        """The column of this name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def derived(self) -> tuple[str, ...]:
        """The columns that are computed where nothing else makes them."""
        return tuple(column.name for column in self.columns if column.derivation)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)


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
    grain="a customer",
    columns=(
        EntityColumn("customer_id", "text", "The customer's code", required=True),
        EntityColumn("country", "text", "Where the customer lives"),
        EntityColumn("since", "date", "When the customer was first registered"),
    ),
)

ENTITIES: dict[str, Entity] = {entity.name: entity for entity in (TRANSACTIONS, PRODUCTS, CUSTOMERS)}
