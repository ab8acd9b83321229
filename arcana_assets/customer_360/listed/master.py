"""The master: one row for each customer that any source of customers lists, whatever the rows say."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

TOGETHER = (
    ("segment", "subsegment"),
    ("revenue_band", "revenue_band_rank"),
    ("country", "state", "city"),
    ("activity",),
)
"""Columns that are taken from the same statement, since they belong together."""


def customers(statements: ir.Table, regions: Mapping[str, Sequence[str]]) -> ir.Table:
    """One row for each customer and month: what most of the rows about the customer say.

    Takes silver of all sources of customers: customer_id, month and what they state. Of values that equally many rows
    state, the first in order is taken, so the result depends on no order of rows. `since` is the earliest. Returns
    customer_id, month, the columns of the entity, region (of `regions`: name to states; null for other states),
    statements and contradictions (columns in which two rows state different things).
    """
    base = statements.group_by("customer_id", "month").agg(
        since=statements.since.min(),
        statements=statements.count(),
        contradictions=(statements.since.nunique() > 1).cast("int64"),
    )
    for columns in TOGETHER:
        stated = _most_stated(statements, columns)
        base = base.left_join(stated, ["customer_id", "month"]).drop("customer_id_right", "month_right")
        base = base.mutate(contradictions=base.contradictions + base.differing.fill_null(0)).drop("differing")
    cases = [(base.state.isin(list(states)), name) for name, states in regions.items()]
    region = ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")
    return base.mutate(region=region).order_by("month", "customer_id")


def _most_stated(statements: ir.Table, columns: Sequence[str]) -> ir.Table:
    """customer_id, month, the columns as most rows state them together, and how many of them are stated differently."""
    told = statements.filter(ibis.or_(*(statements[name].notnull() for name in columns)))
    counted = told.group_by("customer_id", "month", *columns).agg(rows=told.count())
    # The least of (-rows, values): most rows first, then the first value. Engines place nulls differently; here they
    # come last.
    values = {key: value for name in columns for key, value in _nulls_last(name, counted[name]).items()}
    place = ibis.struct({"less": -counted["rows"], **values})
    best = counted.group_by("customer_id", "month").agg(
        best=place.min(),
        differing=sum((counted[name].nunique() > 1).cast("int64") for name in columns),
    )
    return best.select("customer_id", "month", "differing", **{name: best.best[name] for name in columns})


def _nulls_last(name: str, value: ir.Value) -> dict[str, ir.Value]:
    return {f"no_{name}": value.isnull(), name: value}


def of_listed(statements: ir.Table, listing: ir.Table) -> ir.Table:
    """The statements about customers that the listing, statements of its own, names in the same month."""
    return statements.semi_join(listing.filter(listing.customer_id.notnull()), ["customer_id", "month"])


def coverage(source: str, entity: str, silver: ir.Table, master: ir.Table, months: ir.Table) -> ir.Table:
    """How the customers of one source are those of the master; one row for each of the months (a table of `month`)."""
    each = silver.group_by("customer_id", "month").agg(rows=silver.count())
    listed = master.select(listed_id="customer_id", listed_month="month")
    known = each.left_join(listed, [each.customer_id == listed.listed_id, each.month == listed.listed_month])
    orphan = known.listed_id.isnull()
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
