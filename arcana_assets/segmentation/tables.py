"""Tables of models and segments.

Belongs here: what each of them says of itself. Does not belong here: computing them.
"""

from functools import partial

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONTH, columns, double, integer, share, text
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold", "segments")
_model = partial(Table, "models", "segments")

SEGMENTATION = text("segmentation").means("The segmentation, by its name in `defs.yaml`")
SEGMENT_ID = integer("segment_id").means("The segment; its id stays from one fit to the next and never comes back")
PERSONA = text("persona").means("The segment's name for business users")

MODEL = _model(
    "models",
    "The model that serves each month as JSON, what was tried, and the fit that waits, where one does.",
    "a fitted segmentation of a month; the table is `models/<segmentation>`",
    ("month",),
    columns(
        MONTH,
        SEGMENTATION,
        (
            "algorithm",
            "text",
            "kmeans, bisecting_kmeans, gaussian_mixture, latent_classes, dbscan, hdbscan; labelled: by a "
            "classifier of `labels`; largest_lift: cuts by shares",
        ),
        ("k", "integer", "Number of segments", "segments"),
        ("silhouette", "double", "Mean silhouette of the chosen clustering, from -1 to 1; null where there is none"),
        share("smallest_share").means("Share of the customers that the smallest segment holds"),
        double("stability").means(
            "Mean adjusted Rand index of refits on bootstrap samples: 1 is the same segments each time, 0 is chance"
        ),
        integer("customers", "customers").means("Customers the model was fitted on"),
        text("form").means("kinds: groups with valleys between them; cuts: parts of a continuum, useful only"),
        ("admissible", "boolean", "Whether the model passed its gate: shares, number of segments, stability"),
        text("outcome").means(
            "first, scored (nothing was fitted), kept (no fit passed), refitted (from the centres in use), replaced or "
            "promoted (by a person)"
        ),
        ("fitted_month", "date", "The month that the model was fitted on"),
        share("moved_share").means("Share of customers that the change of model put elsewhere, on the same numbers"),
        text("reason").means("Why this model, in a sentence"),
        ("model", "text", "The model that serves the month as JSON: preprocessing, clusterer, ids, personas"),
        ("selection", "text", "Each candidate that the month's fit tried, as JSON; see segmentation_selection"),
        ("events", "text", "What became of segments in the month, as JSON; see segment_events"),
        ("challenger", "text", "A fit that passed the gate and waits, as the model; null where none does"),
        ("challenger_moves", "double", "Share of customers that the challenger would move"),
        ("challenger_months", "integer", "Months in a row that found as many groups as the challenger has", "months"),
        ("promoted_in_run", "text", "The run that promoted the month's challenger; null where none was"),
        text("inputs_digest").means(
            "SHA-256 of all that the row was made from: a run with the same does not fit again; null where MLflow did "
            "not keep the month's fits"
        ),
        text("tracked").means("Where MLflow keeps the fits that serve or wait, as JSON; null where it keeps none"),
    ),
)
SEGMENTS = _gold(
    "segments",
    "The segment of each customer in each segmentation, the one before, and what a move is due to.",
    "a customer of the feature matrix and a segmentation, as of each month",
    ("customer_id", "month", "segmentation"),
    columns(
        CUSTOMER,
        AS_OF,
        SEGMENTATION,
        SEGMENT_ID,
        PERSONA,
        integer("previous_segment_id").means("The segment of the month before; null for who was not there"),
        ("behaviour_segment_id", "integer", "The segment that the model of the month before gives the customer now"),
        text("move").means(
            "What a change of segment is due to, in the language of the domain: not there before (nova, new), no "
            "change (nenhuma, none), the customer (comportamento, behaviour), the model (modelo, model), both "
            "(ambos, both)"
        ),
        double("distance").means(
            "Distance to the segment's centre in the model's space: how untypical the customer is"
        ),
    ),
)
PROFILES = _gold(
    "segment_profiles",
    "Size, means, medians and lifts of each segment.",
    "a segment of a segmentation, as of each month",
    ("month", "segmentation", "segment_id"),
    columns(
        AS_OF,
        SEGMENTATION,
        SEGMENT_ID,
        PERSONA,
        integer("customers", "customers").means("Customers in the segment"),
        share("share").means("Share of all customers"),
        ("description", "text", "What lies far above and below the base, with numbers"),
        text("typical_customers", holds_customers=True, lists_customers=True).means(
            "The three customers nearest to all others of the segment, the first first; of more than 200,000 customers "
            "in a month those of a sample; null for a combination"
        ),
        ("membership_rule", "text", "Who is in the segment, by a short decision tree"),
        share("membership_fidelity").means(
            "Share of customers, unseen by the tree, whose segment its rules tell right; null for a combination"
        ),
        ("actions", "text", "What to do with these customers, as the domain says"),
        ("confident", "boolean", "Whether the persona rests on a clear position; null for a combination"),
        (
            "form",
            "text",
            "Group of customers (a valley lies between it and the others) or cut of a continuum, in words",
        ),
        ("reason", "text", "Why there are these segments, in a sentence; null for a combination"),
        ("mean_<feature>", "double", "Mean of the feature in the segment, unknown values left out", "as the feature"),
        ("median_<feature>", "double", "Median of the feature in the segment", "as the feature"),
        ("lift_<feature>", "double", "Mean in the segment / mean of all customers; null where that is not positive"),
        share("percentile_<feature>").means("Mean percentile of its customers among all, 0 to 1"),
    ),
)
SELECTION = _gold(
    "segmentation_selection",
    "Each k that was tried, its measures and limits.",
    "a number of segments tried, in months with a fit",
    ("month", "segmentation", "algorithm", "parameter"),
    columns(
        AS_OF,
        SEGMENTATION,
        (
            "algorithm",
            "text",
            "kmeans, bisecting_kmeans, gaussian_mixture, latent_classes, dbscan, hdbscan or labelled (of `labels`)",
        ),
        ("parameter", "text", "What it was asked for, such as k = 4"),
        ("k", "integer", "Number of segments found; 0: no dense region", "segments"),
        ("silhouette", "double", "Mean silhouette, from -1 to 1"),
        (
            "silhouette_on",
            "text",
            "In the language of the domain: of all customers (todos, all), or of a seeded sample (amostra, sample)",
        ),
        ("silhouette_customers", "integer", "Customers it is of", "customers"),
        ("silhouette_error", "double", "Standard error of a sampled silhouette, widened by half; null where exact"),
        ("calinski_harabasz", "double", "Calinski-Harabasz index; higher is better"),
        ("davies_bouldin", "double", "Davies-Bouldin index; lower is better"),
        share("smallest_share").means("Share of the customers that the smallest segment holds"),
        share("largest_share").means("Share of the customers that the largest segment holds"),
        share("noise_share").means("Share of the customers in no segment"),
        ("stability", "double", "Mean adjusted Rand index of refits on bootstrap samples"),
        double("valley").means(
            "Valley between a group and the one it runs into most, mean over the groups: 0 nobody stands between, 1 "
            "they are one; null where there was nothing to compare"
        ),
        double("label_agreement").means(
            "Adjusted Rand index with the labels of `labels`, of the classifier by customers it did not learn from; "
            "null where there are too few"
        ),
        ("inertia", "double", "Sum of squared distances to the means of the segments, in the model's space"),
        ("admissible", "boolean", "Whether it passed the gate"),
        text("refused_for").means("Why it was not taken: the limits that it breaks, or what it does no better"),
        ("chosen", "boolean", "Whether the rule took it, of what was fitted from new starts"),
        ("serves", "boolean", "Whether it serves the month: not where the model in use was refitted or kept"),
    ),
)
EVENTS = _gold(
    "segment_events",
    "Segments born, split, merged, retired or renamed.",
    "an event of a segment, in months with a new model",
    ("month", "segmentation", "event", "segment_id", "other_segment_id"),
    columns(
        AS_OF,
        SEGMENTATION,
        ("event", "text", "born, split (born of another), merged (into another), retired or renamed"),
        integer("segment_id").means("The segment it happened to"),
        ("other_segment_id", "integer", "The segment it was born of or went into; null where there is none"),
        integer("customers", "customers").means(
            "Customers concerned; in months that were learnt from a sample, extrapolated from it"
        ),
        ("note", "text", "Of a new name: the one before, the new one and why; else null"),
    ),
)
MIGRATION = _gold(
    "segment_migration",
    "How many customers went from which segment to which since the month before, and what they are worth.",
    "a pair of segments of a segmentation between which customers went, in each month",
    ("month", "segmentation", "from_segment_id", "to_segment_id"),
    columns(
        MONTH,
        SEGMENTATION,
        ("from_segment_id", "integer", "The segment of the month before; null for customers who were not there"),
        ("from_persona", "text", "Its name in the month before"),
        ("to_segment_id", "integer", "The segment of the month; null for customers who left"),
        ("to_persona", "text", "Its name in the month"),
        integer("customers", "customers").means("Customers who went from the one to the other"),
        double("value", unit="as the axis").means(
            "Sum of the segmentation's axis over these customers as of the month, of who left as of the month before; "
            "an absent value is 0"
        ),
        ("by_behaviour", "integer", "Of these, how many moves are due to the customer alone", "customers"),
        ("by_model", "integer", "Of these, how many moves are due to a change of model alone", "customers"),
    ),
)
DRIFT = _gold(
    "feature_drift",
    "How far each feature of a model lies from what it was in the month the model was fitted on.",
    "a feature of a segmentation's model, as of each month",
    ("month", "segmentation", "feature"),
    columns(
        AS_OF,
        SEGMENTATION,
        ("feature", "text", "A feature of the model that serves the month, or one that a model fitted now would have"),
        double("psi").means(
            "Population stability index against the month of the fit: below 0.1 stable, above 0.25 drifted; null where "
            "the feature is new or gone"
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
        ("note", "text", "Why a measure is null or not to be trusted; else null"),
    ),
)


def model_table(segmentation: Segmentation) -> Table:
    """The models of one segmentation."""
    about = f"A clustering by {', '.join(segmentation.features)}: {MODEL.about[0].lower()}{MODEL.about[1:]}"
    return MODEL.named(segmentation.name, about)


TABLES = (MODEL, SEGMENTS, PROFILES, SELECTION, EVENTS, MIGRATION, DRIFT)
