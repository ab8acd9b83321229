"""What the Wi-Fi sees in a month: phones of members, of who works in the mall, of passers-by.

Belongs here: `wifi_<month>.csv` and its dirt. Does not belong here: who is there (`trips`), whose a phone is
(`identities`).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.samples.lines import hashed, integers, lines_of, picked
from arcana_assets.samples.mall.identities import TURNS, Identities, device_texts
from arcana_assets.samples.mall.layout import DAY, HOUR, MINUTE, Flags, Ints, Period, yes_no
from arcana_assets.samples.mall.people import People
from arcana_assets.samples.mall.stores import ZONES, zones
from arcana_assets.samples.mall.trips import Trips

NOBODY = -1
CONNECTS = 0.72  # share of trips of those who use the Wi-Fi
MORE_SESSIONS = 0.5
WITHOUT_LOGIN = 0.16  # share of trips on which a member's phone connects and nobody logs in
ROAMS = 0.12  # share of trips whose second session begins before the first ends
WITHOUT_END, DAY_LONG = 0.0115, 0.003  # shares of all sessions but those of passers-by
WEAKEST = -70  # dBm of whoever is inside
PASSING, STRANGERS, STAFF = 3.45, 0.17, 0.0055
"""Sessions of passers-by and of visitors who are no members, a member and month; phones of staff who are no members."""
WORKING_DAYS = 20
ENDLESS = 16 * HOUR
_STRANGER_SALT, _SESSION_SALT = 17, 19


@dataclass(frozen=True)
class Sessions:
    """One element a session. A device below 0 is nobody's that we know."""

    device: Ints
    account: Ints
    zone: Ints
    begin: Ints
    end: Ints
    """-1 where it is not told."""
    signal: Ints
    private: Flags

    def __len__(self) -> int:
        return len(self.device)

    def take(self, which: Ints | Flags) -> Self:
        return type(self)(**{each.name: getattr(self, each.name)[which] for each in fields(self)})

    @classmethod
    def joined(cls, parts: list["Sessions"]) -> "Sessions":
        return cls(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)})


