"""Predictions: the models of each, what all of them say, and the cards of the models.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (the other files).
"""

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.cards import model_cards_asset
from arcana_assets.predictions.assets.models import prediction_model_asset
from arcana_assets.predictions.assets.predictions import predictions_asset


def prediction_tables(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables of predictions; none where the domain predicts nothing."""
    if not spec.domain.predictions:
        return []
    return [*(prediction_model_asset(spec, each) for each in spec.domain.predictions), predictions_asset(spec)]


def prediction_files(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """What of the predictions is published as files."""
    return [model_cards_asset(spec)] if spec.domain.predictions else []
