"""The invented members of the mall: who they are and how they live.

Belongs here: `membros.csv`, `rotulos.csv`, accounts, and what a member tends to do. Does not belong here: their cards
and devices (`identities`), single days (`trips`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from arcana_assets.samples.lines import lines_of, picked
from arcana_assets.samples.mall.kinds import (
    COUPON_LIKENESS,
    DWELL_SPREAD,
    EVENING_LIKENESS,
    KINDS,
    PURSE_SPREAD,
    RATE_SPREAD,
    TASTE_LIKENESS,
    WEEKEND_LIKENESS,
)
from arcana_assets.samples.mall.layout import BEFORE, Flags, Floats, Ints, Period, yes_no
from arcana_assets.samples.mall.stores import STYLES

JOINING, LAPSING = 0.18, 0.12  # shares of members who register, and who stop coming, within the period
APP, CONNECTED = 0.75, 0.7  # shares who use the app, and the Wi-Fi
STAFF, HUNTERS = 0.002, 0.003  # shares who work in the mall, and who collect receipts
SECOND_ACCOUNTS = 0.04
LABELLED, LABELLED_RIGHT = 0.01, 0.9  # share with a persona by hand, and share of these that are right
NEVER = 1_000_000
_DISTRICTS = (
    *("Centro", "Jardim das Flores", "Vila Nova", "Alto da Serra", "Bela Vista", "Boa Esperança", "Campo Verde"),
    *("Lagoa", "Parque do Sol", "Ponte Alta", "Santa Clara", "São Bento"),
)
_GENDERS = ("F", "M", "O")


@dataclass(frozen=True)
class People:
    """One element a person. An account is a number: that of the person, or, of a second one, from `len(self)` on."""

    kind: Ints
    monthly: Floats
    weekend: Floats
    evening: Floats
    dwell: Floats
    more: Floats
    coupon: Floats
    purse: Floats
    taste: Floats
    """People x categories, cumulative."""
    style: Ints
    left: Ints
    """The day from which somebody comes no more; `NEVER` for those who stay."""
    app: Flags
    connected: Flags
    staff: Ints
    """Numbers of the members who work in the mall."""
    hunters: Ints
    second: Ints
    """The second account of each person, -1 for none."""
    owner: Ints
    """One element an account: the person."""
    joined: Ints
    """One element an account: the day it was registered."""
    ids: list[str]
    """One element an account; in order of registration."""

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def accounts(self) -> int:
        return len(self.owner)


def make_people(rng: np.random.Generator, customers: int, period: Period) -> People:
    """Kinds in shares as exact as whole numbers are, shuffled."""
    kind = rng.permutation(_kinds(customers))
    of = {name: np.array([getattr(each, name) for each in KINDS], dtype=np.float64)[kind] for name in _NUMBERS}
    joined = -rng.integers(20, BEFORE - 40, customers)
    joins = rng.random(customers) < JOINING
    joined[joins] = rng.integers(0, max(1, period.days - 10), int(joins.sum()))
    left = np.full(customers, NEVER)
    lapses = rng.random(customers) < LAPSING
    left[lapses] = _lapse_days(rng, joined[lapses], period)
    app = rng.random(customers) < np.where(of["coupon"] > 0.3, 0.9, APP - 0.04)
    connected = rng.random(customers) < CONNECTED
    settled = rng.permutation(np.flatnonzero((joined < 0) & (left == NEVER)))
    staff, hunters = (np.sort(part) for part in np.split(settled, [_count(customers, STAFF)])[:2])
    hunters = np.sort(rng.permutation(hunters)[: _count(customers, HUNTERS)])
    app[hunters] = True
    connected[staff] = True
    second, owner, registered = _accounts(rng, joined, left, staff, hunters, period)
    by_registration = np.lexsort((np.arange(len(owner)) >= customers, registered))
    rank = np.empty(len(owner), dtype=np.int64)
    rank[by_registration] = np.arange(len(owner))
    taste = rng.standard_gamma(np.array([each.taste for each in KINDS])[kind] * TASTE_LIKENESS)
    return People(
        kind=kind,
        monthly=of["monthly"] * np.exp(rng.normal(0, RATE_SPREAD, customers)),
        weekend=_beta(rng, of["weekend"], WEEKEND_LIKENESS),
        evening=_beta(rng, of["evening"], EVENING_LIKENESS),
        dwell=of["dwell"] * np.exp(rng.normal(0, DWELL_SPREAD, customers)),
        more=of["more"],
        coupon=_beta(rng, of["coupon"], COUPON_LIKENESS),
        purse=of["purse"] * np.exp(rng.normal(0, PURSE_SPREAD, customers)),
        taste=np.cumsum(taste / taste.sum(axis=1, keepdims=True), axis=1),
        style=rng.integers(0, STYLES, customers),
        left=left,
        app=app,
        connected=connected,
        staff=staff,
        hunters=hunters,
        second=second,
        owner=owner,
        joined=registered,
        ids=[f"M{number + 1:07}" for number in rank.tolist()],
    )


_NUMBERS = ("monthly", "weekend", "evening", "dwell", "more", "coupon", "purse")


def _kinds(customers: int) -> Ints:
    """The shares of `KINDS` in whole numbers, at least one of each."""
    ends = np.rint(np.cumsum([each.share for each in KINDS]) * customers).astype(np.int64)
    return np.searchsorted(ends, np.arange(customers), side="right").astype(np.int64)


def _count(customers: int, share: float) -> int:
    return max(1, round(customers * share))


def _beta(rng: np.random.Generator, mean: Floats, likeness: float) -> Floats:
    return rng.beta(mean * likeness, (1 - mean) * likeness)


def _lapse_days(rng: np.random.Generator, joined: Ints, period: Period) -> Ints:
    """The first day of a month in the last three quarters of the period, and after the member has joined."""
    first = np.maximum(period.months // 4, 1)
    month = rng.integers(first, max(first + 1, period.months), len(joined))
    day = np.array([*period.bounds, period.days])[np.minimum(month, period.months)]
    return np.where(day > joined + 30, day, NEVER)


def _accounts(
    rng: np.random.Generator, joined: Ints, left: Ints, staff: Ints, hunters: Ints, period: Period
) -> tuple[Ints, Ints, Ints]:
    """Second accounts: of each person the number, of each account the person and its day. Some are of the same day."""
    able = np.setdiff1d(np.flatnonzero((joined < period.days * 3 // 5) & (left == NEVER)), np.union1d(staff, hunters))
    who = np.sort(rng.permutation(able)[: _count(len(joined), SECOND_ACCOUNTS)])
    earliest = np.maximum(joined[who], -200)
    latest = np.maximum(earliest + 1, period.days * 4 // 5)
    day = earliest + (rng.random(len(who)) * (latest - earliest)).astype(np.int64)
    day[::20] = joined[who[::20]]
    second = np.full(len(joined), -1)
    second[who] = len(joined) + np.arange(len(who))
    return second, np.concatenate([np.arange(len(joined)), who]), np.concatenate([joined, day])


def member_lines(rng: np.random.Generator, people: People, period: Period) -> tuple[pa.Array, dict[str, int]]:
    """The lines of `membros.csv`, an account each and by id, and the blanks in them."""
    order = np.argsort(people.ids)
    size = people.accounts
    marketing = rng.choice((1, 0, -1), size, p=(0.62, 0.28, 0.10))
    profiling = rng.choice((1, 0, -1), size, p=(0.70, 0.18, 0.12))
    told = (marketing >= 0) | (profiling >= 0)
    # Most say it when they register; who changed their mind did so later.
    changed = rng.random(size) < 0.15
    span = np.maximum(1, period.days - 1 - people.joined)
    day = people.joined + np.where(changed, (rng.random(size) * span).astype(np.int64), 0)
    born = np.where(rng.random(size) < 0.04, -1, period.start.year - 18 - (rng.beta(2, 3, size) * 60).astype(np.int64))
    born[people.owner[len(people) :]] = np.abs(born[people.owner[len(people) :]])
    gender, district = rng.choice(4, size, p=(0.53, 0.43, 0.01, 0.03)), rng.integers(-1, len(_DISTRICTS), size)
    years = [str(year) for year in range(1900, 2100)]
    lines = lines_of(
        [
            pa.array(people.ids),
            period.local_days(people.joined),
            picked(years, np.where(born < 1900, -1, born - 1900)),
            picked(_GENDERS, np.where(gender == 3, -1, gender)),
            picked(_DISTRICTS, district),
            yes_no(marketing),
            yes_no(profiling),
            period.local_days(day, ~told),
        ]
    )
    blanks = {"blank_marketing": int((marketing < 0).sum()), "blank_profiling": int((profiling < 0).sum())}
    return lines.take(pa.array(order)), blanks


def label_lines(rng: np.random.Generator, people: People, period: Period) -> pa.Array:
    """The lines of `rotulos.csv`: what people who know a member call them; one in ten is mistaken."""
    who = rng.permutation(len(people))[: _count(len(people), LABELLED)]
    who = who[np.argsort(np.array(people.ids)[who])]
    right = rng.random(len(who)) < LABELLED_RIGHT
    kind = np.where(right, people.kind[who], rng.integers(0, len(KINDS), len(who)))
    day = rng.integers(0, period.days, len(who))
    return lines_of([picked(people.ids, who), picked([each.persona for each in KINDS], kind), period.local_days(day)])
