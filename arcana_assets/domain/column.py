"""A column of a table: its type, what it means and how its values are shown.

Belongs here: the words in which a column is declared, and the columns that all tables share. Does not belong here:
the columns of one table; they lie beside what makes it, those of customer 360 in `customer_360` and `facets`. What a
header calls a column is said by the texts of each language (`presentation.labels`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, Literal, TypeVar

from arcana_assets.domain.entities.entity import ColumnType

MONEY = "currency of the domain"

Kind = Literal["text", "boolean", "integer", "decimal", "money", "share", "date", "month", "instant"]
"""How a value is shown: a share is 0.25 in a CSV file and 25 % in a workbook or a text."""

_AS_TYPED: dict[ColumnType, Kind] = {
    "text": "text",
    "texts": "text",
    "boolean": "boolean",
    "integer": "integer",
    "instant": "instant",
}


@dataclass(frozen=True)
class Column:
    """One column. A name with `<...>` is a pattern: which columns of that kind there are is known by the data alone.

    `shown` is how values are shown, where type and unit do not say; `window` over which time the column is summed up;
    `holds_customers` whether its values are ids of customers, or of what they carry, such as a card; `lists_customers`
    whether they name several, with `, ` between, in a row that is of none of them; `required` whether a row without it
    is refused.
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    shown: Kind | None = None
    window: Literal["lookback"] | None = None
    holds_customers: bool = False
    lists_customers: bool = False
    required: bool = False

    @property
    def explained(self) -> str:
        """The description with the unit."""
        return self.description + (f" ({self.unit})" if self.unit else "")

    @property
    def pattern(self) -> bool:
        """Whether the name stands for several columns."""
        return "<" in self.name

    @property
    def kind(self) -> Kind:
        """How its values are shown."""
        if self.shown:
            return self.shown
        if self.type in _AS_TYPED:
            return _AS_TYPED[self.type]
        if self.type == "date":
            return "month" if self.name == "month" else "date"
        return "money" if self.unit.startswith(MONEY) else "decimal"


def column_named(columns: Mapping[str, Column], name: str) -> Column | None:
    """What is said of one column; of one that a pattern stands for, the pattern's words under the column's name."""
    if name in columns:
        return columns[name]
    for column in columns.values():
        before, _, _ = column.name.partition("<")
        if column.pattern and (not before or re.fullmatch(re.escape(before) + r"\w+", name)):
            return replace(column, name=name)
    return None


def columns(*said: Column | tuple[str, ...]) -> dict[str, Column]:
    """Columns by name, in order; one may be said as (name, type, description, unit)."""
    made = (each if isinstance(each, Column) else Column(*each) for each in said)  # type: ignore[arg-type]
    return {column.name: column for column in made}


_C = TypeVar("_C", bound=Column)


@dataclass(frozen=True)
class Headed(Generic[_C]):
    """A column by name and unit, before what it means is said: `integer("k", "segments").means("Their number")`."""

    column: _C

    def means(self, description: str) -> _C:
        """The column as tables take it."""
        return replace(self.column, description=description)


def headed(type_: ColumnType, name: str, unit: str = "", **shown: Any) -> Headed[Column]:
    """The builder of columns; `shown` takes what else one may say: how it is shown, its window, whom it holds."""
    return Headed(Column(name, type_, "", unit, **shown))


text, date, integer, double, decimal, boolean = (
    partial(headed, each) for each in ("text", "date", "integer", "double", "decimal", "boolean")
)
share = partial(headed, "double", shown="share")

CUSTOMER = text("customer_id", holds_customers=True).means("The customer, as in silver")
MONTH = date("month").means("First day of the month, local time")
AS_OF = date("month").means(
    "First day of the month at whose end the row holds; while the month is open, at the time of the run"
)
