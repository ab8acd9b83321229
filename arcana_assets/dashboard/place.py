"""The place where a person looks: a domain, a month, a segmentation, and the tables as they are there.

Belongs here: what every question to the lake needs to know. Does not belong here: the questions (`queries`), how
answers look (`parts`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa

from arcana_assets.catalogue.tables import table_named
from arcana_assets.domain.column import Column
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import shifted
from arcana_assets.lake.reader import Key, Part, Reader
from arcana_assets.presentation.labels import label_of, unit_of
from arcana_assets.presentation.language import Language, language_of

Span = Literal["month", "two", "year", "all"]
"""The month, it and the one before, the last two years up to it, or whatever there is."""

YEARS = 24  # months that a line shows


class LackingColumn(ArcanaError):
    """A table that another version of the platform wrote has not the column that a screen shows."""


class _Record(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        raise LackingColumn(
            f"expected a column '{name}', found {', '.join(self)}. The table was written by another version of the "
            "platform: refresh the month."
        )


def records_of(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows as records, which raise LackingColumn where they are asked for a column that they have not."""
    return [_Record(row) for row in rows.to_pylist()]


@dataclass(frozen=True, eq=False)
class Place:
    """A domain as of a month; `segmentation` is the one that is looked at, empty where the domain has none."""

    domain: CustomerDomain
    reader: Reader
    month: date
    segmentation: str

    @cached_property
    def language(self) -> Language:
        """In which the page speaks."""
        return language_of(self.domain.language)

    def key(self, table: str, layer: str = "gold") -> Key:
        """The name of a table of the domain."""
        return (self.domain.name, layer, table)

    def has(self, table: str, layer: str = "gold") -> bool:
        """Whether a table has rows in the month."""
        return self.month in self.reader.months(self.key(table, layer))

    def columns(self, table: str) -> list[str]:
        """The columns of a gold table as it is; none where it does not exist."""
        return list(self.reader.schema(self.key(table)).names) if self.reader.exists(self.key(table)) else []

    def rows(self, query: str, tables: Mapping[str, Span] | Sequence[str], **values: Any) -> pa.Table:
        """The answer to a query over gold tables, each under its own name; a table has the rows of the month alone,
        unless its span says more.

        Raises MissingTable, BadQuery, CorruptFile.
        """
        spans: Mapping[str, Span] = tables if isinstance(tables, Mapping) else dict.fromkeys(tables, "month")
        parts = {name: Part(self.key(name), self._months(name, span)) for name, span in spans.items()}
        return self.reader.rows(query, parts, **values)

    @contextmanager
    def batches(
        self, query: str, tables: Mapping[str, Span], rows: int, **values: Any
    ) -> Iterator[pa.RecordBatchReader]:
        """As `rows`, as a stream of so many rows at a time, of which nothing is kept."""
        parts = {name: Part(self.key(name), self._months(name, span)) for name, span in tables.items()}
        with self.reader.batches(query, parts, rows, **values) as stream:
            yield stream

    def records(self, query: str, tables: Mapping[str, Span] | Sequence[str], **values: Any) -> list[dict[str, Any]]:
        """As `rows`, as records; one that is asked for a column that it has not raises LackingColumn."""
        return records_of(self.rows(query, tables, **values))

    def column(self, table: str, name: str) -> Column | None:
        """What the declaration of a gold table says of a column."""
        try:
            return table_named(table).column(name)
        except KeyError:
            return None

    def label(self, name: str, table: str = "customer_360") -> str:
        """What a column of a table or of a list, or a statistic of one, is called."""
        return label_of(name, self.language, (table,))

    def said(self, name: str, value: Any, table: str = "customer_360") -> str:
        """A value of a column, with its unit, as a reader expects it."""
        column = self.column(table, name)
        unit = ""
        if column is not None and column.kind not in ("money", "share") and column.unit != "customers":
            unit = unit_of(column.unit, self.language, self.domain.currency)
        kind = column.kind if column is not None else "decimal" if isinstance(value, int | float) else "text"
        return self.language.value(value, kind, self.domain.currency, unit)

    def _months(self, table: str, span: Span) -> tuple[date, ...] | None:
        if span == "all":
            return None
        back = {"month": 0, "two": 1, "year": YEARS - 1}[span]
        wanted = {shifted(self.month, -each) for each in range(back + 1)}
        return tuple(month for month in self.reader.months(self.key(table)) if month in wanted)
