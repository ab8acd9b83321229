"""What the mall knows its members by: cards, devices, accounts, app users, and whose they are.

Belongs here: `identidades.csv`, which identifiers a person has and when each was linked. Does not belong here: what is
done with them (`receipts`, `wifi`).
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from arcana_assets.samples.lines import hashed, integers, lines_of, picked, prefixed
from arcana_assets.samples.mall.layout import Flags, Ints, Period
from arcana_assets.samples.mall.people import NEVER, People

MOST_CARDS = 4
LISTED_CARDS, ENDED_CARDS, LATE_CARDS = 0.9, 0.03, 0.1
"""Shares of a member's further cards that are registered, of cards that end, and that are registered late."""
ROTATING, PRIVATE = (
    0.3,
    0.6,
)  # shares of phones whose address changes every two weeks, and of all with a private address
ROTATION = 14  # days
SECOND_DEVICE = 0.2
LATE_LINKS, LATE_DAYS = 0.25, 60
"""Share of second accounts that are linked late, and how many days after their first use at least."""
FAMILY_CARDS, SHARED_DEVICES = 0.002, 0.0015
OFTEN = 2.0  # days a month on which those come who share something, so that both are seen with it
TURNS = 4_096  # addresses of one device at most
KINDS_OF = ("account", "card", "device", "app_user")
_ACCOUNT, _CARD, _DEVICE, _APP_USER = range(4)
_CARD_SALT, _DEVICE_SALT = 11, 13


