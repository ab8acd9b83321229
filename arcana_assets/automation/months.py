"""Which months a run is asked for.

Belongs here: pure functions from moments to months. Does not belong here: when they are asked (`schedules`,
`sensors`).
"""

from datetime import date, datetime

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted


def months_to_refresh(scheduled_at: datetime, grace_days: int) -> list[date]:
    """The open month, and the one before it while late rows may still arrive.

    `scheduled_at` is local time in the domain's timezone; the month before is refreshed up to its `grace_days`-th day.
    """
    open_month = date(scheduled_at.year, scheduled_at.month, 1)
    return [shifted(open_month, -1), open_month] if scheduled_at.day <= grace_days else [open_month]


def months_of_night(domain: CustomerDomain, scheduled_at: datetime) -> list[date]:
    """Those of `months_to_refresh` that the domain has; none before its start, and after its end."""
    months = months_to_refresh(scheduled_at, domain.nightly.grace_days)
    return [month for month in months if domain.start <= month <= (domain.end or month)]
