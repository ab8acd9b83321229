"""Columns as Dagster shows them: the schema of a declared table, and lineage said by hand.

Belongs here: Dagster's words for what a table declares. Does not belong here: the declarations (each slice's `tables`),
lineage that an expression shows (`lineage`).
"""

from collections.abc import Iterable, Mapping

import dagster as dg
import pyarrow as pa

from arcana_assets.tables.table import Table
from arcana_assets.tables.types import spelled_type

COLUMN_SCHEMA = "dagster/column_schema"
ROWS_WRITTEN = "rows_written"  # of the months of a run; `dagster/row_count` is of the whole table


def declared_columns(table: Table) -> dg.TableSchema:
    """The columns that are known before any row is."""
    return written_columns(table, table.arrow)


def written_columns(table: Table, schema: pa.Schema) -> dg.TableSchema:
    """The columns that a table of the lake has, those among them that a pattern stands for."""
    columns = []
    for field in schema:
        known = table.column(field.name)
        columns.append(
            dg.TableColumn(
                field.name,
                spelled_type(field.type),
                description=known.explained if known else None,
                constraints=dg.TableColumnConstraints(nullable=not (known and known.required)),
            )
        )
    key = ", ".join(table.key)
    return dg.TableSchema(columns, dg.TableConstraints([f"one row a {key}"]) if key else None)


def lineage(columns: Mapping[str, Iterable[tuple[dg.AssetKey, str]]]) -> dg.TableColumnLineage:
    """Column lineage said by hand, for what no expression shows: files, frames and arrays."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(asset_key=key, column_name=source) for key, source in sources]
            for name, sources in columns.items()
        }
    )
