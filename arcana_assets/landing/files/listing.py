"""A listing: the files of a source as they lie in the landing now, beside what the last inventory knows of them.

Belongs here: which of them are new, copies of one another, gone or unreadable, and the inventory that follows from it.
Does not belong here: listing and reading them, and keeping what was found (`inventory`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from arcana_assets.domain.months import Bounds
from arcana_assets.landing.files.kept import Counts
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets.landing.files.unread import Unread
from arcana_assets.landing.zone import Digest, LandingError, LandingFile


class NothingReadable(LandingError):
    """Of the files of a source none can be read."""


@dataclass(frozen=True)
class Known:
    """What the last inventory put down: records of files, and of those that could not be read stamp and terms, and why.

    Both by path.
    """

    records: Mapping[str, FileRecord]
    refused: Mapping[str, tuple[str, str]]
    unread: Mapping[str, str]

    def waiting(self, bounds: Bounds) -> int:
        """How many rows wait for their month; each content counts once."""
        records = {record.sha256: record for record in self.records.values()}
        return sum(sum(record.waiting(bounds).values()) for record in records.values())


@dataclass(frozen=True)
class Listing:
    """The files of a source as they lie in the landing now, and what the last inventory knows of them.

    `hashes` are of the files that count, in order of path; `records` of what need not be read again. `new` is to be
    read: one file of each content that nobody has a record of; `digests` are theirs. `terms` is how they are read.
    `unread` are the files that cannot even be listed; the others show that when they are read.
    """

    delivered: Sequence[LandingFile]
    before: Known
    hashes: Mapping[LandingFile, str]
    records: Mapping[LandingFile, FileRecord]
    new: Sequence[LandingFile]
    digests: Mapping[LandingFile, Digest]
    terms: str
    dated: bool
    unread: Unread

    @property
    def superseded(self) -> list[str]:
        """The paths of files that a later delivery stands for."""
        return [file.path for file in self.delivered if file not in self.hashes and file not in self.unread]

    def all_records(self, found: Mapping[LandingFile, FileRecord]) -> dict[LandingFile, FileRecord]:
        """The records of all files that count, as far as they are known or `found` now; copies have that of another."""
        by_content = {record.sha256: record for record in (*self.records.values(), *found.values())}
        return {
            file: replace(by_content[content], path=file.path, stamp=file.stamp)
            for file, content in self.hashes.items()
            if content in by_content
        }

    def all_unread(self, found: Mapping[LandingFile, str]) -> dict[LandingFile, str]:
        """Files `found` to be unreadable, and those of the same content. Raises NothingReadable where all files are."""
        contents = {self.hashes[file]: why for file, why in found.items() if file in self.hashes}
        copies = {file: contents[content] for file, content in self.hashes.items() if content in contents}
        if found and copies.keys() == self.hashes.keys():
            raise NothingReadable(". ".join(dict.fromkeys(found.values())))
        return {**found, **copies}

    def inventory(
        self,
        found: Mapping[LandingFile, FileRecord],
        unread: Mapping[LandingFile, str],
        kept: Counts,
    ) -> Inventory:
        """The inventory, as far as files are known or `found` now; `kept` are rows that bronze has of the `unread`."""
        records, first = self.all_records(found), dict[str, LandingFile]()
        hashes = {file: content for file, content in self.hashes.items() if file not in unread}
        for file, content in hashes.items():
            first.setdefault(content, file)
        return Inventory(
            files={file: records[file] for file in first.values() if file in records},
            copies={file.path: first[content].path for file, content in hashes.items() if first[content] is not file},
            vanished=sorted(self.before.records.keys() - {file.path for file in self.delivered}),
            superseded=self.superseded,
            dated=self.dated,
            unread={file.path: why for file, why in unread.items()},
            kept=kept,
        )
