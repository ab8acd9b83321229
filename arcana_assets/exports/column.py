"""A column of a published file: its label, its unit and how its values are written.

Belongs here: what the writers of files need to know of a column. Does not belong here: which columns there are
(`publication.columns`).
"""

from dataclasses import dataclass

from arcana_assets.domain.column import Kind


@dataclass(frozen=True)
class PublishedColumn:
    """A column of a file, as its header, its dictionary and its cells need it."""

    name: str
    label: str
    kind: Kind
    unit: str = ""
    description: str = ""
    choices: tuple[str, ...] = ()
