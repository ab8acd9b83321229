"""Tables of the profile: a row a column, and a row a finding.

Belongs here: what each of them says of itself. Does not belong here: computing them.
"""

from collections.abc import Iterable
from functools import partial

from arcana_assets.domain.column import MONTH, columns, double, integer, share, text
from arcana_assets.tables.table import Table

_gold = partial(Table, "gold", "profile")

MOVED = 0.25  # psi from which on a column is told to have moved
ENOUGH = 100  # rows of a month; of fewer chance says more than what moved
BEYOND = 3.5 / 0.6745  # times the median absolute deviation; 0.6745 of a normal variable is that of its deviations
QUANTILES = {"p01": 0.01, "p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}

DATA_PROFILE = _gold(
    "data_profile",
    "What each column of silver, and of gold tables by customer, holds; nothing that a column of customers' ids says.",
    "a column of a table in a month",
    ("month", "layer", "table", "column"),
    columns(
        MONTH,
        text("layer").means("silver or gold"),
        text("table").means("The table"),
        text("column").means("The column; `month` itself is left out"),
        text("type").means("Its type, as the lake keeps it"),
        (
            "identifies",
            "boolean",
            "Whether it holds ids of customers, or is not declared: then no value of it is in this row",
        ),
        integer("rows", "rows").means("Rows of the month"),
        integer("missing", "rows").means("Rows without a value; of a double, infinite ones among them"),
        integer("blank", "rows").means("Texts of nothing but white space, and empty lists"),
        integer("distinct", "values").means("Different values, counted exactly"),
        double("minimum").means("Least value of a number"),
        *(
            double(name).means(f"The value at {100 * at:g} % of the known ones in order")
            for name, at in QUANTILES.items()
        ),
        double("maximum").means("Greatest value of a number"),
        double("mean").means("Mean of the known values"),
        double("sd").means("Standard deviation of the known values (of a sample); null with one value"),
        double("mad").means(
            "Median absolute deviation from the median, of numbers of silver and customer 360; null where it is 0, for "
            "half of the rows or more are alike then"
        ),
        integer("outlying", "rows").means(
            "Values more than 3.5 / 0.6745 times that from the median (Iglewicz and Hoaglin, 1993)"
        ),
        integer("zero", "rows").means("Values that are 0"),
        integer("negative", "rows").means("Values below 0"),
        ("earliest", "text", "First day or instant of a date, in ISO 8601"),
        ("latest", "text", "Last day or instant of a date, in ISO 8601"),
        (
            "top_values",
            "text",
            "The 20 most frequent values with their rows, as JSON [[value, rows], ...]; of texts those in 5 rows or "
            "more, so that nothing is listed that one row alone says",
        ),
        (
            "histogram",
            "text",
            "Of numbers, as JSON [[edge, rows], ...]: the rows up to and with each edge, from the edge before on. "
            "Edges "
            "are the same in all months: 1, 1.5, 2, 3, 4, 5, 6, 8 and tenfold, and 0; bins without rows are left out",
        ),
        double("psi").means(
            "Population stability index against the month before, on its histogram, or on its values where a text has "
            "at most 20; missing is a bin of its own. Below 0.1 stable, above 0.25 moved; null without such a month"
        ),
    ),
)
DATA_FINDINGS = _gold(
    "data_findings",
    "What is found in the data beyond single columns: rows by source, refusals, gaps, concentration, items, relations.",
    "a finding about a part of the data in a month",
    ("month", "subject", "part", "item", "other"),
    columns(
        MONTH,
        text("subject").means(
            "rows, refused, days, coverage, spellings, concentration, cohort, items_per_customer, top_items, "
            "owned_together, correlation or feature_by_persona"
        ),
        ("part", "text", "The source, segmentation or column that it is about"),
        (
            "item",
            "text",
            "What of it: a reason, a share of customers, the first month of a cohort, an item, a feature, a persona; "
            "empty for the whole",
        ),
        (
            "other",
            "text",
            "The second item or feature of a pair, the feature of a persona, active or revenue of a cohort; else empty",
        ),
        double("value").means(
            "The figure: rows, days, customers, revenue, Spearman's coefficient, a median; as the subject has it"
        ),
        share("share").means(
            "The figure as a share of `n`, of the whole revenue, or of a cohort's in its first month; null where it is "
            "none"
        ),
        integer("n").means("What it is of: rows, days, customers"),
        (
            "detail",
            "text",
            "More as JSON: examples of refused lines without what identifies customers, days without rows, points of a "
            "scatter (at most 500 customers, without their ids), quantiles; else null",
        ),
    ),
)

TABLES = (DATA_PROFILE, DATA_FINDINGS)


def is_spread(table: Table) -> bool:
    """Whether outliers of its numbers are told: of what was delivered, and of what is known of customers.

    Other gold tables are made of these; they would say the same rows again.
    """
    return table.layer == "silver" or table.name == "customer_360"


def profiled(given: Iterable[Table]) -> list[Table]:
    """Of a domain's tables those that are profiled: silver, and gold by customer; summaries tell nothing by column.

    Not the feature matrix, which is customer 360 in numbers: it would say everything twice.
    """
    return [
        table
        for table in given
        if table.layer == "silver"
        or (table.layer == "gold" and "customer_id" in table.key and table.name != "feature_matrix")
    ]
