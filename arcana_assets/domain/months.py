"""Months: the unit of work, and the moment as of which each is computed.

Belongs here: arithmetic on first days of months. Does not belong here: which months are refreshed (`automation`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def shifted(month: date, by: int) -> date:
    """The month `by` months later (earlier when negative)."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """All months from `first` to `last`, both included."""
    return [shifted(first, step) for step in range((last.year - first.year) * 12 + last.month - first.month + 1)]


def begins(month: date, timezone: str) -> datetime:
    """The first instant of a month in a timezone, in UTC."""
    return datetime(month.year, month.month, month.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def month_at(moment: datetime, timezone: str) -> date:
    """The month that an instant lies in, by the calendar of a timezone."""
    local = moment.astimezone(ZoneInfo(timezone))
    return date(local.year, local.month, 1)


def as_of_day(month: date, moment: datetime, timezone: str) -> date:
    """The day that recency counts to: the first of the next month, or for an open month the day after `moment`'s."""
    end = begins(shifted(month, 1), timezone)
    if moment >= end:
        return shifted(month, 1)
    return date.fromordinal(moment.astimezone(ZoneInfo(timezone)).date().toordinal() + 1)


def ranges(months: Iterable[date]) -> list[list[date]]:
    """Months in order, grouped into ranges without gaps; each month once."""
    found: list[list[date]] = []
    for month in sorted(set(months)):
        if found and shifted(found[-1][-1], 1) == month:
            found[-1].append(month)
        else:
            found.append([month])
    return found


def spelled(months: Sequence[date], form: str = "%Y-%m") -> str:
    """`2011-04`, or `2011-04 to 2011-06, 2011-09`; `no month` for none."""
    spans = (f"{s[0]:{form}}" if len(s) == 1 else f"{s[0]:{form}} to {s[-1]:{form}}" for s in ranges(months))
    return ", ".join(spans) or "no month"


@dataclass(frozen=True)
class Period:
    """What rows may be dated: from the domain's first day to the moment as of which the run computes, excluded."""

    start: date
    as_of: datetime
    timezone: str

    @property
    def begins(self) -> datetime:
        """The first instant of the domain, in UTC."""
        return begins(self.start, self.timezone)