@dataclass
class Identities:
    """Cards by person and slot, and the devices that logged in so far, which grow month by month."""

    period: Period
    cards: Ints
    """People x slots: the number of a card. The slots from `held` on are empty."""
    held: Ints
    card_account: Ints
    """People x slots: the account that registered the card, -1 for none."""
    card_since: Ints
    device_of: Ints
    """The person whose phone each person carries: nearly always their own."""
    rotating: Flags
    private: Flags
    phase: Ints
    linked: Ints
    """The day on which the second account of each person is linked, -1 without one."""
    family: Ints
    """Two persons a row: the second pays with a card of the first as well."""
    shared: Ints
    """Two persons a row: the second uses the phone of the first."""
    logins: list[Ints] = field(default_factory=list)
    """By month: device, account and day of the first login of each."""

    def card_at(self, rng: np.random.Generator, person: Ints) -> Ints:
        """A card of each person, the first one more often."""
        slot = (rng.random(len(person)) ** 1.5 * self.held[person]).astype(np.int64)
        return self.cards[person, slot]

    def device_at(self, rng: np.random.Generator, person: Ints, day: Ints) -> Ints:
        """The device that each person carries on a day; some have a second one, some another address by then."""
        owner = self.device_of[person]
        turn = (day + self.phase[owner]) // ROTATION + 2
        tablet = (owner % 5 == 0) & (rng.random(len(person)) < SECOND_DEVICE)
        return np.where(self.rotating[owner], owner * TURNS + turn, owner * TURNS + tablet)

    def is_private(self, device: Ints) -> Flags:
        """Whether the address of a member's device is one that its system made up."""
        return np.asarray(self.private[device // TURNS], dtype=np.bool_)

    def logged_in(self, device: Ints, account: Ints, day: Ints) -> None:
        """Keep who logged in with what, and when first."""
        order = np.lexsort((day, account, device))
        device, account, day = device[order], account[order], day[order]
        first = np.ones(len(device), dtype=np.bool_)
        first[1:] = (device[1:] != device[:-1]) | (account[1:] != account[:-1])
        self.logins.append(np.stack([device[first], account[first], day[first]]))

    def known_devices(self) -> tuple[Ints, Ints, Ints]:
        """Device, account and day of the first login of each pair."""
        device, account, day = np.concatenate([np.empty((3, 0), dtype=np.int64), *self.logins], axis=1)
        order = np.lexsort((day, account, device))
        device, account, day = device[order], account[order], day[order]
        first = np.ones(len(device), dtype=np.bool_)
        first[1:] = (device[1:] != device[:-1]) | (account[1:] != account[:-1])
        return device[first], account[first], day[first]


def make_identities(rng: np.random.Generator, people: People, period: Period) -> Identities:
    """Cards, phones and links. A family card and a shared phone join two people who have nothing else in common."""
    size = len(people)
    held = np.minimum(1 + rng.poisson(0.8, size), MOST_CARDS)
    cards = np.arange(size * MOST_CARDS).reshape(size, MOST_CARDS)
    account = np.repeat(np.arange(size)[:, None], MOST_CARDS, axis=1)
    of_second = (people.second[:, None] >= 0) & (rng.random(cards.shape) < 0.4)
    account = np.where(of_second, people.second[:, None], account)
    late = rng.random(cards.shape) < LATE_CARDS
    since = people.joined[account] + np.where(late, rng.integers(30, 300, cards.shape), rng.integers(0, 4, cards.shape))
    since = np.minimum(since, period.days - 1)
    unlisted = rng.random(cards.shape) >= LISTED_CARDS
    unlisted[:, 0] = False
    account[unlisted] = -1
    rotating = rng.random(size) < ROTATING
    settled = (people.joined[:size] < 0) & (people.left == NEVER) & (people.monthly >= OFTEN)
    alone = rng.permutation(np.flatnonzero((people.second < 0) & people.connected & settled))
    alone = np.setdiff1d(alone, np.concatenate([people.staff, people.hunters]), assume_unique=True)
    family, shared = (max(1, round(size * share)) for share in (FAMILY_CARDS, SHARED_DEVICES))
    pairs = alone[: 2 * (family + shared)].reshape(-1, 2)
    family_pairs, shared_pairs = pairs[:family], pairs[family:]
    # The second of a family pays with the first card of the other, and has registered it too.
    owner, user = family_pairs.T
    cards[user, 1] = cards[owner, 0]
    account[user, 1] = user
    held[user] = np.maximum(held[user], 2)
    device_of = np.arange(size)
    device_of[shared_pairs[:, 1]] = shared_pairs[:, 0]
    rotating[shared_pairs[:, 0]] = False
    rotating[people.staff] = False
    return Identities(
        period=period,
        cards=cards,
        held=held,
        card_account=account,
        card_since=since,
        device_of=device_of,
        rotating=rotating,
        private=rotating | (rng.random(size) < (PRIVATE - ROTATING) / (1 - ROTATING)),
        phase=rng.integers(0, ROTATION, size),
        linked=_links(rng, people, period),
        family=family_pairs,
        shared=shared_pairs,
    )


def _links(rng: np.random.Generator, people: People, period: Period) -> Ints:
    """Most second accounts are linked within days; of the others the link comes months after their first use."""
    who = np.flatnonzero(people.second >= 0)
    opened = people.joined[people.second[who]]
    first_use = np.maximum(opened, 0)
    at_most = period.days - 1
    late = (rng.random(len(who)) < LATE_LINKS) & (first_use + LATE_DAYS < at_most)
    spread = np.maximum(1, at_most - first_use - LATE_DAYS)
    later = first_use + LATE_DAYS + (rng.random(len(who)) * np.minimum(spread, 120)).astype(np.int64)
    linked = np.full(len(people), -1)
    linked[who] = np.where(late, later, np.minimum(opened + rng.integers(0, 4, len(who)), at_most))
    return linked


def card_texts(cards: Ints) -> pa.Array:
    return hashed(cards, _CARD_SALT)


def device_texts(devices: Ints) -> pa.Array:
    return hashed(devices, _DEVICE_SALT)


def identity_lines(
    rng: np.random.Generator, identities: Identities, people: People, period: Period
) -> tuple[pa.Array, dict[str, int]]:
    """The lines of `identidades.csv` in no order of meaning, and what is odd in them."""
    slot = np.arange(MOST_CARDS)[None, :]
    card_of, at = np.nonzero((slot < identities.held[:, None]) & (identities.card_account >= 0))
    device, device_account, first_login = identities.known_devices()
    seconds = np.flatnonzero(people.second >= 0)
    users = np.flatnonzero(people.app[people.owner])
    kind = np.repeat(np.arange(4), [len(seconds), len(card_of), len(device), len(users)])
    account = np.concatenate([seconds, identities.card_account[card_of, at], device_account, users])
    since = np.concatenate(
        [
            identities.linked[seconds],
            identities.card_since[card_of, at],
            first_login,
            np.minimum(people.joined[users] + 1, period.days - 1),
        ]
    )
    until = np.full(len(kind), -1)
    ends = (kind == _CARD) & (rng.random(len(kind)) < ENDED_CARDS)
    until[ends] = period.days - 1
    owner = device // TURNS
    turned = np.where(
        identities.rotating[owner], (device % TURNS - 1) * ROTATION - identities.phase[owner] - 1, period.days
    )
    until[kind == _DEVICE] = np.where(turned < period.days, np.maximum(turned, first_login), -1)
    texts = pa.concat_arrays(
        [
            picked(people.ids, people.second[seconds]),
            card_texts(identities.cards[card_of, at]),
            device_texts(device),
            _app_users(users),
        ]
    )
    order = rng.permutation(len(kind))
    columns = [
        picked(KINDS_OF, kind),
        texts,
        picked(people.ids, account),
        period.local_days(since),
        period.local_days(np.maximum(until, 0), until < 0),
    ]
    first_use = np.maximum(people.joined[people.second[seconds]], 0)
    pairs = people.owner[device_account] + device * people.accounts
    odd = {
        "second_accounts": len(seconds),
        "late_links": int((identities.linked[seconds] - first_use >= LATE_DAYS).sum()),
        "contested_cards": len(identities.family),
        "contested_devices": _several(np.unique(pairs) // people.accounts),
    }
    return lines_of(columns).take(pa.array(order)), odd


def _several(numbers: Ints) -> int:
    """How many numbers occur more than once."""
    return int((np.unique(numbers, return_counts=True)[1] > 1).sum())


def _app_users(accounts: Ints) -> pa.Array:
    """The users of the app by their own numbers, which tell nothing of the account."""
    return prefixed("AU", integers((accounts * 7_919 + 104_729) % 100_000_007, 8))
