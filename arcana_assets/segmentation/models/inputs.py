"""Inputs of a month's model: a digest of all that its row in the table of models is made from.

Belongs here: what two runs must have in common for the second to give the same row. Does not belong here: making the
row (`month`), keeping it (`assets.models`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.tables.digests import digest_of, digest_of_code

_ROOMS = (
    *("domain", "presentation", "tables"),
    *("segmentation/clustering", "segmentation/models", "segmentation/personas"),
)
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
# What a month takes over from the row of the month before.
_CARRIED = ("model", "challenger", "challenger_moves", "challenger_months")


def digest_of_inputs(
    segmentation: Segmentation,
    customers: str,
    last: Mapping[str, Any] | None,
    month: date,
    **asked: date | str | bool | None,
) -> str:
    """SHA-256 of what the row of a month is made from: the same digest, the same row to the last bit.

    Takes the settings of the segmentation, the digest of all customers of the month and their features, the row of the
    month before, and whatever else a run asks. The code that decides is among the inputs.
    """
    return digest_of(
        {
            "code": digest_of_code(_ROOMS, _LIBRARIES),
            "settings": segmentation.model_dump(mode="json"),
            "language": segmentation.language,
            "customers": customers,
            "before": {name: last.get(name) for name in _CARRIED} if last is not None else None,
            "month": month,
            "asked": asked,
        }
    )
