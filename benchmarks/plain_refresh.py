"""A refresh without Dagster's machinery: the functions of the retail assets, called one after the other.

The floor of `dagster_overhead`, and no way to run the platform: there is no run, no event, no instance, no retry and no
catalogue metadata. It calls the very functions that the assets are made of, with the same tables, and writes the same
commits, so that the difference is what running them under Dagster adds.
"""

import inspect
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from types import SimpleNamespace
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.graph.columns import ROWS_WRITTEN
from arcana_assets.graph.io_manager import MONTHS_BACK
from arcana_assets.graph.run import AS_OF_TAG, range_tags
from arcana_assets.graph.table_asset import DeclaredRows

RUN = "plain"


class PlainRefresh:
    """The retail domain for some months; made before the clock starts, since Dagster's objects are only taken apart."""

    def __init__(self, deployment: Deployment, months: Sequence[date]) -> None:
        self.start, self.months = load_domain(DEFS / "retail").start, list(months)
        definitions = build_definitions(deployment=deployment)
        self.resources = definitions.resources or {}
        self.rows: dict[str, int] = {}
        tags = {AS_OF_TAG: datetime.now(UTC).isoformat(), **range_tags(self.months)}
        self.context = SimpleNamespace(
            run=SimpleNamespace(run_id=RUN, tags=tags),
            log=logging.getLogger(RUN),
            add_asset_metadata=lambda *_, **__: None,
            op_config={},
        )
        graph = definitions.resolve_asset_graph()
        retail = [asset for asset in graph.assets_defs if any(key.path[0] == "retail" for key in asset.keys)]
        made = [asset for asset in retail if asset.is_executable]
        maker = {key: asset for asset in made for key in asset.keys}
        needs = {asset: {maker[key] for key in asset.dependency_keys if key in maker} - {asset} for asset in made}
        self.assets = list(TopologicalSorter(needs).static_order())

    def run(self) -> dict[str, int]:
        """Every table and file of the domain; returns the rows of each. Every check that could stop a run must pass."""
        for asset in self.assets:
            for result in self._results(asset):
                if isinstance(result, dg.AssetCheckResult):
                    assert result.passed or result.severity == dg.AssetCheckSeverity.WARN, result
                elif isinstance(result, dg.MaterializeResult):
                    self._count(result)
                else:
                    self._write(asset, result)
        return self.rows

    def _results(self, asset: dg.AssetsDefinition) -> Iterable[Any]:
        function: Any = asset.op.compute_fn
        function = function.decorated_fn
        wanted = {"context": self.context, **self.resources}
        asked = inspect.signature(function).parameters
        given = {name: wanted[name] for name in asked if name in wanted}
        if "config" in asked:
            given["config"] = asked["config"].annotation()
        for name, definition in asset.op.input_dict.items():
            if not definition.dagster_type.is_nothing:
                given[name] = self._read(asset.keys_by_input_name[name], int(definition.metadata.get(MONTHS_BACK, 0)))
        found = function(**given)
        return found if inspect.isgenerator(found) else [dg.Output(found, asset.op.output_defs[0].name)]

    def _read(self, key: dg.AssetKey, months_back: int) -> ir.Table:
        first = max(self.start, shifted(self.months[0], -months_back))
        table: ir.Table = self.resources["lake"].read(
            key.path, months_between(first, self.months[-1]), self.resources["engine"]
        )
        return table

    def _write(self, asset: dg.AssetsDefinition, output: dg.Output[DeclaredRows]) -> None:
        """What the IO manager does: the commit, and the look for doubled keys that the check of the table waits for."""
        key, made, lake = asset.keys_by_output_name[output.output_name], output.value, self.resources["lake"]
        written = lake.write(
            key.path,
            made.rows,
            self.months,
            engine=self.resources["engine"],
            run_id=RUN,
            by_month=made.by_month,
            declared=made.table.schema_of,
            unique=made.table.key,
        )
        made.doubled_keys = written.doubled
        self.rows[key.to_user_string()] = written.rows

    def _count(self, published: dg.MaterializeResult) -> None:
        rows = (published.metadata or {}).get(ROWS_WRITTEN)
        if rows is not None and published.asset_key is not None:
            self.rows[published.asset_key.to_user_string()] = int(rows)
