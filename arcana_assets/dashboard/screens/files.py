"""Arquivos: every file that the month's refresh published, with its size, and its download.

Belongs here: what is below `published/` for the month. Does not belong here: files made on the spot (`export`).
"""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer, log_export
from arcana_assets.dashboard.place import Place
from arcana_assets.deployment import Deployment, is_s3, s3_filesystem

BUTTONS = 3
LARGE = 200 * 2**20  # bytes, beyond which a file is not handed through the page


@dataclass(frozen=True)
class File:
    """A published file of a month: the publication that it is of, its name there, its place and its size in bytes."""

    publication: str
    name: str
    uri: str
    bytes: int


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    found = files(place)
    title = say("files.title", month=language.month(place.month))
    parts.heading(title, say("files.lead", n=len(found)) if found else "")
    if not found:
        parts.nothing(say("files.none"))
        return
    for publication in dict.fromkeys(each.publication for each in found):
        key = f"files.of.{publication}"
        mine = [each for each in found if each.publication == publication]
        parts.section(
            say(f"{key}.title") if language.knows(key) else publication.replace("_", " ").capitalize(),
            say(f"{key}.about") if language.knows(key) else "",
        )
        parts.table(
            [parts.Header(say("files.file")), parts.Header(say("files.size"), True)],
            [(each.name, size(place, each.bytes)) for each in mine],
        )
        _download(place, viewer, mine)


def files(place: Place) -> list[File]:
    """The published files of the month, by publication and name."""
    root = f"{place.reader.root}/{place.domain.name}/published"
    month = f"{place.month:%Y-%m}"
    found = []
    if is_s3(root):
        system = s3_filesystem()
        there = {path: info["size"] for path, info in system.find(root, detail=True).items()}
        below = root.removeprefix("s3://")
        listed = [(path.removeprefix(f"{below}/"), f"s3://{path}", size) for path, size in there.items()]
    else:
        base = Path(root)
        listed = [
            (path.relative_to(base).as_posix(), str(path), path.stat().st_size)
            for path in sorted(base.glob("*/**/*"))
            if path.is_file()
        ]
    for inside, uri, size_ in listed:
        publication, _, name = inside.partition("/")
        if name.startswith(".") or "/." in name:
            continue
        if name.startswith((f"{month}.", f"{month}/")):
            found.append(File(publication, name.removeprefix(f"{month}/"), uri, size_))
    return sorted(found, key=lambda each: (each.publication, each.name))


def size(place: Place, bytes_: int) -> str:
    """`1,2 MB`."""
    for limit, unit in ((2**30, "GB"), (2**20, "MB"), (2**10, "kB")):
        if bytes_ >= limit:
            return f"{place.language.number(bytes_ / limit, 1)} {unit}"
    return f"{place.language.count(bytes_)} B"


def _download(place: Place, viewer: Viewer, mine: list[File]) -> None:
    """A button for each file; of many, one is chosen."""
    say = place.language.say
    names = {each.name: each for each in mine if each.bytes <= LARGE}
    if not names:
        parts.sentence(say("files.large"))
        return
    shown = list(names.values())
    if len(names) > BUTTONS:
        shown = [names[st.selectbox(say("files.file"), list(names), key=f"file {mine[0].publication} {place.month}")]]
    for column, each in zip(st.columns(BUTTONS), shown, strict=False):
        with column:
            label = say("files.download", file=parts.plain(each.name))
            made = partial(_content, place, viewer, each)
            st.download_button(label, made, each.name, on_click="ignore", key=f"get {each.publication} {each.name}")


def _content(place: Place, viewer: Viewer, file: File) -> bytes:
    """What a file holds; that it was taken goes into the log of exports."""
    viewer.must("customers")
    data = s3_filesystem().cat_file(file.uri) if is_s3(file.uri) else Path(file.uri).read_bytes()
    ending, digest = file.name.rpartition(".")[2], hashlib.sha256(data).hexdigest()[:12]
    month = f"{place.month:%Y-%m}"
    told = {"sha256": digest}
    log_export(Deployment.from_env(), viewer, place.domain.name, month, file.publication, told, None, ending)
    return bytes(data)
