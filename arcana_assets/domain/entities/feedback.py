"""The entity of what came back: items offered to customers, and what became of the offer.

Belongs here: what a column of silver means, and the outcomes there are. Does not belong here: what a seller fills in
(`publication.publications`), how the answers count (`recommendations`).
"""

from arcana_assets.domain.entities.entity import Entity, EntityColumn

OUTCOMES = ("won", "lost", "refused", "not_fit")
"""What can come of an offer: bought; not bought; not to be offered again for a while; not for this customer."""

RECOMMENDATION_FEEDBACK = Entity(
    name="recommendation_feedback",
    area="feedback",
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
