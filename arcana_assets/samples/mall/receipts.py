"""Receipts of one month: what members buy on their trips, and how tills, cards and the app tell of it.

Belongs here: `notas_<month>.csv` and its dirt. Does not belong here: who is there (`trips`), which store is chosen
(`stores`), how a key is made (`keys`).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.lines import lines_of, picked
from arcana_assets.samples.mall.identities import Identities, card_texts
from arcana_assets.samples.mall.keys import access_keys
from arcana_assets.samples.mall.layout import DAY, HOUR, MINUTE, Flags, Floats, Ints, Period
from arcana_assets.samples.mall.money import money
from arcana_assets.samples.mall.people import NEVER, People
from arcana_assets.samples.mall.stores import Stores, price_of
from arcana_assets.samples.mall.trips import Trips

NOBODY = -1
TILL, APP, CARD = range(3)
CHANNELS = ("till", "app_receipt", "card")
BUYS = 0.78  # chance of a receipt on a trip
TICKET_SPREAD = 0.55  # of the logarithm of a receipt relative to the median of its store
MOST_CENTS = 1_200_000
USES_APP = (0.30, 0.47, 0.23)  # channels of those who use the app
NO_APP = (0.58, 0.0, 0.42)
CARD_ALONE, TILL_ALONE = 0.41, 0.035  # shares of receipts of a channel that name no member
TILL_CARD = 0.45  # share of receipts of tills that name the card
BURST_FEWEST, BURST_MOST = 15, 40
"""Receipts that a hunter scans on one day, bought from others; nobody else comes near."""
SCANNED_AGAIN, SCANNED_BY_ANOTHER = 0.05, 0.011  # shares of receipts that the app scans
ISSUED_AFTER_SCAN = 0.001  # likewise: the clock of the till is ahead
KEY_OF_ANOTHER_MONTH = 0.0005  # share of all receipts: issued while the tax office could not be reached
PEOPLE_A_LARGE_VALUE = 7_000  # months of a member for each value of a thousandfold, and for each negative one


@dataclass(frozen=True)
class Receipts:
    """One element a row. Money in cents; `key_month` is the day whose month the key tells."""

    number: Ints
    issued: Ints
    scanned: Ints
    key_month: Ints
    store: Ints
    person: Ints
    account: Ints
    """-1 where the row names no member."""
    card: Ints
    channel: Ints
    cents: Ints
    off: Ints
    coupon: Ints
    """The store whose coupon of the month was used, -1 for none."""

    def __len__(self) -> int:
        return len(self.number)

    def take(self, which: Ints | Flags) -> Self:
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    def having(self, **columns: Ints) -> Self:
        return type(self)(**{each.name: columns.get(each.name, getattr(self, each.name)) for each in fields(self)})

    def and_also(self, other: Self) -> Self:
        names = [each.name for each in fields(self)]
        return type(self)(**{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names})


@dataclass(frozen=True)
class Till:
    """Everything that receipts are made with."""

    people: People
    identities: Identities
    stores: Stores
    period: Period

    def receipts(self, rng: np.random.Generator, trips: Trips, month: int, first: int) -> Receipts:
        """Receipts of a month without dirt, by issue; numbered from `first`."""
        buys = np.flatnonzero(rng.random(len(trips)) < BUYS)
        trip = np.repeat(buys, 1 + rng.poisson(self.people.more[trips.person[buys]]))
        bought = trips.take(trip)
        at = bought.begin + ((0.1 + 0.85 * rng.random(len(trip))) * bought.stay).astype(np.int64)
        burst_person, burst_at = self._bursts(rng, trips, month)
        person = np.concatenate([bought.person, burst_person])
        account = np.concatenate([bought.account, burst_person])
        at = np.concatenate([at, burst_at])
        hunted = np.arange(len(at)) >= len(trip)
        order = np.argsort(at, kind="stable")
        return self._told(rng, person[order], account[order], at[order], hunted[order], first)

    def _bursts(self, rng: np.random.Generator, trips: Trips, month: int) -> tuple[Ints, Ints]:
        """Hunters have, every other month, a day of many receipts on which nothing else sees them."""
        low, high = self.period.bounds[month : month + 2]
        people, moments = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        days, busy = self.period.day_weights(month)
        for person in self.people.hunters[(self.people.hunters + month) % 2 == 0].tolist():
            free = np.setdiff1d(days[busy > 0], trips.day[trips.person == person])
            free = free[(free >= low) & (free < high)]
            if len(free):
                count = int(rng.integers(BURST_FEWEST, BURST_MOST + 1))
                people.append(np.full(count, person))
                moments.append(int(rng.choice(free)) * DAY + rng.integers(10 * HOUR, 22 * HOUR, count))
        return np.concatenate(people), np.concatenate(moments)

    def _told(
        self, rng: np.random.Generator, person: Ints, account: Ints, at: Ints, hunted: Flags, first: int
    ) -> Receipts:
        people, size = self.people, len(person)
        category = (rng.random(size)[:, None] > people.taste[person]).sum(axis=1).clip(max=people.taste.shape[1] - 1)
        store = self.stores.picked(rng, category, people.style[person], at // DAY)
        price = price_of(self.stores, store) * people.purse[person] * np.exp(rng.normal(0, TICKET_SPREAD, size))
        cents = np.clip(price, 300, MOST_CENTS).astype(np.int64)
        with_coupon = (rng.random(size) < people.coupon[person]) & ~hunted
        share = np.where(with_coupon, rng.uniform(0.08, 0.3, size), 0.0)
        share = np.where(~with_coupon & (rng.random(size) < 0.06), rng.uniform(0.03, 0.12, size), share)
        channel = np.where(hunted, APP, _channels(rng, people.app[person]))
        names_card = (channel == CARD) | ((channel == TILL) & (rng.random(size) < TILL_CARD))
        alone = rng.random(size) < np.where(channel == CARD, CARD_ALONE, np.where(channel == TILL, TILL_ALONE, 0.0))
        names_card &= ~(alone & (channel == TILL))
        return Receipts(
            number=first + np.arange(size),
            issued=at,
            scanned=at + _delays(rng, channel),
            key_month=at // DAY,
            store=store,
            person=person,
            account=np.where(alone, NOBODY, account),
            card=np.where(names_card, self.identities.card_at(rng, person), NOBODY),
            channel=channel,
            cents=cents,
            off=(cents * share).astype(np.int64),
            coupon=np.where(with_coupon, store, NOBODY),
        )

    def soiled(self, rng: np.random.Generator, receipts: Receipts) -> tuple[Receipts, dict[str, int]]:
        """The rows as they are delivered, by issue, with the dirt of those who record them."""
        size = len(receipts)
        wrong_key = _some(rng, np.ones(size, dtype=np.bool_), KEY_OF_ANOTHER_MONTH)
        key_month = np.where(wrong_key, receipts.issued // DAY - 31, receipts.issued // DAY)
        early = _some(rng, receipts.channel == APP, ISSUED_AFTER_SCAN)
        scanned = np.where(early, receipts.issued - rng.integers(5 * MINUTE, 6 * HOUR, size), receipts.scanned)
        share = SCANNED_AGAIN + SCANNED_BY_ANOTHER
        again = np.flatnonzero((rng.random(size) < share) & (receipts.channel == APP) & ~early)
        again = again[~np.isin(receipts.person[again], self.people.hunters)]
        cut = round(len(again) * SCANNED_BY_ANOTHER / share)
        again = rng.permutation(again)
        cents, odd = self._odd_values(rng, receipts, again)
        clean = receipts.having(key_month=key_month, scanned=scanned, cents=cents)
        second = clean.take(again)
        others = self._others(rng, second.person[:cut], second.issued[:cut] // DAY)
        second = second.having(
            account=np.concatenate([others, second.account[cut:]]),
            person=np.concatenate([self.people.owner[others], second.person[cut:]]),
            scanned=second.scanned + rng.integers(1 * MINUTE, 5 * DAY, len(again)),
        )
        rows = clean.and_also(second)
        # The later of two scans stands before the first as often as behind it.
        rows = rows.take(np.lexsort((rng.random(len(rows)), rows.number)))
        dirt = {
            "receipts_scanned_again": len(again) - cut,
            "receipts_scanned_by_another": cut,
            "receipts_without_member": int((rows.account == NOBODY).sum()),
            "receipts_without_member_and_card": int(((rows.account == NOBODY) & (rows.card == NOBODY)).sum()),
            "receipts_scanned_days_later": int((rows.scanned - rows.issued >= DAY).sum()),
            "receipts_issued_after_scan": int((rows.scanned < rows.issued).sum()),
            "keys_of_another_month": int(wrong_key.sum() + wrong_key[again].sum()),
            "bursts": _bursts_in(receipts),
            **odd,
        }
        return rows, dirt

    def _odd_values(self, rng: np.random.Generator, receipts: Receipts, again: Ints) -> tuple[Ints, dict[str, int]]:
        """Values a thousandfold, which no receipt of the mall comes to, and negative ones; none scanned twice."""
        plain = np.setdiff1d(np.flatnonzero((receipts.cents >= 10_000) & (receipts.off == 0)), again)
        wanted = max(1, round(len(self.people) / PEOPLE_A_LARGE_VALUE))
        chosen = rng.permutation(plain)[: 2 * wanted]
        cents = receipts.cents.copy()
        cents[chosen[:wanted]] *= 1_000
        cents[chosen[wanted:]] *= -1
        return cents, {"values_times_1000": len(chosen[:wanted]), "negative_values": len(chosen[wanted:])}

    def _others(self, rng: np.random.Generator, person: Ints, day: Ints) -> Ints:
        """For each receipt an account of somebody else who uses the app and is a member by then."""
        people = self.people
        there = np.flatnonzero(people.app & (people.joined[: len(people)] < 0) & (people.left == NEVER))
        chosen = there[rng.integers(0, len(there), len(person))]
        return np.where(chosen == person, there[(np.searchsorted(there, chosen) + 1) % len(there)], chosen)


def receipt_lines(rows: Receipts, people: People, stores: Stores, period: Period, seed: int) -> pa.Array:
    """The lines of `notas_<month>.csv`."""
    year_month = period.year_months(rows.issued // DAY)
    coupon_ids = coupons(stores, int(year_month[0])) if len(rows) else []
    return lines_of(
        [
            access_keys(period.year_months(rows.key_month), rows.store, rows.number, seed),
            period.local_seconds(rows.issued),
            period.local_seconds(rows.scanned),
            picked(stores.ids, rows.store),
            picked(people.ids, rows.account),
            pc.if_else(pa.array(rows.card >= 0), card_texts(rows.card), None),
            picked(CHANNELS, rows.channel),
            money(rows.cents),
            money(rows.off),
            picked(coupon_ids, rows.coupon),
        ]
    )


def _some(rng: np.random.Generator, among: Flags, share: float) -> Flags:
    """A share of those marked, one at least."""
    candidates = np.flatnonzero(among)
    chosen = np.zeros(len(among), dtype=np.bool_)
    chosen[rng.permutation(candidates)[: max(1, round(len(candidates) * share))]] = True
    return chosen


def coupons(stores: Stores, year_month: int) -> list[str]:
    """The coupon that each store has in a month."""
    return [f"CP{year_month:04}-{store}" for store in stores.ids]


def _channels(rng: np.random.Generator, app: Flags) -> Ints:
    draw = rng.random(len(app))
    with_app, without = (np.searchsorted(np.cumsum(share)[:2], draw, side="right") for share in (USES_APP, NO_APP))
    return np.where(app, with_app, without)


def _delays(rng: np.random.Generator, channel: Ints) -> Ints:
    """Tills and cards tell within a minute; people scan at once, in the evening, or days later."""
    size = len(channel)
    draw = rng.random(size)
    seconds: Floats = rng.uniform(2 * MINUTE, 4 * HOUR, size)
    seconds = np.where(draw > 0.80, rng.uniform(DAY, 5 * DAY, size), seconds)
    seconds = np.where(draw > 0.97, rng.uniform(5 * DAY, 20 * DAY, size), seconds)
    return np.where(channel == APP, seconds, rng.uniform(5, 60, size)).astype(np.int64)


def _bursts_in(receipts: Receipts) -> int:
    """Days on which somebody has as many receipts as hunters have."""
    told = receipts.account != NOBODY
    day = receipts.issued[told] // DAY
    _, counts = np.unique(receipts.account[told] * 10_000 + day, return_counts=True)
    return int((counts >= BURST_FEWEST).sum())
