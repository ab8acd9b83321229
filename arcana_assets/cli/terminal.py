"""What all commands share: the terminal, and words of a person as months and domains.

Belongs here: what two commands need. Does not belong here: a command.
"""

import re
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.months import months_between

console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
PACKAGE = Path(__file__).parents[1]
DEFS = PACKAGE / "defs"
BAR = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def domain_folder(name: str) -> Path:
    """Where the YAML of a domain is. Raises typer.BadParameter for one that there is not."""
    known = [path.parent.name for path in DEFS.glob("*/defs.yaml")]
    if name not in known:
        raise typer.BadParameter(f"there is no domain '{name}'{nearest(name, known)}")
    return DEFS / name


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
