"""Tables of recommendations.

Belongs here: what each of them says of itself. Does not belong here: computing them.
"""

from functools import partial

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, boolean, columns, double, integer, share, text
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold", "recommendations")
WHOLE = ""  # the segment of all customers, in tables by segment
CONFIDENCE = 0.95  # of the intervals in these tables

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


_LINES = columns(
    CUSTOMER,
    AS_OF,
    integer("rank").means("1 is the best"),
    text("item_id").means("The product recommended, which the customer never bought"),
    text("item_name").means("Its name"),
    double("score").means("What the rank is by, of this recommender; for popularity the share of buyers, 0 to 1"),
    ("recommender", "text", "The recommender, by name"),
    text("reason").means("Why, in a sentence for the seller"),
    text("segment").means("The customer's persona in the segmentation that popularity is counted in"),
    ("buyers", "integer", "Customers of the segment who bought the item in the lookback", "customers"),
    integer("segment_customers", "customers").means("Customers of the segment"),
    ("antecedent_item", "text", "The item of the customer that speaks for this one; null where none does"),
    ("antecedent_name", "text", "Its name"),
    (
        "evidence_in",
        "text",
        "Where it does, in words of the language: among customers of the segment (segmento, segment), base, or nothing",
    ),
    ("support", "integer", "Customers there who own both", "customers"),
    ("antecedent_owners", "integer", "Customers there who own the antecedent", "customers"),
    ("confidence", "double", "support / antecedent_owners"),
    ("lift", "double", "confidence / share of all customers there who own the recommended item"),
    share("probability").means(
        "Share of recommendations that stood where this one does among the scores of their month and were adopted "
        "within the horizon, by the leaderboard; null without one"
    ),
    double("ticket", MONEY).means(
        "Mean of what adopters of the item paid for it within the horizon, in the segment; few are drawn to all owners"
    ),
    double("expected_value", MONEY).means("probability x ticket, both of the horizon"),
    ("made_on", "date", "The day on which lists of the month were first made, by the moment of the run"),
)

