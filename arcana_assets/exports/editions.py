"""Editions: all files of a month of a publication, which take the place of those before them in one step.

Belongs here: that step, in a folder and in a bucket. Does not belong here: which files these are, and where a
publication is (`files`).

In a folder an edition is a folder of its own, `.editions/<YYYY-MM>-<...>`, and the link `.editions/<YYYY-MM>` names the
one that counts: to publish is to replace that link, which a file system does whole or not at all. The names that people
know, `<YYYY-MM>.csv` or the folder `<YYYY-MM>`, are links through it. A bucket has no links: there the edition that
counts is named by the manifest `<YYYY-MM>.json`, which is uploaded last.
"""

import hashlib
import json
import os
import stat
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from arcana_assets.deployment import s3_filesystem
from arcana_assets.engine.scratch import hold_folder, let_go, remove, remove_abandoned

EDITIONS = ".editions"
_ENDINGS = (".csv", ".xlsx")  # of files that stand beside those of other months
_KEPT = timedelta(days=1)  # that files of an earlier manifest stay for who goes by it


@dataclass(frozen=True)
class PublishedFile:
    """A file in its place."""

    uri: str
    bytes: int
    sha256: str


def publish_in_folder(
    drafts: Sequence[Path], place: Path, month: str, mode: int, *, together: bool
) -> tuple[PublishedFile, ...]:
    """Lets drafts, which lie in a folder inside `place`, become the files of a month; `together`, in a folder of it.

    Readers see all files of the month as they were, or all of the new ones. Raises OSError.
    """
    scratch, editions = drafts[0].parent, place / EDITIONS
    editions.mkdir(exist_ok=True)
    editions.chmod(mode_of_folder(mode))
    pointer = editions / month
    _adopt(place, pointer, scratch, mode)
    edition = hold_folder(editions, f"{month}-")
    try:
        _fill(edition, drafts, mode)
        for name in [month] if together else [draft.name for draft in drafts]:
            _link(place / name, _through(month, name), scratch)
        _link(pointer, edition.name, scratch)
        _sync(editions)
        _sync(place)
    finally:
        let_go(edition)
        # The one before, or this one where it did not come to count, and what a killed run left.
        remove_abandoned(editions, f"{month}-", but=pointer)
    for left in (place / f"{month}{ending}" for ending in _ENDINGS):
        if left.is_symlink() and not left.exists():  # the new edition has no such file
            left.unlink()
    if not together and (place / month).is_symlink():  # nor is it a folder any more
        (place / month).unlink()
    root = place / month if together else place
    return tuple(_described(root / draft.name) for draft in drafts)


def mode_of_folder(mode: int) -> int:
    """The mode of a folder whose files have this one: who may read them may enter it; its owner does what it likes."""
    return mode | 0o700 | (mode & 0o444) >> 2


def publish_in_bucket(drafts: Sequence[Path], place: str, month: str) -> tuple[PublishedFile, ...]:
    """Uploads drafts as an edition of a month, then the manifest that names them. Raises OSError.

    Files that an earlier manifest named stay for a day, for readers who go by it.
    """
    bucket, edition = s3_filesystem(), uuid.uuid4().hex[:12]
    files = []
    for draft in drafts:
        files.append(_described(draft, f"{place}/{month}/{edition}/{draft.name}"))
        bucket.put_file(str(draft), files[-1].uri)
    manifest = {"month": month, "files": {Path(each.uri).name: vars(each) for each in files}}
    bucket.pipe_file(_manifest(place, month), json.dumps(manifest, indent=2).encode())
    _remove_earlier(bucket, f"{place}/{month}", edition)
    return tuple(files)


def published_in_bucket(place: str, month: str) -> dict[str, PublishedFile]:
    """The files of a month, by name, as the manifest says; none where there is none. Raises OSError."""
    try:
        manifest = json.loads(s3_filesystem().cat_file(_manifest(place, month)))
    except FileNotFoundError:
        return {}
    return {name: PublishedFile(**file) for name, file in manifest["files"].items()}


def withdraw_from_folder(place: Path, month: str) -> None:
    """Takes the files of a month away, those of before there were editions too, and with the last month the folder."""
    editions = place / EDITIONS
    for each in (place / month, *(place / f"{month}{ending}" for ending in _ENDINGS), editions / month):
        if each.is_dir() and not each.is_symlink():
            remove(each)
        else:
            each.unlink(missing_ok=True)
    remove_abandoned(editions, f"{month}-")
    for folder in (editions, place):
        with suppress(OSError):  # it has other months, or was never there
            folder.rmdir()


def withdraw_from_bucket(place: str, month: str) -> None:
    """Takes the manifest of a month away, then the files that it named."""
    bucket = s3_filesystem()
    for there in (_manifest(place, month), f"{place}/{month}"):
        if bucket.exists(there):
            bucket.rm(there, recursive=True)


def _manifest(place: str, month: str) -> str:
    return f"{place}/{month}.json"


def _remove_earlier(bucket: Any, folder: str, edition: str) -> None:
    before = datetime.now(UTC) - _KEPT
    old = [
        name
        for name, about in bucket.find(folder, detail=True).items()
        if f"/{edition}/" not in name and about["LastModified"] < before
    ]
    if old:
        bucket.rm(old)


def _adopt(place: Path, pointer: Path, scratch: Path, mode: int) -> None:
    """Makes an edition of files that stand at their places themselves, so that they, too, leave them together.

    As all files did before there were editions. A folder leaves its place a moment before the link to it is there.
    """
    month = pointer.name
    places = (place / month, *(place / f"{month}{ending}" for ending in _ENDINGS))
    own = [each for each in places if each.exists() and not each.is_symlink()]
    if own and not pointer.is_symlink():
        edition = hold_folder(pointer.parent, f"{month}-")
        try:
            for file in (file for each in own for file in (each.iterdir() if each.is_dir() else [each])):
                if file.is_file():
                    os.link(file, edition / file.name)
            edition.chmod(mode_of_folder(mode))
            _link(pointer, edition.name, scratch)
        finally:
            let_go(edition)
    for each in own:
        _link(each, _through(month, each.name), scratch)


def _through(month: str, name: str) -> str:
    """Where a name that people know leads: to the folder of the month's edition, or to a file in it."""
    return f"{EDITIONS}/{month}" if name == month else f"{EDITIONS}/{month}/{name}"


def _fill(edition: Path, drafts: Iterable[Path], mode: int) -> None:
    for draft in drafts:
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.chmod(mode)
        draft.rename(edition / draft.name)
    edition.chmod(mode_of_folder(mode))
    _sync(edition)


def _link(place: Path, target: str, scratch: Path) -> None:
    """Puts a link in the place of a link or a file, whole, or of a folder."""
    if place.is_symlink() and os.readlink(place) == target:
        return
    if place.is_dir() and not place.is_symlink():
        place.rename(scratch / f".before-{uuid.uuid4().hex}")
    fresh = scratch / f".link-{uuid.uuid4().hex}"
    fresh.symlink_to(target)
    os.replace(fresh, place)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _described(file: Path, uri: str = "") -> PublishedFile:
    with file.open("rb") as content:
        return PublishedFile(uri or str(file), file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest())


def let_pass(folders: Iterable[Path], mode: int) -> None:
    """Lets who may read published files pass through folders above them, without seeing what else is in those."""
    wanted = mode_of_folder(mode) & 0o011
    for folder in folders:
        there = stat.S_IMODE(folder.stat().st_mode)
        if there & wanted != wanted:
            folder.chmod(there | wanted)
