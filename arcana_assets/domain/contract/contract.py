"""The contract of a source: where its files land, how they are written, and what their columns become.

Belongs here: the one model of these files that drives the reader, the casts, the quarantine reasons, the metadata and
lineage in the UI, the checks and the reference page. Does not belong here: doing any of that (`landing`, `catalogue`).
"""

from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import Field, field_validator

from arcana_assets.domain.contract.columns import Lookup, Scalar, SourceColumn
from arcana_assets.domain.contract.expressions import Expression, ExpressionError, read_expression
from arcana_assets.domain.contract.formats import Format, ParquetFormat, Sheet, SqlFormat, XlsxFormat, is_workbook
from arcana_assets.domain.contract.joins import Join
from arcana_assets.domain.contract.periods import Periods
from arcana_assets.domain.contract.rules import Rule
from arcana_assets.domain.contract.where import Condition
from arcana_assets.domain.entities.entity import NEVER_WATCHED, ColumnType, Entity
from arcana_assets.domain.entities.reference import REFERENCE, reference_of
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.yaml.file import Strict

_DERIVED_FROM = {
    "quantity_times_unit_price": ("quantity", "unit_price"),
    "amount_by_quantity": ("amount", "quantity"),
    "sale_or_return": ("quantity",),
}
"""Columns from which others are derived, by the name of the derivation."""


class Landing(Strict):
    """Which files belong to the source, below the landing folder of its domain."""

    pattern: str = Field(description="a glob such as `transactions/*.csv`, relative to the landing of the domain")
    required: bool = Field(True, description="false: no file at all is an empty table, not an error")
    deliveries: Literal["all", "latest"] = Field(
        "all",
        description="all: the files add up; latest: each delivery is complete and only the file whose path sorts last "
        "is read, so names must carry dates written year first, such as `products_2011-05-04.csv`",
    )
    maximum_columns: int = Field(
        2_000,
        ge=1,
        le=10_000,
        description="columns that the files of a source may have between them; beyond, they are refused unread",
    )
    files: int | None = Field(None, ge=1, description="number of files a delivery has; a check says which are missing")

    @field_validator("pattern")
    @classmethod
    def _stays_inside(cls, pattern: str) -> str:
        parts = PurePosixPath(pattern).parts
        if not parts or PurePosixPath(pattern).is_absolute() or ".." in parts or "://" in pattern or "\\" in pattern:
            raise ValueError(f"'{pattern}' must be a path below the landing of the domain, without '..' or a scheme")
        return pattern


class OneOfAKey(Strict):
    """Of the rows that share the key, one is kept; the others go to quarantine."""

    by: str = Field(description="the column that decides")
    keep: Literal["latest", "first"] = Field(
        "latest", description="whether the row with the greatest value of it stays, or the one with the least"
    )

    @property
    def words(self) -> str:
        """Why a row is refused that another one has won against."""
        return f"superseded by the row with {'a later' if self.keep == 'latest' else 'an earlier'} {self.by}"