RECOMMENDATIONS = _gold(
    "recommendations",
    "Items for each customer, with score, evidence, value and the reason in a sentence.",
    "a customer and rank, as of each month",
    ("customer_id", "month", "rank"),
    _LINES,
)
HELD_OUT = _gold(
    "recommendations_held_out",
    "The lists of customers whom nobody calls, so that the effect of lists can be told.",
    "a customer whose list is kept back and rank, as of each month",
    ("customer_id", "month", "rank"),
    _LINES,
)
OPPORTUNITIES = _gold(
    "recommendation_opportunities",
    "What the customers of each segment do not own yet, by item, with its value.",
    "a segment and item that somebody there may buy, as of each month",
    ("month", "segment", "item_id"),
    columns(
        AS_OF,
        text("segment").means("The persona of the customers"),
        text("item_id").means("The item"),
        text("item_name").means("Its name"),
        integer("customers", "customers").means("Customers of the segment"),
        integer("owners", "customers").means("Those of them who own the item"),
        share("penetration").means("owners / customers"),
        integer("may_buy", "customers").means("Those of them who may be recommended it"),
        double("ticket", MONEY).means(
            "Mean of what adopters of the segment pay for the item within the horizon; null where no value is known"
        ),
        double("potential", MONEY).means("may_buy x ticket: what it were if all of them bought, an upper bound"),
        integer("recommended_to", "customers").means("Those of them whose list holds it, held out or not"),
        double("expected_value", MONEY).means("Sum of the expected value of these lines; null where none is known"),
    ),
)
ACCEPTANCE = _gold(
    "recommendation_acceptance",
    "What came of offers in the lookback, by segment and by whether the item was on the customer's list.",
    "a segment, and whether the item was listed, as of each month",
    ("month", "segment", "listed"),
    columns(
        AS_OF,
        text("segment").means("The persona of the customers; empty for all"),
        boolean("listed").means("Whether the customer's list of the month before the offer held the item"),
        ("offers", "integer", "Offers of the lookback that were answered", "offers"),
        ("won", "integer", "Those of them that were bought", "offers"),
        ("lost", "integer", "Not bought", "offers"),
        ("refused", "integer", "Not wanted for now", "offers"),
        ("not_fit", "integer", "Nothing for this customer", "offers"),
        share("won_share").means("won / offers"),
        ("won_share_low", "double", "Lower end of its 95 % interval"),
        ("won_share_high", "double", "Upper end of its 95 % interval"),
    ),
)
LIFT = _gold(
    "recommendation_lift",
    "Share of customers who adopted something new since, those with lists and those held out, and the difference.",
    "a month",
    ("month",),
    columns(
        AS_OF,
        (
            "listed_month",
            "date",
            "The month of the lists; null while they are too young, or were first made when it was over",
        ),
        integer("customers", "customers").means("Customers of that month whose list is given out"),
        ("adopters", "integer", "Those of them who own something now that they did not then", "customers"),
        share("share").means("adopters / customers"),
        ("held_out_customers", "integer", "Customers of that month whose list is kept back", "customers"),
        ("held_out_adopters", "integer", "Those of them who own something now that they did not then", "customers"),
        share("held_out_share").means("held_out_adopters / held_out_customers"),
        ("lift", "double", "share - held_out_share"),
        ("lift_low", "double", "Lower end of its 95 % interval"),
        ("lift_high", "double", "Upper end of its 95 % interval"),
        ("least_lift", "double", "The smallest lift that such groups show: 5 % level, 80 % power, two-sided"),
        ("on_list_adopters", "integer", "Adopters of something on their own list", "customers"),
        ("held_out_on_list_adopters", "integer", "Likewise, of the list that is kept back", "customers"),
        ("on_list_lift", "double", "on_list_adopters / customers - held_out_on_list_adopters / held_out_customers"),
        ("on_list_lift_low", "double", "Lower end of its 95 % interval"),
        ("on_list_lift_high", "double", "Upper end of its 95 % interval"),
        ("least_on_list_lift", "double", "The smallest lift of these that such groups show, likewise"),
        text("reason").means("What that shows, in a sentence, in the language of the domain"),
    ),
)
LEFT_OUT = _gold(
    "recommendations_left_out",
    "Pairs of customer and item that may not be recommended, by reason; and customers who get no list at all.",
    "a reason, as of each month",
    ("month", "reason"),
    columns(
        AS_OF,
        text("reason").means(
            "Why the pairs may not be recommended, in the language of the domain; a pair counts for its first one"
        ),
        ("pairs", "integer", "Pairs of customer and item", "pairs"),
        ("items", "integer", "Different items among them", "items"),
        (
            "customers",
            "integer",
            "Customers who get no list for it, being outside the audience; 0 of a reason of single items",
            "customers",
        ),
    ),
)
EVALUATION = _gold(
    "recommendation_evaluation",
    "What each recommender, fitted some months before, was worth by what customers adopted since; and the one that "
    "serves, with the reason.",
    "a recommender and segment, as of each month",
    ("month", "recommender", "segment"),
    columns(
        AS_OF,
        ("fitted_month", "date", "The month that the recommender was fitted as of; null while the domain is too young"),
        ("recommender", "text", "The recommender, by name"),
        text("segment").means("The persona of the customers measured; empty for all"),
        integer("customers", "customers").means(
            "Customers who adopted something new in the months after the fit, and are judged: of more than 50,000 as "
            "many, drawn by chance"
        ),
        *(column for name, words in _MEASURES.items() for column in _with_interval(name, words)),
        ("coverage_5", "double", "Share of the catalogue that is among the five best of somebody judged"),
        ("novelty_5", "double", "Mean of -log2 of the share of customers who own a recommended item", "bits"),
        ("chance", "double", "nDCG at 10 that lists drawn by chance are expected to have for the same customers"),
        ("serves", "boolean", "Whether it serves the month"),
        (
            "fit",
            "boolean",
            "Of the one that serves, whether it is better than chance; where it is not, nothing is recommended. Null "
            "for the others",
        ),
        (
            "beyond",
            "boolean",
            "Whether it is better than the one that serves by more than the margin; in two evaluations running it "
            "serves in its place",
        ),
        text("reason").means("Why it does, in a sentence; null for the others"),
        (
            "calibration",
            "text",
            "Of the one that serves: places among the scores of a month and the probability of adoption at each, and "
            "how many times as likely it is in each segment, as JSON",
        ),
        (
            "inputs_digest",
            "text",
            "SHA-256 of the data, settings and code that the leaderboard was made from; from the same ones it is not "
            "made again",
        ),
    ),
)

TABLES = (RECOMMENDATIONS, HELD_OUT, OPPORTUNITIES, ACCEPTANCE, LIFT, LEFT_OUT, EVALUATION)
