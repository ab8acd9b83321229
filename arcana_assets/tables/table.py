"""A table as it is declared: name, grain, key and columns, and the Arrow schema that follows.

Belongs here: what every table says of itself, and how rows that do not agree with it are refused. Does not belong here:
the columns of one table (each slice's `tables`), Dagster's words for them (`graph.columns`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from arcana_assets.domain.column import Column, column_named
from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.tables.types import ARROW, spelled_type

Layer = Literal["bronze", "silver", "quarantine", "gold", "models"]
OF_SOURCES = frozenset({"bronze", "silver", "quarantine"})
"""Layers whose tables are of a source each; the others are beyond silver."""


class NotAsDeclared(ArcanaError):
    """Rows that are to be written have other columns, or columns of other types, than their table declares."""


@dataclass(frozen=True, eq=False)
class Table:
    """One table of a domain.

    `about` says what it is for and `grain` what a row is, both as the UI and the reference pages show them. No two rows
    of a month have the same `key`; it is empty where rows are kept as they came. `needs` are the facets of which a
    domain must have one to have the table; none: every domain has it. `group` is where the UI shows it.
    """

    layer: Layer
    group: str
    name: str
    about: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := [name for name in self.key if name not in self.columns]:
            raise ValueError(f"{self.layer}/{self.name}: its key names {', '.join(unknown)}, which is no column of it")

    @property
    def title(self) -> str:
        """`gold/segments`."""
        return f"{self.layer}/{self.name}"

    @property
    def customers(self) -> tuple[str, ...]:
        """The columns that hold ids of customers."""
        return tuple(column.name for column in self.columns.values() if column.holds_customers)

    @property
    def arrow(self) -> pa.Schema:
        """The columns whose names are known before any row is."""
        return pa.schema([(name, ARROW[column.type]) for name, column in self.columns.items() if not column.pattern])

    def column(self, name: str) -> Column | None:
        """What is said of a column, also of one that a pattern stands for; None where it is not declared."""
        return column_named(self.columns, name)

    def named(self, name: str, about: str | None = None) -> "Table":
        """The same table under another name, such as that of one segmentation."""
        return replace(self, name=name, about=about or self.about)

    def schema_of(self, given: pa.Schema) -> pa.Schema:
        """The schema of rows that come with these columns: theirs, in their order, with declared types and comments.

        Raises NotAsDeclared for a column that is not declared, one that lacks, or one of another type; a column of
        nothing but nulls may have none.
        """
        wrong = [self._wrong(field) for field in given]
        wrong += [f"column {name} lacks" for name in self.arrow.names if name not in given.names]
        if said := [each for each in wrong if each]:
            raise NotAsDeclared(
                f"{self.title} is not as it is declared: {'; '.join(said)}. Nothing was written. Change what makes the "
                "table, or its declaration."
            )
        return pa.schema([self._field(name) for name in given.names])

    def _field(self, name: str) -> pa.Field:
        column = self.column(name)
        assert column is not None, "columns that are not declared were refused before"
        return pa.field(name, ARROW[column.type], metadata={"comment": column.explained})

    def _wrong(self, field: pa.Field) -> str | None:
        column = self.column(field.name)
        if column is None:
            return f"column {field.name} is not declared{nearest(field.name, self.columns, listed=False)}"
        wanted = ARROW[column.type]
        if pa.types.is_null(field.type) or _same(field.type, wanted):
            return None
        return f"column {field.name} is {spelled_type(field.type)}, declared {spelled_type(wanted)}"


def _same(given: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether two types agree, whatever the element of a list is called."""
    if pa.types.is_list(given) and pa.types.is_list(wanted):
        return _same(given.value_type, wanted.value_type)
    return bool(given == wanted)
