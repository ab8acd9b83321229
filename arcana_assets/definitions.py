"""The entry of the code location: every domain of this deployment, bound to its resources.

Belongs here: merging domains. Does not belong here: what a domain has (`components.customer_domain`).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets.alerts.sensor import alerts_sensor
from arcana_assets.catalogue.domains import Domains, domains_of
from arcana_assets.components.broken import broken_definitions
from arcana_assets.components.customer_domain import domain_definitions
from arcana_assets.components.customer_domain import resources as resources_of
from arcana_assets.deployment import SHIPPED, Deployment
from arcana_assets.graph.spec import DomainSpec

DEFS = Path(SHIPPED)


def build_definitions(
    folder: Path | None = None, deployment: Deployment | None = None, resources: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """The definitions of all domains in a folder, or of those of the deployment where none is given.

    `resources` take the place of the deployment's, by their names. A domain that cannot be read has a red check and
    nothing else; the others are all there.
    """
    deployment = deployment or Deployment.from_env()
    if folder is not None:
        deployment = replace(deployment, defs=(str(folder),))
    return definitions_of(domains_of(deployment.defs), deployment, resources)


def definitions_of(
    found: Domains, deployment: Deployment, resources: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """The definitions of these domains of a deployment."""
    domains = [domain_definitions(DomainSpec(domain, path), deployment) for path, domain in found.loaded.items()]
    of_all = dg.Definitions(
        resources=resources_of(deployment, **(resources or {})),
        executor=dg.in_process_executor,
        sensors=[alerts_sensor([*found.loaded.values()], deployment, found.broken)],
    )
    return dg.Definitions.merge(*domains, broken_definitions(found.broken, deployment.defs), of_all)


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads."""
    return build_definitions()
