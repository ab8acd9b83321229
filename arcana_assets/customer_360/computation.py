"""How a facet is made of silver: the words in which the file of each says it.

Belongs here: what a computation can say, and what follows from it for a domain. Does not belong here: the computations
(`listed`, `goods`, `visitors`, a file a facet), running them (`assets`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.dating import Dating
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.tables.table import Table

Depth = Literal["month", "lookback", "history"]
THE_MONTH: Depth = "month"
LOOKBACK: Depth = "lookback"
HISTORY: Depth = "history"
"""Over which months a facet reads a table: those of the run, with the lookback of each, or all that came before."""


@dataclass(frozen=True)
class AddsUp:
    """The column of a rollup whose sum is what silver holds: its rows, unless `silver` says another number of it."""

    table: Table
    column: str
    silver: Callable[[ir.Table], ir.IntegerScalar | ir.DecimalScalar] = ir.Table.count


@dataclass(frozen=True, eq=False)
class Computation:
    """How the facet of one entity is made.

    Sources with dates, or periods, are summed up by month: `rollups` are the tables, each with what makes it of the
    rows of silver, and `adds_up` what proves that none was lost. Sources without are read as of each month, unless
    `dated_by` gives their rows a date through another entity. Without rollups all sources are read so.

    `facet` takes its rollups by name, silver as read in each month under the entity's name, `periods` (see
    `customer_360.periods`), and the domain; it returns at most one row for a customer and month. Rollups come with the
    months of the lookback, and with `months_back` months where that is more. `made_elsewhere` are tables that the facet
    takes of assets of their own, which are made of several entities, and how far back. `revenue` is where revenue by
    month is.
    """

    entity: str
    facet: Callable[[Mapping[str, ir.Table], ir.Table, CustomerDomain], ir.Table]
    rollups: Mapping[Table, Callable[[ir.Table, CustomerDomain], ir.Table]] = field(default_factory=dict)
    adds_up: AddsUp | None = None
    dated_by: Dating | None = None
    months_back: int = 0
    made_elsewhere: Mapping[Table, Depth] = field(default_factory=dict)
    revenue: tuple[Table, str] | None = None

    def __post_init__(self) -> None:
        if self.rollups and (self.adds_up is None or self.adds_up.table not in self.rollups):
            raise ValueError(f"rollups of {self.entity} need a column that adds up to what silver holds")

    @property
    def counted(self) -> AddsUp:
        """What adds up, of a computation that has rollups."""
        assert self.adds_up, "rollups say what they add up to"
        return self.adds_up

    def summed(self, domain: CustomerDomain) -> list[Contract]:
        """The sources of a domain that are summed up by month."""
        sources = domain.sources_of(self.entity) if self.rollups else []
        return [source for source in sources if source.by_month or self.dated_by]

    def read(self, domain: CustomerDomain) -> list[Contract]:
        """The sources of a domain that are read as of each month."""
        if self.made_elsewhere:
            return []
        return [source for source in domain.sources_of(self.entity) if source not in self.summed(domain)]

    def undated(self, domain: CustomerDomain) -> list[Contract]:
        """The sources among those summed up whose rows have no date of their own."""
        return [source for source in self.summed(domain) if not source.by_month]

    def rows(self, dated: ir.Table | None, undated: ir.Table | None, others: ir.Table | None) -> ir.Table:
        """Silver in the months that its rows are of.

        Takes silver of the sources with dates; of those without, snapshots of months; and of the entity that these are
        dated by, see `Dating.dated`. Raises ValueError where there are rows of neither kind, or nothing to date them
        by.
        """
        parts = [] if dated is None else [dated]
        if undated is not None and self.dated_by:
            if others is None:
                raise ValueError(f"{self.entity} without a date need a source of {self.dated_by.entity}")
            parts.append(self.dated_by.dated(undated, others, self.entity))
        if not parts:
            raise ValueError(f"{self.entity} need a source")
        return _together(parts)

    def expected(
        self,
        dated: ir.Table | None,
        undated: ir.Table | None,
        others: ir.Table | None,
        months: Sequence[date],
    ) -> ir.Value:
        """What the rollups of `rows` of some months have to add up to.

        It is counted in silver, not after a join that could double a row.
        """
        parts = [] if dated is None else [dated]
        if undated is not None and others is not None and self.dated_by:
            parts.append(self.dated_by.found(undated, others, self.entity))
        rows = _together(parts)
        return self.counted.silver(rows.filter(rows.month.isin(list(months))))


def _together(parts: Sequence[ir.Table]) -> ir.Table:
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
