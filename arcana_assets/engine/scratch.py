"""Scratch: folders for what a process needs for a while, and the removal of those whose process is gone.

Belongs here: making such a folder, and knowing whether anybody still needs it. Does not belong here: what is in them
(`duckdb`, `landing`, `tracking`, `exports`), staging files of tables (`lake.files`).
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["duckdb", "landing", "workbook", "mlflow", "model", "drafts", "ui", "lists"]

_DAY_SECONDS = 24 * 3600
_MAKING = ".arcana-making-"  # begins the name of a folder for the moment until it is held
_locks = dict[Path, int]()
_tidy = set[int]()  # processes that removed what others left


def scratch_folder(kind: Kind) -> Path:
    """A folder of this machine for temporary files, held until it is removed or the process ends.

    The first one of a process removes those that killed processes left. Raises OSError where the disk refuses.
    """
    place = Path(tempfile.gettempdir())
    if os.getpid() not in _tidy:
        _tidy.add(os.getpid())
        for each in get_args(Kind):
            remove_abandoned(place, f"arcana-{each}-")
    return hold_folder(place, f"arcana-{kind}-")


@contextmanager
def scratch(kind: Kind) -> Iterator[Path]:
    """A folder of this machine, gone at the end of the `with`."""
    folder = scratch_folder(kind)
    try:
        yield folder
    finally:
        remove(folder)


def hold_folder(parent: Path, prefix: str) -> Path:
    """A new folder in `parent` that this process holds, until it lets it go, removes it or ends."""
    made = Path(tempfile.mkdtemp(prefix=_MAKING, dir=parent))
    lock = os.open(made, os.O_RDONLY)
    with suppress(OSError):  # where the file system has no locks, the age of a folder decides
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # It has its name only once it is locked, so nobody takes it for an abandoned one.
    folder = made.rename(parent / made.name.replace(_MAKING, prefix))
    _locks[folder] = lock
    return folder


def let_go(folder: Path) -> None:
    """Holds a folder no longer; it stays where it is."""
    if (lock := _locks.pop(folder, None)) is not None:
        os.close(lock)


def remove(folder: Path) -> None:
    """Removes a folder that this process holds."""
    shutil.rmtree(folder, ignore_errors=True)
    let_go(folder)


def remove_abandoned(parent: Path, prefix: str, but: Path | None = None) -> int:
    """Removes the folders in `parent` that nobody holds, and says how many; the one that the link `but` leads to stays.

    A process holds its folders by a lock (`flock`), which ends with it, however it ends. Where the file system has no
    such locks, a folder is abandoned once nothing in it was added or removed for a day.
    """
    removed = 0
    for folder in (*parent.glob(f"{prefix}*"), *filter(_old, parent.glob(f"{_MAKING}*"))):
        if folder.is_symlink() or not folder.is_dir() or folder in _locks:
            continue
        try:
            lock = os.open(folder, os.O_RDONLY)
        except OSError:  # it went meanwhile, or belongs to somebody else
            continue
        try:
            # Looked at once it is locked: until then, whoever made it may still put it into its place.
            if _nobody_holds(folder, lock) and not (but is not None and but.exists() and but.samefile(folder)):
                shutil.rmtree(folder, ignore_errors=True)
                removed += not folder.exists()
        finally:
            os.close(lock)
    return removed


def _old(folder: Path) -> bool:
    """Whether nothing in it was added or removed for a day."""
    try:
        return time.time() - folder.stat().st_mtime > _DAY_SECONDS
    except FileNotFoundError:
        return False


def _nobody_holds(folder: Path, lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _old(folder)
    return True
