"""The days of a month on which each member of the mall is there, and from when to when.

Belongs here: who comes on which day, how long they stay, under which account they are known. Does not belong here: what
sees them (`visits`, `wifi`), what they buy (`receipts`).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from arcana_assets.samples.mall.layout import DAY, HOUR, MINUTE, Flags, Floats, Ints, Period
from arcana_assets.samples.mall.people import People

OPENS, EVENING, CLOSES = 10 * HOUR, 18 * HOUR, 22 * HOUR + 30 * MINUTE
LIKELIEST = 0.97  # chance of somebody's coming on one day at most
MOOD_SPREAD = 0.25  # of the logarithm of how often somebody comes in one month relative to others
STAY_SPREAD = 0.45  # of the logarithm of one stay relative to those of the same person
SECOND_SHARE = 0.5  # of the trips of a person with two accounts that are told of the second
ORDINARY_MONTH = 30.4


@dataclass(frozen=True)
class Trips:
    """One element a person and day, by day. Seconds count from the midnight before the period."""

    person: Ints
    account: Ints
    day: Ints
    begin: Ints
    stay: Ints
    """Seconds."""

    def __len__(self) -> int:
        return len(self.person)

    def take(self, which: Ints | Flags) -> Self:
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


def make_trips(rng: np.random.Generator, people: People, period: Period, month: int) -> Trips:
    """Each day by chance: as often as the person comes, on weekends as they prefer them, on busy days more often."""
    days, busy = period.day_weights(month)
    person, at = np.nonzero(rng.random((len(people), len(days))) < _chances(rng, people, period, days, busy))
    by_day = np.argsort(at, kind="stable")
    person, day = person[by_day], days[at[by_day]]
    size = len(person)
    late = rng.random(size) < people.evening[person]
    clock = np.where(late, EVENING + rng.random(size) * 2.5 * HOUR, OPENS + rng.random(size) * 7.5 * HOUR)
    stay = people.dwell[person] * MINUTE * np.exp(rng.normal(0, STAY_SPREAD, size))
    # Who comes in the afternoon only passes the evening, and who comes late leaves when the doors close.
    stay = np.clip(stay, 8 * MINUTE, np.maximum(CLOSES - clock, 8 * MINUTE))
    second = people.second[person]
    as_second = (second >= 0) & (rng.random(size) < SECOND_SHARE)
    as_second &= day >= people.joined[np.maximum(second, 0)]
    return Trips(
        person=person,
        account=np.where(as_second, second, person),
        day=day,
        begin=day * DAY + clock.astype(np.int64),
        stay=stay.astype(np.int64),
    )


def _chances(rng: np.random.Generator, people: People, period: Period, days: Ints, busy: Floats) -> Floats:
    weekend = period.weekend(days)
    on_weekends = np.where(weekend, busy, 0) / max(1, int(weekend.sum()))
    on_weekdays = np.where(weekend, 0, busy) / max(1, int((~weekend).sum()))
    often = people.monthly * len(days) / ORDINARY_MONTH * np.exp(rng.normal(0, MOOD_SPREAD, len(people)))
    chance = people.weekend[:, None] * on_weekends + (1 - people.weekend)[:, None] * on_weekdays
    chance = np.minimum(often[:, None] * chance, LIKELIEST)
    there = (people.joined[: len(people), None] <= days) & (days < people.left[:, None])
    return np.where(there, chance, 0.0)
