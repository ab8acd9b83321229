"""Ends: the newest day of each month in the sources whose rows tell when a month is over.

Belongs here: reading it from the log of silver. Does not belong here: which sources tell it (`domain`), what follows
for a month (`run`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.lake.lake import Lake

Newest = Mapping[str, Mapping[date, date | None]]
"""By source and month, the local day of the newest row; None of a month without rows. Unknown months are left out."""


def newest_days(domain: CustomerDomain, lake: Lake, sources: Iterable[str], months: Sequence[date]) -> Newest:
    """The newest days of dated sources in silver as it is now; of months that were never written nothing is known."""
    zone, found = ZoneInfo(domain.timezone), dict[str, dict[date, date | None]]()
    for name in sources:
        dated_by = domain.sources[name].schema_.dated_by
        assert dated_by is not None, "a source that is watched has a date"
        said = lake.greatest((domain.name, "silver", name), dated_by, months)
        found[name] = {
            month: value.astimezone(zone).date() if isinstance(value, datetime) else value
            for month, value in said.items()
        }
    return found
