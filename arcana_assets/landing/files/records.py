"""What delivered files were found to hold, and which months their rows belong to.

Belongs here: the record of a file, and the inventory of a source as such records. Does not belong here: finding it out
and keeping it (`inventory`), the month of a single row (`conform.dating`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from arcana_assets.domain.months import Bounds
from arcana_assets.landing.zone import LandingFile


@dataclass(frozen=True)
class FileRecord:
    """What a file holds: rows by month (None: no month can be read from them) and how many of its lines are no rows.

    `copied`: the engine cannot read the file as it is.
    """

    path: str
    stamp: str
    sha256: str
    rows: Mapping[date | None, int]
    malformed: int
    copied: bool = False
    read_as: str = ""

    @property
    def easy(self) -> bool:
        """Whether the rows can be read without inspecting the file again."""
        return not self.malformed and not self.copied

    def home(self, bounds: Bounds) -> date:
        """The month that keeps the rows without one in [start, horizon): the first such one that the file touches.

        It is the same in every run, whatever month is open then, but of a file that touches none of them: `start`.
        """
        return min(
            (month for month in self.rows if month is not None and bounds.start <= month < bounds.horizon),
            default=bounds.start,
        )

    def by_month(self, bounds: Bounds) -> dict[date, int]:
        """Rows by the month that bronze keeps them in, malformed lines among them; those of months before `end`."""
        return {month: rows for month, rows in self._placed(bounds).items() if month < bounds.end}

    def waiting(self, bounds: Bounds) -> dict[date, int]:
        """Rows of months from `end` on by month: they land when it has begun."""
        return {month: rows for month, rows in sorted(self._placed(bounds).items()) if month >= bounds.end}

    def _placed(self, bounds: Bounds) -> dict[date, int]:
        home, kept = self.home(bounds), dict[date, int]()
        for month, rows in [*self.rows.items(), (None, self.malformed)]:
            place = month if month is not None and bounds.start <= month < bounds.horizon else home
            if rows:
                kept[place] = kept.get(place, 0) + rows
        return kept


@dataclass(frozen=True)
class Inventory:
    """The files of a source as they lie in the landing now.

    `copies` are delivered twice and count once, `superseded` ones do not count where the contract reads the latest
    delivery only. `dated` is whether rows belong to the month of a date; those of a snapshot belong to every month.
    `unread` are the paths of files that cannot be read, with what is wrong; `kept` are rows that bronze holds of them
    from before, by path and month.
    """

    files: Mapping[LandingFile, FileRecord]
    copies: Mapping[str, str]
    vanished: Sequence[str]
    superseded: Sequence[str] = ()
    dated: bool = True
    unread: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Mapping[date, int]] = field(default_factory=dict)

    @property
    def delivered(self) -> set[str]:
        """The paths of all files, whether they count or not."""
        return {*(file.path for file in self.files), *self.copies, *self.superseded, *self.unread}

    def touching(self, months: Iterable[date], bounds: Bounds) -> list[LandingFile]:
        """The files that have rows of any of the months; every file where rows have no date."""
        if not self.dated:
            return list(self.files)
        wanted = set(months)
        return [file for file, record in self.files.items() if wanted & record.by_month(bounds).keys()]

    def rows(self, months: Iterable[date], bounds: Bounds) -> dict[date, int]:
        """How many rows there are for each of the months: those of the files, and those kept."""
        found = dict.fromkeys(months, 0)
        for held in (*(record.by_month(bounds) for record in self.files.values()), *self.kept.values()):
            for month, rows in held.items():
                if month in found:
                    found[month] += rows
        return found

    def due(self, months: Sequence[date], bounds: Bounds) -> int:
        """How many rows bronze is to have of the months. A snapshot is kept once for each month that it is read in."""
        if self.dated:
            return sum(self.rows(months, bounds).values())
        kept = sum(rows for held in self.kept.values() for month, rows in held.items() if month in months)
        return self.total * len(months) + kept

    def waiting(self, bounds: Bounds) -> dict[str, dict[date, int]]:
        """The files that have rows of months which have not begun, with how many of each; none where rows have none."""
        records = self.files.values() if self.dated else ()
        return {record.path: rows for record in records if (rows := record.waiting(bounds))}

    @property
    def total(self) -> int:
        """All rows of all files, malformed lines among them."""
        return sum(sum(record.rows.values()) + record.malformed for record in self.files.values())
