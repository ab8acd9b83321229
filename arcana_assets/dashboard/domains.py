"""The domains that the page shows, and the language in which it greets who has not chosen one yet.

Belongs here: what is known before anybody looks at a domain. Does not belong here: where somebody looks (`place`).
"""

from functools import cache

from arcana_assets.catalogue.domains import domains_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.domain.yaml.file import ContractError


@cache
def domains() -> dict[str, CustomerDomain]:
    """Every domain of the deployment that can be read, by its name. Raises ContractError where none can."""
    found = domains_of(Deployment.from_env().defs)
    if not found.loaded and found.broken:
        raise ContractError("\n".join(found.broken.values()))
    return {domain.name: domain for domain in found.loaded.values()}


def spoken() -> str:
    """The language that all domains are in; the default one where they are not in the same."""
    codes = {domain.language for domain in domains().values()}
    return codes.pop() if len(codes) == 1 else DEFAULT_LANGUAGE
