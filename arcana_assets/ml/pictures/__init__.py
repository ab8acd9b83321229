"""Pictures as PNG bytes for business people: of segments how chosen, how large, who moved; of programmes how they fare.

Belongs here: drawing what was already computed; the same input gives the same bytes, in any order of its rows.
Does not belong here: fitting, files, which months are drawn.
"""

from arcana_assets.ml.pictures.distributions import distributions_picture
from arcana_assets.ml.pictures.drawing import NotAPicture, size_of, thumbnail
from arcana_assets.ml.pictures.loyalty import forecast_picture, members_picture, proof_picture
from arcana_assets.ml.pictures.migration import migration_picture
from arcana_assets.ml.pictures.profile import profile_picture, telling
from arcana_assets.ml.pictures.projection import projection_picture, standardised
from arcana_assets.ml.pictures.selection import elbow, selection_picture
from arcana_assets.ml.pictures.sizes import sizes_picture

__all__ = [
    "NotAPicture",
    "distributions_picture",
    "elbow",
    "forecast_picture",
    "members_picture",
    "migration_picture",
    "profile_picture",
    "projection_picture",
    "proof_picture",
    "selection_picture",
    "size_of",
    "sizes_picture",
    "standardised",
    "telling",
    "thumbnail",
]
