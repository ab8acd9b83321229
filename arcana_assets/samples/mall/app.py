"""What members do in the app of the mall.

Belongs here: `app_<month>.jsonl` and its dirt. Does not belong here: who is there (`trips`), what is bought
(`receipts`).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.lines import hashed, picked
from arcana_assets.samples.mall.layout import DAY, HOUR, MINUTE, Flags, Ints, Period
from arcana_assets.samples.mall.people import People
from arcana_assets.samples.mall.receipts import APP, NOBODY, Receipts, coupons
from arcana_assets.samples.mall.stores import Stores
from arcana_assets.samples.mall.trips import OPENS, Trips

KINDS = ("open", "coupon_seen", "coupon_activated", "coupon_used", "parking_paid", "receipt_scanned")
OPEN, SEEN, ACTIVATED, USED, PARKED, SCANNED = range(len(KINDS))
TEST_ACCOUNT = "TESTE-0001"
ON_TRIPS, PARKING = 0.5, 0.18  # shares of trips on which the app is opened, and parking paid with it
AT_HOME = 1.1  # openings a month on other days of who looks for few coupons
COUPONS_SEEN = 5.0  # coupons seen a month, times the share of receipts with a coupon
ACTIVATED_UNUSED = 0.12  # share of coupons seen that are activated and never used
SENT_AGAIN = 0.02
TEST_EVENTS = 1 / 60  # events of the test account, a member and month
_SALT = 23


@dataclass(frozen=True)
class Events:
    """One element an event. `store` -1 is none, and no coupon then; `month` is that of the coupon, YYMM."""

    kind: Ints
    account: Ints
    """-1 is the test account."""
    store: Ints
    coupon: Flags
    at: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, which: Ints | Flags) -> Self:
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    @classmethod
    def joined(cls, parts: list["Events"]) -> "Events":
        return cls(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)})

    @classmethod
    def of(cls, kind: int, account: Ints, at: Ints, store: Ints | int = -1, coupon: bool = False) -> "Events":
        size = len(account)
        stores = np.broadcast_to(np.asarray(store, dtype=np.int64), size)
        return cls(np.full(size, kind), account, stores, np.full(size, coupon), at)


NO_EVENTS = Events.of(OPEN, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class App:
    """Everything that events are made with."""

    people: People
    stores: Stores
    period: Period

    def events(
        self, rng: np.random.Generator, trips: Trips, receipts: Receipts, month: int, pending: Events
    ) -> tuple[Events, Events]:
        """Events of a month by time, and the scans that fall into later ones. `pending` are those of earlier months."""
        people = self.people
        mine = trips.take(people.app[trips.person])
        opened = mine.take(rng.random(len(mine)) < ON_TRIPS)
        parked = mine.take(rng.random(len(mine)) < PARKING)
        named = receipts.account != NOBODY
        scans = receipts.take(named & (receipts.channel == APP))
        with_app = named & (receipts.coupon >= 0)
        used = receipts.take(with_app & people.app[receipts.person])
        begin = self.period.bounds[month] * DAY
        begins = np.maximum(people.joined[used.account] * DAY, begin) + OPENS
        before = np.maximum(used.issued - rng.integers(2 * MINUTE, 2 * DAY, len(used)), begins)
        parts = [
            Events.of(OPEN, opened.account, opened.begin + rng.integers(0, 20 * MINUTE, len(opened))),
            Events.of(PARKED, parked.account, parked.begin + parked.stay - rng.integers(0, 8 * MINUTE, len(parked))),
            Events.of(SCANNED, scans.account, scans.scanned, scans.store),
            Events.of(USED, used.account, used.issued, used.coupon, True),
            Events.of(ACTIVATED, used.account, np.minimum(before, used.issued), used.coupon, True),
            *self._at_home(rng, month),
            self._test(rng, month),
            pending,
        ]
        events = Events.joined(parts)
        end = self.period.bounds[month + 1] * DAY
        later = events.at >= end
        now = events.take(~later)
        return now.take(np.argsort(now.at, kind="stable")), events.take(later)

    def _at_home(self, rng: np.random.Generator, month: int) -> list[Events]:
        """Openings and coupons looked at on any day, by who is a member by then."""
        people, low, high = self.people, *self.period.bounds[month : month + 2]
        there = people.app & (people.joined[: len(people)] <= low) & (people.left > low)
        openings = np.repeat(
            np.arange(len(people)), rng.poisson(np.where(there, AT_HOME * (0.5 + 2 * people.coupon), 0))
        )
        looks = np.repeat(np.arange(len(people)), rng.poisson(np.where(there, COUPONS_SEEN * people.coupon + 0.5, 0)))
        category = (
            (rng.random(len(looks))[:, None] > people.taste[looks]).sum(axis=1).clip(max=people.taste.shape[1] - 1)
        )
        at_looks = self._moments(rng, len(looks), low, high)
        store = self.stores.picked(rng, category, people.style[looks], at_looks // DAY)
        tried = rng.random(len(looks)) < ACTIVATED_UNUSED
        at_tried = np.minimum(at_looks[tried] + rng.integers(10, 5 * MINUTE, int(tried.sum())), high * DAY - 1)
        return [
            Events.of(OPEN, openings, self._moments(rng, len(openings), low, high)),
            Events.of(SEEN, looks, at_looks, store, True),
            Events.of(ACTIVATED, looks[tried], at_tried, store[tried], True),
        ]

    def _moments(self, rng: np.random.Generator, size: int, low: int, high: int) -> Ints:
        return rng.integers(low, high, size) * DAY + rng.integers(7 * HOUR, 23 * HOUR, size)

    def _test(self, rng: np.random.Generator, month: int) -> Events:
        """Those who make the app try it out in the mall's own data."""
        size = max(5, round(len(self.people) * TEST_EVENTS))
        low, high = self.period.bounds[month : month + 2]
        events = Events.of(OPEN, np.full(size, -1), self._moments(rng, size, low, high))
        kind = rng.integers(0, 2, size)
        store = np.where(kind == SEEN, rng.integers(0, len(self.stores), size), -1)
        return Events(kind, events.account, store, kind == SEEN, events.at)


