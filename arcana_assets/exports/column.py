"""TODO: what this room is for."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "boolean", "integer", "decimal", "money", "share", "date", "month", "instant"]
"""How a value is written: a share is 0.25 in a CSV file and shown as 25 % in a workbook."""


@dataclass(frozen=True)
class PublishedColumn:
    """A column of a file, as its header, its dictionary and its cells need it."""

    name: str
    label: str
    kind: Kind
    unit: str = ""
    description: str = ""
    choices: tuple[str, ...] = ()
