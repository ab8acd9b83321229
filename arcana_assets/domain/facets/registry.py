"""The facets of customers that a master lists, in the order of customer 360.

Belongs here: which there are, and which texts become features. Does not belong here: what a facet says (`commercial`,
`experience`), who buys goods (`domain.customer_360`).
"""

from collections.abc import Collection

from arcana_assets.domain.facets.commercial import COMMERCIAL
from arcana_assets.domain.facets.experience import EXPERIENCE
from arcana_assets.domain.facets.facet import Facet

FACETS: dict[str, Facet] = {facet.entity: facet for facet in (*COMMERCIAL, *EXPERIENCE)}
"""Facets by the entity they are made of."""

ENCODED = ("segment", "region")
"""Text columns of the profile that become a block of features, 0 or 1 for each value that enough customers have."""


def facets_of(entities: Collection[str]) -> dict[str, Facet]:
    """The facets that a domain with sources of these entities can know, in the order of customer 360."""
    return {name: facet for name, facet in FACETS.items() if name in entities}
