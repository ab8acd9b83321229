"""Tables of loyalty programmes.

Belongs here: what each of them says of itself. Does not belong here: computing them.
"""

from functools import partial

from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, columns, date, double, integer, share, text
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold", "loyalty")

_PROGRAMME = ("programme", "text", "The loyalty programme, by name")
_MADE_IN = ("made_in", "date", "The month as of whose end the forecast was made; of an open month the one before it")
_GROUP = ("group", "text", "members, or rest: who has a row in customer 360 and is no member")
_HORIZON = ("horizon", "integer", "Months that are forecast", "months")
_MODEL = ("model", "text", "half_and_half, last_period, window_rate or seasonal")
_FORECAST = (
    ("forecast", "double", "Revenue expected of the group in these months; null of a model that says nothing", MONEY),
    ("low", "double", "Lower end of its 80 % interval", MONEY),
    ("high", "double", "Upper end of its 80 % interval", MONEY),
)
_LEDGER_MONTH = ("ledger_month", "date", "The month whose members are compared, in the months after it")

MEMBERS = _gold(
    "loyalty_members",
    "Candidates, members, members at risk and former members of each programme.",
    "a programme and customer who is or was a member, or is a candidate, as of each month",
    ("customer_id", "month", "programme"),
    columns(
        CUSTOMER,
        AS_OF,
        _PROGRAMME,
        text("state").means("candidate, member, at_risk (a member who falls short), or removed (was a member)"),
        date("since").means("First month of the state"),
        ("member_since", "date", "The month of the last entry; null for who never was a member"),
        ("months_short", "integer", "Months in a row that a member at risk has fallen short", "months"),
        ("change", "text", "What happened in the month: entered, left, fell_short or recovered; null for nothing"),
        text("reason").means("Why the customer is in the state, in the domain's language"),
        ("revenue", "double", "Revenue in the lookback, net; null for who has no row in customer 360", MONEY),
        ("gap", "double", "The largest share of an entry condition that is missing, 0 to 1; null without conditions"),
        ("lacking", "text", "What is missing to enter, in the domain's language; null where nothing is"),
    ),
)
CONDITIONS = _gold(
    "loyalty_conditions",
    "What it takes to enter each programme, and what to stay.",
    "a programme and condition, as of each month",
    ("month", "programme", "measure"),
    columns(
        AS_OF,
        _PROGRAMME,
        ("measure", "text", "The column of customer 360"),
        ("better", "text", "high or low: on which side of the threshold the condition is met"),
        ("enter_at", "double", "The threshold to enter", "as the feature"),
        ("keep_at", "double", "The weaker threshold to stay", "as the feature"),
        ("enter_words", "text", "The condition to enter, in the domain's language"),
        ("keep_words", "text", "The condition to stay, in the domain's language"),
        ("found_month", "date", "The month it was found in; null for one by hand"),
        ("found_in_run", "text", "The run that was asked to find it anew; null where none was"),
    ),
)
SUMMARY = _gold(
    "loyalty_summary",
    "Size, movement and revenue of each programme, and how well conditions tell.",
    "a programme, as of each month",
    ("month", "programme"),
    columns(
        AS_OF,
        _PROGRAMME,
        integer("customers", "customers").means("Customers in customer 360"),
        ("eligible", "integer", "Those of them who can be members", "customers"),
        ("members", "integer", "Members, those at risk among them", "customers"),
        ("entered", "integer", "Members who were none the month before", "customers"),
        ("left", "integer", "Members of the month before who are none now", "customers"),
        ("at_risk", "integer", "Members who fall short of the conditions to stay", "customers"),
        integer("candidates", unit="customers").means(
            "Eligible customers who meet the conditions to stay, not all of those to enter, and are no members"
        ),
        ("revenue", "double", "Revenue of all customers in the lookback, net", MONEY),
        ("members_revenue", "double", "That of members", MONEY),
        share("revenue_share").means("members_revenue / revenue; null where there is none"),
        text("segment").means("The persona of the segment that conditions are to tell"),
        ("precision", "double", "Share of who meets the conditions that is in the segment"),
        ("recall", "double", "Share of the segment that meets the conditions"),
        ("f1", "double", "Harmonic mean of the two"),
        ("note", "text", "Where the conditions come from, or why there are none, in the domain's language"),
    ),
)
ELIGIBILITY = _gold(
    "loyalty_eligibility",
    "How many customers can be members, and why the others cannot.",
    "a programme and reason, as of each month",
    ("month", "programme", "reason"),
    columns(
        AS_OF,
        _PROGRAMME,
        text("reason").means("Why customers cannot be members, or that they can; each counts for the first reason"),
        integer("customers", "customers").means("Customers"),
    ),
)
FORECAST = _gold(
    "loyalty_forecast",
    "Revenue that members and the rest will bring, by every model.",
    "a programme, group, horizon and model, as of each month",
    ("month", "programme", "group", "horizon", "model"),
    columns(
        AS_OF,
        _PROGRAMME,
        _MADE_IN,
        _GROUP,
        _HORIZON,
        _MODEL,
        integer("customers", "customers").means("Customers of the group who ever paid"),
        *_FORECAST,
        ("serves", "boolean", "Whether this is the model that serves the horizon"),
        ("hold_out_months", "integer", "Months of earlier forecasts whose outcome is known", "months"),
        ("error", "double", "Sum of |forecast - outcome| / sum of outcomes over these months, in the mean over groups"),
        ("bias", "double", "Sum of forecasts / sum of outcomes - 1, in the mean over groups"),
        ("coverage", "double", "Share of outcomes that lay within the interval given at the time"),
        (
            "note",
            "text",
            "Why the model says nothing, or, where its interval spans two orders of magnitude, that it cannot be told "
            "yet; null where it does",
        ),
    ),
)
FORECAST_RESULTS = _gold(
    "loyalty_forecast_results",
    "Forecasts whose months are over by now, and what came of them.",
    "a programme, group, horizon and model whose last month this is",
    ("month", "programme", "made_in", "group", "horizon", "model"),
    columns(
        AS_OF,
        _PROGRAMME,
        _MADE_IN,
        _GROUP,
        _HORIZON,
        _MODEL,
        *_FORECAST,
        double("outcome", MONEY).means("What the customers of the group paid in these months"),
        ("covered", "boolean", "Whether that lies within the interval; null without one"),
        ("served", "boolean", "Whether the model served then"),
    ),
)
PROOF = _gold(
    "loyalty_proof",
    "Members against all others and against matched ones, in the months after; of 100,000 customers where more.",
    "a programme, comparison and measure, as of each month",
    ("month", "programme", "comparison", "measure"),
    columns(
        AS_OF,
        _PROGRAMME,
        _LEDGER_MONTH,
        ("comparison", "text", "all: with all other eligible customers; matched: with one alike for each member"),
        ("measure", "text", "revenue and orders (a month), retention (bought again), return_share (of who bought)"),
        ("members", "integer", "Members with the measure; of pairs, those of them", "customers"),
        ("others", "integer", "Others with the measure", "customers"),
        ("members_mean", "double", "Mean of members", "as the feature"),
        ("others_mean", "double", "Mean of others", "as the feature"),
        ("difference", "double", "members_mean - others_mean", "as the feature"),
        ("low", "double", "Lower end of its 95 % bootstrap interval; null with too few customers", "as the feature"),
        ("high", "double", "Upper end of its 95 % bootstrap interval", "as the feature"),
        ("rank_effect", "double", "Share of comparisons by rank that members win, less that they lose, -1 to 1"),
        ("p", "double", "Of the rank test: Mann-Whitney, of pairs Wilcoxon"),
        ("p_adjusted", "double", "Corrected for the number of tests of the month and programme (Holm)"),
        ("beyond_chance", "boolean", "The interval leaves 0 out, p_adjusted is below .05, means and ranks agree"),
    ),
)
BALANCE = _gold(
    "loyalty_balance",
    "How unlike members and others are before and after matching.",
    "a programme and covariate, as of each month",
    ("month", "programme", "covariate"),
    columns(
        AS_OF,
        _PROGRAMME,
        _LEDGER_MONTH,
        ("covariate", "text", "The column of customer 360 that customers are matched by"),
        ("all", "double", "Mean difference of members and all others", "standard deviations of members"),
        ("matched", "double", "The same of the pairs; null without any", "standard deviations of members"),
        ("members", "integer", "Members", "customers"),
        ("pairs", "integer", "Those of them who have a pair", "customers"),
    ),
)
EXPERIMENT = _gold(
    "loyalty_experiment",
    "Customers that a randomised experiment would take, by effect.",
    "a programme and effect, as of each month",
    ("month", "programme", "effect"),
    columns(
        AS_OF,
        _PROGRAMME,
        _LEDGER_MONTH,
        ("effect", "double", "Effect on mean revenue to be seen, as a share of it"),
        ("plain", "integer", "Customers a group: 5 % level, 80 % power, two-sided", "customers"),
        ("adjusted", "integer", "The same where what customers paid before is made use of", "customers"),
        ("available", "integer", "Members and candidates there are", "customers"),
        ("least_effect", "double", "The smallest effect they can show, adjusted, in two equal groups"),
    ),
)
ACTIONS = _gold(
    "loyalty_actions",
    "Groups of customers by what they lack or risk.",
    "a programme and group of customers, as of each month",
    ("month", "programme", "action"),
    columns(
        AS_OF,
        _PROGRAMME,
        ("action", "text", "The group, by name"),
        ("title", "text", "The group, in the domain's language"),
        ("group", "text", "Whom it is part of, in the domain's language"),
        integer("customers", "customers").means("Its customers"),
        ("at_stake", "double", "Money at stake; null where it is not known", MONEY),
        ("at_stake_up_to", "double", "What it is at most in 8 of 10 cases, where it is a forecast", MONEY),
        ("stake_words", "text", "What the money is, in the domain's language"),
        ("what_to_do", "text", "What marketing can do, in the domain's language"),
    ),
)
REPORT = _gold(
    "loyalty_report",
    "The nine answers of each programme, with their tables.",
    "a programme and question, as of each month",
    ("month", "programme", "number"),
    columns(
        AS_OF,
        _PROGRAMME,
        ("number", "integer", "1 to 9"),
        ("question", "text", "The question, in the domain's language"),
        ("answer", "text", "Its answer in sentences, in the domain's language"),
        ("table", "text", "The table behind it as JSON: columns, data"),
    ),
)

TABLES = (
    *(MEMBERS, CONDITIONS, SUMMARY, ELIGIBILITY, FORECAST, FORECAST_RESULTS),
    *(PROOF, BALANCE, EXPERIMENT, ACTIONS, REPORT),
)
