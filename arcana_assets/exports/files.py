"""Exports: the published files of a month below `<root>/<domain>/published/<name>/`, replaced together.

Belongs here: where files are, and drafts of them. Does not belong here: how the files of a month take their places
(`editions`), what is in them (`csv`, `workbook`, `pages`), what is told of them (`publishing`).

The files of a month are `<YYYY-MM>.<ending>`, or, where they are many, `<YYYY-MM>/<file>`. `<name>` is what the
language of the domain calls them: months that an earlier version or another language published are where they were,
until they are published again.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Self

import dagster as dg
from pydantic import PrivateAttr

from arcana_assets.deployment import PUBLISHED_MODE, is_s3, s3_filesystem
from arcana_assets.engine.scratch import hold_folder, remove, remove_abandoned, scratch
from arcana_assets.exports.editions import (
    EDITIONS,
    PublishedFile,
    let_pass,
    mode_of_folder,
    publish_in_bucket,
    publish_in_folder,
    published_in_bucket,
    withdraw_from_bucket,
    withdraw_from_folder,
)
from arcana_assets.exports.errors import BadFileName, NotPublished, OutsideRoot
from arcana_assets.lake.names import TableKey, table_uri
from arcana_assets.lake.rows import Permission
from arcana_assets.presentation.file_names import file_names, publication_of

SHEET_ROWS, SHEET_COLUMNS = 1_048_575, 16_384  # that a worksheet takes, the header left out
_FILE = re.compile(r"\w[\w.\-]*", re.ASCII)
_DRAFTS = ".drafts-"  # begins the folder of files on their way


class Exports(dg.ConfigurableResource):
    """The published files of a lake, below its root.

    `sheet_rows` and `sheet_columns` are the size beyond which no workbook is made. `mode` is that of published files;
    who may read them may enter their folders.
    """

    root: str
    sheet_rows: int = SHEET_ROWS
    sheet_columns: int = SHEET_COLUMNS
    mode: int = PUBLISHED_MODE
    _permitted: Permission | None = PrivateAttr(None)

    def asking(self, permitted: Permission) -> Self:
        """These exports for a run that may lose the right to publish: it is asked before files take their place."""
        asking = self.model_copy()
        asking._permitted = permitted
        return asking

    def folder(self, key: TableKey) -> str:
        """Where the files of a publication are. Raises BadTableName, BadRoot, OutsideRoot."""
        return self._inside(table_uri(self.root, key))

    @contextmanager
    def drafts(self, key: TableKey) -> Iterator[Path]:
        """A folder for files on their way, gone at the end of the `with`; those of killed runs go at its beginning.

        It is beside their place, so that they are renamed and not copied; for a bucket it is on this machine.
        Raises NotPublished for what the system refuses on the way.
        """
        place, remote = self.folder(key), is_s3(self.root)
        try:
            if remote:
                with scratch("drafts") as folder:
                    yield folder
                return
            self._open_to_readers(Path(place))
            remove_abandoned(Path(place), _DRAFTS)
            folder = hold_folder(Path(place), _DRAFTS)
            try:
                yield folder
            finally:
                remove(folder)
        except OSError as error:
            raise NotPublished(place, error, retriable=remote and not isinstance(error, PermissionError)) from error

    def publish(self, drafts: Sequence[Path], key: TableKey, month: date) -> tuple[PublishedFile, ...]:
        """Lets drafts, named `<YYYY-MM>.<ending>`, become the files of a month: readers see the old ones or the new.

        A file of the month that is not among them goes. Raises BadFileName, OutsideRoot, OSError, and what the
        permission raises that was given to `asking`.
        """
        return self._publish(drafts, key, month, together=False)

    def publish_in_month(self, drafts: Sequence[Path], key: TableKey, month: date) -> tuple[PublishedFile, ...]:
        """Lets drafts, under their own names, become the folder of a month: readers see the old one or the new.

        Raises BadFileName, OutsideRoot, OSError.
        """
        return self._publish(drafts, key, month, together=True)

    def read(self, key: TableKey, month: date, name: str) -> bytes | None:
        """What one of the many files of a month holds; None where it is not there.

        Raises BadFileName, OutsideRoot, NotPublished.
        """
        folder, remote = self.folder(key), is_s3(self.root)
        place = f"{folder}/{month:%Y-%m}/{self._named(name)}"
        try:
            if remote:
                there = published_in_bucket(folder, f"{month:%Y-%m}").get(name)
                return None if there is None else bytes(s3_filesystem().cat_file(there.uri))
            return Path(self._inside(place)).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotPublished(place, error, retriable=remote and not isinstance(error, PermissionError)) from error

    def has(self, key: TableKey, month: date) -> bool:
        """Whether a folder of the month is there, under any of the names that the publication has in some language.

        Raises NotPublished.
        """
        places = [self.folder(key), *self._called_otherwise(key)]
        if not is_s3(self.root):
            return any((Path(place) / f"{month:%Y-%m}").is_dir() for place in places)
        try:
            return any(published_in_bucket(place, f"{month:%Y-%m}") for place in places)
        except OSError as error:
            raise NotPublished(places[0], error, retriable=not isinstance(error, PermissionError)) from error

    def _called_otherwise(self, key: TableKey) -> list[str]:
        """Where the files are in a domain of another language, as once in this one, before names were by language."""
        *domain, name = key.path if isinstance(key, dg.AssetKey) else key
        names = file_names(publication_of(name))
        return [self.folder((*domain, other)) for other in names if other != name]

    def _withdraw(self, key: TableKey, month: date) -> None:
        """Of a month one edition is there: the one under another name goes."""
        for place in self._called_otherwise(key):
            if is_s3(self.root):
                withdraw_from_bucket(place, f"{month:%Y-%m}")
            elif Path(place).is_dir():
                remove_abandoned(Path(place), _DRAFTS)
                withdraw_from_folder(Path(place), f"{month:%Y-%m}")

    def _publish(self, drafts: Sequence[Path], key: TableKey, month: date, together: bool) -> tuple[PublishedFile, ...]:
        for draft in drafts:
            self._named(draft.name)
            if not together and draft.stem != f"{month:%Y-%m}":
                raise BadFileName(draft.name)
        folder = self.folder(key)
        if not drafts:
            return ()
        if self._permitted is not None:
            self._permitted()
        if is_s3(self.root):
            files = publish_in_bucket(drafts, folder, f"{month:%Y-%m}")
        else:
            self._inside(f"{folder}/{EDITIONS}")
            files = publish_in_folder(drafts, Path(folder), f"{month:%Y-%m}", self.mode, together=together)
        self._withdraw(key, month)
        return files

    def _open_to_readers(self, place: Path) -> None:
        """Makes the folder of a publication, and lets who may read published files come as far."""
        place.mkdir(parents=True, exist_ok=True)
        for folder in (place, place.parent):
            if folder.stat().st_mode & 0o777 != mode_of_folder(self.mode):
                folder.chmod(mode_of_folder(self.mode))
        let_pass((place.parents[1], place.parents[2]), self.mode)  # the domain, and the lake itself

    def _named(self, name: str) -> str:
        if not _FILE.fullmatch(name):
            raise BadFileName(name)
        return name

    def _inside(self, folder: str) -> str:
        if not is_s3(self.root):
            root, target = os.path.realpath(self.root), os.path.realpath(folder)
            if os.path.commonpath([root, target]) != root:
                raise OutsideRoot(folder, target, root)
        return folder
