"""Tables of predictions.

Belongs here: what each of them says of itself. Does not belong here: computing them.
"""

from functools import partial

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, boolean, columns, date, double, integer, share, text
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold", "predictions")

_PREDICTION = ("prediction", "text", "The prediction, by name")
_HORIZON = ("horizon", "integer", "How many months or days after the month it is to happen within")
_UNIT = ("unit", "text", "What the horizon is counted in: months or days")
_MADE_IN = ("made_in", "date", "The month as of whose end it was made; of an open month the one before it")
_CANDIDATE = (
    "last_period, table, rfm, logistic, additive or mean; base_rate where there is too little to learn from; of spend "
    "last_period, window_rate, half_and_half, ratio or mean"
)
_SKILL = "1 - Brier score / that of the last period, of spend the squared error: the share of its error that is saved"
_MONEY = (
    double("rmse", MONEY).means("Of spend: root mean square of what was expected less what was paid"),
    double("mae", MONEY).means("Of spend: mean distance of the two"),
    double("spearman").means("Of spend: correlation of their ranks"),
    share("revenue_10").means("Of spend: part of the revenue that the tenth of most forecast paid"),
    share("coverage").means("Of spend: share of customers who paid what their 80 % interval said"),
)

MODEL = Table(
    "models",
    "predictions",
    "prediction_models",
    "The candidates of each prediction, what they were learned from, how they were judged and who serves.",
    "a horizon, as of each month",
    ("month", "horizon"),
    columns(
        AS_OF,
        _HORIZON,
        _UNIT,
        _MADE_IN,
        text("champion").means(f"Who serves: {_CANDIDATE}; null where nothing is said"),
        text("reason").means("Why it serves, or why nothing does, in the language of the domain"),
        text("beyond").means("Candidates that are better than it beyond the interval, as a JSON list"),
        ("train_from", "date", "First month learned from; null without any"),
        ("train_to", "date", "Last month learned from: its outcome was known by then"),
        ("rows", "integer", "Customers of these months, 50,000 of each at most", "customers"),
        ("events", "integer", "Those of them of whom it came; of spend: who had a pace and paid", "customers"),
        text("unknown_features").means("Features of the champion that the month knows nothing of, as a JSON list"),
        text("model").means("The candidates as JSON"),
        text("evaluation").means("The leaderboard as JSON: gold/prediction_evaluation is made of it"),
        text("calibration").means("The calibration of the champion as JSON; of spend its intervals by forecast"),
        text("digest").means("SHA-256 of the rows, settings and code that the candidates were learned from"),
        text("tracked").means("Where MLflow keeps the fit, as JSON: at, run, version; null where it keeps none"),
        text("distributions").means(
            "How the features of these rows are distributed, as JSON: drift is measured against it"
        ),
    ),
)

