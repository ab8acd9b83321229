"""A column of a gold table, as the docs, the UI and published files speak of it.

Belongs here: the words in which a column is described. Does not belong here: the columns (`gold_columns`, `facets`).
"""

from dataclasses import dataclass

from arcana_assets.domain.entity import ColumnType

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


def table(*columns: tuple[str, ...]) -> dict[str, GoldColumn]:
    """Columns by name, each said as (name, type, description, unit)."""
    return {name: GoldColumn(name, *rest) for name, *rest in columns}  # type: ignore[arg-type]
