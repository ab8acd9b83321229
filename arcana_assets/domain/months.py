"""Months: the unit of work, and the moment as of which each is computed.

Belongs here: arithmetic on first days of months. Does not belong here: which months are refreshed (`automation`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
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
    """The day that recency counts to: the first of the next month; of an open one the day after the last known."""
    end = begins(shifted(month, 1), timezone)
    return shifted(month, 1) if moment >= end else last_known(moment, timezone) + timedelta(days=1)


def last_known(moment: datetime, timezone: str) -> date:
    """The last day of which anything is known at a moment: that of the instant before it."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()


def known_until(month: date, by_clock: date, newest: date | None, within: int) -> date:
    """The day that recency counts to, where rows may end earlier than the clock says.

    Takes the day by the clock (`as_of_day`), the day of the newest row of the month, None of a month without rows, and
    how many days these may lie apart. Of a month that ends too early it is the day after the newest row, and the first
    of the month where it has none. No other month is looked at: what one is judged as of does not change with the next.
    """
    known = month if newest is None else newest + timedelta(days=1)
    return known if (by_clock - known).days > within else by_clock


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


LAST_MONTH = date(9999, 12, 1)
"""The last month of the calendar."""


class Bounds(NamedTuple):
    """The months that rows may have, each bound excluded but `start`, the first month of the domain.

    Rows of months from `start` to `end` have a place; those of months from `end` to `horizon` wait until theirs has
    begun; what is dated from `horizon` on is impossible, like what is dated before `start`.
    """

    start: date
    end: date
    horizon: date = LAST_MONTH


def bounds_at(moment: datetime, start: date, future_days: int, timezone: str, last: date | None = None) -> Bounds:
    """The bounds as of a moment.

    `end` is the month after the open one, `horizon` the first month that begins more than `future_days` later; where
    the data have a last month neither is later than the one after it.
    """
    end = shifted(month_at(moment, timezone), 1)
    horizon = max(end, shifted(month_at(moment + timedelta(days=future_days), timezone), 1))
    after = LAST_MONTH if last is None else shifted(last, 1)
    return Bounds(start, min(end, after), min(horizon, after))


@dataclass(frozen=True)
class Period:
    """What rows may be dated: from the domain's first day to the moment as of which the run computes, excluded.

    Months from `horizon` on are impossible as of that moment; rows of months before it wait for them.
    """

    start: date
    as_of: datetime
    timezone: str
    horizon: date = LAST_MONTH

    @property
    def begins(self) -> datetime:
        """The first instant of the domain, in UTC."""
        return begins(self.start, self.timezone)

    @property
    def ends(self) -> datetime:
        """The first instant that is impossible, in UTC."""
        return begins(self.horizon, self.timezone)
