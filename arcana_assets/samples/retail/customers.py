"""The invented customers of the retail sample and the calendar they buy in.

Belongs here: who a customer is, between which days they buy and what they like. Does not belong here: single orders
and rows (`orders`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from arcana_assets.domain.months import shifted
from arcana_assets.samples.retail.catalogue import Floats, Ints
from arcana_assets.samples.retail.kinds import CHURN_RISK, FREQUENT, NEW, OCCASIONAL, TASTES, VALUE_KINDS

FIRST_CUSTOMER = 10_001
COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Switzerland")
HOME = 0
LOOKBACK = 182  # days that segments of customers look back on
NEW_FROM, NEW_UNTIL = 28, 9  # days before the end between which new customers have their first order
OCCASIONAL_QUIET, OCCASION = 45, 30  # days at the end without occasional customers; days that an occasion lasts
PURSE_SPREAD = 0.16  # of the logarithm of what an order of one kind of customers comes to
MIX_LIKENESS = 60.0  # how alike in taste customers of one kind are: the concentration of a Dirichlet distribution


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

    kind: Ints
    """Number of the kind in `VALUE_KINDS`."""
    taste: Ints
    """Number of the kind in `TASTES`."""
    mix: Floats
    """Customers x categories: what each means to spend on each category, adding up to 1."""
    purse: Floats
    """What an order of each customer comes to, in pence; the median over orders."""
    country: Ints
    first: Ints
    end: Ints
    since: list[date]
    two_countries: int
    """The frequent customer whose orders go to two countries in turn."""
    bulk: int
    """The occasional customer who buys a huge order and returns it on the same day."""

    def __len__(self) -> int:
        return len(self.kind)

    def ids(self) -> list[str]:
        return [str(FIRST_CUSTOMER + number) for number in range(len(self))]

    def window(self, calendar: Calendar, month: int) -> tuple[Ints, Ints]:
        """The days [first, end) of each customer that lie in a month; empty ones have end <= first."""
        low, high = calendar.month_bounds[month], calendar.month_bounds[month + 1]
        return np.minimum(np.maximum(self.first, low), high), np.maximum(np.minimum(self.end, high), low)


@dataclass(frozen=True)
class Days:
    """When the kinds buy, as days of the period; in one of less than six months they are nearer to each other.

    New customers have their first order from `new_from` on and before `new_until`. Who is at risk of churn buys until a
    day between `churn_from` and `churn_until`. Occasional ones begin before `occasional_until`, and what they buy they
    buy within `occasion` days.
    """

    new_from: int
    new_until: int
    churn_from: int
    churn_until: int
    occasional_until: int
    occasion: int


def make_days(calendar: Calendar) -> Days:
    days = calendar.days
    seen = min(days, LOOKBACK)
    quiet = min(OCCASIONAL_QUIET, days // 3)
    occasion = min(OCCASION, (days - quiet) // 3)
    return Days(
        new_from=days - min(NEW_FROM, days // 3),
        new_until=days - min(NEW_UNTIL, days // 6),
        churn_from=days - seen * 2 // 3,
        churn_until=days - seen // 2,
        occasional_until=days - quiet - occasion,
        occasion=occasion,
    )


def make_population(rng: np.random.Generator, customers: int, calendar: Calendar) -> Population:
    """Kinds in exact shares, shuffled; windows in days, so that they exist in a period of one month too."""
    kind = rng.permutation(np.repeat(np.arange(len(VALUE_KINDS)), _sizes(customers, [k.share for k in VALUE_KINDS])))
    taste = rng.permutation(np.repeat(np.arange(len(TASTES)), _sizes(customers, [t.share for t in TASTES])))
    days = make_days(calendar)
    first = np.zeros(customers, dtype=np.int64)
    end = np.full(customers, calendar.days, dtype=np.int64)
    churn = kind == CHURN_RISK
    end[churn] = rng.integers(days.churn_from, days.churn_until + 1, int(churn.sum()))
    for number, opens, closes in ((NEW, days.new_from, days.new_until), (OCCASIONAL, 0, days.occasional_until)):
        n = int((kind == number).sum())
        first[kind == number] = calendar.draw(rng, np.full(n, opens), np.full(n, closes))
    occasional = kind == OCCASIONAL
    end[occasional] = first[occasional] + days.occasion
    since = first - np.where(np.isin(kind, (*FREQUENT, CHURN_RISK)), rng.integers(20, 900, customers), 0)
    abroad = rng.random(customers) < 0.1
    country = np.where(abroad, rng.integers(1, len(COUNTRIES), customers), HOME)
    two_countries = int(np.flatnonzero(np.isin(kind, FREQUENT))[0])
    country[two_countries] = COUNTRIES.index("Belgium")
    mixes = np.array([each.mix for each in TASTES])[taste]
    drawn = rng.standard_gamma(mixes * MIX_LIKENESS)
    medians = np.array([each.order for each in VALUE_KINDS], dtype=np.float64)
    return Population(
        kind=kind,
        taste=taste,
        mix=drawn / drawn.sum(axis=1, keepdims=True),
        purse=medians[kind] * np.exp(rng.normal(0, PURSE_SPREAD, customers)),
        country=country,
        first=first,
        end=end,
        since=[calendar.day(day) for day in since.tolist()],
        two_countries=two_countries,
        bulk=int(np.flatnonzero(occasional)[0]),
    )


def _sizes(customers: int, shares: Sequence[float]) -> Ints:
    """Whole numbers nearest to the shares that add up to the customers, none of them 0 where there are enough."""
    exact = np.array(shares) * customers
    sizes = np.maximum(np.floor(exact), 1).astype(np.int64)
    while sizes.sum() < customers:
        sizes[np.argmax(exact - sizes)] += 1
    while sizes.sum() > customers:
        sizes[np.argmin(np.where(sizes > 1, exact - sizes, np.inf))] -= 1
    return sizes
