"""Columns of a table of the database: names, types and comments, how the engine spells values for them, and totals.

Belongs here: from the columns of rows to those of PostgreSQL and SQLite. Does not belong here: which rows there are
(`rows`), sending them (`postgres`, `sqlite`).
"""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as pat

from arcana_assets.domain.column import Column
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.tables.table import Table
from arcana_assets.tables.types import column_type
from arcana_assets.warehouse.tables import WarehouseTable
from arcana_assets.warehouse.vocabulary import identifier

Dialect = Literal["postgres", "sqlite"]
NUL_SEEN = "\u2400"  # what stands for the character that no text of PostgreSQL can hold
CLOSE = 1e-9  # of the sum of absolute values: floats added up in another order

_TYPES: dict[Dialect, dict[ColumnType, str]] = {
    "postgres": {
        "text": "text",
        "integer": "bigint",
        "double": "double precision",
        "date": "date",
        "instant": "timestamp with time zone",
        "boolean": "boolean",
    },
    "sqlite": {
        "text": "TEXT",
        "integer": "INTEGER",
        "decimal": "REAL",
        "double": "REAL",
        "date": "TEXT",
        "instant": "TEXT",
        "boolean": "INTEGER",
    },
}
# What a value becomes on its way; what is not here goes as it is.
_SPELLED: dict[Dialect, dict[ColumnType, str]] = {
    "postgres": {"decimal": "CAST({} AS VARCHAR)"},
    "sqlite": {
        "decimal": "CAST({} AS DOUBLE)",
        "date": "CAST({} AS VARCHAR)",
        "instant": "strftime({}, '%Y-%m-%d %H:%M:%S.%f')",
        "boolean": "CAST({} AS TINYINT)",
    },
}


@dataclass(frozen=True)
class TableColumn:
    """A column: its name here and in the rows, what it holds, and what is said of it."""

    name: str
    source: str
    kind: ColumnType
    arrow: pa.DataType
    comment: str
    in_key: bool

    def type_in(self, dialect: Dialect) -> str:
        """Its type as the database spells it."""
        if self.kind == "decimal" and dialect == "postgres":
            return f"numeric({self.arrow.precision},{self.arrow.scale})"
        return _TYPES[dialect][self.kind]

    @property
    def number(self) -> bool:
        """Whether its values add up."""
        return self.kind in ("integer", "decimal", "double")

    def plain(self) -> str:
        """The value as every database can hold it: no number without end, no NUL, lists and structures as JSON."""
        name = quoted(self.source)
        if self.kind == "double":
            return f"CASE WHEN isfinite({name}) THEN {name} END"
        if self.kind != "text":
            return name
        if pat.is_nested(self.arrow):
            name = f"CAST(to_json({name}) AS VARCHAR)"
        elif pat.is_binary(self.arrow) or pat.is_large_binary(self.arrow):
            name = f"CAST({name} AS VARCHAR)"
        return f"replace({name}, chr(0), {literal(NUL_SEEN)})"

    def sent(self, dialect: Dialect) -> str:
        """The expression whose values go into the database."""
        return _SPELLED[dialect].get(self.kind, "{}").format(self.plain()) + f" AS {quoted(self.name)}"


def columns_of(
    table: WarehouseTable, gold: Table, schema: pa.Schema, language: str = DEFAULT_LANGUAGE
) -> tuple[TableColumn, ...]:
    """The columns of a table from those of its rows, the key first, in the order of the rows otherwise.

    Raises KeyError where the rows lack a column of the key.
    """
    made = dict[str, TableColumn]()
    for field in schema:
        known = table.own.get(field.name) or gold.column(field.name)
        declared = field.name in table.own or field.name in gold.columns
        name = identifier(table.words.get(field.name, field.name) if declared else field.name, made)
        kind = column_type(field.type)
        made[name] = TableColumn(
            name,
            field.name,
            kind,
            field.type,
            _comment(known, language_of(language), (table.name, gold.name)),
            name in table.key,
        )
    key = [made[name] for name in table.key]
    return (*key, *(column for column in made.values() if not column.in_key))


