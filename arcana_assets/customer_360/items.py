"""Items: the level at which things are sold, owned and recommended.

Belongs here: the name of an item, and the group that it counts as. Does not belong here: who owns it (`rollups`,
`facets.contracts`).
"""

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir

NO_GROUPS: Mapping[str, str] = {}


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
