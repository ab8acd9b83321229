"""Which months a run is asked for, and how a run request says so.

Belongs here: pure functions from moments and changes to months. Does not belong here: when they are asked (`schedules`,
`sensors`).
"""

from collections.abc import Iterable
from datetime import date, datetime

from arcana_assets.domain.months import shifted

RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def months_to_refresh(scheduled_at: datetime, grace_days: int) -> list[date]:
    """The open month, and the one before it while late rows may still arrive.

    `scheduled_at` is local time in the domain's timezone; the month before is refreshed up to its `grace_days`-th day.
    """
    open_month = date(scheduled_at.year, scheduled_at.month, 1)
    return [shifted(open_month, -1), open_month] if scheduled_at.day <= grace_days else [open_month]


def ranges(months: Iterable[date]) -> list[list[date]]:
    """Months grouped into ranges without gaps, each of which one run can do."""
    found: list[list[date]] = []
    for month in sorted(set(months)):
        if found and shifted(found[-1][-1], 1) == month:
            found[-1].append(month)
        else:
            found.append([month])
    return found


def range_tags(months: list[date]) -> dict[str, str]:
    """Run tags that ask for a range of months in one run."""
    return {RANGE_START: months[0].isoformat(), RANGE_END: months[-1].isoformat()}
