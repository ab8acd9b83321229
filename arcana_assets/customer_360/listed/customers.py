"""Customer 360 of a company with a master: every customer that it lists, with all that is known of each.

Belongs here: joining facets to the master. Does not belong here: what a facet says (a file each), customers who are
known by what they buy (`goods.customers`).
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.periods import whole_months
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.facets.commercial import CONSENT, PROFILE
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.tables.types import TYPES

_TENURE, _BY_ORDERS = "tenure_months", "_tenure_by_orders"  # of who has no date in the master


def listed_customers(master: ir.Table, facets: Mapping[str, ir.Table], asked: bool = False) -> ir.Table:
    """One row for each row of the master, whatever the facets hold.

    Takes the table of `master.customers` and the other facets by name, each with at most one row for a customer and
    month; `asked` says whether customers are asked for their consent. Returns customer_id, month, has_<facet>, and the
    columns of all facets; they are null where nothing is known, which has_<facet> says.
    """
    months = whole_months(master.since, master.month)
    tenure = (months >= 0).ifelse(months, ibis.null("int64"))
    profile = {column.name: master[column.name] for column in PROFILE.columns if column.name != _TENURE}
    consent = {name: master[name] for name in (CONSENT.names if asked else ())}
    joined = master.select("customer_id", "month", **profile, **consent, tenure_months=tenure)
    names = ["customer_id", "month", *PROFILE.names, *consent]
    for facet, table in facets.items():
        kinds = _kinds(facet, table)
        # Of a facet that was computed before, the engine's own types come: DuckDB sums integers to 128 bits.
        typed = {name: table[name].cast(TYPES[kind]) for name, kind in kinds.items()}
        if _TENURE in typed:
            typed[_BY_ORDERS] = typed.pop(_TENURE)
        known = table.select("customer_id", "month", **typed, **{HAS + facet: ibis.literal(True)})
        joined = joined.left_join(known, ["customer_id", "month"]).drop("customer_id_right", "month_right")
        names += [HAS + facet, *(name for name in kinds if name != _TENURE)]
    if _BY_ORDERS in joined.columns:
        registered = joined.since.notnull()
        joined = joined.mutate({_TENURE: registered.ifelse(joined[_TENURE], joined[_BY_ORDERS])})
    has = {HAS + facet: joined[HAS + facet].fill_null(False) for facet in facets}
    return joined.select(*(has.get(name, joined[name]).name(name) for name in names)).order_by("month", "customer_id")


def _kinds(facet: str, table: ir.Table) -> dict[str, ColumnType]:
    """The type of each column of a facet, in order; of a pattern, of the columns that the table has of it."""
    kinds: dict[str, ColumnType] = {}
    for column in FACETS[facet].columns:
        before = column.name.partition("<")[0]
        found = [name for name in table.columns if name.startswith(before)] if column.pattern else [column.name]
        kinds |= dict.fromkeys(found, column.type)
    return kinds
