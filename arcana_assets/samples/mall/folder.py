"""A landing drop of an invented shopping centre, with the dirt of those who record its members, and its planted truth.

Belongs here: the drop as a whole. Does not belong here: its layout (`layout`), its members (`kinds`, `people`,
`identities`) and stores (`stores`), what they do in a month (`trips`) and who tells of it (`receipts`, `visits`,
`wifi`, `app`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from arcana_assets.samples.mall.app import NO_EVENTS, App, Events, event_lines
from arcana_assets.samples.mall.identities import identity_lines, make_identities
from arcana_assets.samples.mall.kinds import KINDS
from arcana_assets.samples.mall.layout import (
    Ints,
    Period,
    file_of,
    files_of,
    month_without_wifi,
    stream,
    write_file,
)
from arcana_assets.samples.mall.people import label_lines, make_people, member_lines
from arcana_assets.samples.mall.receipts import Till, receipt_lines
from arcana_assets.samples.mall.stores import make_stores, store_lines
from arcana_assets.samples.mall.trips import make_trips
from arcana_assets.samples.mall.visits import visit_lines
from arcana_assets.samples.mall.wifi import Wifi, session_lines

FEWEST = 100
START, CUSTOMERS, MONTHS = date(2024, 1, 1), 20_000, 12
SEGMENTATION = "perfil"


@dataclass(frozen=True)
class MallDrop:
    """What was written and what is true about it. A person is named by the account that is registered longest."""

    folder: Path
    files: list[Path]
    """Masters, then month by month."""
    rows: dict[str, int]
    """Rows of each file by its name below the folder, without header."""
    kinds: dict[str, str]
    """Person -> name in `KINDS`."""
    personas: dict[str, dict[str, str]]
    """`perfil` -> person -> the name that the segment of this person should get. Second accounts are not in it."""
    accounts: dict[str, str]
    """Second account -> the person."""
    lapsed: dict[str, date]
    """Person -> the first day on which they come no more, of who stops within the period."""
    staff: list[str]
    """Members who work in the mall; their phones are there all day."""
    hunters: list[str]
    """Members who scan many receipts of others on single days on which nothing sees them."""
    month_without_wifi: date | None
    """The month whose Wi-Fi file never came."""
    dirt: dict[str, int]
    """Counts over the files as written, duplicates included.

    Receipts: receipts_scanned_again, receipts_scanned_by_another: rows whose key has an earlier scan by the same
    account or by another one; values_times_1000 (above 20,000), negative_values; receipts_without_member,
    receipts_without_member_and_card; receipts_scanned_days_later: a day or more after issue;
    receipts_issued_after_scan; keys_of_another_month: whose year and month are not those of issue; bursts: days on
    which an account has 15 receipts or more. Visits: visits_told_again (rows equal to an earlier one),
    visits_without_leaving, negative_stays. Wi-Fi: passers_by (no member, under five minutes, weaker than -70 dBm),
    sessions_without_end, sessions_of_26_hours (more than 16), overlapping_sessions: begin before one of the same device
    and file has ended, those without a sound end left out; sessions_without_login: of a device that is in
    `identidades.csv`, without member; staff_devices, staff_devices_of_members. App: events_sent_again (rows equal to an
    earlier one), test_events. Masters: second_accounts; late_links: linked 60 days or more after the account could be
    used first; contested_cards, contested_devices: claimed by accounts of two people; blank_marketing, blank_profiling;
    stores_opened, stores_closed: within the period.
    """


def write_mall_drop(
    folder: Path,
    customers: int = CUSTOMERS,
    months: int = MONTHS,
    seed: int = 7,
    start: date = START,
    progress: Callable[[int, int], None] | None = None,
) -> MallDrop:
    """Write the files of `layout.files_of` under `folder`; month by month, so that no more than one lies in memory.

    `customers` are people; some have a second account. `start` is the first day of the first of `months` calendar
    months. The same arguments give the same bytes. Files of the same name are replaced, each at once; other files of
    the folder stay. `progress` gets (months written, months). From three months on, one month has no Wi-Fi file.

    A receipt lies in the file of the month of its issue, though it may be scanned in the next; a scan of the app in
    that of the scan. Values of receipts are before discounts. Kinds overlap: a segmentation that looks at them rightly
    finds nine of ten members, not all.

    Raises ValueError for fewer than 100 customers, fewer than 1 month, a negative seed, a start that is not the first
    of a month, or a folder that is a file.
    """
    _refuse_bad_arguments(folder, customers, months, seed, start)
    maker = _Maker(folder, customers, Period(start, months), seed)
    for month in range(months):
        maker.write_month(month)
        if progress is not None:
            progress(month + 1, months)
    return maker.drop()


def _refuse_bad_arguments(folder: Path, customers: int, months: int, seed: int, start: date) -> None:
    if customers < FEWEST:
        raise ValueError(
            f"customers: expected {FEWEST} or more, so that every kind of dirt is there; found {customers}"
        )
    if months < 1:
        raise ValueError(f"months: expected 1 or more; found {months}")
    if seed < 0:
        raise ValueError(f"seed: expected 0 or more; found {seed}")
    if start.day != 1:
        raise ValueError(f"start: expected the first day of a month, as {start.replace(day=1)}; found {start}")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder: expected a folder, or a path where one can be made; found a file at {folder}")


class _Maker:
    """Makes the mall, then its months; every part draws from a stream of its own."""

    def __init__(self, folder: Path, customers: int, period: Period, seed: int) -> None:
        self.folder, self.period, self.seed = folder, period, seed
        self.stores = make_stores(stream(seed, 0, 0), period)
        self.people = make_people(stream(seed, 0, 1), customers, period)
        self.identities = make_identities(stream(seed, 0, 2), self.people, period)
        self.till = Till(self.people, self.identities, self.stores, period)
        self.wifi = Wifi(self.people, self.identities, period)
        self.app = App(self.people, self.stores, period)
        self.rows: dict[str, int] = {}
        self.dirt: Counter[str] = Counter()
        self.next_receipt = 1
        self.pending: Events = NO_EVENTS
        self.without_login: Counter[int] = Counter()

    def write_month(self, month: int) -> None:
        """The dated files of one month."""
        people, period = self.people, self.period
        trips = make_trips(stream(self.seed, 1, month), people, period, month)
        receipts = self.till.receipts(stream(self.seed, 2, month), trips, month, self.next_receipt)
        self.next_receipt += len(receipts)
        rows, dirt = self.till.soiled(stream(self.seed, 3, month), receipts)
        self._wrote("notas", month, receipt_lines(rows, people, self.stores, period, self.seed), dirt)
        self._wrote("visitas", month, *visit_lines(stream(self.seed, 4, month), trips, people, period, month))
        if month != month_without_wifi(period.months):
            sessions, dirt = self.wifi.sessions(stream(self.seed, 5, month), trips, month)
            self._wrote("wifi", month, session_lines(sessions, people, period), dirt)
            device, count = np.unique(self.wifi.without_login(sessions), return_counts=True)
            self.without_login.update(dict(zip(device.tolist(), count.tolist(), strict=True)))
        events, self.pending = self.app.events(stream(self.seed, 6, month), trips, rows, month, self.pending)
        self._wrote("app", month, *event_lines(stream(self.seed, 7, month), events, people, self.stores, period, month))

    def _wrote(self, source: str, month: int | None, lines: pa.Array, dirt: dict[str, int]) -> None:
        name = f"{source}.csv" if month is None else file_of(source, self.period.month(month))
        write_file(self.folder, name, source, [lines])
        self.rows[name] = len(lines)
        self.dirt.update(dirt)

    def drop(self) -> MallDrop:
        """The masters, which know the whole period, and the truth."""
        people, period, stores = self.people, self.period, self.stores
        opened, closed = (int(((day > 0) & (day <= period.days)).sum()) for day in (stores.opened, stores.closed))
        self._wrote("lojas", None, store_lines(stores, period), {"stores_opened": opened, "stores_closed": closed})
        self._wrote("membros", None, *member_lines(stream(self.seed, 0, 3), people, period))
        self._wrote("rotulos", None, label_lines(stream(self.seed, 0, 4), people, period), {})
        self._wrote("identidades", None, *identity_lines(stream(self.seed, 0, 5), self.identities, people, period))
        listed = set(np.unique(self.identities.known_devices()[0]).tolist())
        self.dirt["sessions_without_login"] = sum(n for device, n in self.without_login.items() if device in listed)
        self.dirt["staff_devices"] = len(people.staff) + self.wifi.staff_phones
        self.dirt["staff_devices_of_members"] = len(people.staff)
        names = [people.ids[number] for number in range(len(people))]
        missing = month_without_wifi(period.months)
        order = files_of(period.start, period.months)
        return MallDrop(
            folder=self.folder,
            files=[self.folder / name for name in order],
            rows={name: self.rows[name] for name in order},
            kinds=dict(zip(names, (KINDS[kind].name for kind in people.kind.tolist()), strict=True)),
            personas={SEGMENTATION: dict(zip(names, (KINDS[k].persona for k in people.kind.tolist()), strict=True))},
            accounts={people.ids[n]: names[people.owner[n]] for n in range(len(people), people.accounts)},
            lapsed={names[n]: period.day(int(people.left[n])) for n in np.flatnonzero(people.left < period.days)},
            staff=self._named(people.staff),
            hunters=self._named(people.hunters),
            month_without_wifi=None if missing is None else period.month(missing),
            dirt=dict(sorted(self.dirt.items())),
        )

    def _named(self, who: Ints) -> list[str]:
        return sorted(self.people.ids[number] for number in who.tolist())
