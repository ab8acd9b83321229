"""The computations of the facets, in the order of customer 360.

Belongs here: finding each in the file of its facet. Does not belong here: what a computation says (its own file), the
profile, which is of the master (`master`).
"""

from importlib import import_module

from arcana_assets.customer_360.computation import Computation
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.commercial import CONSENT, PROFILE
from arcana_assets.domain.facets.registry import FACETS

_ELSEWHERE = {
    "transactions": "goods.facet",
    "coupons": "visitors.coupons",
    "presence": "visitors.presence",
    "app_events": "visitors.app_events",
    "identities": "identities",
}

COMPUTATIONS: dict[str, Computation] = {
    facet: import_module(f"arcana_assets.customer_360.{_ELSEWHERE.get(facet, f'listed.{facet}')}").COMPUTATION
    for facet in FACETS
    if facet not in (PROFILE.name, CONSENT.name)
}
"""Computations by the name of their facet, after which their file is named where it is of this folder."""


def computations_of(domain: CustomerDomain) -> list[Computation]:
    """The computations of the facets that a domain has, in the order of customer 360."""
    return [COMPUTATIONS[facet] for facet in domain.facets if facet in COMPUTATIONS]
