"""The facets there are, in the order of customer 360.

Belongs here: which there are, and which texts become features. Does not belong here: what a facet says (the files
beside it).
"""

from collections.abc import Collection

from arcana_assets.domain.facets.commercial import COMMERCIAL
from arcana_assets.domain.facets.experience import EXPERIENCE
from arcana_assets.domain.facets.facet import Facet
from arcana_assets.domain.facets.goods import GOODS
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.domain.facets.visitors import VISITORS

FACETS: dict[str, Facet] = {facet.name: facet for facet in (*COMMERCIAL, *EXPERIENCE, GOODS, *VISITORS)}
"""Facets by name."""

KNOWN: dict[str, Facet] = {**FACETS, REGISTERED.name: REGISTERED}
"""The same, with what is stated of who is known by what they buy, beside which no facet of listed customers is."""

LISTED = "customers"  # the facet of whom a master lists; a domain without it knows customers by what they buy
TRANSACTIONS = GOODS.name

ENCODED = ("segment", "region")
ENCODED_REGISTERED = (*ENCODED, "age_band")
"""Text columns of the profile that become a block of features, 0 or 1 for each value that enough customers have."""


def facets_of(entities: Collection[str]) -> dict[str, Facet]:
    """The facets that a domain with sources of these entities can know, in the order of customer 360."""
    return {name: facet for name, facet in FACETS.items() if {*facet.of} & {*entities}}
