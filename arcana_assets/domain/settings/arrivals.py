"""What files may bring and take away: how far ahead rows may be dated, how many may leave at once.

Belongs here: limits that hold for all sources of a domain. Does not belong here: what one source's contract says
(`domain.contract`), holding files to the limits (`landing`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Arrivals(Strict):
    """Limits of what files may bring and take away."""

    future_days: int = Field(
        366,
        ge=0,
        le=3_660,
        description="rows of a month that begins more days than this after the moment of a run are impossible and go "
        "to quarantine; those of earlier months that have not begun wait for them",
    )
    withdrawn_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="share of the rows of a computed month above which they do not leave unless somebody confirms it, "
        "where files are withdrawn or come again with fewer rows",
    )
