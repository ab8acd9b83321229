"""The entry of the code location: every domain below `defs/`, bound to the resources of this deployment."""

from pathlib import Path

import dagster as dg

from arcana_assets.components.customer_domain import domain_definitions, resources
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domains
from arcana_assets.graph.spec import DomainSpec

DEFS = Path(__file__).parent / "defs"


def build_definitions(folder: Path = DEFS, deployment: Deployment | None = None) -> dg.Definitions:
    """The definitions of all domains in a folder. Raises ContractError for a YAML file that says what cannot be."""
    deployment = deployment or Deployment.from_env()
    domains = [
        domain_definitions(DomainSpec(domain, path), deployment) for path, domain in load_domains(folder).items()
    ]
    return dg.Definitions.merge(
        *domains, dg.Definitions(resources=resources(deployment), executor=dg.in_process_executor)
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads."""
    return build_definitions()
