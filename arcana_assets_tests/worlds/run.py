"""Runs as the UI starts them: some assets over a range of months, as of a moment, with the resources of a deployment.

Belongs here: what tests of assets and the other worlds share. Does not belong here: refreshes (`platform`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets.components.customer_domain import domain_definitions, resources
from arcana_assets.deployment import TRACKING_OFF, Deployment
from arcana_assets.domain.folder import load_domain
from arcana_assets.graph.run import AS_OF_TAG, range_tags
from arcana_assets.graph.spec import DomainSpec


def definitions_of(folder: Path) -> dg.Definitions:
    """The definitions of the domain in a folder, bound to no resources: the same ones for as long as its files say the
    same. Making them takes half a second, and most runs of the tests are of the deployed YAML.
    """
    said = sha256()
    for path in sorted(folder.rglob("*.yaml")):
        said.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return _definitions_of(folder, said.hexdigest())


@lru_cache(maxsize=8)
def _definitions_of(folder: Path, said: str) -> dg.Definitions:
    return domain_definitions(DomainSpec(load_domain(folder), folder), deployment_in(folder))


def deployment_in(root: Path, tracking: str = TRACKING_OFF) -> Deployment:
    """A deployment in a folder; the one of a test's `tmp_path` has the fixture `lake` as its lake."""
    return Deployment(*(str(root / name) for name in ("lake", "landing", "home")), tracking=tracking)


def there(spec: DomainSpec, *names: str, layer: str = "gold") -> list[dg.AssetSpec]:
    """Tables of the domain that a test puts into the lake itself."""
    return [dg.AssetSpec(spec.key(layer, name), partitions_def=spec.months) for name in names]


def materialized(
    assets: Iterable[Any],
    months: Sequence[date],
    deployment: Deployment,
    selection: Any = None,
    as_of: str = "2011-03-15T00:00:00+00:00",
    instance: dg.DagsterInstance | None = None,
    run_config: Any = None,
    tags: Mapping[str, str] | None = None,
    **overrides: Any,
) -> dg.ExecuteInProcessResult:
    """The run that makes some months of the assets, or of a selection of them; `overrides` are resources by name.

    One month is asked for by its key, the first and last of several as a range.
    """
    of_months = range_tags(months) if len(months) > 1 else {}
    return dg.materialize(
        list(assets),
        selection=selection,
        partition_key=months[0].isoformat() if len(months) == 1 else None,
        tags={**of_months, AS_OF_TAG: as_of, **(tags or {})},
        resources=resources(deployment, **overrides),
        instance=instance,
        run_config=run_config,
        raise_on_error=False,
    )
