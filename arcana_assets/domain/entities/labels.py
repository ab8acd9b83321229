"""The entity of labels: customers whose persona somebody stated, after a survey or a talk.

Belongs here: what a column of silver means. Does not belong here: what learns from the labels (`segmentation.models`).
"""

from arcana_assets.domain.entities.entity import Entity, EntityColumn

PERSONA_LABELS = Entity(
    name="persona_labels",
    area="feedback",
    grain="a customer whose persona somebody stated on a day",
    dated_by="labelled_on",
    columns=(
        EntityColumn("customer_id", "text", "Whose persona it is", required=True),
        EntityColumn("persona", "text", "The persona, by the name that its segment is to have", required=True),
        EntityColumn(
            "labelled_on", "date", "When it was stated; of several of a customer the latest counts", required=True
        ),
    ),
)