PREDICTIONS = _gold(
    "predictions",
    "How likely each customer is to do what is predicted, or what it is expected to pay, and what speaks for it.",
    "a customer, prediction and horizon, as of each month",
    ("customer_id", "month", "prediction", "horizon"),
    columns(
        CUSTOMER,
        AS_OF,
        _PREDICTION,
        _HORIZON,
        _UNIT,
        _MADE_IN,
        share("probability").means("How likely it is; null of spend"),
        double("expected", MONEY).means("Of spend: what the customer is expected to pay in these months"),
        double("low", MONEY).means("Of spend: lower end of the 80 % interval; null while no outcome is known"),
        double("high", MONEY).means(
            "Of spend: its upper end; at least 8 in 10 customers of a like forecast pay at most that"
        ),
        integer("decile").means(
            "1 are the least likely tenth of the customers, 10 the likeliest; of spend by what is expected"
        ),
        text("champion").means(f"The candidate that says so: {_CANDIDATE}"),
        share("last_period").means("What would be said by nothing but whether it happened in as many months before"),
        double("paid_last_period", MONEY).means(
            "Of spend: what was paid in as many months before, stretched where there are fewer"
        ),
        *(
            column
            for place in (1, 2, 3)
            for column in (
                text(f"reason_{place}").means(
                    "What sets the customer apart from the median, in the language of the domain"
                ),
                text(f"feature_{place}").means("The feature that it is of"),
                double(f"value_{place}", "as the feature").means("Its value; null where it is not known"),
                double(f"contribution_{place}", "log-odds").means(
                    "What it adds to the median customer's log-odds; of spend to the logarithm of the factor on the "
                    "pace that the median customer has"
                ),
            )
        ),
        date("next_visit_by").means(
            "Of the longest horizon in days: the day by which half of the customers of a like probability had come, "
            "or bought, "
            "on the hold-outs; null where fewer than half ever did, and of other horizons"
        ),
        text("reasons").means("The reasons as one sentence, in the language of the domain"),
        text("note").means("What limits the prediction, in the language of the domain; null where nothing does"),
    ),
)
EVALUATION = _gold(
    "prediction_evaluation",
    "The leaderboard of each prediction: candidates on the last months whose outcome is known.",
    "a prediction, horizon, candidate and hold-out, as of each month",
    ("month", "prediction", "horizon", "candidate", "hold_out"),
    columns(
        AS_OF,
        _PREDICTION,
        _HORIZON,
        _UNIT,
        text("candidate").means(_CANDIDATE),
        ("hold_out", "date", "The month that was predicted, by what was known at its end"),
        ("n", "integer", "Its customers, 50,000 at most", "customers"),
        ("events", "integer", "Those of them of whom it came; of spend: who paid", "customers"),
        double("auc").means("How often one of whom it came was likelier than one of whom it did not"),
        double("brier").means("Mean squared distance of probability and outcome"),
        double("skill").means(_SKILL),
        double("slope").means("Calibration slope: 1 is right, below it probabilities are too sure of themselves"),
        double("intercept").means("Its intercept"),
        double("bias").means("Mean probability less the rate that came"),
        double("lift_10").means("Rate of the likeliest tenth over that of all"),
        share("capture_10").means("Part of the events that the likeliest tenth holds"),
        double("reached_100", "customers").means(
            "Of the 100 likeliest customers, those of whom it came; of those as likely as the last one a part counts. "
            "Null with fewer than 100, and of spend"
        ),
        *_MONEY,
        double("low").means(
            "Brier score over all hold-outs less that of the best, of spend the squared error as a share of the last "
            "period's: lower end of the 95 % interval"
        ),
        double("high").means("Its upper end"),
        boolean("serves").means("Whether the candidate says the month's predictions"),
    ),
)
CALIBRATION = _gold(
    "prediction_calibration",
    "What was said and what came, by tenth of what was said, over all hold-outs, by the candidate that serves.",
    "a prediction, horizon and tenth, as of each month",
    ("month", "prediction", "horizon", "decile"),
    columns(
        AS_OF,
        _PREDICTION,
        _HORIZON,
        _UNIT,
        integer("decile").means("1 are the least likely tenth, 10 the likeliest"),
        share("predicted").means("Mean probability of the tenth"),
        share("observed").means("Share of them of whom it came"),
        ("n", "integer", "Customers and hold-outs", "customers"),
        integer("half_by", "days").means(
            "Of the longest horizon in days: the day after the month by which half of the tenth had done it; null "
            "where fewer than half did"
        ),
    ),
)
RESULTS = _gold(
    "prediction_results",
    "What was said of customers whose months are over by now, and what came.",
    "a prediction, horizon and month of its making whose last month this is",
    ("month", "prediction", "horizon", "made_in"),
    columns(
        AS_OF,
        _PREDICTION,
        _HORIZON,
        _UNIT,
        _MADE_IN,
        text("champion").means("The candidate that served then"),
        (
            "n",
            "integer",
            "Customers of whom something was said; rank, errors and slope are of 50,000 of them",
            "customers",
        ),
        ("events", "integer", "Those of them of whom it came; of spend: who paid", "customers"),
        share("predicted").means("Mean probability that was said"),
        share("observed").means("Share of them of whom it came"),
        double("auc").means("How often one of whom it came was likelier than one of whom it did not"),
        double("brier").means("Mean squared distance of probability and outcome"),
        double("skill").means(_SKILL),
        double("slope").means("Calibration slope"),
        double("hold_out_skill").means("The skill, over all hold-outs, by which the candidate was chosen then"),
        double("expected", MONEY).means("Of spend: what all of them were expected to pay"),
        double("paid", MONEY).means("Of spend: what all of them paid"),
        *_MONEY,
    ),
)
DRIFT = _gold(
    "prediction_drift",
    "How far each feature that predicts lies from where it lay in the months learned from.",
    "a prediction, horizon and feature, as of each month",
    ("month", "prediction", "horizon", "feature"),
    columns(
        AS_OF,
        _PREDICTION,
        _HORIZON,
        _UNIT,
        text("feature").means("A feature of the candidate that serves"),
        double("psi").means("Population stability index: below 0.1 stable, above 0.25 far away; null where it is gone"),
        double("ks").means("Largest distance between the distributions of the known values, 0 to 1, within 0.01"),
        share("missing_share_before").means("Share of the customers learned from without the feature"),
        share("missing_share_now").means("Share of the customers without the feature"),
        double("median_before", "as the feature").means("Median of the known values in the months learned from"),
        double("median_now", "as the feature").means("Median of the known values"),
        integer("customers_before", "customers").means("Customers learned from, one a month"),
        integer("customers_now", "customers").means("Customers of the month"),
        boolean("drifted").means("Whether psi is above `goals.psi`"),
        text("note").means("Why a measure is null or not to be trusted, in the language of the domain; else null"),
    ),
)

GOLD = {
    "predictions": PREDICTIONS,
    "evaluation": EVALUATION,
    "calibration": CALIBRATION,
    "results": RESULTS,
    "drift": DRIFT,
}
TABLES = (MODEL, *GOLD.values())
"""In the order of the reference pages."""


def model_table(prediction: Prediction) -> Table:
    """The models of one prediction."""
    return MODEL.named(prediction.name, f"The candidates of `{prediction.name}`, how they were judged and who serves.")
