"""`arcana new`: a domain drafted from files, once, while somebody writes its YAML.

Belongs here: the files as they are named, where the draft goes, and what is told of it. Does not belong here: guessing
(`drafting`).
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, errors, progress
from arcana_assets.deployment import SHIPPED, Deployment, is_s3
from arcana_assets.domain.names import checked_name

if TYPE_CHECKING:
    from arcana_assets.drafting.draft import Draft
    from arcana_assets.drafting.source import Source


def new(
    domain: Annotated[str, typer.Argument(help="The name of the domain: lower case letters, digits and _.")],
    files: Annotated[
        list[Path], typer.Argument(help="CSV, XLSX, Parquet or JSON Lines; of a folder all that it holds.")
    ],
    into: Annotated[
        Path | None,
        typer.Option(help="The folder that the domain's folder is made in.", show_default="the first of ARCANA_DEFS"),
    ] = None,
    language: Annotated[str, typer.Option(help="pt-BR or en: names of segments, and how dates are written.")] = "pt-BR",
    land: Annotated[bool, typer.Option("--land", help="Copy the files into the landing as well.")] = False,
) -> None:
    """Draft a domain from files, with a comment beside each guess; exit code 1 where a person must fill in more."""
    from arcana_assets.drafting.draft import draft_of
    from arcana_assets.drafting.writing import write

    try:
        checked_name(domain)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    deployment = Deployment.from_env()
    folder, named, landing = into or _first_of(deployment.defs), _files(files), deployment.landing
    if land and is_s3(landing):
        raise typer.BadParameter(f"the landing is {landing}; leave --land out, and copy the files there")
    with progress(f"new {domain}", errors, passing=True) as step:
        draft = draft_of(domain, named, language, lambda path, read: step(path.name, read, len(named)))
        place, problems = write(draft, folder)
    _tell(draft, place)
    _tell_files(draft, f"{landing}/{domain}", land)
    if problems:
        errors.print(f"[red]must fill in:[/] the domain does not load yet\n{escape(problems)}", soft_wrap=True)
    if problems or draft.unfinished:
        raise typer.Exit(1)
    then = f"Then: arcana check, and arcana try {domain} --defs {folder}{_month(draft)}"
    console.print(escape(then), soft_wrap=True)


def _month(draft: "Draft") -> str:
    """The month to try, where no row has a date of its own that tells: the newest that is over in which one began."""
    if any(source.dates for source in draft.sources):
        return ""
    ended = datetime.now(UTC).date().replace(day=1)
    begun = {month for source in draft.sources if source.begun for month in source.begun.months if month < ended}
    return f" --month {max(begun):%Y-%m}" if begun else ""


def _first_of(defs: Sequence[str]) -> Path:
    """The first folder of domains of the deployment, where that is not the one that comes with the package."""
    if Path(defs[0]).resolve() == Path(SHIPPED).resolve():
        raise typer.BadParameter("expected --into FOLDER, or a folder of one's own first in ARCANA_DEFS; found neither")
    return Path(defs[0])


def _files(given: list[Path]) -> list[Path]:
    """The files that are named, and those of folders that are."""
    found = list[Path]()
    for path in given:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith((".", "~")))
        elif path.is_file():
            found.append(path)
        else:
            raise typer.BadParameter(f"there is no file or folder {path}")
    if not found:
        raise typer.BadParameter(f"there is no file in {', '.join(map(str, given))}")
    return list(dict.fromkeys(found))


def _tell(draft: "Draft", place: Path) -> None:
    """What was drafted, source by source, and what a person has to do."""
    console.print(f"drafted: {escape(str(place))}", soft_wrap=True)
    for source in draft.sources:
        picked = source.picked
        console.print(
            f"[bold]{escape(source.name)}[/]: {picked.entity} ({min(picked.score, 1):.0%}), {escape(picked.why())}",
            soft_wrap=True,
        )
        for rival, score in picked.rivals:
            console.print(f"  it could be {rival} ({score:.0%})")
        _list(source)
    for each in (*draft.settings.to_look_at, *draft.questions):
        console.print(f"[yellow]look at:[/] {escape(each)}", soft_wrap=True)
    for path, why in draft.left_out:
        console.print(f"[yellow]not drafted:[/] {escape(path.name)}: {escape(why)}", soft_wrap=True)


def _list(source: "Source") -> None:
    for each in source.to_look_at:
        console.print(f"  [yellow]look at:[/] {escape(each)}", soft_wrap=True)
    for each in source.to_fill_in:
        errors.print(
            f"  [red]must fill in:[/] {escape(each)} (sources/_{source.name}.yaml, which is not loaded until then)",
            soft_wrap=True,
        )


def _tell_files(draft: "Draft", landing: str, land: bool) -> None:
    """Into which folder each file goes; with `land` they are copied there, but never over another one."""
    once = {source.tabled.name: source.tabled.files for source in draft.sources}
    for name, files in once.items():
        target = Path(landing) / name
        place = escape(str(target))
        shown = ", ".join(path.name for path in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
        if len({path.name for path in files}) < len(files):
            word = "not copied" if land else "look at"
            errors.print(
                f"[yellow]{word}:[/] {escape(shown)}: two of the files have one name, and would replace each other in "
                f"{place}; give each a name of its own",
                soft_wrap=True,
            )
            continue
        if not land:
            console.print(f"put {escape(shown)} into {place}", soft_wrap=True)
            continue
        if there := [path.name for path in files if (target / path.name).exists()]:
            errors.print(f"[yellow]not copied:[/] {place} has {escape(', '.join(there))} already", soft_wrap=True)
            continue
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copyfile(path, target / path.name)
        console.print(f"copied {escape(shown)} into {place}", soft_wrap=True)
