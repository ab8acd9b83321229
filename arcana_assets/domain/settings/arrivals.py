"""What files may bring: how far ahead of a run their rows may be dated.

Belongs here: limits that hold for all sources of a domain. Does not belong here: what one source's contract says
(`domain.contract`), holding files to the limits (`landing`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Arrivals(Strict):
    """Limits of what files may bring."""

    future_days: int = Field(
        366,
        ge=0,
        le=3_660,
        description="rows of a month that begins more days than this after the moment of a run are impossible and go "
        "to quarantine; those of earlier months that have not begun wait for them",
    )
