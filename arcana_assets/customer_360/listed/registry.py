"""The computations of the facets, in the order of customer 360.

Belongs here: which there are. Does not belong here: what each says (its own file), the profile, which is of the
master (`master`).
"""

from arcana_assets.customer_360.listed import contracts, proposals, purchases, subscriptions, surveys, tickets, usage
from arcana_assets.customer_360.listed.computation import Computation
from arcana_assets.domain.customer_domain import CustomerDomain

COMPUTATIONS: dict[str, Computation] = {
    file.COMPUTATION.entity: file.COMPUTATION
    for file in (contracts, subscriptions, proposals, purchases, tickets, surveys, usage)
}
"""Computations by the entity of their facet."""


def computations_of(domain: CustomerDomain) -> list[Computation]:
    """The computations of the facets that a domain has, in the order of customer 360."""
    return [COMPUTATIONS[facet] for facet in domain.facets if facet in COMPUTATIONS]
