"""The check that a rollup adds up to what silver holds.

Belongs here: that check, which all rollups of facets share. Does not belong here: the rollups.
"""

from typing import Any

import dagster as dg

from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake

ADDS_UP = "rollups_add_up"


def adds_up_spec(spec: DomainSpec, table: str) -> dg.AssetCheckSpec:
    """The check of one of the tables of a rollup."""
    words = "What the rollup adds up to is what silver holds"
    return dg.AssetCheckSpec(ADDS_UP, asset=spec.key("gold", table), blocking=True, description=words)


def adds_up(
    spec: DomainSpec, table: str, column: str, expected: Any, run: Run, lake: Lake, engine: Engine
) -> dg.AssetCheckResult:
    """Whether a column of the rollup adds up to `expected` over the months of the run."""
    key = spec.key("gold", table)
    with failures():
        found = engine.backend.execute(lake.read(key.path, list(run.months), engine)[column].sum()) or 0
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ADDS_UP,
        passed=found == expected,
        description=f"{found} {column} in the rollup, {expected} in silver",
        metadata={"rollup": float(found), "silver": float(expected)},
    )
