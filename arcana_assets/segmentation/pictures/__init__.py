"""Pictures as PNG bytes for business people: of segments how chosen, how large, who moved; of programmes how they fare.

Belongs here: drawing what was already computed; the same input gives the same bytes, in any order of its rows.
Does not belong here: fitting, files, which months are drawn.
"""

from arcana_assets.presentation.drawing import NotAPicture, size_of, thumbnail
from arcana_assets.segmentation.pictures.distributions import distributions_picture
from arcana_assets.segmentation.pictures.migration import migration_picture
from arcana_assets.segmentation.pictures.profile import profile_picture, telling
from arcana_assets.segmentation.pictures.projection import projection_picture, standardised
from arcana_assets.segmentation.pictures.selection import elbow, selection_picture
from arcana_assets.segmentation.pictures.sizes import sizes_picture

__all__ = [
    "NotAPicture",
    "distributions_picture",
    "elbow",
    "migration_picture",
    "profile_picture",
    "projection_picture",
    "selection_picture",
    "size_of",
    "sizes_picture",
    "standardised",
    "telling",
    "thumbnail",
]
