"""Items: the level at which things are sold, owned and recommended.

Belongs here: the name of an item, the group that it counts as, and the table of what is owned. Does not belong here:
who owns what (`goods.rollups`, `listed.contracts`).
"""

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir

from arcana_assets.customer_360.gold import of_sales
from arcana_assets.domain.column import AS_OF, CUSTOMER, MONEY, columns, date, decimal, text

NO_GROUPS: Mapping[str, str] = {}


ITEMS_OWNED = of_sales(
    "items_owned",
    "What each customer owns: bought so far, or actively contracted.",
    "a customer and item owned, as of each month",
    ("customer_id", "item_id", "month"),
    columns(
        CUSTOMER,
        AS_OF,
        text("item_id").means("The item: a product, or what the domain's `items` make of it"),
        text("item_name").means("Its name"),
        date("since").means("First day of ownership: the first signature or the month of the first purchase, if known"),
        ("recent", "boolean", "Whether it was signed or bought within the lookback"),
        decimal("value", unit=MONEY).means(
            "What the item brings of the customer: its active contract lines, or what was paid in the lookback, net of "
            "returns; null where that is not known"
        ),
    ),
    needs=("transactions", "contracts"),
)


def item_name(
    contracts: ir.Table, of: str, same: Sequence[str], group_of: Mapping[str, str] = NO_GROUPS
) -> ir.StringValue:
    """The name of the item of each contract line, of its group where it is in one; null where the line has none."""
    name = contracts[of]
    for pattern in same:
        name = name.re_replace(pattern, "")
    return grouped(name.strip().nullif(""), group_of)


def grouped(items: ir.StringValue, group_of: Mapping[str, str]) -> ir.StringValue:
    """The group of each item that is in one, else the item."""
    return items.cases(*group_of.items(), else_=items) if group_of else items
