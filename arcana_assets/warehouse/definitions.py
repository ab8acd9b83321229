"""The warehouse: the tables of the database, an asset each.

Belongs here: the list of them. Does not belong here: the assets (`assets`), which tables there are (`tables`).
"""

import dagster as dg

from arcana_assets.deployment import WAREHOUSE_OFF
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.warehouse.assets.published import warehouse_asset
from arcana_assets.warehouse.tables import warehouse_tables
from arcana_assets.warehouse.warehouse import dialect_of


def warehouse_assets(spec: DomainSpec, uri: str) -> list[dg.AssetsDefinition]:
    """The tables that the domain has gold tables for, in the database that `uri` names; none where it is off."""
    if uri == WAREHOUSE_OFF:
        return []
    return [warehouse_asset(spec, table, dialect_of(uri)) for table in warehouse_tables(spec.domain)]
