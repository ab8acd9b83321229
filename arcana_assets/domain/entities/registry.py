"""Entities: the typed schemas that every source is conformed to, with a description and a unit for each column.

Belongs here: what a column of silver means. Does not belong here: how a company spells it; that is a source's contract.
What a company knows of customers under contract is in `entities_subscribers`.
"""

from arcana_assets.domain.entities.customers import CUSTOMERS
from arcana_assets.domain.entities.entity import VALUE_WORDS, ColumnType, Entity, EntityColumn
from arcana_assets.domain.entities.feedback import OUTCOMES, RECOMMENDATION_FEEDBACK
from arcana_assets.domain.entities.goods import PRODUCTS, TRANSACTIONS
from arcana_assets.domain.entities.subscribers import SUBSCRIBER_ENTITIES

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

ENTITIES: dict[str, Entity] = {
    entity.name: entity for entity in (TRANSACTIONS, PRODUCTS, CUSTOMERS, RECOMMENDATION_FEEDBACK, *SUBSCRIBER_ENTITIES)
}
