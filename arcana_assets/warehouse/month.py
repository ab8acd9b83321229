"""A month of a table on its way into the database: what it is, what it was made of, and what came of it.

Belongs here: what both databases are given, and what they answer. Does not belong here: the rows (`rows`), writing them
(`postgres`, `sqlite`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.lake.rows import Permission
from arcana_assets.warehouse.columns import (
    Dialect,
    TableColumn,
    Totals,
    digest_of,
    no_rows,
    sent,
    totals_of,
    totals_query,
)
from arcana_assets.warehouse.errors import WarehouseError
from arcana_assets.warehouse.tables import WarehouseTable
from arcana_assets.warehouse.views import views_of

DICTIONARY = "dicionario"
GIVEN_MONTH = "month"  # the name under which queries are given theirs


@dataclass(frozen=True)
class Told:
    """A table as the database is told of it, for all months of a run."""

    table: WarehouseTable
    about: str
    columns: tuple[TableColumn, ...]
    clusters: dict[str, str]
    language: str = DEFAULT_LANGUAGE

    @cached_property
    def digest(self) -> str:
        """Another one where the database is to be told something else."""
        names = [column.name for column in self.columns]
        views = views_of(self.table, names, self.clusters, "postgres", quoted, self.language)
        return digest_of(self.columns, self.about, *(view.query({}) for view in views))


@dataclass(frozen=True)
class Rows:
    """The rows of a table of the months of a run, and what they add up to, which is asked once, and only if needed."""

    told: Told
    query: Query

    @cached_property
    def of_given_month(self) -> Query:
        """Those of a month that is given."""
        return self.query.where(f"month = given_day({literal(GIVEN_MONTH)})")

    @cached_property
    def totals(self) -> dict[date, Totals]:
        """By month, as the engine adds them up; a month without rows is left out."""
        found = totals_query(self.query, self.told.columns).table().to_pylist()
        return {row["month"]: totals_of(row, self.told.columns) for row in found}


@dataclass(frozen=True)
class MonthOfTable:
    """A month of the rows of a table, and the writings of the gold tables that they are made of, as JSON."""

    every: Rows
    month: date
    made_of: str
    version: int
    run_id: str

    @property
    def told(self) -> Told:
        """What the database is told of the table."""
        return self.every.told

    def rows(self, dialect: Dialect) -> Query:
        """Its rows as a database takes them, in a month that is given."""
        return sent(self.every.of_given_month, self.told.columns, dialect)

    def totals(self) -> Totals:
        """What its rows add up to."""
        return self.every.totals.get(self.month) or no_rows(self.told.columns)


@dataclass(frozen=True)
class Taken:
    """A month that is in the database; `kept` where it was there before, made of the same."""

    rows: int
    kept: bool = False


class NotEveryRow(WarehouseError):
    """Raised where the rows in the database are not those of gold, before they take the place of the old ones."""

    def __init__(self, table: str, month: date, wrong: list[str]):
        self.wrong = wrong
        super().__init__(
            f"{table}, {month:%Y-%m}: {'; '.join(wrong)}. The month that was there before is there still. Publish it "
            "again; if it stays, a defect: keep the gold tables of the month."
        )


@dataclass(frozen=True)
class Erased:
    """A table of the database as erasing knows it: its month, and which of its columns hold customers, or list them."""

    table: str
    month: str
    columns: tuple[str, ...]
    lists: tuple[str, ...]


def unlisted(value: str | None, ids: Collection[str]) -> str | None:
    """What a list of customers says without those."""
    return ", ".join(each for each in (value or "").split(", ") if each not in ids) or None


class Database(Protocol):
    """A database that takes months of tables."""

    place: str

    def take(self, month: MonthOfTable, permitted: Callable[[], None] | Permission) -> Taken:
        """Puts a month into its place, in one transaction: readers see the old month or the new one.

        A month that is there already, made of the same writings of gold and told in the same words, is left as it is.
        `permitted` is asked before the new one takes its place. Raises NotEveryRow, WarehouseError.
        """

    def erase(self, told: "Erased", ids: Collection[str]) -> int:
        """Takes the rows of customers out of a table, and their names out of lists; says how many rows went.

        Nothing of them stays in the files of the database that it could give back to somebody. Of a table that is not
        there nothing is said. Raises WarehouseError.
        """

    def tidy(self) -> None:
        """Gives back the room of what was deleted, so that no file of the database holds it. Raises WarehouseError."""

    def close(self) -> None:
        """Gives back the connection."""