def event_lines(
    rng: np.random.Generator, events: Events, people: People, stores: Stores, period: Period, month: int
) -> tuple[pa.Array, dict[str, int]]:
    """The lines of `app_<month>.jsonl`; some are sent a second time, to the letter the same."""
    size = len(events)
    who = np.where(events.account < 0, people.accounts, events.account)
    year_month = int(f"{period.month(month):%y%m}")
    lines = pc.binary_join_element_wise(
        '{"evento_id": "',
        hashed(np.arange(size) + (month + 1) * 2**32, _SALT),
        '", "cliente_id": "',
        picked([*people.ids, TEST_ACCOUNT], who),
        '", "tipo": "',
        picked(KINDS, events.kind),
        '", "cupom_id": ',
        _quoted_or_null(coupons(stores, year_month), np.where(events.coupon, events.store, -1)),
        ', "loja_id": ',
        _quoted_or_null(stores.ids, events.store),
        ', "em": "',
        period.offset_seconds(events.at),
        '"}\n',
        "",
    )
    again = np.flatnonzero((rng.random(size) < SENT_AGAIN) & (events.account >= 0))
    place = np.concatenate([np.arange(size), again + 0.5 + rng.integers(0, 30, len(again))])
    rows = np.concatenate([np.arange(size), again])[np.argsort(place, kind="stable")]
    return lines.take(pa.array(rows)), {
        "events_sent_again": len(again),
        "test_events": int((events.account < 0).sum()),
    }


def _quoted_or_null(texts: list[str], which: Ints) -> pa.Array:
    """A JSON string for each number, null for a negative one. The texts are ids, with nothing to escape."""
    return pa.array([*(f'"{text}"' for text in texts), "null"]).take(pa.array(np.where(which < 0, len(texts), which)))
