"""Recommendations: the leaderboard, the lists it decides, and what sellers make of them.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (the other rooms).
"""

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.assets.evaluation import evaluation_asset
from arcana_assets.recommendations.assets.recommendations import recommendation_asset
from arcana_assets.recommendations.assets.results import recommendation_results_asset


def recommendation_tables(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables of recommendations; none where the domain recommends nothing."""
    settings = spec.domain.recommendations
    if not settings:
        return []
    return [
        evaluation_asset(spec, settings),
        recommendation_asset(spec, settings),
        recommendation_results_asset(spec, settings),
    ]
