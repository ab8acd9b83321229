"""TODO: what this room is for."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from arcana_assets.catalogue.tables import describe
from arcana_assets.domain.entities.entity import Entity

SQL = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 4)",
    "double": "DOUBLE",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
INSTANT = "TIMESTAMP WITH TIME ZONE"


def entity_columns(entity: Entity) -> dg.TableSchema:
    """The columns of an entity as the UI shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn("month", "DATE", description="First day of the month, local time"),
            *(
                dg.TableColumn(
                    column.name,
                    SQL.get(column.type, INSTANT),
                    description=column.description + (f" ({column.unit})" if column.unit else ""),
                    constraints=dg.TableColumnConstraints(nullable=not column.required),
                )
                for column in entity.columns
            ),
        ]
    )


def gold_columns(layer: str, table: str, facets: Sequence[str]) -> dict[str, dg.TableSchema]:
    """The columns of a gold table or model as the UI shows them, in a domain with these facets.

    Those known at run time only are described by the IO manager.
    """
    if layer not in ("gold", "models"):
        return {}
    known = describe(table if layer == "gold" else f"{layer}/{table}", facets).values()
    columns = [
        dg.TableColumn(column.name, SQL.get(column.type, INSTANT), description=column.explained)
        for column in known
        if not column.pattern
    ]
    return {"dagster/column_schema": dg.TableSchema(columns)}


def lineage(columns: Mapping[str, Iterable[tuple[dg.AssetKey, str]]]) -> dg.TableColumnLineage:
    """Column lineage said by hand, for what no expression shows: files, frames and arrays."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(asset_key=key, column_name=source) for key, source in sources]
            for name, sources in columns.items()
        }
    )
