"""A deployment of its own in a temporary folder, and refreshes of it through the same job as in the UI."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa

from arcana_assets.automation.refresh import Refresh, refresh
from arcana_assets.components.customer_domain import resources
from arcana_assets.definitions import DEFS
from arcana_assets.deployment import Deployment
from arcana_assets.domain.months import months_between
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.worlds.run import definitions_of, deployment_in


@dataclass
class Platform:
    """A lake, a landing and an instance."""

    root: Path
    instance: dg.DagsterInstance
    folder: Path = DEFS
    domain: str = "retail"
    tracking: str = "off"  # MLflow takes seconds to begin; a test that is about it sets this to nothing

    @property
    def deployment(self) -> Deployment:
        return deployment_in(self.root, self.tracking)

    @property
    def landing(self) -> Path:
        return self.root / "landing" / self.domain

    @property
    def definitions(self) -> dg.Definitions:
        given = dg.Definitions(resources=resources(self.deployment), executor=dg.in_process_executor)
        return dg.Definitions.merge(
            *(definitions_of(path.parent) for path in sorted(self.folder.glob("*/defs.yaml"))), given
        )

    @property
    def lake(self) -> Lake:
        return Lake(root=self.deployment.lake)

    def refresh(self, first: date, last: date | None = None, published: bool = True, **tags: str) -> Refresh:
        """The refresh of the months; without `published`, of the lake's tables only: months of files take minutes."""
        tables = dg.AssetSelection.key_prefixes([self.domain]) - dg.AssetSelection.key_prefixes(
            [self.domain, "published"], [self.domain, "warehouse"]
        )
        return self._run(None if published else tables, months_between(first, last or first), tags)

    def publish(self, name: str, month: date) -> Refresh:
        """A refresh of one thing that is published, from the tables that are there."""
        return self._run(dg.AssetSelection.assets([self.domain, "published", name]), [month], {})

    def _run(self, selected: dg.AssetSelection | None, months: list[date], tags: dict[str, str]) -> Refresh:
        """The refresh of months, of all assets or of those selected."""
        definitions, name = self.definitions, f"refresh_{self.domain}"
        if selected is not None:
            name = f"{name}_in_part"
            part = dg.define_asset_job(name, selection=selected, executor_def=dg.in_process_executor)
            definitions = dg.Definitions.merge(definitions, dg.Definitions(jobs=[part]))
        job = definitions.resolve_job_def(name)
        return refresh(job, months, self.instance, lambda doing, ended, steps: None, tags)

    def table(self, layer: str, name: str, *months: date) -> pa.Table:
        engine = Engine()
        return engine.backend.to_pyarrow(self.lake.read((self.domain, layer, name), list(months) or None, engine))

    def rows(self, layer: str, name: str, *months: date) -> list[tuple]:
        """All rows in an order of their own, to compare tables by content."""
        table = self.table(layer, name, *months)
        columns = sorted(table.column_names)
        return sorted((tuple(row[name] for name in columns) for row in table.to_pylist()), key=repr)
