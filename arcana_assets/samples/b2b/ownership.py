"""Which customers of the b2b drop own which product lines, and when they signed for them.

Belongs here: the product sets of the groups and the planted affinities. Does not belong here: contract rows
(`contracts`).
"""

from dataclasses import dataclass

import numpy as np

from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.layout import END, MONTH_DAYS, MONTHS, Flags, Ints, day_number
from arcana_assets.samples.b2b.words import PAIRED_LINES, PLAIN_LINES

LINES_OF_GROUP = 6
FIRST_OF_PAIR = PAIRED_LINES - 12
AFFINITIES = [(FIRST_OF_PAIR + 2 * pair, FIRST_OF_PAIR + 2 * pair + 1) for pair in range(6)]
AFFINITY_CHANCE, WITHIN_DAYS = 0.7, 175
ADOPTERS_SHARE, OTHERS_CHANCE = 0.15, 0.015


@dataclass(frozen=True)
class Ownership:
    """Parallel arrays, one element a line that a customer owns.

    `base` are the lines that a customer had before the period, or came with in it; `signed` those of the affinities,
    with the day of signing.
    """

    base_customer: Ints
    base_line: Ints
    signed_customer: Ints
    signed_line: Ints
    signed_day: Ints

    def signed_lately(self, customers: int) -> Flags:
        """Who signed in the last twelve months of the period."""
        flags = np.zeros(customers, dtype=np.bool_)
        flags[self.signed_customer[self.signed_day >= MONTH_DAYS[MONTHS - 12]]] = True
        return flags


def make_ownership(rng: np.random.Generator, people: People) -> Ownership:
    """Two to five lines a customer, most from the set of the group; then the affinities, whatever the group.

    A customer who signs for A signs for B within six months with a chance of 0.7 (if the period lasts until then);
    others own B with a chance of 0.015. Nobody who has left signs for either.
    """
    customers = len(people)
    picks = rng.integers(2, 6, customers)
    who = np.repeat(np.arange(customers), picks)
    own = people.group[who] * LINES_OF_GROUP + rng.integers(0, LINES_OF_GROUP, len(who))
    others = np.concatenate([np.arange(FIRST_OF_PAIR), PAIRED_LINES + np.arange(PLAIN_LINES)])
    line = np.where(rng.random(len(who)) < 0.82, own, rng.choice(others, len(who)))
    pairs = np.unique(who * 100 + line)
    signed: list[tuple[Ints, Ints, Ints]] = []
    able = np.flatnonzero(~people.churned)
    last = day_number(END) - 1
    for a, b in AFFINITIES:
        adopter = np.zeros(customers, dtype=np.bool_)
        adopter[rng.choice(able, round(len(able) * ADOPTERS_SHARE), replace=False)] = True
        first = np.flatnonzero(adopter)
        day = people.days(rng, first, last)
        signed.append((first, np.full(len(first), a), day))
        after = day + rng.integers(10, WITHIN_DAYS, len(first))
        follows = (rng.random(len(first)) < AFFINITY_CHANCE) & (after <= last)
        signed.append((first[follows], np.full(int(follows.sum()), b), after[follows]))
        rare = able[~adopter[able] & (rng.random(len(able)) < OTHERS_CHANCE)]
        signed.append((rare, np.full(len(rare), b), people.days(rng, rare, last)))
    customer, which, days = (np.concatenate(parts) for parts in zip(*signed, strict=True))
    return Ownership(pairs // 100, pairs % 100, customer, which, days)
