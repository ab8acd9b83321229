"""What each column of the gold tables and models means, for the docs and for the column metadata in the UI.

Belongs here: names, types, descriptions, units. Does not belong here: computing them (`transforms`, `ml`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from arcana_assets.domain import gold_columns_subscribers as subscribers
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets import ABSENT, FACETS
from arcana_assets.domain.feature_names import ALWAYS, MAY_BE_ABSENT, SHARE, SHARES_ABSENT, TRANSACTIONS
from arcana_assets.domain.gold_column import MONEY, GoldColumn, table

__all__ = ["GRAIN", "MONEY", "TABLES", "GoldColumn", "describe", "describe_column", "tables_of"]

CUSTOMER, MONTH, AS_OF = subscribers.CUSTOMER, subscribers.MONTH, subscribers.AS_OF
PRODUCT = ("product_id", "text", "The product's code, as in silver")
ORDERS = (
    "orders",
    "integer",
    "Different orders with at least one sale of merchandise; postage or a fee alone is no order",
    "orders",
)
UNITS = ("units", "integer", "Pieces of merchandise sold less pieces taken back", "pieces")
GROSS = ("gross", "decimal", "Value of merchandise sold", MONEY)
RETURNED = ("returned", "decimal", "Value of merchandise taken back, as a positive number", MONEY)
NET = ("net", "decimal", "gross - returned", MONEY)
# What a customer paid is more than merchandise; the sums by product and category leave the rest out.
ALL_GROSS = ("gross", "decimal", "Value of all sales, postage and fees among them", MONEY)
ALL_RETURNED = (
    "returned",
    "decimal",
    "Value of all lines that are no sale, returns and discounts, as a positive number",
    MONEY,
)
ALL_NET = ("net", "decimal", "gross - returned: what was paid", MONEY)
SEGMENTATION = ("segmentation", "text", "The segmentation, by its name in `defs.yaml`")
EXPLAINED = (
    "explained",
    "double",
    "Share of the variance of the latest months' revenue that groups of the customers as they were before explain; "
    "null where it is not known",
)
SEGMENT_ID = ("segment_id", "integer", "The segment; its id stays from one fit to the next and never comes back")
PERSONA = ("persona", "text", "The segment's name for business users")

_CUSTOMER_360 = table(
    CUSTOMER,
    AS_OF,
    (
        "recency_days",
        "integer",
        "Days from the last order ever to the first day after the month (while it is open, to the day after the run); "
        "null for who never ordered merchandise",
        "days",
    ),
    (
        "frequency",
        "integer",
        "Different orders with at least one sale of merchandise in the lookback, counted in each month they have one",
        "orders",
    ),
    (
        "monetary",
        "decimal",
        "What the customer paid in the lookback, net of returns and discounts, postage and fees among it; negative for "
        "who got back more",
        MONEY,
    ),
    ("gross", "decimal", "Value of all sales in the lookback, postage and fees among them", MONEY),
    (
        "returned",
        "decimal",
        "Value of all lines in the lookback that are no sale, returns and discounts, as a positive number",
        MONEY,
    ),
    (
        "average_ticket",
        "double",
        "gross / frequency, so postage and fees are in it; null without an order in the lookback",
        MONEY + " per order",
    ),
    (
        "distinct_products",
        "integer",
        "Different products bought in the lookback, returned or not; merchandise only",
        "products",
    ),
    (
        "return_share",
        "double",
        "returned / gross, so discounts are in it; above 1 for who got back more than was sold in the lookback, null "
        "without a sale",
    ),
    (
        "tenure_months",
        "integer",
        "Whole months since the customer became one (the master's `since`, else the first order); absent where that is "
        "later or not known",
        "months",
    ),
    (
        SHARE + "<category>",
        "double",
        "Share of the value bought in the lookback that fell to the product category, by the categories as of the "
        "month; merchandise only; null for who bought none, and in months in which no product has the category; what "
        "is known adds up to 1",
    ),
)


def _features() -> dict[str, GoldColumn]:
    features = (*ALWAYS, *MAY_BE_ABSENT, SHARE + "<category>")
    absent = [
        (name + ABSENT, "double", f"1 where {name} is absent, 0 where it is known; absence is information, not a zero")
        for name in MAY_BE_ABSENT
    ]
    return {
        **table(CUSTOMER, AS_OF),
        **{name: replace(_CUSTOMER_360[name], type="double") for name in features},
        **table(*absent, (SHARES_ABSENT, "double", "1 where all shares are absent: who bought nothing; else 0")),
    }


_TABLES: dict[str, dict[str, GoldColumn]] = {
    "transactions_monthly": table(
        CUSTOMER,
        MONTH,
        ORDERS,
        ("lines", "integer", "Order lines, with returns, postage, fees and discounts", "lines"),
        UNITS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("first_day", "date", "Day of the first order of the month, local time; null in a month without one"),
        ("last_day", "date", "Day of the last order of the month, local time; null in a month without one"),
    ),
    "transactions_by_product_monthly": table(CUSTOMER, MONTH, PRODUCT, ORDERS, UNITS, GROSS, RETURNED, NET),
    "transactions_by_category_monthly": table(
        CUSTOMER, MONTH, ("category", "text", "The product's category or learned family"), UNITS, GROSS, RETURNED, NET
    ),
    "products_monthly": table(
        PRODUCT,
        MONTH,
        ("description", "text", "A name the product had on lines of the month; a product has a row for each"),
        ("lines", "integer", "Order lines with this name, to whomever, returns among them", "lines"),
        UNITS,
        NET,
    ),
    "product_categories": table(
        AS_OF,
        PRODUCT,
        ("name", "text", "Name in the catalogue, else the name most used on order lines, else the code"),
        ("category", "text", "Category in the catalogue, else the family learned from descriptions"),
        ("first_month", "date", "First month the product was sold or taken back in"),
        ("from_catalogue", "boolean", "Whether the catalogue has the product"),
    ),
    "transactions_coverage": table(
        MONTH,
        ("rows", "integer", "Order lines in silver", "lines"),
        ("rows_without_customer", "integer", "Order lines whose customer is not known", "lines"),
        ("customers", "integer", "Different known customers", "customers"),
        ORDERS,
        ALL_GROSS,
        ALL_RETURNED,
        ALL_NET,
        ("net_without_customer", "decimal", "The part of net whose customer is not known", MONEY),
    ),
    "customer_360": _CUSTOMER_360,
    "feature_matrix": _features(),
    "models": table(
        MONTH,
        SEGMENTATION,
        ("algorithm", "text", "kmeans, bisecting_kmeans, gaussian_mixture, dbscan or hdbscan"),
        ("k", "integer", "Number of segments", "segments"),
        ("silhouette", "double", "Mean silhouette of the chosen clustering, from -1 to 1; null where there is none"),
        ("smallest_share", "double", "Share of the customers that the smallest segment holds"),
        (
            "stability",
            "double",
            "Mean adjusted Rand index of refits on bootstrap samples: 1 is the same segments each time, 0 is chance",
        ),
        EXPLAINED,
        ("customers", "integer", "Customers the model was fitted on", "customers"),
        ("admissible", "boolean", "Whether the model passed its gate: shares, number of segments, stability"),
        (
            "outcome",
            "text",
            "first, scored (nothing was fitted), kept (no fit passed), refitted (from the centres in use), replaced or "
            "promoted (by a person)",
        ),
        ("fitted_month", "date", "The month that the model was fitted on"),
        ("moved_share", "double", "Share of customers that the change of model put elsewhere, on the same numbers"),
        ("reason", "text", "Why this model, in a sentence"),
        ("model", "text", "The model that serves the month as JSON: preprocessing, clusterer, ids, personas"),
        ("selection", "text", "Each candidate that the month's fit tried, as JSON; see segmentation_selection"),
        ("events", "text", "What became of segments in the month, as JSON; see segment_events"),
        ("challenger", "text", "A fit that passed the gate and waits, as the model; null where none does"),
        ("challenger_moves", "double", "Share of customers that the challenger would move"),
        ("promoted_in_run", "text", "The run that promoted the month's challenger; null where none was"),
    ),
    "segments": table(
        CUSTOMER,
        AS_OF,
        SEGMENTATION,
        SEGMENT_ID,
        PERSONA,
        ("previous_segment_id", "integer", "The segment of the month before; null for who was not there"),
        ("behaviour_segment_id", "integer", "The segment that the model of the month before gives the customer now"),
        (
            "move",
            "text",
            "What a change of segment is due to: nova (not there before), nenhuma (no change), comportamento (the "
            "customer), modelo (the model), ambos",
        ),
        ("distance", "double", "Distance to the segment's centre in the model's space: how untypical the customer is"),
    ),
    "segment_profiles": table(
        AS_OF,
        SEGMENTATION,
        SEGMENT_ID,
        PERSONA,
        ("customers", "integer", "Customers in the segment", "customers"),
        ("share", "double", "Share of all customers"),
        ("description", "text", "What lies far above and below the base, with numbers, in Portuguese"),
        (
            "typical_customers",
            "text",
            "The three customers nearest to all others of the segment, the first first; null for a combination",
        ),
        ("membership_rule", "text", "Who is in the segment, by a short decision tree, in Portuguese"),
        (
            "membership_fidelity",
            "double",
            "Share of customers, unseen by the tree, whose segment its rules tell right; null for a combination",
        ),
        ("actions", "text", "What to do with these customers, as the domain says"),
        ("confident", "boolean", "Whether the persona rests on a clear position; null for a combination"),
        ("mean_<feature>", "double", "Mean of the feature in the segment, unknown values left out", "as the feature"),
        ("median_<feature>", "double", "Median of the feature in the segment", "as the feature"),
        ("lift_<feature>", "double", "Mean in the segment / mean of all customers; null where that is not positive"),
        ("percentile_<feature>", "double", "Mean percentile of its customers among all, 0 to 1"),
    ),
    "segmentation_selection": table(
        AS_OF,
        SEGMENTATION,
        ("algorithm", "text", "kmeans, bisecting_kmeans, gaussian_mixture, dbscan or hdbscan"),
        ("parameter", "text", "What it was asked for, such as k = 4"),
        ("k", "integer", "Number of segments found", "segments"),
        ("silhouette", "double", "Mean silhouette, from -1 to 1"),
        ("silhouette_on", "text", "todos: of all customers; amostra: of a seeded sample"),
        ("silhouette_customers", "integer", "Customers it is of", "customers"),
        ("silhouette_error", "double", "Standard error of a sampled silhouette, widened by half; null where exact"),
        ("calinski_harabasz", "double", "Calinski-Harabasz index; higher is better"),
        ("davies_bouldin", "double", "Davies-Bouldin index; lower is better"),
        ("smallest_share", "double", "Share of the customers that the smallest segment holds"),
        ("largest_share", "double", "Share of the customers that the largest segment holds"),
        ("noise_share", "double", "Share of the customers in no segment"),
        ("stability", "double", "Mean adjusted Rand index of refits on bootstrap samples"),
        EXPLAINED,
        ("inertia", "double", "Sum of squared distances to the means of the segments, in the model's space"),
        ("admissible", "boolean", "Whether it passed the gate"),
        ("refused_for", "text", "The limits that it breaks"),
        ("chosen", "boolean", "Whether the rule took it, of what was fitted from new starts"),
        ("serves", "boolean", "Whether it serves the month: not where the model in use was refitted or kept"),
    ),
    "segment_events": table(
        AS_OF,
        SEGMENTATION,
        ("event", "text", "born, split (born of another), merged (into another), retired or renamed"),
        ("segment_id", "integer", "The segment it happened to"),
        ("other_segment_id", "integer", "The segment it was born of or went into; null where there is none"),
        ("customers", "integer", "Customers concerned", "customers"),
        ("note", "text", "Of a new name: the one before, the new one and why, in Portuguese; else null"),
    ),
    "segment_migration": table(
        MONTH,
        SEGMENTATION,
        ("from_segment_id", "integer", "The segment of the month before; null for customers who were not there"),
        ("from_persona", "text", "Its name in the month before"),
        ("to_segment_id", "integer", "The segment of the month; null for customers who left"),
        ("to_persona", "text", "Its name in the month"),
        ("customers", "integer", "Customers who went from the one to the other", "customers"),
        (
            "value",
            "double",
            "Sum of the segmentation's axis over these customers as of the month, of who left as of the month before; "
            "an absent value is 0",
            "as the axis",
        ),
        ("by_behaviour", "integer", "Of these, how many moves are due to the customer alone", "customers"),
        ("by_model", "integer", "Of these, how many moves are due to a change of model alone", "customers"),
    ),
    "feature_drift": table(
        AS_OF,
        SEGMENTATION,
        ("feature", "text", "A feature of the model that serves the month, or one that a model fitted now would have"),
        (
            "psi",
            "double",
            "Population stability index against the month of the fit: below 0.1 stable, above 0.25 drifted; null where "
            "the feature is new or gone",
        ),
        ("ks", "double", "Largest distance between the distributions of the known values, 0 to 1, within 0.01"),
        ("missing_share_before", "double", "Share of the customers of the fit without the feature"),
        ("missing_share_now", "double", "Share of the customers without the feature"),
        ("median_before", "double", "Median of the known values in the fit", "as the feature"),
        ("median_now", "double", "Median of the known values", "as the feature"),
        ("customers_before", "integer", "Customers that the model was fitted on", "customers"),
        ("customers_now", "integer", "Customers of the month whom a model would be fitted on", "customers"),
        ("fitted_month", "date", "The month that the model was fitted on"),
        ("drifted", "boolean", "Whether psi is above the limit of the segmentation, `refit.psi`"),
        ("note", "text", "Why a measure is null or not to be trusted, in Portuguese; else null"),
    ),
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

_TABLES = {**subscribers.TABLES, **_TABLES}

TABLES = tuple(_TABLES)

NEEDS = {
    **subscribers.NEEDS,
    **dict.fromkeys(
        (
            "transactions_monthly",
            "transactions_by_product_monthly",
            "transactions_by_category_monthly",
            "products_monthly",
            "product_categories",
            "transactions_coverage",
        ),
        TRANSACTIONS,
    ),
}
"""The facet that a table is made for, where it is made for one."""

GRAIN = {
    **subscribers.GRAIN,
    "transactions_monthly": "a customer and month with a transaction",
    "transactions_by_product_monthly": "a customer, product and month; merchandise only",
    "transactions_by_category_monthly": "a customer, product category and month; merchandise only",
    "products_monthly": "a product, name of it and month; merchandise only",
    "product_categories": "a product sold so far, as of each month",
    "transactions_coverage": "a month",
    "customer_360": "a customer with a transaction in the lookback, as of each month",
    "feature_matrix": "a row of customer 360, in numbers",
    "models": "a fitted segmentation of a month; the table is `models/<segmentation>`",
    "segments": "a customer of the feature matrix and a segmentation, as of each month",
    "segment_profiles": "a segment of a segmentation, as of each month",
    "segmentation_selection": "a number of segments tried, in months with a fit",
    "segment_events": "an event of a segment, in months with a new model",
    "segment_migration": "a pair of segments of a segmentation between which customers went, in each month",
    "feature_drift": "a feature of a segmentation's model, as of each month",
    "recommendations": "a customer and rank, as of each month",
    "recommendations_left_out": "a reason, as of each month",
    "recommendation_evaluation": "a recommender and segment, as of each month",
}


def tables_of(facets: Collection[str]) -> list[str]:
    """The gold tables of a domain with these facets, in order."""
    owned = "items_owned" if not {TRANSACTIONS, "contracts"} & {*facets} else None
    return [name for name in TABLES if name != owned and (not (needed := NEEDS.get(name)) or needed in facets)]


def describe(table: str, facets: Collection[str] = (TRANSACTIONS,)) -> Mapping[str, GoldColumn]:
    """The columns of a gold table or of `models/<segmentation>` by name, patterns such as `share_<category>` too.

    What customer 360 and the feature matrix hold depends on the facets of the domain.
    Raises KeyError, with the nearest right name, for a table that is not described.
    """
    name = "models" if table.startswith("models/") else table
    if name not in _TABLES:
        raise KeyError(f"no gold table '{table}'" + nearest(name, TABLES))
    if name not in ("customer_360", "feature_matrix"):
        return _TABLES[name]
    of_goods = _TABLES[name] if TRANSACTIONS in facets else {}
    return {**subscribers.customer_columns(name, [facet for facet in facets if facet in FACETS]), **of_goods}


def describe_column(table: str, name: str) -> GoldColumn | None:
    """What is said of one column; of one that a pattern stands for, the pattern's words under the column's name."""
    columns = describe(table, (TRANSACTIONS, *FACETS))
    if name in columns:
        return columns[name]
    for column in columns.values():
        before, _, _ = column.name.partition("<")
        if column.pattern and re.fullmatch(re.escape(before) + r"\w+", name):
            return replace(column, name=name)
    return None
