"""The IO manager: what assets return goes into the lake, what they ask for comes out of it, for any range of months.

Belongs here: Dagster's partitions, metadata and failures around `Lake`. Does not belong here: Delta and DuckDB.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.catalogue.tables import TABLES, describe_column
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.lineage import column_lineage
from arcana_assets.lake.lake import Lake, WriteResult
from arcana_assets.lake.reading import table_of
from arcana_assets.tables.table import spelled_type

BY_MONTH = "arcana/by_month"  # definition metadata: compute the expression one month after the other
MONTHS_BACK = "arcana/months_back"  # input metadata: load as many months before those of the run, too
COLUMN_SCHEMA = "dagster/column_schema"


@dataclass(frozen=True)
class LakeIOManager(dg.IOManager):
    """Writes Ibis tables, pyarrow tables and readers, and pandas frames; loads Ibis tables.

    A partitioned asset writes exactly the months of the run in one commit, an unpartitioned one its snapshot. A
    partitioned input is loaded in the months its partition mapping names, and, with input metadata MONTHS_BACK, that
    many before them from the first partition on; each must have been materialized;
    an unpartitioned asset gets every month there is of a monthly input.

    It has no settings but its two resources, and is no configurable one: Dagster 1.13 sets up nested resources
    through a call of its own that it deprecates.
    """

    lake: Lake
    engine: Engine

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        if obj is None:
            return
        months = _months(context.asset_partition_keys) if context.has_asset_partitions else None
        declared = _declared(context.definition_metadata)
        with failures():
            written = self.lake.write(
                context.asset_key.path,
                obj,
                months,
                engine=self.engine,
                run_id=context.run_id,
                by_month=bool(_plain(context.definition_metadata.get(BY_MONTH, False))),
                descriptions={column.name: column.description for column in declared.values() if column.description},
            )
        context.add_output_metadata(self._metadata(context, obj, written, declared))
        if months:
            _add_partition_metadata(context, written)

    def load_input(self, context: dg.InputContext) -> ir.Table:
        months = None
        if context.has_asset_partitions and context.step_context.entity_partitions_def is not None:
            months = _months(context.asset_partition_keys)
            if back := _plain(context.definition_metadata.get(MONTHS_BACK, 0)):
                first = date.fromisoformat(
                    context.asset_partitions_def.get_first_partition_key() or months[0].isoformat()
                )
                months = months_between(max(first, shifted(months[0], -back)), months[-1])
        with failures():
            return self.lake.read(context.asset_key.path, months, self.engine)

    def _metadata(
        self, context: dg.OutputContext, obj: Any, written: WriteResult, declared: Mapping[str, dg.TableColumn]
    ) -> dict[str, Any]:
        metadata: dict[str, Any] = {
            "dagster/row_count": written.rows,
            "dagster/uri": self.lake.uri(context.asset_key.path),
            COLUMN_SCHEMA: _column_schema(written.schema, declared, context.asset_key),
            "delta_version": written.version,
            "files": written.files,
            "bytes": written.bytes,
        }
        if written.rows_by_month:
            metadata["rows_by_month"] = {f"{month:%Y-%m}": rows for month, rows in written.rows_by_month.items()}
        if isinstance(obj, ir.Table):
            metadata["dagster/column_lineage"] = _lineage(obj)
        return metadata


def _months(partition_keys: Any) -> list[date]:
    return [date.fromisoformat(key) for key in partition_keys]


def _add_partition_metadata(context: dg.OutputContext, written: WriteResult) -> None:
    # A range of months is one run: each month's event then says its own rows beside those of the whole run.
    for month, rows in written.rows_by_month.items():
        context.step_context.add_asset_metadata(
            {"dagster/partition_row_count": rows}, asset_key=context.asset_key, partition_key=month.isoformat()
        )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value


def _declared(definition_metadata: Mapping[str, Any]) -> dict[str, dg.TableColumn]:
    schema = definition_metadata.get(COLUMN_SCHEMA)
    schema = schema.schema if isinstance(schema, dg.TableSchemaMetadataValue) else schema
    return {column.name: column for column in schema.columns} if isinstance(schema, dg.TableSchema) else {}


def _column_schema(written: pa.Schema, declared: Mapping[str, dg.TableColumn], key: dg.AssetKey) -> dg.TableSchema:
    columns = []
    for field in written:
        known = declared.get(field.name) or _described(key, field.name)
        columns.append(
            dg.TableColumn(
                field.name,
                spelled_type(field.type),
                description=known.description if known else None,
                constraints=known.constraints if known else None,
                tags=known.tags if known else None,
            )
        )
    return dg.TableSchema(columns)


def _described(key: dg.AssetKey, column: str) -> dg.TableColumn | None:
    """A column that the definition cannot name, because which ones there are is known by the data alone."""
    layer, table = key.path[-2:]
    if layer != "gold" or table not in TABLES:
        return None
    found = describe_column(table, column)
    return dg.TableColumn(column, description=found.explained) if found else None


def _lineage(expr: ir.Table) -> dg.TableColumnLineage:
    origins = column_lineage(expr, table_of)
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(list(leaf)), column_name=name) for leaf, name in sorted(found)
            ]
            for column, found in origins.items()
            if found
        }
    )
