"""What each column of the tables of recommendations means.

Belongs here: names, types, descriptions, units. Does not belong here: computing them (`ml`, `assets`).
"""

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, table

_MEASURES = {
    **{f"hit_{top}": f"Share of them with an adopted item among the {top} best" for top in (1, 3, 5)},
    **{f"precision_{top}": f"Share of the {top} best that was adopted" for top in (5, 10)},
    "recall_10": "Share of what was adopted that is among the ten best",
    "ndcg_10": "Normalised discounted cumulative gain of the ten best",
    "map_10": "Mean average precision of the ten best",
    "mrr": "Mean of 1 / rank of the first adopted item of the ten best",
}


def _with_interval(name: str, words: str) -> tuple[tuple[str, str, str], ...]:
    return (
        (name, "double", words),
        (f"{name}_low", "double", f"Lower end of the 95 % interval of {name}"),
        (f"{name}_high", "double", f"Upper end of the 95 % interval of {name}"),
    )


_LINES = table(
    CUSTOMER,
    AS_OF,
    ("rank", "integer", "1 is the best"),
    ("item_id", "text", "The product recommended, which the customer never bought"),
    ("item_name", "text", "Its name"),
    ("score", "double", "What the rank is by, of this recommender; for popularity the share of buyers, 0 to 1"),
    ("recommender", "text", "The recommender, by name"),
    ("reason", "text", "Why, in a sentence for the seller"),
    ("segment", "text", "The customer's persona in the segmentation that popularity is counted in"),
    ("buyers", "integer", "Customers of the segment who bought the item in the lookback", "customers"),
    ("segment_customers", "integer", "Customers of the segment", "customers"),
    ("antecedent_item", "text", "The item of the customer that speaks for this one; null where none does"),
    ("antecedent_name", "text", "Its name"),
    ("evidence_in", "text", "Where it does: segmento (among the customers of the segment), base, or nothing"),
    ("support", "integer", "Customers there who own both", "customers"),
    ("antecedent_owners", "integer", "Customers there who own the antecedent", "customers"),
    ("confidence", "double", "support / antecedent_owners"),
    ("lift", "double", "confidence / share of all customers there who own the recommended item"),
    (
        "probability",
        "double",
        "Share of recommendations of this score that were adopted when the leaderboard was made; null without one",
    ),
    (
        "ticket",
        "double",
        "Median value of the item among its owners, of the segment where enough own it",
        MONEY,
    ),
    ("expected_value", "double", "probability x ticket", MONEY),
)

TABLES = {
    "recommendations": _LINES,
    "recommendations_held_out": _LINES,
    "recommendation_opportunities": table(
        AS_OF,
        ("segment", "text", "The persona of the customers"),
        ("item_id", "text", "The item"),
        ("item_name", "text", "Its name"),
        ("customers", "integer", "Customers of the segment", "customers"),
        ("owners", "integer", "Those of them who own the item", "customers"),
        ("penetration", "double", "owners / customers"),
        ("may_buy", "integer", "Those of them who may be recommended it", "customers"),
        ("ticket", "double", "Typical value of the item in the segment; null where none is known", MONEY),
        ("potential", "double", "may_buy x ticket: what it were if all of them bought, an upper bound", MONEY),
        ("recommended_to", "integer", "Those of them whose list holds it, held out or not", "customers"),
        ("expected_value", "double", "Sum of the expected value of these lines; null where none is known", MONEY),
    ),
    "recommendation_acceptance": table(
        AS_OF,
        ("segment", "text", "The persona of the customers; empty for all"),
        (
            "listed",
            "boolean",
            "Whether the customer's list of the month before the offer held the item",
        ),
        ("offers", "integer", "Offers of the lookback that were answered", "offers"),
        ("won", "integer", "Those of them that were bought", "offers"),
        ("lost", "integer", "Not bought", "offers"),
        ("refused", "integer", "Not wanted for now", "offers"),
        ("not_fit", "integer", "Nothing for this customer", "offers"),
        ("won_share", "double", "won / offers"),
        ("won_share_low", "double", "Lower end of its 95 % interval"),
        ("won_share_high", "double", "Upper end of its 95 % interval"),
    ),
    "recommendation_lift": table(
        AS_OF,
        ("listed_month", "date", "The month of the lists; null while they are too young"),
        ("customers", "integer", "Customers of that month whose list is given out", "customers"),
        ("adopters", "integer", "Those of them who own something now that they did not then", "customers"),
        ("share", "double", "adopters / customers"),
        ("held_out_customers", "integer", "Customers of that month whose list is kept back", "customers"),
        ("held_out_adopters", "integer", "Those of them who own something now that they did not then", "customers"),
        ("held_out_share", "double", "held_out_adopters / held_out_customers"),
        ("lift", "double", "share - held_out_share"),
        ("lift_low", "double", "Lower end of its 95 % interval"),
        ("lift_high", "double", "Upper end of its 95 % interval"),
        ("reason", "text", "What that shows, in a sentence, in Portuguese"),
    ),
    "recommendations_left_out": table(
        AS_OF,
        ("reason", "text", "Why the pairs may not be recommended, in Portuguese; a pair counts for its first reason"),
        ("pairs", "integer", "Pairs of customer and item", "pairs"),
        ("items", "integer", "Different items among them", "items"),
    ),
    "recommendation_evaluation": table(
        AS_OF,
        ("fitted_month", "date", "The month that the recommender was fitted as of; null while the domain is too young"),
        ("recommender", "text", "The recommender, by name"),
        ("segment", "text", "The persona of the customers measured; empty for all"),
        ("customers", "integer", "Customers who adopted something new in the months after the fit", "customers"),
        *(column for name, words in _MEASURES.items() for column in _with_interval(name, words)),
        ("coverage_5", "double", "Share of the catalogue that is among somebody's five best"),
        ("novelty_5", "double", "Mean of -log2 of the share of customers who own a recommended item", "bits"),
        ("serves", "boolean", "Whether it serves the month"),
        ("reason", "text", "Why it does, in a sentence; null for the others"),
        ("calibration", "text", "Of the one that serves: scores and the probability of adoption at each, as JSON"),
    ),
}

GRAIN = {
    "recommendations": "a customer and rank, as of each month",
    "recommendations_held_out": "a customer whose list is kept back and rank, as of each month",
    "recommendation_opportunities": "a segment and item that somebody there may buy, as of each month",
    "recommendations_left_out": "a reason, as of each month",
    "recommendation_acceptance": "a segment, and whether the item was listed, as of each month",
    "recommendation_lift": "a month",
    "recommendation_evaluation": "a recommender and segment, as of each month",
}
