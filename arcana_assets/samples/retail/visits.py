"""The days on which each customer of the retail sample orders, over the whole period.

Belongs here: how many orders and when. Does not belong here: who the customers are (`customers`), what is in an order
(`orders`).
"""

from dataclasses import dataclass

import numpy as np

from arcana_assets.samples.retail.catalogue import Flags, Ints
from arcana_assets.samples.retail.customers import Calendar, Population
from arcana_assets.samples.retail.kinds import NEW, OCCASIONAL, VALUE_KINDS

RHYTHM = 0.6  # share of the time between two orders within which the next one may come
REGULAR = 0.9  # share of orders that keep a customer's rhythm; the others come on any day
CERTAIN = 2 / 3  # of the mean number of orders of a customer
FEWEST_MORE = 0.1  # mean number of orders beside those that are certain, where the window is short
RATE_SPREAD = 0.08  # of the logarithm of how often customers of one kind order
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Visits:
    """Orders by month, then customer, then day; one element an order, but `opens`: one element a month and the end."""

    customer: Ints
    day: Ints
    ordinal: Ints
    """The number of the order among those of its customer, from 0."""
    opens: Ints

    def of(self, month: int) -> tuple[Ints, Ints, Ints]:
        """Customer, day and ordinal of the orders of a month, by customer; nothing for a month after the last."""
        if month + 1 >= len(self.opens):
            return self.customer[:0], self.day[:0], self.ordinal[:0]
        inside = slice(int(self.opens[month]), int(self.opens[month + 1]))
        return self.customer[inside], self.day[inside], self.ordinal[inside]

    def buys_in(self, month: int, customers: Ints) -> Flags:
        """Whether each of the customers orders in a month; nobody does after the last one."""
        return np.asarray(np.isin(customers, self.of(month)[0]), dtype=np.bool_)


def make_visits(rng: np.random.Generator, people: Population, calendar: Calendar) -> Visits:
    """The orders of all customers, on busy days more often.

    A customer's habit makes `CERTAIN` of the mean number of orders certain, and the `least` of the kind; the others are
    a Poisson number.
    """
    months = (people.end - people.first) / MONTH
    monthly = np.array([kind.monthly for kind in VALUE_KINDS])[people.kind]
    least = np.array([kind.least for kind in VALUE_KINDS])[people.kind]
    mean = monthly * months * np.exp(rng.normal(0, RATE_SPREAD, len(people)))
    certain = np.maximum(least, (CERTAIN * mean).astype(np.int64))
    count = certain + rng.poisson(np.maximum(mean - certain, FEWEST_MORE))
    count[people.bulk] = 1
    customer = np.repeat(np.arange(len(people)), count)
    number = np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
    # A rhythm is a day in each of as many equal parts of the window as there are orders.
    part = (number + 0.5 + RHYTHM * (rng.random(len(customer)) - 0.5)) / count[customer]
    place = np.where(rng.random(len(customer)) < REGULAR, part, rng.random(len(customer)))
    low, high = calendar.busy[people.first], calendar.busy[people.end]
    wanted = low[customer] + place * (high - low)[customer]
    day = np.searchsorted(calendar.busy, wanted, side="right") - 1
    begins = (number == 0) & np.isin(people.kind[customer], (NEW, OCCASIONAL))
    day = np.where(begins, people.first[customer], day)
    by_day = np.lexsort((day, customer))
    day = day[by_day]
    month = np.searchsorted(calendar.month_bounds, day, side="right") - 1
    by_month = np.argsort(month, kind="stable")
    opens = np.searchsorted(month[by_month], np.arange(len(calendar.month_bounds)))
    return Visits(customer[by_month], day[by_month], number[by_month], np.asarray(opens, dtype=np.int64))