class Contract(Strict):
    """A source: its files, their format, its columns, its rules."""

    entity: str = Field(description="the schema that the source is conformed to")
    description: str
    landing: Landing
    format: Format
    workbook: Sheet | None = Field(None, description="where the rows are in files that come as XLSX in place of CSV")
    columns: list[SourceColumn] = Field(min_length=1)
    ignored: list[str] = Field([], description="raw columns that are known and not mapped")
    key: list[str] = Field([], description="columns that make a row unique")
    deduplicate: Literal["exact"] | OneOfAKey = Field(
        "exact", description="exact, or {by: column}: latest of the key wins; with {keep: first} the first of it does"
    )
    complete_within: int | None = Field(
        None,
        ge=1,
        le=NEVER_WATCHED,
        description="days within which the newest row of a month that is over lies before its end; a month that ends "
        "earlier is warned of, and stays open at its last day. 10 for sales of which there must be files, else 31, "
        "which watches nothing",
    )
    filled_in: list[str] = Field(
        [],
        description="of a form: a row in which none of these columns holds anything is a line nobody has filled in; it "
        "is counted, and neither kept nor refused",
    )
    rules: list[Rule] = Field([], description="what a row must keep; one that breaks a rule goes to quarantine")
    refused_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="share of a run's rows that may be in quarantine; beyond it, where there is more than one, "
        "`few_rows_refused` warns; rows dated before the domain's start are counted apart",
    )
    constants: dict[str, Scalar] = Field({}, description="columns with the same value in every row")
    lookups: list[Lookup] = Field([], description="columns found from another one")
    helpers: list[SourceColumn] = Field(
        [],
        description="columns outside the entity, for joins, `where` and `computed`; silver does not have them. Their "
        "type is text unless `type` says otherwise",
    )
    computed: dict[str, str] = Field(
        {}, description="columns found by an expression of others, such as {amount: price + freight}, in this order"
    )
    where: dict[str, Condition] = Field(
        {},
        description="what rows the source is of, by column, such as {status: {not_in: [canceled]}}; the others are "
        "counted, and neither kept nor refused",
    )
    join: list[Join] = Field([], description="columns looked up in other sources by key, one join or a list of them")
    periods: Periods | None = Field(
        None,
        description="of subscriptions from a first to a last day, {start: column, end: column}: a row counts in each "
        "month on whose last day it was in force; in the others it is counted, and neither kept nor refused",
    )
    name: str = Field("", description="the source's name; the file's name where left out")

    @field_validator("entity")
    @classmethod
    def _is_an_entity(cls, name: str) -> str:
        if name not in ENTITIES:
            raise ValueError(f"unknown entity '{name}'" + nearest(name, ENTITIES))
        return name

    @field_validator("join", mode="before")
    @classmethod
    def _one_or_several(cls, join: Any) -> Any:
        return [join] if isinstance(join, dict) else join

    @property
    def schema_(self) -> Entity:
        """The entity that the source is conformed to; a reference has the columns that its contract maps."""
        if self.entity == REFERENCE.name:
            return reference_of((column.to, column.type) for column in self.columns)
        return ENTITIES[self.entity]

    @property
    def dated(self) -> bool:
        """Whether the source has the date that puts each row of its entity into a month, or looks it up.

        Else it is a snapshot, of each month it is read in.
        """
        return self.schema_.dated_by in self.mapped or self.dating is not None

    @property
    def by_month(self) -> bool:
        """Whether rows of silver are of their month alone: by their date, or as periods that were in force in it."""
        return self.dated or self.periods is not None

    @property
    def chooses(self) -> bool:
        """Whether some rows are counted only, and neither kept nor refused."""
        return bool(self.where) or self.periods is not None

    @property
    def dating(self) -> Join | None:
        """The join that brings the date which puts each row into a month; None where the file has it, or nothing."""
        return next((each for each in self.join if self.schema_.dated_by in each.brought), None)

    @property
    def watched_days(self) -> int | None:
        """Days that a month that is over may end early by; None of a source that is not watched."""
        usual = self.schema_.complete_within if self.dated and self.landing.required else NEVER_WATCHED
        days = usual if self.complete_within is None else self.complete_within
        return None if days == NEVER_WATCHED else days

    def format_of(self, path: str) -> Format:
        """The format of a file: that of `workbook`, with the marks of `format`, for what its name says is one.

        What a query gave is a file of Parquet.
        """
        if isinstance(self.format, SqlFormat):
            return ParquetFormat(kind="parquet", decimal=self.format.decimal, thousands=self.format.thousands)
        if self.workbook is None or not is_workbook(path):
            return self.format
        place, marks = self.workbook, self.format
        return XlsxFormat(
            kind="xlsx",
            sheet=place.sheet,
            header_row=place.header_row,
            decimal=marks.decimal,
            thousands=marks.thousands,
        )

    def requires(self, column: str) -> bool:
        """Whether a row without a value in this column of the entity is refused."""
        if column not in self.made and self.derives(column):
            return False
        return self.schema_.column(column).required or (self.dated and column == self.schema_.dated_by)

    def derives(self, column: str) -> bool:
        """Whether the contract makes all that a column is derived from."""
        sources = _DERIVED_FROM.get(self.schema_.column(column).derivation or "", ())
        return bool(sources) and {*sources} <= self.made

    @property
    def mapped(self) -> dict[str, SourceColumn]:
        """Entity column to the raw column it comes from."""
        return {column.to: column for column in self.columns}

    @property
    def sought(self) -> tuple[SourceColumn, ...]:
        """Whatever is read from a raw column: entity columns and helpers."""
        return (*self.columns, *self.helpers)

    @property
    def read(self) -> dict[str, SourceColumn]:
        """The same by name."""
        return {column.to: column for column in self.sought}

    def type_of(self, name: str) -> ColumnType:
        """The type of what is read from a raw column."""
        return self.schema_.column(name).type if name in self.mapped else self.read[name].kind

    @property
    def all_text(self) -> bool:
        """Whether a header that is read as a row has a value in every column: the name of a column is a text."""
        return all(self.type_of(column.to) == "text" for column in self.sought)

    @property
    def joined(self) -> dict[str, Join]:
        """Columns that are looked up in other sources, with the join that brings them."""
        return {name: join for join in self.join for name in join.brought}

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is computed, by column, in order; what is no expression is left out."""
        found = dict[str, Expression]()
        for name, text in self.computed.items():
            with suppress(ExpressionError):
                found[name] = read_expression(text)
        return found

    @property
    def used(self) -> set[str]:
        """Columns that joins, conditions, periods and expressions name, whether the entity has them or not."""
        named = {name for expression in self.expressions.values() for name in expression.names}
        keys = {name for join in self.join for name in join.key}
        spans = {self.periods.start, self.periods.end} if self.periods else set()
        return named | keys | spans | self.where.keys()

    @property
    def made(self) -> set[str]:
        """Entity columns that the contract gives a value: mapped, constant, found by a lookup or in another source."""
        found = {*self.mapped, *self.constants, *(lookup.to for lookup in self.lookups), *self.joined, *self.computed}
        return found & {*self.schema_.names}

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Headers that the contract knows, mapped, for helpers or ignored, in its order, each once."""
        return (*dict.fromkeys([*(column.from_ for column in self.sought), *self.ignored]),)

    def origin(self, column: str) -> tuple[str, ...]:
        """The raw columns that an entity column is made from."""
        if column in self.mapped:
            return (self.mapped[column].from_,)
        for lookup in self.lookups:
            if lookup.to == column:
                return self.origin(lookup.from_)
        if instead := self.schema_.column(column).instead:
            return self.origin(instead)
        if column in self.expressions:
            named = self.expressions[column].names
            return tuple(dict.fromkeys(raw for name in named if name in self.read for raw in (self.read[name].from_,)))
        derivation = self.schema_.column(column).derivation
        return tuple(raw for source in _DERIVED_FROM.get(derivation or "", ()) for raw in self.origin(source))
