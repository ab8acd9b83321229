"""The invented customers of the retail sample and the calendar they buy in.

Belongs here: who a customer is, between which days they buy and what they like. Does not belong here: single orders
and rows (`orders`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from arcana_assets.domain.months import shifted
from arcana_assets.samples.retail.catalogue import CATEGORIES, Flags, Floats, Ints

GROUPS = ("loyal", "new", "lapsed", "one_time")
LOYAL, NEW, LAPSED, ONE_TIME = range(4)
SHARES = (0.30, 0.20, 0.25, 0.25)
FIRST_CUSTOMER = 10_001
COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Switzerland")
HOME = 0


@dataclass(frozen=True)
class Calendar:
    """Days of the period, counted from 0, and how much is sold on each.

    `busy` has one more element than days: the weight of the days before, so that a window [a, b) weighs
    `busy[b] - busy[a]` and drawing a day in it is one search.
    """

    start: date
    month_bounds: Ints
    busy: Floats

    @property
    def days(self) -> int:
        return len(self.busy) - 1

    def day(self, number: int) -> date:
        return self.start + timedelta(days=number)

    def open_weight(self, first: Ints, end: Ints) -> Floats:
        """Weight of the windows [first, end); 0 where nothing is open in them."""
        return np.where(end > first, self.busy[np.maximum(end, first)] - self.busy[first], 0.0)

    def draw(self, rng: np.random.Generator, first: Ints, end: Ints) -> Ints:
        """An open day in each window [first, end), busy days more often; windows must hold an open day."""
        low = self.busy[first]
        wanted = low + rng.random(len(first)) * (self.busy[end] - low)
        return np.asarray(np.searchsorted(self.busy, wanted, side="right") - 1, dtype=np.int64)


def make_calendar(start: date, months: int) -> Calendar:
    """Closed on Saturdays (as the real shop), at Christmas and New Year; quieter Sundays, a rush before Christmas."""
    firsts = [shifted(start, number) for number in range(months + 1)]
    bounds = np.array([(first - start).days for first in firsts], dtype=np.int64)
    weights = [_day_weight(start + timedelta(days=day), day) for day in range(int(bounds[-1]))]
    return Calendar(start, bounds, np.concatenate([[0.0], np.cumsum(np.array(weights))]))


def _day_weight(day: date, number: int) -> float:
    if day.weekday() == 5 or (day.month, day.day) in {(12, 25), (12, 26), (1, 1)}:
        return 0.0
    weight = 1.0 + 0.0008 * number
    if day.weekday() == 6:
        weight *= 0.6
    if day.month == 11:
        weight *= 1.4
    if day.month == 12:
        weight *= 1.7 if day.day < 23 else 0.5
    return weight


@dataclass(frozen=True)
class Population:
    """One element a customer. `first` and `end` are the days [first, end) between which they buy."""

    group: Ints
    favourite: Ints
    country: Ints
    first: Ints
    end: Ints
    since: list[date]
    basket: Ints
    """Multiplies quantities: 1 for most, 4 for the few who buy to sell again."""
    two_countries: int
    """The loyal customer whose orders go to two countries in turn."""
    bulk: int
    """The one-time customer who buys a huge order and returns it on the same day."""

    def __len__(self) -> int:
        return len(self.group)

    def ids(self) -> list[str]:
        return [str(FIRST_CUSTOMER + number) for number in range(len(self))]

    def buys_in(self, calendar: Calendar, month: int) -> Flags:
        """Whether each customer has an open day of their own in a month."""
        first, end = self.window(calendar, month)
        return np.asarray(calendar.open_weight(first, end) > 0, dtype=np.bool_)

    def window(self, calendar: Calendar, month: int) -> tuple[Ints, Ints]:
        """The days [first, end) of each customer that lie in a month; empty ones have end <= first."""
        low, high = calendar.month_bounds[month], calendar.month_bounds[month + 1]
        return np.minimum(np.maximum(self.first, low), high), np.maximum(np.minimum(self.end, high), low)


def make_population(
    rng: np.random.Generator, customers: int, calendar: Calendar, new_from: int, lapsed_end: int
) -> Population:
    """Groups in exact shares, shuffled; windows in days, so that they exist in a period of one month too.

    `new_from` is the first day a new customer may buy, `lapsed_end` the first day on which lapsed ones buy no more.
    """
    counts = [round(customers * share) for share in SHARES[:3]]
    counts.append(customers - sum(counts))
    group = rng.permutation(np.repeat(np.arange(len(GROUPS)), counts)).astype(np.int64)
    first = np.zeros(customers, dtype=np.int64)
    end = np.full(customers, calendar.days, dtype=np.int64)
    end[group == LAPSED] = lapsed_end
    for who, opens in ((group == NEW, new_from), (group == ONE_TIME, 0)):
        n = int(who.sum())
        first[who] = calendar.draw(rng, np.full(n, opens), np.full(n, calendar.days))
    one_time = group == ONE_TIME
    end[one_time] = first[one_time] + 1
    known_before = np.isin(group, (LOYAL, LAPSED))
    since = first - np.where(known_before, rng.integers(20, 900, customers), 0)
    abroad = rng.random(customers) < 0.1
    country = np.where(abroad, rng.integers(1, len(COUNTRIES), customers), HOME)
    two_countries = int(np.flatnonzero(group == LOYAL)[0])
    country[two_countries] = COUNTRIES.index("Belgium")
    return Population(
        group=group,
        favourite=rng.integers(0, len(CATEGORIES), customers),
        country=country,
        first=first,
        end=end,
        since=[calendar.day(day) for day in since.tolist()],
        basket=np.where(rng.random(customers) < 0.05, 4, 1),
        two_countries=two_countries,
        bulk=int(np.flatnonzero(one_time)[0]),
    )
