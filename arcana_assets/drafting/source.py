"""A drafted contract: what is known of the files of one shape, and what the contract says so far.

Belongs here: what both hold, and what follows from it alone. Does not belong here: guessing it (`sources`), the text of
the YAML (`writing`).
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from arcana_assets.drafting.dates import Dates
from arcana_assets.drafting.entities import Picked
from arcana_assets.drafting.reading import Written
from arcana_assets.drafting.values import Values


@dataclass(frozen=True)
class Tabled:
    """Files of one shape: how the first is written, all rows that were read, and the columns of these.

    `malformed` and `repeats` count lines that are no rows: of another number of fields, and such as repeat the header.
    `decimal` is the mark that people of the domain's language write.
    """

    name: str
    files: tuple[Path, ...]
    written: Written
    table: pa.Table
    values: tuple[Values, ...]
    malformed: int = 0
    decimal: str = "."
    repeats: int = 0


@dataclass
class Source:
    """A drafted contract.

    `format`, `columns` and `tail` are what it says, each entry with its comment; `to_fill_in` is what a person must do
    before it can be loaded, `to_look_at` what one should. `joins` are columns that another file has, by that file and
    the key; the date may be among them (`dated_elsewhere`).
    """

    name: str
    tabled: Tabled
    picked: Picked
    pattern: str
    format: dict[str, Any] = field(default_factory=dict)
    format_comments: list[str] = field(default_factory=list)
    columns: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    tail: list[tuple[str, Any, str]] = field(default_factory=list)
    to_fill_in: list[str] = field(default_factory=list)
    to_look_at: list[str] = field(default_factory=list)
    joins: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    dated_elsewhere: Dates | None = None

    @property
    def entity(self) -> str:
        """The entity it is conformed to."""
        return self.picked.entity

    @property
    def finished(self) -> bool:
        """Whether it can be loaded as it is."""
        return not self.to_fill_in

    @property
    def made(self) -> set[str]:
        """The columns of the entity that it gives a value."""
        constants: dict[str, Any] = next((value for key, value, _ in self.tail if key == "constants"), {})
        joined = [name for key, value, _ in self.tail if key == "join" for name in value["columns"]]
        return {column["to"] for column, _ in self.columns} | {*constants, *joined}

    @property
    def dates(self) -> Dates | None:
        """What puts its rows into months; None of a snapshot."""
        match = self.picked.columns.get(self.picked.schema.dated_by or "")
        return self.dated_elsewhere if match is None else match.values.dates

    @property
    def of_periods(self) -> bool:
        """Whether its rows hold from a first to a last day."""
        return any(key == "periods" for key, *_ in self.tail)

    @property
    def begun(self) -> Dates | None:
        """The first days of its rows, where these are periods; None of others."""
        match = self.picked.columns.get("started_on") if self.of_periods else None
        return None if match is None else match.values.dates

    @property
    def monthly(self) -> bool:
        """Whether its rows belong to the month of a date, so that its files add up."""
        schema = self.picked.schema
        return schema.dated_by is not None and (schema.dated_by in self.picked.columns or not schema.state)


def put_helper(source: Source, helper: dict[str, Any], why: str) -> None:
    """Puts a column outside the entity into a contract, and takes it from those that are not used."""
    header = helper["from"]
    helpers, comments, tail = [helper], [why], list[tuple[str, Any, str]]()
    for key, value, comment in source.tail:
        if key == "helpers":
            helpers, comments = [*value, helper], [comment, why]
            continue
        left = [each for each in value if each != header] if key == "ignored" else value
        if key == "ignored":
            comment = re.sub(rf"(?:^|(?<=[;:] )){re.escape(header)}: [^;]*(; |$)", "", comment).removesuffix("; ")
        if left or key != "ignored":
            tail.append((key, left, comment))
    source.tail = [*tail, ("helpers", helpers, "; ".join(dict.fromkeys(comments)))]