def digest_of(columns: Iterable[TableColumn], *more: str) -> str:
    """Eight bytes of a hash of names, types, comments and whatever else the database is to be told of a table."""
    said = [[each.name, each.kind, str(each.arrow), each.comment, each.in_key] for each in columns]
    return hashlib.sha256(json.dumps([said, more]).encode()).hexdigest()[:16]


def sent(query: Query, columns: Sequence[TableColumn], dialect: Dialect) -> Query:
    """The rows as the database takes them."""
    return query.asking(f"SELECT {', '.join(each.sent(dialect) for each in columns)} FROM ({query.sql})")


@dataclass(frozen=True)
class Totals:
    """Rows, and of each column how many values it has and what they add up to, with the sum of what they are without
    their signs; None where a column has no value or no sum."""

    rows: int
    values: dict[str, int]
    sums: dict[str, Any]
    sizes: dict[str, float]


def totals_query(query: Query, columns: Sequence[TableColumn]) -> Query:
    """The totals of the rows by month, by the engine, from the values as gold has them."""
    asked = ["month", 'count(*) AS "rows"']
    for place, column in enumerate(columns):
        plain = column.plain()
        asked.append(f"count({plain}) AS v{place}")
        if column.number:
            asked += [f"sum({plain}) AS s{place}", f"sum(abs(CAST({plain} AS DOUBLE))) AS a{place}"]
    return query.asking(f"SELECT {', '.join(asked)} FROM ({query.sql}) GROUP BY month")


def totals_of(row: dict[str, Any], columns: Sequence[TableColumn]) -> Totals:
    """From what `totals_query` answered."""
    numbers = [(place, column.name) for place, column in enumerate(columns) if column.number]
    return Totals(
        row["rows"],
        {column.name: row[f"v{place}"] for place, column in enumerate(columns)},
        {name: row[f"s{place}"] for place, name in numbers},
        {name: row[f"a{place}"] or 0.0 for place, name in numbers},
    )


def no_rows(columns: Sequence[TableColumn]) -> Totals:
    """The totals of a month without rows."""
    numbers = [column.name for column in columns if column.number]
    return Totals(0, {column.name: 0 for column in columns}, dict.fromkeys(numbers), dict.fromkeys(numbers, 0.0))


def counted_in(place: str, columns: Sequence[TableColumn], dialect: Dialect) -> str:
    """The query by which a database says rows, values and sums, in the order of `differences`."""
    add = "sum" if dialect == "postgres" else "total"  # SQLite's own sum fails where whole numbers grow too large
    asked = ["count(*)", *(f"count({quoted(column.name)})" for column in columns)]
    asked += [f"{add}({quoted(column.name)})" for column in columns if column.number]
    return f"SELECT {', '.join(asked)} FROM {place}"


def differences(expected: Totals, found: Sequence[Any], columns: Sequence[TableColumn]) -> list[str]:
    """What of the totals a database says otherwise, in words; exact but for floats."""
    rows, *rest = found
    values, sums = rest[: len(columns)], rest[len(columns) :]
    wrong = [] if rows == expected.rows else [f"{expected.rows} rows expected, {rows} there"]
    for column, there in zip(columns, values, strict=True):
        if there != expected.values[column.name]:
            wrong.append(f"{column.name}: {expected.values[column.name]} values expected, {there} there")
    for column, there in zip((each for each in columns if each.number), sums, strict=True):
        wanted = expected.sums[column.name] or 0
        if not _same(wanted, there or 0, expected.sizes[column.name]):
            wrong.append(f"{column.name}: sum {wanted} expected, {there} there")
    return wrong


def _same(wanted: Any, there: Any, size: float) -> bool:
    if isinstance(wanted, float) or isinstance(there, float):
        return math.isclose(float(wanted), float(there), rel_tol=0, abs_tol=CLOSE * size)
    return Decimal(wanted) == Decimal(there)


def _comment(known: Column | None, language: Language, tables: tuple[str, ...]) -> str:
    if known is None:
        return ""
    label = label_of(known.name, language, tables)
    return known.explained if label == known.name else f"{label}: {known.explained}"
