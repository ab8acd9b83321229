"""The few types that columns have, as Arrow, Ibis and SQL call them.

Belongs here: one list, and the ways from and to it. Does not belong here: what a table of the lake may keep of foreign
types (`lake.schema`).
"""

import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.types as pat

from arcana_assets.domain.entities.entity import ColumnType

ARROW: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),
    "double": pa.float64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "texts": pa.list_(pa.field("element", pa.string())),
}

TYPES: dict[ColumnType, dt.DataType] = {
    "text": dt.string,
    "integer": dt.int64,
    "decimal": dt.Decimal(18, 4),
    "double": dt.float64,
    "date": dt.date,
    "instant": dt.Timestamp(timezone="UTC"),
    "boolean": dt.boolean,
    "texts": dt.Array(dt.string),
}

_SQL = {
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "binary": "BLOB",
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}


def spelled_type(kind: pa.DataType) -> str:
    """The name of a kept type as SQL says it."""
    if pat.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pat.is_list(kind):
        return f"{spelled_type(kind.value_type)}[]"
    return _SQL.get(str(kind), str(kind))


def column_type(kind: pa.DataType) -> ColumnType:
    """What a type of Arrow is called here; a list or a structure becomes a text, in JSON."""
    if pat.is_boolean(kind):
        return "boolean"
    if pat.is_integer(kind):
        return "integer"
    if pat.is_decimal(kind):
        return "decimal"
    if pat.is_floating(kind):
        return "double"
    if pat.is_date(kind):
        return "date"
    return "instant" if pat.is_timestamp(kind) else "text"
