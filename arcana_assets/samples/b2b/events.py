"""What all event files of the b2b drop share: how rows fall to customers, orphans, spelling of keys, equal rows.

Belongs here: whose row it is and how the key is written. Does not belong here: what the row says.
"""

from dataclasses import dataclass

import numpy as np

from arcana_assets.samples.b2b.customers import People
from arcana_assets.samples.b2b.layout import Floats, Ints

ORPHAN_SHARE, PADDED_SHARE = 0.01, 0.002
OPENS, CLOSES = 8 * 3600, 18 * 3600


@dataclass(frozen=True)
class Told:
    """What was written into one file, as a reader can count it."""

    rows: int
    duplicates: int
    orphans: int
    dirt: dict[str, int]


def rows_of(rng: np.random.Generator, who: Ints, rows: int, weight: Floats | None = None) -> Ints:
    """A customer for each row, in runs: everybody of `who` once, the rest by weight."""
    chances = np.ones(len(who)) if weight is None else weight
    more = rng.multinomial(max(0, rows - len(who)), chances / chances.sum())
    return np.asarray(np.repeat(who, 1 + more)[:rows], dtype=np.int64)


def orphan_rows(rng: np.random.Generator, people: People, rows: int) -> Ints:
    """Customers of no master row for about 1 % of a file of `rows` rows."""
    return np.sort(rng.choice(people.orphans, max(1, round(rows * ORPHAN_SHARE))))


class Spelling:
    """Keys as people type them: some with blanks around."""

    def __init__(self, rng: np.random.Generator, keys: list[str], who: Ints, share: float = PADDED_SHARE) -> None:
        self.texts = [form.format(key) for form in ("{}", " {}", "{} ", " {} ") for key in keys]
        padded = rng.random(len(who)) < share
        padded[rng.integers(len(who))] = True
        self.numbers: Ints = who + len(keys) * np.where(padded, rng.integers(1, 4, len(who)), 0)
        self._plain = len(keys)

    def padded(self, rows: Ints | slice = slice(None)) -> int:
        return int((self.numbers[rows] >= self._plain).sum())


def apart(what: Ints, moment: Ints) -> Ints:
    """Moments moved on by one where the same thing would be told twice; the first one stays."""
    moment = moment.copy()
    base = int(moment.min())
    while True:
        span = int(moment.max()) - base + 1
        first = np.unique(what * span + moment - base, return_index=True)[1]
        if len(first) == len(moment):
            return moment
        again = np.ones(len(moment), dtype=np.bool_)
        again[first] = False
        moment[again] += 1


def office_seconds(rng: np.random.Generator, days: Ints) -> Ints:
    """A second of the working hours of each day, since 1970-01-01 on the local clock."""
    return np.asarray(days * 86_400 + rng.integers(OPENS, CLOSES, len(days)), dtype=np.int64)
