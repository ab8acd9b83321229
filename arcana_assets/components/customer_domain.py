"""A customer domain's folder of YAML becomes assets, jobs, schedules and a sensor, and a deployment its resources.

Two roads come here, and both end in `domain_definitions`. `arcana_assets.definitions`, which `workspace.yaml` loads,
reads all folders of a deployment at once: one that is wrong stops none of the others, and tests and `arcana` can hand
it a deployment. The component is what each `defs.yaml` names as its type: by it `dg` knows the folder, and another
Dagster project can load one, with `resources` of its own.

Belongs here: putting the slices together. Does not belong here: what the YAML may say (`domain`), which assets a
slice has (its `definitions`).
"""

from functools import partial
from pathlib import Path
from typing import Any, Self

import dagster as dg
from pydantic import BaseModel, ConfigDict

from arcana_assets.automation.erasure import Erasing, erasure_job
from arcana_assets.automation.jobs import maintenance_job, publish_job, refresh_job
from arcana_assets.automation.schedules import maintenance_schedule, nightly_schedule
from arcana_assets.automation.sensors import killed_runs_sensor, landing_sensor
from arcana_assets.catalogue.domains import folders_of
from arcana_assets.catalogue.tables import tables_of
from arcana_assets.components.scaffolding import CustomerDomainScaffolder
from arcana_assets.customer_360.definitions import gold_assets
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.spark.choice import event_engine
from arcana_assets.erasure.holders import Holders, holders_of
from arcana_assets.exports.files import Exports
from arcana_assets.graph.io_manager import io_manager_of
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.glue import Glue
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.definitions import landing_assets, landing_specs, source_inventory
from arcana_assets.landing.erased import raw_holders
from arcana_assets.landing.zone import LandingZone
from arcana_assets.loyalty.definitions import loyalty_files, loyalty_tables
from arcana_assets.predictions.definitions import prediction_files, prediction_tables
from arcana_assets.presentation.language import refuse_unknown_language
from arcana_assets.profile.definitions import profile_files, profile_tables
from arcana_assets.profile.tables import TABLES as PROFILES
from arcana_assets.publication.definitions import publication_files
from arcana_assets.recommendations.definitions import recommendation_tables
from arcana_assets.segmentation.definitions import segment_files, segment_tables
from arcana_assets.tracking.tracking import Tracking
from arcana_assets.warehouse.definitions import warehouse_assets
from arcana_assets.warehouse.warehouse import Warehouse

TABLES = (landing_assets, gold_assets, segment_tables, recommendation_tables, loyalty_tables, prediction_tables)
FILES = (publication_files, segment_files, loyalty_files, prediction_files, profile_files)


class Attributes(BaseModel):
    """Taken as they are: `load_domain` reads the file itself, because it can say the line of what is wrong."""

    model_config = ConfigDict(extra="allow")


@dg.scaffold_with(CustomerDomainScaffolder)
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
    """Assets, jobs, schedules and sensor of a domain; what makes runs by itself is on in production only.

    Raises ContractError for a language that there are no texts of.
    """
    domain = spec.domain
    refuse_unknown_language(domain, spec.folder)
    known = [table for table in tables_of(domain) if table not in PROFILES]
    tables = [*(asset for make in TABLES for asset in make(spec)), *profile_tables(spec, known)]
    files = [asset for make in FILES for asset in make(spec)]
    in_database = warehouse_assets(spec, deployment.warehouse)
    runs = deployment.env == "production"
    refresh = refresh_job(domain)
    inventories = [spec.key("landing", source) for source in domain.sources]
    kept = sorted([*inventories, *(key for asset in tables for key in asset.keys)])
    erasing = Erasing(
        domain,
        holders_by_table(domain),
        [*landing_specs(spec), *tables, *files],
        deployment.home,
        sorted({*folders_of([spec.folder.parent, *deployment.defs]).places} - {domain.name}),
    )
    maintenance = maintenance_job(domain, kept, deployment.keep_runs_days)
    on_schedule = dg.DefaultScheduleStatus.RUNNING if runs else dg.DefaultScheduleStatus.STOPPED
    on_sensor = dg.DefaultSensorStatus.RUNNING if runs else dg.DefaultSensorStatus.STOPPED
    return dg.Definitions(
        assets=[*landing_specs(spec), *tables, *files, *in_database],
        jobs=[refresh, maintenance, erasure_job(erasing), *([publish_job(domain)] if in_database else [])],
        schedules=[
            nightly_schedule(domain, refresh, on_schedule),
            maintenance_schedule(domain, maintenance, on_schedule),
        ],
        sensors=[
            landing_sensor(domain, refresh, partial(source_inventory, spec), on_sensor),
            killed_runs_sensor(domain),
        ],
    )


def holders_by_table(domain: CustomerDomain) -> dict[tuple[str, str, str], Holders]:
    """Every table of a domain that holds customers, in the order of the data, with the columns that do."""
    found = dict[tuple[str, str, str], Holders]()
    for table in tables_of(domain):
        raw = table.layer in ("bronze", "quarantine")
        holders = raw_holders(domain.sources[table.name], table) if raw else holders_of(table)
        if holders.columns:
            found[domain.name, table.layer, table.name] = holders
    return found


def resources(deployment: Deployment, **overrides: Any) -> dict[str, Any]:
    """The outside world of a deployment, under the names that assets ask for; overrides take the place of single ones.

    The IO manager writes to the lake, with the engine, that the others have. Raises TypeError for a name that no asset
    asks for.
    """
    lake = overrides.get("lake", Lake(root=deployment.lake))
    engine = overrides.get("engine", Engine(threads=deployment.threads, memory_limit=deployment.memory_limit))
    events = overrides.get("events", event_engine(deployment.event_engine, engine))
    made = {
        "lake": lake,
        "engine": engine,
        "events": events,
        "landing": LandingZone(root=deployment.landing),
        "tracking": Tracking(uri=deployment.tracking, lake=deployment.tracking_lake),
        "exports": Exports(root=deployment.lake, mode=deployment.published_mode),
        "warehouse": Warehouse(
            uri=deployment.warehouse, folder=deployment.warehouse_folder, mode=deployment.published_mode
        ),
        "io_manager": io_manager_of(lake, engine, events, Glue(deployment.glue) if deployment.glue else None),
    }
    if unknown := [name for name in overrides if name not in made]:
        raise TypeError(f"no asset asks for a resource '{unknown[0]}'" + nearest(unknown[0], made))
    return made | overrides
