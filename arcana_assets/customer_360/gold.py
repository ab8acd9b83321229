"""A gold table of what is known of customers.

Belongs here: what all of them have in common. Does not belong here: the tables (`tables`, and the files of `goods` and
`listed` that make them).
"""

from collections.abc import Mapping

from arcana_assets.domain.column import Column
from arcana_assets.tables.table import Table
from arcana_assets.tables.types import TYPES

DECIMAL = TYPES["decimal"]  # of sums of money: exact, so they do not depend on the order of rows


def gold(
    name: str,
    about: str,
    grain: str,
    key: tuple[str, ...],
    columns: Mapping[str, Column],
    needs: tuple[str, ...] = (),
) -> Table:
    """A table of gold; the UI shows it among the customers. See `Table`."""
    return Table("gold", name, "customers", about, grain, key, columns, needs)
