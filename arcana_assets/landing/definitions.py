"""Landing: the files of each source, its bronze, its silver and quarantine, and the inventory that the sensor takes.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (`conform`, `files`).
"""

import dagster as dg

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.assets.bronze import bronze_asset, landing_spec
from arcana_assets.landing.assets.silver import silver_asset
from arcana_assets.landing.files.inventory import take_inventory
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.zone import LandingZone


def landing_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Bronze, silver and quarantine of every source of the domain."""
    sources = spec.domain.sources.values()
    return [make(spec, contract) for contract in sources for make in (bronze_asset, silver_asset)]


def landing_specs(spec: DomainSpec) -> list[dg.AssetSpec]:
    """The files of every source, as the company delivers them."""
    return [landing_spec(spec, contract) for contract in spec.domain.sources.values()]


def source_inventory(spec: DomainSpec, source: str, landing: LandingZone, lake: Lake, engine: Engine) -> Inventory:
    """What lies in the landing of a source now, as the sensor sees it."""
    reader = LandingReader(landing, engine, spec.domain.sources[source])
    return take_inventory(reader, spec.domain.name, spec.domain.timezone, lake, "sensor")
