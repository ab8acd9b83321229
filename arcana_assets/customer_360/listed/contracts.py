"""Contracts: what customers have contracted, and which items they own.

Belongs here: that facet and the items owned. Does not belong here: how an item is named (`items`).

A line is in force as of a month from its signature to its day of cancellation, where the file knows that day: whatever
its status says by now. Where it does not, the status counts that the snapshot of the month says, and bronze keeps the
snapshot that was read at the time. A month that was read later has a later state: a line that had ended by then counts
as ended in it, and how many such lines there are, of which nobody knows when they ended, is said.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import Computation
from arcana_assets.customer_360.gold import DECIMAL
from arcana_assets.customer_360.items import NO_GROUPS, item_name
from arcana_assets.customer_360.periods import of_month, whole_months


def contracts(
    silver: ir.Table, periods: ir.Table, of: str, same: Sequence[str], group_of: Mapping[str, str] = NO_GROUPS
) -> ir.Table:
    """The facet. Takes silver contracts of the periods' months; items are made as in `items_owned`."""
    known = _signed(silver, periods)
    known = known.mutate(item=item_name(known, of, same, group_of))
    active = _in_force(known)
    undated = known.cancelled_on.isnull() & ~active
    lately = (whole_months(known.signed_on, known.month) < 12).fill_null(False)
    counted = known.group_by("customer_id", "month").agg(
        contracts_total=known.count(),
        contracts_active=active.sum().cast("int64"),
        contracts_end_unknown=undated.sum().cast("int64"),
        products_owned=known.item.nunique(where=active),
        contract_value=known.amount.sum(where=active).fill_null(0).cast(DECIMAL),
        contracts_signed=(known.signed_on >= known.window_start).fill_null(False).sum().cast("int64"),
        acquired_items_12m=known.item.nunique(where=lately),
        acquired_value_12m=known.amount.sum(where=lately).fill_null(0).cast(DECIMAL),
        last=known.signed_on.max(),
    )
    return counted.mutate(
        active_share=counted.contracts_active.cast("float64") / counted.contracts_total,
        months_since_contract=whole_months(counted["last"], counted.month),
    ).drop("last")


def items_owned(
    silver: ir.Table, periods: ir.Table, of: str, same: Sequence[str], group_of: Mapping[str, str] = NO_GROUPS
) -> ir.Table:
    """One row for each customer, month and item with an active line: item_id, item_name, since, recent, value.

    `of` is the column that names the item, `same` are the patterns of what is cut off the name, so that a licence and
    its maintenance are one item, `group_of` the group that an item counts as. Lines without a name are left out.
    `value` is the sum of the active lines; null where none has an amount.
    """
    known = _signed(silver, periods)
    known = known.mutate(item=item_name(known, of, same, group_of)).filter(_in_force(known))
    named = known.filter(known.item.notnull())
    return (
        named.group_by("customer_id", "month", item_id=named.item)
        .agg(
            item_name=named.item.min(),
            since=named.signed_on.min(),
            recent=(named.signed_on >= named.window_start).fill_null(False).any(),
            value=named.amount.sum().cast(DECIMAL),
        )
        .order_by("month", "customer_id", "item_id")
    )


def _signed(silver: ir.Table, periods: ir.Table) -> ir.Table:
    known = of_month(silver, periods)
    return known.filter((known.signed_on < known.as_of_day).fill_null(True))


def _in_force(known: ir.Table) -> ir.BooleanValue:
    """Whether each line was in force on the last day that its month may know: by its end where that is known."""
    return ibis.coalesce(known.cancelled_on >= known.as_of_day, known.is_active, ibis.literal(False))


COMPUTATION = Computation(
    "contracts",
    facet=lambda tables, periods, domain: contracts(
        tables["contracts"], periods, domain.items.of, domain.items.same, domain.items.group_of
    ),
)
