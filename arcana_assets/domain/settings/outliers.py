"""Outliers: what `defs.yaml` may say of which customers and events stand out.

Belongs here: how far out is too far. Does not belong here: finding them (`customer_360.outliers`), whether they shape
segments (`settings.segmentation`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Outliers(Strict):
    """Who and what is flagged, and never removed."""

    deviations: float = Field(
        3,
        gt=0,
        description="a customer is one from so many robust deviations above the median of the logarithm of a measure",
    )
    event_deviations: float = Field(
        5, gt=0, description="likewise of an order among those of its month, and of a line among those of its product"
    )
    contamination: float = Field(
        0.02,
        ge=0,
        lt=0.5,
        description="share of the customers, at most, that the isolation forest flags, whatever they are; 0: no forest",
    )
    seed: int = Field(7, ge=0, description="of the forest, so that a month computed again is the same")
