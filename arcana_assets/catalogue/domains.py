"""The domains of a deployment: those that can be read, and why the others cannot.

Belongs here: which folders are domains, and that one that is wrong stops none of the others. Does not belong here: what
a folder may say (`domain.folder`), what Dagster shows of one that is wrong (`components.broken`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets.presentation.language import refuse_unknown_language


class NoSuchDomain(ArcanaError):
    """No folder of the deployment holds a domain of this name."""


@dataclass(frozen=True)
class Folders:
    """Where domains lie, by name, without a look into them; `wrong` says what is wrong with a folder around them."""

    places: Mapping[str, Sequence[Path]]
    wrong: Mapping[str, str]

    def one(self, name: str) -> Path:
        """The folder of a domain.

        Raises NoSuchDomain, with the nearest name, where there is none, and ContractError where there are two.
        """
        if name not in self.places:
            also = "".join(f"\n{why}" for why in self.wrong.values())
            raise NoSuchDomain(f"there is no domain '{name}'{nearest(name, self.places)}{also}")
        first, *others = self.places[name]
        if others:
            raise ContractError(
                f"{first / 'defs.yaml'}:1: expected one domain '{name}', found another in "
                f"{' and '.join(map(str, others))}; the name is that of its tables. Rename one of them, its folder and "
                "`name`, or take one of their folders out of ARCANA_DEFS"
            )
        return first


@dataclass(frozen=True)
class Domains:
    """Domains by their own folder; `broken` says by name why one cannot be read, a problem a line.

    What is wrong with a folder around domains stands in `broken` under its path.
    """

    loaded: Mapping[Path, CustomerDomain]
    broken: Mapping[str, str]


def folders_of(folders: Iterable[str | Path]) -> Folders:
    """The folders of domains below some folders, as `ARCANA_DEFS` names them."""
    places, wrong = dict[str, list[Path]](), dict[str, str]()
    once = dict[Path, Path]()
    for each in folders:
        once.setdefault(Path(each).resolve(), Path(each))
    for folder in once.values():
        if not folder.is_dir():
            wrong[str(folder)] = f"{folder}: expected a folder of domains, as ARCANA_DEFS names it; found none"
        elif (folder / "defs.yaml").exists():
            wrong[str(folder)] = (
                f"{folder}: expected a folder of domains, found the `defs.yaml` of one domain; let ARCANA_DEFS name "
                f"the folder around it, {folder.parent}"
            )
        else:
            for path in sorted(folder.glob("*/defs.yaml")):
                places.setdefault(path.parent.name, []).append(path.parent)
    return Folders(places, wrong)


def domains_of(folders: Iterable[str | Path]) -> Domains:
    """Every domain below some folders, in the order of the folders and of its names.

    One that cannot be read, that there are no texts in the language of, or whose name another folder has as well is
    broken: nothing of it is kept, and the others are read all the same.
    """
    found, loaded = folders_of(folders), dict[Path, CustomerDomain]()
    broken = dict(found.wrong)
    for name in found.places:
        try:
            path = found.one(name)
            domain = load_domain(path)
            refuse_unknown_language(domain, path)
            loaded[path] = domain
        except ContractError as wrong:
            broken[name] = str(wrong)
    return Domains(loaded, broken)