@dataclass(frozen=True)
class Wifi:
    """Everything that sessions are made with."""

    people: People
    identities: Identities
    period: Period

    @property
    def staff_phones(self) -> int:
        """Phones of staff who are no members, numbered from 0."""
        return max(2, round(len(self.people) * STAFF))

    def sessions(self, rng: np.random.Generator, trips: Trips, month: int) -> tuple[Sessions, dict[str, int]]:
        """All sessions of a month by begin, and the dirt in them."""
        inside = Sessions.joined([self._members(rng, trips), self._staff(rng, month), self._strangers(rng, month)])
        inside = _unended(rng, inside)
        named = inside.account >= 0
        self.identities.logged_in(inside.device[named], inside.account[named], inside.begin[named] // DAY)
        passing = self._passers(rng, month)
        rows = Sessions.joined([inside, passing])
        rows = rows.take(np.argsort(rows.begin, kind="stable"))
        length = rows.end - rows.begin
        return rows, {
            "passers_by": len(passing),
            "sessions_without_end": int((rows.end < 0).sum()),
            "sessions_of_26_hours": int(((rows.end >= 0) & (length > ENDLESS)).sum()),
            "overlapping_sessions": _overlaps(rows),
        }

    def _members(self, rng: np.random.Generator, trips: Trips) -> Sessions:
        """One session a trip or several, one after the other; some begin before the last one ends."""
        people, identities = self.people, self.identities
        connects = people.connected[trips.person] & (rng.random(len(trips)) < CONNECTS)
        seen = trips.take(connects & ~np.isin(trips.person, people.staff))
        login = rng.random(len(seen)) >= WITHOUT_LOGIN
        device = identities.device_at(rng, seen.person, seen.day)
        parts = 1 + rng.poisson(MORE_SESSIONS, len(seen))
        roams = rng.random(len(seen)) < ROAMS
        parts = np.where(roams, np.maximum(parts, 2), parts)
        trip = np.repeat(np.arange(len(seen)), parts)
        number = np.arange(len(trip)) - np.repeat(np.cumsum(parts) - parts, parts)
        share = seen.stay[trip] / parts[trip]
        begin = seen.begin[trip] + (number * share + (0.02 + 0.1 * rng.random(len(trip))) * share).astype(np.int64)
        end = seen.begin[trip] + ((number + 0.93 + 0.06 * rng.random(len(trip))) * share).astype(np.int64)
        # A phone that roams is still in the list of the first access point when the second has it.
        lingers = roams[trip] & (number == 0)
        end = np.where(lingers, end + (0.3 * share).astype(np.int64), end)
        size = len(trip)
        return Sessions(
            device=device[trip],
            account=np.where(login, seen.account, NOBODY)[trip],
            zone=rng.integers(0, ZONES, size),
            begin=begin,
            end=np.maximum(end, begin + MINUTE),
            signal=np.clip(np.rint(rng.normal(-58, 6, size)), WEAKEST, -35).astype(np.int64),
            private=identities.is_private(device)[trip],
        )

    def _staff(self, rng: np.random.Generator, month: int) -> Sessions:
        """Shifts of six to nine hours on twenty days or more of a month."""
        days, busy = self.period.day_weights(month)
        days = days[busy > 0]
        members = len(self.people.staff)
        working = min(len(days), WORKING_DAYS)
        rank = rng.random((members + self.staff_phones, len(days))).argsort(axis=1)
        who, at = np.nonzero(rank < np.maximum(working, working + rng.integers(0, 4, len(rank)))[:, None])
        size = len(who)
        begin = days[at] * DAY + 9 * HOUR + rng.integers(0, 5 * HOUR, size)
        member = who < members
        person = self.people.staff[np.minimum(who, members - 1)]
        return Sessions(
            device=np.where(member, person * TURNS, -1 - who),
            account=np.where(member, person, NOBODY),
            zone=(who * 7) % ZONES,
            begin=begin,
            end=begin + rng.integers(6 * HOUR, 9 * HOUR, size),
            signal=np.clip(np.rint(rng.normal(-55, 5, size)), WEAKEST, -35).astype(np.int64),
            private=np.where(member, self.identities.is_private(person * TURNS), who % 2 == 0),
        )

    def _moments(self, rng: np.random.Generator, month: int, mean: float) -> Ints:
        days, busy = self.period.day_weights(month)
        size = round(mean * len(self.people) * busy.sum() / len(busy))
        day = rng.choice(days, size, p=busy / busy.sum())
        return day * DAY + rng.integers(10 * HOUR, 22 * HOUR, size)

    def _strangers(self, rng: np.random.Generator, month: int) -> Sessions:
        """Visitors who are no members and leave no trace but this one."""
        begin = self._moments(rng, month, STRANGERS)
        size = len(begin)
        return Sessions(
            device=self._unknown(rng, size, month, 0),
            account=np.full(size, NOBODY),
            zone=rng.integers(0, ZONES, size),
            begin=begin,
            end=begin + (np.exp(rng.normal(3.7, 0.5, size)) * MINUTE).astype(np.int64) + 6 * MINUTE,
            signal=np.clip(np.rint(rng.normal(-61, 5, size)), WEAKEST, -35).astype(np.int64),
            private=rng.random(size) < 0.6,
        )

    def _passers(self, rng: np.random.Generator, month: int) -> Sessions:
        """No member, less than five minutes, a weak signal: people in the street."""
        begin = self._moments(rng, month, PASSING)
        size = len(begin)
        return Sessions(
            device=self._unknown(rng, size, month, 1),
            account=np.full(size, NOBODY),
            zone=np.array((0, 5, 11, 17))[rng.integers(0, 4, size)],
            begin=begin,
            end=begin + rng.integers(5, 5 * MINUTE, size),
            signal=np.clip(np.rint(rng.normal(-79, 4, size)), -92, WEAKEST - 1).astype(np.int64),
            private=rng.random(size) < 0.7,
        )

    def _unknown(self, rng: np.random.Generator, size: int, month: int, group: int) -> Ints:
        """Devices that nobody is known by; a third of them comes by again within the month."""
        place = np.where(rng.random(size) < 0.3, rng.integers(0, max(1, size), size), np.arange(size))
        return -(1 + self.staff_phones + len(self.people.staff) + (place * 2 + group) * 200 + month)

    def without_login(self, rows: Sessions) -> Ints:
        """The devices of members on which nobody logged in, one element a session."""
        return rows.device[(rows.device >= 0) & (rows.account == NOBODY)]


def _unended(rng: np.random.Generator, rows: Sessions) -> Sessions:
    """Some ends are lost in a power cut; of some sessions the controller forgets to tell for a day."""
    draw = rng.random(len(rows))
    end = np.where(draw < WITHOUT_END, -1, rows.end)
    day_long = (draw >= WITHOUT_END) & (draw < WITHOUT_END + DAY_LONG)
    end = np.where(day_long, rows.begin + 26 * HOUR + rng.integers(0, HOUR, len(rows)), end)
    return Sessions(rows.device, rows.account, rows.zone, rows.begin, end, rows.signal, rows.private)


def _overlaps(rows: Sessions) -> int:
    """Sessions that begin before one of the same device has ended, those without a sound end left out."""
    sound = rows.take((rows.end >= 0) & (rows.end - rows.begin <= ENDLESS))
    order = np.lexsort((sound.end, sound.begin, sound.device))
    device, begin, end = sound.device[order], sound.begin[order], sound.end[order]
    return int(((device[1:] == device[:-1]) & (begin[1:] < end[:-1])).sum())


def session_lines(rows: Sessions, people: People, period: Period) -> pa.Array:
    """The lines of `wifi_<month>.csv`. The controllers count sessions from 1 in each month, so that ids come again."""
    known = device_texts(np.maximum(rows.device, 0))
    unknown = hashed(np.maximum(-rows.device, 0), _STRANGER_SALT)
    devices = pc.if_else(pa.array(rows.device >= 0), known, unknown)
    return lines_of(
        [
            hashed(np.arange(1, len(rows) + 1), _SESSION_SALT),
            devices,
            picked(people.ids, rows.account),
            picked(zones(), rows.zone),
            period.iso_seconds(rows.begin),
            period.iso_seconds(rows.end, rows.end < 0),
            integers(rows.signal),
            yes_no(rows.private.astype(np.int64)),
        ]
    )
