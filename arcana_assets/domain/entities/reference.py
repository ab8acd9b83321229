"""The entity of what other sources look up, and nothing else is made of.

Belongs here: a schema whose columns a contract names itself. Does not belong here: the join (`domain.contract.joins`).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from arcana_assets.domain.entities.entity import ColumnType, Entity, EntityColumn

REFERENCE = Entity(
    name="reference",
    area="goods",
    grain="what a key stands for, for other sources to look up",
    columns=(),
    state=True,
)


def reference_of(columns: Iterable[tuple[str, str | None]]) -> Entity:
    """The schema of columns by name and type, of which text may be left out."""
    made = (
        EntityColumn(name, cast(ColumnType, kind or "text"), "As the file has it, for other sources to look up")
        for name, kind in columns
    )
    return replace(REFERENCE, columns=tuple(made))
