"""Arquivos: every file that the month's refresh published and the viewer may have, with its size and its download.

Belongs here: what is below `published/` for the month, and whom each publication is for. Does not belong here: files
made on the spot (`export`).
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Role, Viewer, log_export
from arcana_assets.dashboard.place import Place
from arcana_assets.deployment import Deployment, is_s3, s3_filesystem
from arcana_assets.exports.editions import published_in_bucket
from arcana_assets.presentation.file_names import publication_of

BUTTONS = 3
LARGE = 200 * 2**20  # bytes, beyond which a file is not handed through the page
DIGEST = 12  # characters of a SHA-256 that are shown, and that the log of exports has

ROLES: dict[str, Role] = {
    "base_analitica": "customers",
    "cartoes_dos_modelos": "totals",
    "clientes_atipicos": "customers",
    "clientes_por_segmento": "customers",
    "contas_unificadas": "customers",
    "figuras_dos_segmentos": "totals",
    "lista_de_fidelidade": "customers",
    "perfil_dos_dados": "quality",
    "previsoes_por_cliente": "customers",
    "produtos_por_segmento": "totals",
    "recomendacoes_por_cliente": "customers",
    "recomendacoes_por_segmento": "totals",
    "relatorio_de_fidelidade": "totals",
    "relatorio_de_personas": "totals",
    "resumo_do_mes": "totals",
    "resumo_dos_segmentos": "customers",  # it names typical ones
}
"""Whom a publication is for; one that is not here may hold customers."""


@dataclass(frozen=True)
class File:
    """A published file of a month: the publication that it is of, its name there, its place and its size in bytes.

    `sha256` is empty of a file that is too large for this page.
    """

    publication: str
    name: str
    uri: str
    bytes: int
    sha256: str = ""

    @property
    def role(self) -> Role:
        """Whom it is for."""
        return ROLES.get(self.publication, "customers")


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    published = files(place)
    found = [each for each in published if viewer.may(each.role)]
    title = say("files.title", month=language.month(place.month))
    parts.heading(title, say("files.lead", n=len(found)) if found else "")
    if not found:
        parts.nothing(say("page.not_yours" if published else "files.none"))
        return
    for publication in dict.fromkeys(each.publication for each in found):
        key = f"files.of.{publication}"
        mine = [each for each in found if each.publication == publication]
        parts.section(
            say(f"{key}.title") if language.knows(key) else publication.replace("_", " ").capitalize(),
            say(f"{key}.about") if language.knows(key) else "",
        )
        parts.table(
            [
                parts.Header(say("files.file")),
                parts.Header(say("files.size"), True),
                parts.Header("SHA-256", about=say("files.digest_about", n=DIGEST)),
            ],
            [(each.name, size(place, each.bytes), each.sha256[:DIGEST]) for each in mine],
        )
        _download(place, viewer, mine)


def files(place: Place) -> list[File]:
    """The published files of the month, by publication and name."""
    root = f"{place.reader.root}/{place.domain.name}/published"
    month = f"{place.month:%Y-%m}"
    found = _in_bucket(root, month) if is_s3(root) else _in_folder(Path(root), month)
    return sorted(found, key=lambda each: (each.publication, each.name))


def _in_bucket(root: str, month: str) -> list[File]:
    """What the manifests of the month name; files of earlier editions are there beside them."""
    try:
        folders = [place.rpartition("/")[2] for place in s3_filesystem().ls(root, detail=False)]
    except FileNotFoundError:
        return []
    return [
        File(publication_of(folder), name, each.uri, each.bytes, each.sha256)
        for folder in folders
        for name, each in published_in_bucket(f"{root}/{folder}", month).items()
    ]


def _in_folder(root: Path, month: str) -> list[File]:
    """Files named by the month, and those in a folder of that name, which is a link to the edition that counts."""
    found = []
    for folder in root.iterdir() if root.is_dir() else ():
        for path in (*folder.glob(f"{month}.*"), *(folder / month).glob("[!.]*")):
            if path.is_file():
                about = path.stat()
                digest = _digest(path, about.st_size, about.st_mtime_ns) if about.st_size <= LARGE else ""
                found.append(File(publication_of(folder.name), path.name, str(path), about.st_size, digest))
    return found


@lru_cache(maxsize=1024)
def _digest(path: Path, size: int, changed: int) -> str:
    """The SHA-256 of a file as it was when it had this size and time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    viewer.must(file.role)
    data = s3_filesystem().cat_file(file.uri) if is_s3(file.uri) else Path(file.uri).read_bytes()
    ending, digest = file.name.rpartition(".")[2], hashlib.sha256(data).hexdigest()[:DIGEST]
    month = f"{place.month:%Y-%m}"
    told = {"sha256": digest}
    log_export(Deployment.from_env(), viewer, place.domain.name, month, file.publication, told, None, ending)
    return bytes(data)
