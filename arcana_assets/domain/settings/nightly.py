"""The nights of a domain: when it is refreshed, and by when it must be fresh.

Belongs here: the hours that `defs.yaml` says. Does not belong here: the schedule of them (`automation.schedules`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Nightly(Strict):
    """When the domain is refreshed."""

    hour: int = Field(2, ge=0, le=23, description="hour of the nightly refresh, in the domain's timezone")
    grace_days: int = Field(5, ge=0, le=27, description="days into a month on which the month before is refreshed too")
    fresh_by: int = Field(6, ge=0, le=23, description="hour by which gold must have been refreshed")
