"""Where the leases of a domain are kept: numbered files in `<root>/<domain>/_lease`, on a disk or in a bucket.

Belongs here: files that only one of several rivals can create, and when they were touched last. Does not belong here:
what that means (`lease`).
"""

import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.lake.errors import write_error
from arcana_assets.lake.names import domain_uri

_CREATED_BY_ANOTHER = ("PreconditionFailed", "ConditionalRequestConflict")
_FILE = re.compile(r"(\d{10})\.json")


@dataclass(frozen=True)
class Found:
    """A lease as it was found: its number, what it says, when it was touched and how many seconds ago that was."""

    number: int
    text: str
    touched: float
    silent: float = field(compare=False)


class Place(ABC):
    """The leases of one domain. What the disk or the network refuses is raised as a LakeError."""

    def __init__(self, folder: str, domain: str) -> None:
        self._folder, self._domain = folder, domain

    def latest(self) -> Found | None:
        """The lease of the highest number; None where there never was one."""
        with self._failing():
            while held := self._held():
                number = max(held)
                with suppress(FileNotFoundError):  # its successor removed it
                    text = self._read(number)
                    return Found(number, text, held[number], time.time() - held[number])
        return None

    def create(self, number: int, text: str) -> bool:
        """Whether it was created; False where there is one of this number already."""
        with self._failing():
            return self._create(number, text)

    def rewrite(self, number: int, text: str) -> None:
        """Says something else, or the same, now."""
        with self._failing():
            self._rewrite(number, text)

    def remove(self, number: int) -> None:
        """Removes a lease, if it is still there."""
        with self._failing():
            self._remove(number)

    def remove_below(self, number: int) -> None:
        """Removes the leases that this one follows."""
        with self._failing():
            for each in self._held():
                if each < number:
                    self._remove(each)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # s3fs raises plain ones, too
            raise write_error(self._domain, self._folder, error, over_network=is_s3(self._folder)) from error

    def _path(self, number: int) -> str:
        return f"{self._folder}/{number:010d}.json"

    @abstractmethod
    def _held(self) -> dict[int, float]: ...

    @abstractmethod
    def _read(self, number: int) -> str: ...

    @abstractmethod
    def _create(self, number: int, text: str) -> bool: ...

    @abstractmethod
    def _rewrite(self, number: int, text: str) -> None: ...

    @abstractmethod
    def _remove(self, number: int) -> None: ...


class _Disk(Place):
    def _held(self) -> dict[int, float]:
        held = dict[int, float]()
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                if match := _FILE.fullmatch(entry.name):
                    with suppress(FileNotFoundError):
                        held[int(match[1])] = entry.stat().st_mtime
        return held

    def _read(self, number: int) -> str:
        return Path(self._path(number)).read_text()

    def _create(self, number: int, text: str) -> bool:
        os.makedirs(self._folder, exist_ok=True)
        draft = self._draft(number)
        try:
            draft.write_text(text)
            os.link(draft, self._path(number))  # whole from its first moment on
        except FileExistsError:
            return False
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _rewrite(self, number: int, text: str) -> None:
        path = Path(self._path(number))
        if path.read_text() == text:
            os.utime(path)  # asks a full disk for nothing
            return
        draft = self._draft(number)
        draft.write_text(text)
        draft.replace(path)

    def _remove(self, number: int) -> None:
        Path(self._path(number)).unlink(missing_ok=True)
        for draft in Path(self._folder).glob(f"{number:010d}.*.draft"):  # of who was killed while writing it
            draft.unlink(missing_ok=True)

    def _draft(self, number: int) -> Path:
        return Path(f"{self._folder}/{number:010d}.{os.getpid()}-{threading.get_ident()}.draft")


class _Bucket(Place):
    def _held(self) -> dict[int, float]:
        held = dict[int, float]()
        with suppress(FileNotFoundError):
            for item in s3_filesystem().ls(self._folder, detail=True):
                if match := _FILE.fullmatch(item["name"].rpartition("/")[2]):
                    held[int(match[1])] = item["LastModified"].timestamp()
        return held

    def _read(self, number: int) -> str:
        text: bytes = s3_filesystem().cat_file(self._path(number))
        return text.decode()

    def _create(self, number: int, text: str) -> bool:
        try:
            s3_filesystem().pipe_file(self._path(number), text.encode(), mode="create")
        except OSError as error:
            if isinstance(error, FileExistsError) or _code(error.__cause__) in _CREATED_BY_ANOTHER:
                return False
            raise
        return True

    def _rewrite(self, number: int, text: str) -> None:
        s3_filesystem().pipe_file(self._path(number), text.encode())

    def _remove(self, number: int) -> None:
        with suppress(FileNotFoundError):
            s3_filesystem().rm_file(self._path(number))


def place_of(root: str, domain: str) -> Place:
    """Where the leases of a domain in the lake at `root` are. Raises BadTableName, BadRoot."""
    folder = f"{domain_uri(root, domain)}/_lease"
    return _Bucket(folder, domain) if is_s3(root) else _Disk(folder, domain)


def _code(error: BaseException | None) -> str:
    """What S3 calls an error that s3fs translated."""
    answer: dict[str, dict[str, str]] = getattr(error, "response", None) or {}
    return answer.get("Error", {}).get("Code", "")
