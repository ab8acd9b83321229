"""A column of a gold table, as the docs, the UI and published files speak of it.

Belongs here: the words in which a column is described. Does not belong here: the columns (`gold_columns`, `facets`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from arcana_assets.domain.entities.entity import ColumnType

MONEY = "currency of the domain"


@dataclass(frozen=True)
class GoldColumn:
    """One column. A name with `<...>` is a pattern: which columns of that kind there are is known by the data alone."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""

    @property
    def explained(self) -> str:
        """The description with the unit."""
        return self.description + (f" ({self.unit})" if self.unit else "")

    @property
    def pattern(self) -> bool:
        """Whether the name stands for several columns."""
        return "<" in self.name


def column_named(columns: Mapping[str, GoldColumn], name: str) -> GoldColumn | None:
    """What is said of one column; of one that a pattern stands for, the pattern's words under the column's name."""
    if name in columns:
        return columns[name]
    for column in columns.values():
        before, _, _ = column.name.partition("<")
        if column.pattern and re.fullmatch(re.escape(before) + r"\w+", name):
            return replace(column, name=name)
    return None


def table(*columns: tuple[str, ...]) -> dict[str, GoldColumn]:
    """Columns by name, each said as (name, type, description, unit)."""
    return {name: GoldColumn(name, *rest) for name, *rest in columns}  # type: ignore[arg-type]


CUSTOMER = ("customer_id", "text", "The customer, as in silver")
MONTH = ("month", "date", "First day of the month, local time")
AS_OF = (
    "month",
    "date",
    "First day of the month at whose end the row holds; while the month is open, at the time of the run",
)
