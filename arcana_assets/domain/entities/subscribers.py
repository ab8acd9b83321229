"""Entities of a company whose customers are under contract: contracts, revenue, support, satisfaction, use.

Belongs here: what a column of silver means. Does not belong here: entities of companies that sell goods (`goods`).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.entities.entity import Entity, EntityColumn

CONTRACTS = Entity(
    name="contracts",
    area="commercial",
    grain="a contract line: one product contracted by one customer, in its present state",
    columns=(
        EntityColumn("customer_id", "text", "Who contracted", required=True),
        EntityColumn("product", "text", "The product's name"),
        EntityColumn("product_line", "text", "The revenue line that the product is booked under"),
        EntityColumn("brand", "text", "The brand that the product is sold under"),
        EntityColumn("commercial_model", "text", "How it is sold, such as a licence or a subscription"),
        EntityColumn("periodicity", "text", "How often it is invoiced"),
        EntityColumn("status", "text", "State of the contract as the company spells it"),
        EntityColumn("is_active", "boolean", "Whether the status means that the customer has the product now"),
        EntityColumn("amount", "decimal", "Value of the line; absent where the file has a placeholder", unit=MONEY),
        EntityColumn("signed_on", "date", "When the line was signed"),
        EntityColumn(
            "cancelled_on",
            "date",
            "Day on which it was cancelled, from which it is not in force; absent where it is, or nobody knows",
        ),
    ),
    state=True,
)

SUBSCRIPTIONS = Entity(
    name="subscriptions",
    area="commercial",
    grain="recurring revenue of a customer: of one product, or one subscription, in one month, or the yearly figure",
    dated_by="billed_on",
    columns=(
        EntityColumn("customer_id", "text", "Who pays", required=True),
        EntityColumn("billed_on", "date", "First day of the month that the revenue is of; absent for a yearly figure"),
        EntityColumn("product", "text", "What it is paid for"),
        EntityColumn("mrr", "decimal", "Monthly recurring revenue of that month", unit=MONEY),
        EntityColumn("mrr_12m", "decimal", "Recurring revenue of the last twelve months, as one figure", unit=MONEY),
        EntityColumn("subscription_id", "text", "The subscription, of which a customer may have several"),
        EntityColumn("started_on", "date", "First day of the period that was in force at the end of the month"),
    ),
    state=True,
)

PROPOSALS = Entity(
    name="proposals",
    area="commercial",
    grain="an item of a proposal",
    dated_by="proposed_on",
    columns=(
        EntityColumn("proposal_id", "text", "The proposal", required=True),
        EntityColumn("item_id", "text", "The item's number within the proposal", required=True),
        EntityColumn("product_id", "text", "The product's code; no link to names of products", required=True),
        EntityColumn("customer_id", "text", "Who it was made for", required=True),
        EntityColumn("proposed_on", "date", "When the proposal was entered", required=True),
        EntityColumn("hosting", "text", "Where the product runs"),
        EntityColumn("quantity", "decimal", "How many, fractions included"),
        EntityColumn("bonus_months", "integer", "Months without charge; absent where the file has a sentinel"),
        EntityColumn("unit_price", "decimal", "Price of one", unit=MONEY),
        EntityColumn("amount", "decimal", "What the item costs after discounts", unit=MONEY),
        EntityColumn("full_amount", "decimal", "What it costs before discounts", unit=MONEY),
        EntityColumn("discount", "decimal", "Lasting discount", unit=MONEY),
        EntityColumn("discount_percent", "decimal", "Lasting discount", unit="percent"),
        EntityColumn("temporary_discount", "decimal", "Discount of the first months", unit=MONEY),
        EntityColumn("temporary_discount_percent", "decimal", "Discount of the first months", unit="percent"),
    ),
)

PURCHASES = Entity(
    name="purchases",
    area="commercial",
    grain="a customer: what was contracted in the last twelve months, as the company counts it",
    columns=(
        EntityColumn("customer_id", "text", "Who contracted", required=True),
        EntityColumn("purchases_12m", "integer", "Contracts of the last twelve months", unit="contracts"),
        EntityColumn("purchases_value_12m", "decimal", "Their value", unit=MONEY),
    ),
    state=True,
)

TICKETS = Entity(
    name="tickets",
    area="experience",
    grain="a support ticket in its latest state",
    dated_by="opened_at",
    columns=(
        EntityColumn("ticket_id", "text", "The ticket", required=True),
        EntityColumn("customer_id", "text", "Whose ticket it is", required=True),
        EntityColumn("opened_at", "instant", "When it was opened", unit="UTC", required=True),
        EntityColumn("updated_at", "instant", "When it was last touched; for a closed one, when it was closed", "UTC"),
        EntityColumn("queue", "text", "The group that works on it"),
        EntityColumn("kind", "text", "What it is about"),
        EntityColumn("priority", "text", "Priority, lower case"),
        EntityColumn("status", "text", "Status, lower case"),
        EntityColumn("is_open", "boolean", "Whether the status means that somebody still waits; absent if unknown"),
    ),
)

ASPECTS = {
    "agility": "How fast things were done",
    "service": "How the customer was served",
    "knowledge": "Knowledge of who served",
    "solution": "Whether the problem was solved",
    "response_time": "Time until an answer",
    "ease": "How easy it was",
    "satisfaction": "Satisfaction on the whole",
    "unit": "The unit of the company that serves the customer",
    "flexibility": "Flexibility",
    "cost": "What it costs",
    "sales": "The salespeople",
    "finance_service": "How billing and finance served",
    "software": "The software",
    "software_updates": "Updates of the software",
    "methodology": "Method of the project",
    "management": "Management of the project",
    "quality": "Quality of the work",
    "communication": "Communication",
    "deadlines": "Whether dates were kept",
    "guidance": "Help of customer success",
    "meeting_length": "Length of meetings",
    "channels": "Channels of contact",
    "clarity": "Clarity of what was said",
    "expectations": "Whether expectations were met",
}
"""What surveys ask about. Scores of all of them go from 0 to 10; what users call each the texts say."""

SURVEY_KINDS = ("relational", "acquisition", "implementation", "onboarding", "product", "support")
"""Occasions of a survey."""

SURVEYS = Entity(
    name="surveys",
    area="surveys",
    grain="an answered survey",
    dated_by="answered_at",
    state=True,
    columns=(
        EntityColumn("customer_id", "text", "Who answered", required=True),
        EntityColumn("answered_at", "instant", "When; absent where the survey is dated through its ticket", unit="UTC"),
        EntityColumn("kind", "text", f"Occasion: {', '.join(SURVEY_KINDS)}", required=True),
        EntityColumn("score", "decimal", "Would you recommend us, 0 to 10", unit="points"),
        EntityColumn("ticket_id", "text", "The ticket that it asks about"),
        EntityColumn("product_line", "text", "Line of the product that it asks about"),
        EntityColumn("product", "text", "The product that it asks about"),
        *(
            EntityColumn(f"aspect_{name}", "decimal", f"{words}, 0 to 10", unit="points")
            for name, words in ASPECTS.items()
        ),
    ),
)

USAGE = Entity(
    name="usage",
    area="experience",
    grain="a session: a module taken into use by a customer",
    dated_by="started_at",
    columns=(
        EntityColumn("customer_id", "text", "Who used it", required=True),
        EntityColumn("started_at", "instant", "When", unit="UTC", required=True),
        EntityColumn("duration", "decimal", "How long, as written: negative and absurd ones too", "unit of the domain"),
        EntityColumn("module_id", "text", "The module"),
        EntityColumn("product_line_id", "text", "The product line of the module"),
        EntityColumn("slot_id", "text", "The licence slot that was taken"),
        EntityColumn("license_status", "text", "What the licence server answered"),
        EntityColumn("is_denied", "boolean", "Whether a licence was refused"),
    ),
)

SUBSCRIBER_ENTITIES = (CONTRACTS, SUBSCRIPTIONS, PROPOSALS, PURCHASES, TICKETS, SURVEYS, USAGE)
