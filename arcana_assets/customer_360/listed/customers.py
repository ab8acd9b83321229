"""Customer 360 of a company with a master: every customer that it lists, with all that is known of each.

Belongs here: joining facets to the master. Does not belong here: what a facet says (a file each), customers who are
known by what they buy (`goods.customers`).
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.periods import whole_months
from arcana_assets.domain.facets.commercial import PROFILE
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.tables.types import TYPES


def listed_customers(master: ir.Table, facets: Mapping[str, ir.Table]) -> ir.Table:
    """One row for each row of the master, whatever the facets hold.

    Takes the table of `master.customers` and the other facets by entity, each with at most one row for a
    customer and month. Returns customer_id, month, has_<facet>, and the columns of all facets; they are null where
    nothing is known, which has_<facet> says.
    """
    months = whole_months(master.since, master.month)
    tenure = (months >= 0).ifelse(months, ibis.null("int64"))
    profile = {column.name: master[column.name] for column in PROFILE.columns if column.name != "tenure_months"}
    joined = master.select("customer_id", "month", **profile, tenure_months=tenure)
    names = ["customer_id", "month", *(column.name for column in PROFILE.columns)]
    for facet, table in facets.items():
        columns = [column.name for column in FACETS[facet].columns]
        # Of a facet that was computed before, the engine's own types come: DuckDB sums integers to 128 bits.
        typed = {column.name: table[column.name].cast(TYPES[column.type]) for column in FACETS[facet].columns}
        known = table.select("customer_id", "month", **typed, **{HAS + facet: ibis.literal(True)})
        joined = joined.left_join(known, ["customer_id", "month"]).drop("customer_id_right", "month_right")
        names += [HAS + facet, *columns]
    has = {HAS + facet: joined[HAS + facet].fill_null(False) for facet in facets}
    return joined.select(*(has.get(name, joined[name]).name(name) for name in names)).order_by("month", "customer_id")
