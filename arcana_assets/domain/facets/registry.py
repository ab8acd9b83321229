"""Facets: what customer 360 says of a customer, one facet an entity, column by column.

Belongs here: which facets there are, in which order, under which labels, and which texts become features. Does not
belong here: their columns (`facets_commercial`, `facets_experience`), computing them (`transforms.facets`), columns of
other tables (`gold_columns`).
"""

from collections.abc import Collection

from arcana_assets.domain.facets.commercial import CONTRACTS, PROFILE, PROPOSALS, PURCHASES, SUBSCRIPTIONS
from arcana_assets.domain.facets.experience import SURVEYS, TICKETS, USAGE
from arcana_assets.domain.facets.facet import ABSENT, HAS, FacetColumn

__all__ = ["ABSENT", "ENCODED", "FACETS", "FACET_LABELS", "HAS", "FacetColumn", "facets_of"]

FACETS: dict[str, tuple[FacetColumn, ...]] = {
    "customers": PROFILE,
    "contracts": CONTRACTS,
    "subscriptions": SUBSCRIPTIONS,
    "proposals": PROPOSALS,
    "purchases": PURCHASES,
    "tickets": TICKETS,
    "surveys": SURVEYS,
    "usage": USAGE,
}
"""Facets of customers that a master lists, by the entity they are made of, in the order of customer 360."""

FACET_LABELS = {
    "customers": "Perfil",
    "contracts": "Contratos",
    "subscriptions": "Receita recorrente",
    "proposals": "Propostas",
    "purchases": "Contratações",
    "tickets": "Suporte",
    "surveys": "Satisfação",
    "usage": "Uso",
}

ENCODED: dict[str, str] = {"segment": "Segmento", "region": "Região"}
"""Text columns of the profile that become a block of features, 0 or 1 for each value that enough customers have."""


def facets_of(entities: Collection[str]) -> dict[str, tuple[FacetColumn, ...]]:
    """The facets that a domain with sources of these entities can know, in the order of customer 360."""
    return {name: columns for name, columns in FACETS.items() if name in entities}
