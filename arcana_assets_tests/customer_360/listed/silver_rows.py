"""Silver rows of each entity made by hand, and the months that facets are computed as of.

A row says what matters to its test and leaves the rest null. The lookback is of six months: that of June begins with
January, and its later half with April.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.months import shifted
from arcana_assets.tables.types import TYPES

LOOKBACK = 6
PERIODS = ("month", "window_start", "later_start", "ago_3", "ago_12", "begun", "as_of_day")


def month(number: int, year: int = 2024) -> date:
    """The month of a number; those after December are of the next year."""
    return shifted(date(year, 1, 1), number - 1)


JAN, FEB, MAR, APR, MAY, JUN, JUL = (month(number) for number in range(1, 8))


def schema(entity: str) -> ibis.Schema:
    """The columns of silver of an entity."""
    return ibis.schema({"month": "date"} | {column.name: TYPES[column.type] for column in ENTITIES[entity].columns})


def silver(entity: str, *rows: dict[str, Any]) -> ir.Table:
    """Silver of an entity. Dates are texts such as `"2024-03-31"`; a row without a month is of that of its date."""
    columns = ENTITIES[entity].columns
    kinds = {column.name: column.type for column in columns}
    dated_by = ENTITIES[entity].dated_by
    typed = []
    for row in rows:
        assert set(row) <= {"month", *kinds}, f"{entity} has no {set(row) - set(kinds)}"
        values = {name: _typed(value, kinds[name]) for name, value in row.items() if name != "month"}
        at = row.get("month") or values.get(dated_by)
        assert at is not None, f"a row of {entity} needs a month or a date: {row}"
        typed.append(values | {"month": date(at.year, at.month, 1)})
    return table(typed, schema(entity).to_pyarrow())


def statements(*rows: dict[str, Any], source: str = "clients") -> ir.Table:
    """Silver of a source of customers, as the master takes it."""
    return silver("customers", *rows).mutate(source=ibis.literal(source))


def _typed(value: Any, kind: ColumnType) -> Any:
    if value is None:
        return None
    if kind == "date":
        return date.fromisoformat(value)
    if kind == "instant":
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return Decimal(str(value)) if kind == "decimal" else value


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> ir.Table:
    """A table of rows; what they leave out is null."""
    return ibis.memtable(pa.Table.from_pylist(rows, schema=schema))


def periods(
    *months: date, lookback: int = LOOKBACK, as_of_day: date | None = None, begun: date = date(2020, 1, 1)
) -> ir.Table:
    """The months to compute, closed ones unless the day that they may know is given."""
    rows = [
        {
            "month": each,
            "window_start": shifted(each, 1 - lookback),
            "later_start": shifted(each, 1 - lookback // 2),
            "ago_3": shifted(each, -3),
            "ago_12": shifted(each, -12),
            "begun": begun,
            "as_of_day": as_of_day or shifted(each, 1),
        }
        for each in months
    ]
    return table(rows, pa.schema([(name, pa.date32()) for name in PERIODS]))


def read_in(months: list[date], *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a snapshot as silver holds them: once for each month that it is read in."""
    return [row | {"month": each} for each in months for row in rows]
