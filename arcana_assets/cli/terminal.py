"""What all commands share: the terminal, and words of a person as months and domains.

Belongs here: what two commands need. Does not belong here: a command.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from arcana_assets.catalogue.domains import NoSuchDomain, folders_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.months import months_between

console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
BAR = (TextColumn("{task.description:<44}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@contextmanager
def progress(title: str, on: Console = console, passing: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar that is told what is being done, and how many steps of how many have ended; `passing`: it leaves nothing.

    Where nobody watches, as in the log of a night, each step that has ended is a line.
    """
    if on.is_terminal:
        with Progress(*BAR, console=on, transient=passing) as bar:
            task = bar.add_task(title, total=None)

            def drawn(doing: str, ended: int, steps: int) -> None:
                bar.update(task, completed=ended, total=steps, description=doing)

            yield drawn
            bar.update(task, description=title)
        return
    told = 0

    def said(doing: str, ended: int, steps: int) -> None:
        nonlocal told
        if ended > told:
            on.print(f"{title}: {ended}/{steps} {doing}", soft_wrap=True, markup=False)
        told = max(told, ended)

    yield said


def domain_folder(name: str) -> Path:
    """Where the YAML of a domain of this deployment is.

    Raises typer.BadParameter for one that there is not, ContractError where two folders have one.
    """
    try:
        return folders_of(Deployment.from_env().defs).one(name)
    except NoSuchDomain as none:
        raise typer.BadParameter(str(none)) from None


def month_of(text: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"'{text}' is not a month such as 2010-12")
    return date(int(text[:4]), int(text[5:]), 1)


def months_of(text: str) -> list[date]:
    first, _, last = text.partition(":")
    months = months_between(month_of(first), month_of(last or first))
    if not months:
        raise typer.BadParameter(f"'{text}' ends before it begins; write the earlier month first")
    return months
