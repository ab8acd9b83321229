"""The component of a customer domain: its folder of YAML becomes assets, jobs, schedules and a sensor.

Belongs here: putting the stages together. Does not belong here: what the YAML may say (`domain`), what an asset
computes (`assets`).
"""

from functools import partial
from pathlib import Path
from typing import Any, Self

import dagster as dg
import ibis.expr.types as ir
from pydantic import BaseModel, ConfigDict

from arcana_assets.assets.bronze import bronze_asset, landing_spec
from arcana_assets.assets.gold import gold_assets
from arcana_assets.assets.loyalty import loyalty_asset
from arcana_assets.assets.loyalty_forecast import loyalty_forecast_asset
from arcana_assets.assets.loyalty_page import loyalty_page_asset
from arcana_assets.assets.loyalty_proof import loyalty_proof_asset
from arcana_assets.assets.loyalty_report import loyalty_report_asset
from arcana_assets.assets.publication import publication_assets
from arcana_assets.assets.recommendation_evaluation import evaluation_asset
from arcana_assets.assets.recommendation_results import recommendation_results_asset
from arcana_assets.assets.recommendations import recommendation_asset
from arcana_assets.assets.segment_movement import segment_movement_assets
from arcana_assets.assets.segment_pictures import segment_pictures_asset
from arcana_assets.assets.segmentation import segmentation_assets
from arcana_assets.assets.silver import silver_asset
from arcana_assets.assets.spec import DomainSpec
from arcana_assets.automation.jobs import maintenance_job, refresh_job
from arcana_assets.automation.schedules import maintenance_schedule, nightly_schedule
from arcana_assets.automation.sensors import landing_sensor
from arcana_assets.domain.customer_domain import load_domain
from arcana_assets.resources.deployment import Deployment
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.exports import Exports
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.landing_inventory import Inventory, take_inventory
from arcana_assets.resources.landing_reader import LandingReader
from arcana_assets.resources.landing_zone import LandingZone
from arcana_assets.resources.tracking import Tracking
from arcana_assets.transforms.landing import rows_by_month


class Attributes(BaseModel):
    """Taken as they are: `load_domain` reads the file itself, because it can say the line of what is wrong."""

    model_config = ConfigDict(extra="allow")


class CustomerDomainComponent(dg.Component):
    """A customer domain: landing files to recommendations, from `defs.yaml` and `sources/*.yaml`."""

    def __init__(self, folder: Path) -> None:
        self.spec = DomainSpec(load_domain(folder), folder)

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """The attributes, unchecked."""
        return Attributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:
        """The component of the folder that its `defs.yaml` lies in.

        Raises ContractError for what the files cannot mean.
        """
        path = Path(context.path)
        return cls(path if path.is_dir() else path.parent)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the domain for the deployment of this process."""
        return domain_definitions(self.spec, Deployment.from_env())


def domain_definitions(spec: DomainSpec, deployment: Deployment) -> dg.Definitions:
    """Assets, jobs, schedules and sensor of a domain; what runs by itself is on in production only."""
    domain = spec.domain
    contracts = list(domain.sources.values())
    assets: list[dg.AssetsDefinition] = [
        *(make(spec, contract) for contract in contracts for make in (bronze_asset, silver_asset)),
        *gold_assets(spec),
        *(segmentation_assets(spec) if domain.segmentations else []),
        *segment_movement_assets(spec),
        *(
            [
                evaluation_asset(spec, domain.recommendations),
                recommendation_asset(spec, domain.recommendations),
                recommendation_results_asset(spec, domain.recommendations),
            ]
            if domain.recommendations
            else []
        ),
        *(
            [make(spec) for make in (loyalty_asset, loyalty_forecast_asset, loyalty_proof_asset, loyalty_report_asset)]
            if domain.programmes
            else []
        ),
    ]
    tables = [key for asset in assets for key in asset.keys]
    assets += publication_assets(spec) if domain.facets else []
    assets += [segment_pictures_asset(spec)] if domain.segmentations else []
    assets += [loyalty_page_asset(spec)] if domain.programmes else []
    runs = deployment.env == "production"
    refresh = refresh_job(domain)
    inventories = [spec.key("landing", contract.name) for contract in contracts]
    maintenance = maintenance_job(domain, sorted([*inventories, *tables]))
    on_schedule = dg.DefaultScheduleStatus.RUNNING if runs else dg.DefaultScheduleStatus.STOPPED
    on_sensor = dg.DefaultSensorStatus.RUNNING if runs else dg.DefaultSensorStatus.STOPPED
    return dg.Definitions(
        assets=[*(landing_spec(spec, contract) for contract in contracts), *assets],
        jobs=[refresh, maintenance],
        schedules=[
            nightly_schedule(domain, refresh, on_schedule),
            maintenance_schedule(domain, maintenance, on_schedule),
        ],
        sensors=[landing_sensor(domain, refresh, partial(_take_inventory, spec), on_sensor)],
    )


def _take_inventory(spec: DomainSpec, source: str, landing: LandingZone, lake: Lake, engine: Engine) -> Inventory:
    contract = spec.domain.sources[source]

    def count(rows: ir.Table) -> ir.Table:
        return rows_by_month(rows, contract, spec.domain.timezone)

    return take_inventory(
        spec.domain.name,
        contract,
        LandingReader(landing, engine, contract),
        count,
        landing,
        lake,
        engine,
        "sensor",
        timezone=spec.domain.timezone,
    )


def resources(deployment: Deployment) -> dict[str, Any]:
    """The outside world of a deployment, under the names that assets ask for."""
    from arcana_assets.resources.lake_io import LakeIOManager

    lake = Lake(root=deployment.lake)
    engine = Engine(threads=deployment.threads, memory_limit=deployment.memory_limit)
    return {
        "lake": lake,
        "engine": engine,
        "landing": LandingZone(root=deployment.landing),
        "tracking": Tracking(uri=deployment.tracking, lake=deployment.tracking_lake),
        "exports": Exports(root=deployment.lake),
        "io_manager": LakeIOManager(lake=lake, engine=engine),
    }
