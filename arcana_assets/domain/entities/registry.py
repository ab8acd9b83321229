"""The entities there are, by name.

Belongs here: the list of them. Does not belong here: their columns, in the files beside it.
"""

from arcana_assets.domain.entities.customers import CUSTOMERS
from arcana_assets.domain.entities.entity import Entity
from arcana_assets.domain.entities.feedback import RECOMMENDATION_FEEDBACK
from arcana_assets.domain.entities.goods import PRODUCTS, TRANSACTIONS
from arcana_assets.domain.entities.labels import PERSONA_LABELS
from arcana_assets.domain.entities.subscribers import SUBSCRIBER_ENTITIES

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (TRANSACTIONS, PRODUCTS, CUSTOMERS, RECOMMENDATION_FEEDBACK, PERSONA_LABELS, *SUBSCRIBER_ENTITIES)
}
