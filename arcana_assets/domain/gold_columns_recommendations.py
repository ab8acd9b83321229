"""What each column of the tables of recommendations means.

Belongs here: names, types, descriptions, units. Does not belong here: computing them (`ml`, `assets`).
"""

from arcana_assets.domain.gold_column import table
from arcana_assets.domain.gold_columns_subscribers import AS_OF, CUSTOMER

TABLES = {
    "recommendations": table(
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
        *((f"hit_{top}", "double", f"Share of them with an adopted item among the {top} best") for top in (1, 3, 5)),
        ("hit_5_low", "double", "Lower end of its 95 % interval"),
        ("hit_5_high", "double", "Upper end of its 95 % interval"),
        ("precision_5", "double", "Share of the five best that was adopted"),
        ("recall_10", "double", "Share of what was adopted that is among the ten best"),
        ("ndcg_10", "double", "Normalised discounted cumulative gain of the ten best"),
        ("ndcg_10_low", "double", "Lower end of its 95 % interval"),
        ("ndcg_10_high", "double", "Upper end of its 95 % interval"),
        ("map_10", "double", "Mean average precision of the ten best"),
        ("mrr", "double", "Mean of 1 / rank of the first adopted item of the ten best"),
        ("coverage_5", "double", "Share of the catalogue that is among somebody's five best; of all customers only"),
        ("novelty_5", "double", "Mean of -log2 of the share of customers who own a recommended item", "bits"),
        ("serves", "boolean", "Whether it serves the month"),
        ("reason", "text", "Why it does, in a sentence; null for the others"),
        ("calibration", "text", "Of the one that serves: scores and the probability of adoption at each, as JSON"),
    ),
}

GRAIN = {
    "recommendations": "a customer and rank, as of each month",
    "recommendations_left_out": "a reason, as of each month",
    "recommendation_evaluation": "a recommender and segment, as of each month",
}
