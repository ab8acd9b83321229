"""The entities there are, by name.

Belongs here: the list of them. Does not belong here: their columns, in the files beside it.
"""

from arcana_assets.domain.entities.customers import CUSTOMERS, IDENTITIES
from arcana_assets.domain.entities.entity import Entity
from arcana_assets.domain.entities.feedback import RECOMMENDATION_FEEDBACK
from arcana_assets.domain.entities.goods import ORDERS, PRODUCTS, STORES, TRANSACTIONS
from arcana_assets.domain.entities.labels import PERSONA_LABELS
from arcana_assets.domain.entities.reference import REFERENCE
from arcana_assets.domain.entities.subscribers import SUBSCRIBER_ENTITIES
from arcana_assets.domain.entities.visitors import VISITOR_ENTITIES

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        *(TRANSACTIONS, ORDERS, PRODUCTS, STORES, CUSTOMERS, IDENTITIES, RECOMMENDATION_FEEDBACK, PERSONA_LABELS),
        REFERENCE,
        *(*SUBSCRIBER_ENTITIES, *VISITOR_ENTITIES),
    )
}
