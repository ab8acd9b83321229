"""Exports: published files at `<root>/<domain>/published/<name>/<YYYY-MM>.<ending>`, replaced one by one, atomically.

Belongs here: where files are, drafts of them, and how a draft takes its place; nothing is ever deleted. Many files of
a month are in a folder of their own, `<YYYY-MM>/<file>`. Does not belong here: what is in them (`csv`, `workbook`,
`pages`), what is told of them (`publishing`).
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.exports.errors import BadFileName, NotPublished, OutsideRoot
from arcana_assets.lake.names import TableKey, table_uri

SHEET_ROWS, SHEET_COLUMNS = 1_048_575, 16_384  # that a worksheet takes, the header left out
_FILE = re.compile(r"\w[\w.\-]*", re.ASCII)
_DRAFTS = ".drafts-"  # begins the folder of files on their way, which a killed run leaves behind


@dataclass(frozen=True)
class PublishedFile:
    """A file in its place."""

    uri: str
    bytes: int
    sha256: str


class Exports(dg.ConfigurableResource):
    """The published files of a lake, below its root.

    `sheet_rows` and `sheet_columns` are the size beyond which no workbook is made.
    """

    root: str
    sheet_rows: int = SHEET_ROWS
    sheet_columns: int = SHEET_COLUMNS

    def folder(self, key: TableKey) -> str:
        """Where the files of a publication are. Raises BadTableName, BadRoot, OutsideRoot."""
        return self._inside(table_uri(self.root, key))

    def place(self, key: TableKey, month: date, ending: str) -> str:
        """Where the file of a month is."""
        return f"{self.folder(key)}/{month:%Y-%m}.{ending}"

    def place_in_month(self, key: TableKey, month: date, name: str) -> str:
        """Where one of the many files of a month is. Raises BadFileName where it names no such place, OutsideRoot."""
        if not _FILE.fullmatch(name):
            raise BadFileName(name)
        return f"{self._inside(f'{self.folder(key)}/{month:%Y-%m}')}/{name}"

    @contextmanager
    def drafts(self, key: TableKey) -> Iterator[Path]:
        """A folder for files on their way, gone at the end of the `with`.

        It is beside their place, so that they are renamed and not copied; for a bucket it is on this machine.
        Raises NotPublished for what the system refuses on the way.
        """
        place, remote = self.folder(key), is_s3(self.root)
        try:
            if not remote:
                os.makedirs(place, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_DRAFTS, dir=None if remote else place))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            raise NotPublished(place, error, retriable=remote and not isinstance(error, PermissionError)) from error

    def publish(self, draft: Path, key: TableKey, month: date) -> PublishedFile:
        """Puts a draft into the place of its month: readers see the old file or the new one."""
        return self._put(draft, self.place(key, month, draft.suffix.removeprefix(".")))

    def publish_in_month(self, draft: Path, key: TableKey, month: date) -> PublishedFile:
        """Puts a draft into the folder of its month, under its own name; readers see the old file or the new one."""
        place = self.place_in_month(key, month, draft.name)
        if not is_s3(self.root):
            os.makedirs(os.path.dirname(place), exist_ok=True)
        return self._put(draft, place)

    def read(self, key: TableKey, month: date, name: str) -> bytes | None:
        """What one of the many files of a month holds; None where it is not there. Raises NotPublished."""
        place, remote = self.place_in_month(key, month, name), is_s3(self.root)
        try:
            return bytes(s3_filesystem().cat_file(place)) if remote else Path(place).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NotPublished(place, error, retriable=remote and not isinstance(error, PermissionError)) from error

    def exists(self, key: TableKey, month: date, ending: str) -> bool:
        """Whether a file of the month is there."""
        place = self.place(key, month, ending)
        return bool(s3_filesystem().exists(place)) if is_s3(self.root) else os.path.exists(place)

    def _inside(self, folder: str) -> str:
        if not is_s3(self.root):
            root, target = os.path.realpath(self.root), os.path.realpath(folder)
            if os.path.commonpath([root, target]) != root:
                raise OutsideRoot(folder, target, root)
        return folder

    def _put(self, draft: Path, place: str) -> PublishedFile:
        published = PublishedFile(place, draft.stat().st_size, _sha256(draft))
        if is_s3(self.root):
            s3_filesystem().put_file(str(draft), place)
        else:
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(draft, place)
        return published


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
