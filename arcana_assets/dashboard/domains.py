"""The domains that the page shows, and the language in which it greets who has not chosen one yet.

Belongs here: what is known before anybody looks at a domain. Does not belong here: where somebody looks (`place`).
"""

from functools import cache
from pathlib import Path

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.folder import load_domains
from arcana_assets.domain.words import DEFAULT_LANGUAGE
from arcana_assets.presentation.language import refuse_unknown_language

DEFS = Path(__file__).parent.parent / "defs"


@cache
def domains() -> dict[str, CustomerDomain]:
    """Every domain by its name. Raises ContractError, also for a language that there are no texts of."""
    found = load_domains(DEFS)
    for folder, domain in found.items():
        refuse_unknown_language(domain, folder)
    return {domain.name: domain for domain in found.values()}


def spoken() -> str:
    """The language that all domains are in; the default one where they are not in the same."""
    codes = {domain.language for domain in domains().values()}
    return codes.pop() if len(codes) == 1 else DEFAULT_LANGUAGE
