"""The master: one row for each customer that any source of customers lists, whatever the rows say.

Belongs here: whom the master lists, what it says of each, and how many rows of other sources are of strangers. Does not
belong here: what other entities say of a customer (a file a facet).
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.gold import gold
from arcana_assets.domain.column import AS_OF, CUSTOMER, MONTH, columns, integer, share
from arcana_assets.domain.facets.commercial import CONSENT, PROFILE

_TOGETHER = (
    ("segment", "subsegment"),
    ("revenue_band", "revenue_band_rank"),
    ("country", "state", "city", "district"),
    ("activity",),
)
"""Columns that are taken from the same statement, since they belong together."""


CUSTOMERS = gold(
    "customers",
    "The master: every customer listed, as most rows about it say.",
    "a customer of the master, as of each month",
    ("customer_id", "month"),
    {
        **columns(CUSTOMER, AS_OF),
        **{column.name: column for column in PROFILE.columns if column.name != "tenure_months"},
        **{column.name: column for column in CONSENT.columns},
        **columns(
            ("statements", "integer", "Rows of all sources of customers about the customer", "rows"),
            integer("contradictions", "columns").means(
                "Columns in which those rows say different things; of the first day only where two sources do"
            ),
        ),
    },
    needs=("customers",),
)
SOURCE_COVERAGE = gold(
    "source_coverage",
    "How many customers each source knows, and how many the master does not.",
    "a source and month",
    ("source", "month"),
    columns(
        MONTH,
        ("source", "text", "The source"),
        ("entity", "text", "What it is conformed to"),
        ("rows", "integer", "Rows in silver", "rows"),
        integer("customers", "customers").means("Different customers among them"),
        ("orphan_rows", "integer", "Rows of customers that the master does not list", "rows"),
        ("orphan_customers", "integer", "Different customers that the master does not list", "customers"),
        ("master_customers", "integer", "Customers of the master", "customers"),
        share("covered_share").means("Share of the master's customers that the source has a row of in the month"),
    ),
    needs=("customers",),
)


def customers(statements: ir.Table, regions: Mapping[str, Sequence[str]]) -> ir.Table:
    """One row for each customer and month: what most of the rows about the customer say.

    Takes silver of all sources of customers: customer_id, month, `source` and what they state. Of values that equally
    many rows state, the first in order is taken, so the result depends on no order of rows. `since` is the earliest: in
    one source a customer may have several contracts, each with a day of its own. Returns customer_id, month, the
    columns of the entity, region (of `regions`: name to states; null for other states), statements and contradictions
    (columns in which two rows state different things; of `since`, in which two sources do).
    """
    by_source = statements.group_by("customer_id", "month", "source").agg(
        since=statements.since.min(),
        statements=statements.count(),
        # A no of any row is a no: false comes before true.
        **{name: statements[name].min() for name in CONSENT.names},
    )
    base = by_source.group_by("customer_id", "month").agg(
        since=by_source.since.min(),
        statements=by_source.statements.sum().cast("int64"),
        contradictions=(by_source.since.nunique() > 1).cast("int64"),
        **{name: by_source[name].min() for name in CONSENT.names},
    )
    for names in _TOGETHER:
        stated = most_stated(statements, names)
        base = base.left_join(stated, ["customer_id", "month"]).drop("customer_id_right", "month_right")
        base = base.mutate(contradictions=base.contradictions + base.differing.fill_null(0)).drop("differing")
    cases = [(base.state.isin(list(states)), name) for name, states in regions.items()]
    region = ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")
    return base.mutate(region=region).order_by("month", "customer_id")


def most_stated(statements: ir.Table, names: Sequence[str]) -> ir.Table:
    """customer_id, month, the columns as most rows state them together, and how many of them are stated differently."""
    told = statements.filter(ibis.or_(*(statements[name].notnull() for name in names)))
    counted = told.group_by("customer_id", "month", *names).agg(rows=told.count())
    # The least of (-rows, values): most rows first, then the first value. Engines place nulls differently; here they
    # come last.
    values = {key: value for name in names for key, value in _nulls_last(name, counted[name]).items()}
    place = ibis.struct({"less": -counted["rows"], **values})
    best = counted.group_by("customer_id", "month").agg(
        best=place.min(),
        differing=sum((counted[name].nunique() > 1).cast("int64") for name in names),
    )
    return best.select("customer_id", "month", "differing", **{name: best.best[name] for name in names})


def _nulls_last(name: str, value: ir.Value) -> dict[str, ir.Value]:
    return {f"no_{name}": value.isnull(), name: value}


def of_listed(statements: ir.Table, listing: ir.Table) -> ir.Table:
    """The statements about customers that the listing, statements of its own, names in the same month."""
    return statements.semi_join(listing.filter(listing.customer_id.notnull()), ["customer_id", "month"])


def begun(statements: ir.Table, periods: ir.Table) -> ir.Table:
    """customer_id and month of who was a customer by the end of the month: who is registered later was none yet.

    Takes `periods` (see `customer_360.periods`). Whose first day no row tells is one as soon as a row names it.
    """
    first = statements.group_by("customer_id", "month").agg(first=statements.since.min())
    known = first.join(periods.select("month", "as_of_day"), "month")
    return known.filter((known["first"] < known.as_of_day).fill_null(True)).select("customer_id", "month")


def coverage(source: str, entity: str, silver: ir.Table, master: ir.Table, months: ir.Table) -> ir.Table:
    """How the customers of one source are those of the master; one row for each of the months (a table of `month`)."""
    each = silver.group_by("customer_id", "month").agg(rows=silver.count())
    listed = master.select(listed_id="customer_id", listed_month="month")
    known = each.left_join(listed, [each.customer_id == listed.listed_id, each.month == listed.listed_month])
    # Nobody knows whose a row without a customer is; it is no stranger's.
    orphan = known.listed_id.isnull() & known.customer_id.notnull()
    counts = known.group_by("month").agg(
        rows=known["rows"].sum().cast("int64"),
        customers=known.customer_id.count(),
        orphan_rows=known["rows"].sum(where=orphan).fill_null(0).cast("int64"),
        orphan_customers=known.customer_id.count(where=orphan),
    )
    masters = master.group_by("month").agg(master_customers=master.count())
    table = months.select("month").left_join(counts, "month").drop("month_right")
    table = table.left_join(masters, "month").drop("month_right")
    numbers = {name: table[name].fill_null(0) for name in (*counts.columns[1:], "master_customers")}
    covered = (numbers["customers"] - numbers["orphan_customers"]).cast("float64")
    return table.select(
        month=table.month,
        source=ibis.literal(source),
        entity=ibis.literal(entity),
        **numbers,
        covered_share=covered / numbers["master_customers"].nullif(0),
    )


def orphans(coverage: pa.Table) -> dict[str, tuple[int, int]]:
    """Rows of customers that the master does not list, and all rows, of each source over the months of its coverage."""
    totals = coverage.group_by("source").aggregate([("orphan_rows", "sum"), ("rows", "sum")]).sort_by("source")
    return {row["source"]: (row["orphan_rows_sum"], row["rows_sum"]) for row in totals.to_pylist()}
