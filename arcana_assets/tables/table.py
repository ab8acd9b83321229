"""TODO: what this room is for."""

import ibis.expr.datatypes as dt
import pyarrow as pa
import pyarrow.types as pat

from arcana_assets.domain.entities.entity import ColumnType


def spelled_type(kind: pa.DataType) -> str:
    """The name of a kept type as SQL says it."""
    if pat.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    if pat.is_list(kind):
        return f"{spelled_type(kind.value_type)}[]"
    return _SQL_NAMES.get(str(kind), str(kind))


_SQL_NAMES = {
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "binary": "BLOB",
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}

TYPES: dict[ColumnType, dt.DataType] = {
    "text": dt.string,
    "integer": dt.int64,
    "decimal": dt.Decimal(18, 4),
    "double": dt.float64,
    "date": dt.date,
    "instant": dt.Timestamp(timezone="UTC"),
    "boolean": dt.boolean,
}
