"""The entry of the code location: every domain below `defs/`, bound to the resources of this deployment.

Belongs here: merging domains. Does not belong here: what a domain has (`components.customer_domain`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets.alerts.sensor import alerts_sensor
from arcana_assets.components.customer_domain import domain_definitions
from arcana_assets.components.customer_domain import resources as resources_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domains
from arcana_assets.graph.spec import DomainSpec

DEFS = Path(__file__).parent / "defs"


def build_definitions(
    folder: Path = DEFS, deployment: Deployment | None = None, resources: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """The definitions of all domains in a folder; `resources` take the place of the deployment's, by their names.

    Raises ContractError for a YAML file that says what cannot be.
    """
    deployment = deployment or Deployment.from_env()
    known = load_domains(folder)
    domains = [domain_definitions(DomainSpec(domain, path), deployment) for path, domain in known.items()]
    given = resources_of(deployment, **(resources or {}))
    of_all = dg.Definitions(
        resources=given, executor=dg.in_process_executor, sensors=[alerts_sensor([*known.values()], deployment)]
    )
    return dg.Definitions.merge(*domains, of_all)


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads."""
    return build_definitions()
