"""Segmentation: the models, segments and profiles of a domain, who moved, what drifted, and the pictures of them.

Belongs here: the list of them. Does not belong here: the assets (`assets`), what is computed (the other rooms).
"""

import dagster as dg

from arcana_assets.graph.spec import DomainSpec
from arcana_assets.segmentation.assets.drift import drift_asset
from arcana_assets.segmentation.assets.migration import migration_asset
from arcana_assets.segmentation.assets.pictures import segment_pictures_asset
from arcana_assets.segmentation.assets.segments import segmentation_assets


def segment_tables(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The tables of segments; none where the domain has no segmentation."""
    if not spec.domain.segmentations:
        return []
    return [*segmentation_assets(spec), migration_asset(spec), drift_asset(spec)]


def segment_files(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """What of the segments is published as files."""
    return [segment_pictures_asset(spec)] if spec.domain.segmentations else []
