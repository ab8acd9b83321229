"""The invented customers of the b2b drop: keys, groups, value, mood, when they leave, and their master data.

Belongs here: who a customer is. Does not belong here: which sources know them (`coverage`), what they own
(`contracts`), what they do (`surveys`, `tickets`, `telemetry`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from arcana_assets.samples.b2b.layout import END, FIRST_MONTH, MONTH_DAYS, MONTHS, Flags, Floats, Ints, day_number
from arcana_assets.samples.b2b.words import (
    BANDS,
    CITIES,
    CNAES,
    FOREIGN_COUNTRIES,
    FOREIGN_STATES,
    STATES,
    SUBSEGMENTS,
    coined_words,
)

GROUPS = (
    "grandes_em_crescimento",
    "medias_fieis",
    "pequenas_digitais",
    "insatisfeitas_com_muito_suporte",
    "em_saida",
)
PERSONAS = (
    "Grandes em crescimento",
    "Médias fiéis",
    "Pequenas digitais",
    "Insatisfeitas com muito suporte",
    "Em saída",
)
LOYAL, UNHAPPY, LEAVING = map(GROUPS.index, ("medias_fieis", "insatisfeitas_com_muito_suporte", "em_saida"))
SHARES = (0.12, 0.30, 0.28, 0.15, 0.15)
MONTHLY_VALUE = (9_000.0, 2_000.0, 300.0, 2_600.0, 1_000.0)
MONTHLY_GROWTH = (0.030, 0.003, 0.010, 0.000, -0.030)
MOOD = (8.2, 9.3, 8.0, 3.6, 8.2)
SUPPORT = (0.5, -0.3, -1.0, 1.7, 0.2)
USAGE = (1.2, 0.4, -0.8, 0.1, -0.2)
CHURNED_SHARE = 0.55
STAYS = 999
FIRST_LEAVING, MONTHS_OF_DECLINE = 15, 10
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIGNS = LETTERS + "0123456789"
OLDEST = date(1971, 3, 15)


@dataclass(frozen=True)
class People:
    """One element a customer; `keys` goes on with the orphans, who are in no master row.

    `value` is the MRR in the middle of the period, `growth` its change by month, `left` the index of the month on whose
    first day the customer leaves (`MONTHS` or more: after the period, `STAYS`: never), `since` a day number.
    """

    keys: list[str]
    group: Ints
    value: Floats
    growth: Floats
    mood: Floats
    support: Floats
    usage: Floats
    left: Ints
    since: Ints
    city: Ints
    cnae: Ints
    subsegment: Ints
    band: Ints
    state: Ints
    country: Ints
    cities: list[str]

    def __len__(self) -> int:
        return len(self.group)

    @property
    def orphans(self) -> Ints:
        return np.arange(len(self), len(self.keys))

    @property
    def churned(self) -> Flags:
        return self.left < MONTHS

    @property
    def at_risk(self) -> Flags:
        return (self.left >= MONTHS) & (self.left < STAYS)

    def days(self, rng: np.random.Generator, who: Ints, until: int = day_number(END)) -> Ints:
        """A day of the period for each customer (or orphan), while they are one."""
        known = who < len(self)
        at = np.where(known, who, 0)
        first = np.where(known, np.maximum(self.since[at], MONTH_DAYS[0]), MONTH_DAYS[0])
        left = MONTH_DAYS[np.minimum(self.left[at], MONTHS)]
        end = np.where(known, np.minimum(left, until), until)
        return np.asarray(first + (rng.random(len(who)) * (end - first)).astype(np.int64), dtype=np.int64)

    def scores(self, rng: np.random.Generator, who: Ints, month: Ints) -> Ints:
        """0 to 10, as this customer would answer in this month: who leaves falls for ten months before."""
        known = who < len(self)
        at = np.where(known, who, 0)
        fallen = np.clip((month - self.left[at] + MONTHS_OF_DECLINE) / MONTHS_OF_DECLINE, 0.0, 1.0)
        mean = np.where(known, self.mood[at] - 6.5 * fallen, 7.0)
        return np.asarray(np.clip(np.rint(mean + rng.normal(0, 1.1, len(who))), 0, 10), dtype=np.int64)


def make_people(rng: np.random.Generator, customers: int) -> People:
    keys = _keys(rng, customers, max(4, customers // 100))
    sizes = np.floor(np.array(SHARES) * customers).astype(np.int64)
    sizes[LOYAL] += customers - sizes.sum()
    group = rng.permutation(np.repeat(np.arange(len(GROUPS)), sizes))
    left = np.full(customers, STAYS)
    leaving = rng.permutation(np.flatnonzero(group == LEAVING))
    gone = round(len(leaving) * CHURNED_SHARE)
    left[leaving[:gone]] = rng.integers(FIRST_LEAVING, MONTHS, gone)
    left[leaving[gone:]] = rng.integers(MONTHS, MONTHS + 4, len(leaving) - gone)
    value = _of(MONTHLY_VALUE, group) * np.exp(rng.normal(0, 0.45, customers))
    foreign = np.zeros(customers, dtype=np.bool_)
    abroad = max(len(FOREIGN_STATES), customers // 60)
    foreign[rng.choice(customers, abroad, replace=False)] = True
    at_home, popular = customers - abroad, rng.permutation(CITIES)
    state, country = np.zeros(customers, dtype=np.int64), np.zeros(customers, dtype=np.int64)
    state[~foreign] = _each_once(rng, at_home, len(STATES), 1.1)
    state[foreign] = len(STATES) + _each_once(rng, abroad, len(FOREIGN_STATES), 0.5)
    country[foreign] = 1 + _each_once(rng, abroad, len(FOREIGN_COUNTRIES), 0.5)
    return People(
        keys=keys,
        group=group,
        value=value,
        growth=_of(MONTHLY_GROWTH, group) + rng.normal(0, 0.003, customers),
        mood=_of(MOOD, group) + rng.normal(0, 0.4, customers),
        support=_of(SUPPORT, group) + rng.normal(0, 0.7, customers),
        usage=_of(USAGE, group) + rng.normal(0, 0.7, customers),
        left=left,
        since=_since(rng, left),
        city=popular[_each_once(rng, customers, CITIES, 0.9)],
        cnae=_each_once(rng, customers, len(CNAES), 0.7),
        subsegment=_each_once(rng, customers, len(SUBSEGMENTS), 0.6),
        band=_bands(rng, value),
        state=state,
        country=country,
        cities=coined_words(rng, CITIES, 4),
    )


def segment_of(subsegment: Ints) -> Ints:
    return np.array([segment for segment, _ in SUBSEGMENTS], dtype=np.int64)[subsegment]


def _of(by_group: tuple[float, ...], group: Ints) -> Floats:
    return np.asarray(np.array(by_group)[group], dtype=np.float64)


def _each_once(rng: np.random.Generator, size: int, values: int, skew: float) -> Ints:
    """A value for each element: every value at least once where there is room, the first ones most often."""
    weights = np.arange(1, values + 1) ** -skew
    drawn = rng.choice(values, size, p=weights / weights.sum())
    drawn[: min(size, values)] = np.arange(min(size, values))
    return np.asarray(rng.permutation(drawn), dtype=np.int64)


def _keys(rng: np.random.Generator, customers: int, orphans: int) -> list[str]:
    """`T` and five signs, one of them a digit at least; then, in place of four of them, what people once typed."""
    keys: dict[str, None] = {}
    while len(keys) < customers + orphans:
        signs = rng.integers(0, len(SIGNS), (customers + orphans - len(keys), 5))
        signs[np.arange(len(signs)), rng.integers(0, 5, len(signs))] = rng.integers(26, 36, len(signs))
        keys |= dict.fromkeys("T" + "".join(SIGNS[sign] for sign in row) for row in signs.tolist())
    made = list(keys)
    digits = rng.choice(10_000, 3, replace=False)
    odd = [f"0{digits[0]:04}", f"1{digits[1]:04}", f"7{digits[2]:04}"]
    odd.append("Q" + "".join(LETTERS[sign] for sign in rng.integers(0, 26, 5).tolist()))
    for place, key in zip(rng.choice(customers, len(odd), replace=False).tolist(), odd, strict=True):
        made[place] = key
    return made


def _since(rng: np.random.Generator, left: Ints) -> Ints:
    """Most since long ago, the oldest since 1971; one in twenty joined within the period, and none of those leaves."""
    begin = day_number(FIRST_MONTH)
    since = begin - 40 - (rng.gamma(2.0, 1_900, len(left))).astype(np.int64)
    oldest = day_number(OLDEST)
    since = np.maximum(since, oldest + 300)
    new = (left == STAYS) & (rng.random(len(left)) < 0.05)
    since[new] = rng.integers(begin + 20, day_number(END) - 120, int(new.sum()))
    since[rng.choice(np.flatnonzero(~new))] = oldest
    return np.asarray(since, dtype=np.int64)


def _bands(rng: np.random.Generator, value: Floats) -> Ints:
    """A band of turnover by the value of the customer, loosely; one in ten does not say."""
    rank = np.argsort(np.argsort(np.log(value) + rng.normal(0, 1.5, len(value))))
    band = rank * (len(BANDS) - 1) // len(value)
    band[rng.random(len(value)) < 0.1] = len(BANDS) - 1
    return np.asarray(band, dtype=np.int64)
