"""The entity of a master: what a company's files state of who is a customer.

Belongs here: what a column of silver means. Does not belong here: what customers buy, ask or answer (`goods`,
`subscribers`).
"""

from arcana_assets.domain.entities.entity import Entity, EntityColumn

CUSTOMERS = Entity(
    name="customers",
    area="customers",
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
        EntityColumn("birth_year", "integer", "Year of birth"),
        EntityColumn("gender", "text", "Gender, as the customer said"),
        EntityColumn("district", "text", "Part of the city"),
        EntityColumn(
            "profiling_opt_in", "boolean", "Whether the customer agrees to be profiled; absent if never asked"
        ),
        EntityColumn(
            "marketing_opt_in", "boolean", "Whether the customer agrees to be contacted; absent if never asked"
        ),
        EntityColumn("consent_changed_on", "date", "When the customer last said so"),
    ),
)

IDENTIFIERS = ("account", "card", "device", "app_user")
"""What an identifier can be: a second account of a customer, or something that the customer carries."""

IDENTITIES = Entity(
    name="identities",
    area="customers",
    grain="an identifier of a customer",
    columns=(
        EntityColumn("kind", "text", f"What it is: {', '.join(IDENTIFIERS)}", required=True),
        EntityColumn(
            "identifier",
            "text",
            "The token or hash; of an account the customer's other code",
            required=True,
            carried=True,
        ),
        EntityColumn("customer_id", "text", "Whose it is", required=True),
        EntityColumn("since", "date", "First day on which it is known to be; absent: always"),
        EntityColumn("until", "date", "Last day; absent: still is"),
    ),
)
