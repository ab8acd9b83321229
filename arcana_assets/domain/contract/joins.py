"""Joins: columns that a source looks up in another source of its domain, by key.

Belongs here: what a contract may say of a join. Does not belong here: whether the other source has what is asked for
(`domain.joins`), looking it up (`landing.conform.joins`).
"""

from typing import Literal

from pydantic import Field, field_validator

from arcana_assets.domain.yaml.file import Strict


def pairs(names: str | list[str] | dict[str, str]) -> dict[str, str]:
    """The names here, each with that of the other source: a name alone is the same in both."""
    if isinstance(names, dict):
        return names
    return {name: name for name in ([names] if isinstance(names, str) else names)}


class Join(Strict):
    """Columns looked up in another source of the domain: of each row at most one row there is found, never more."""

    source: str = Field(description="the other source, by its name")
    on: str | dict[str, str] = Field(
        description="the key: a column that both have, or {column here: column there}, of several all of them"
    )
    columns: list[str] | dict[str, str] = Field(
        min_length=1,
        description="what is looked up, [columns] or {column here: column there}; those that the entity does not have "
        "are there for `where`, `computed` and further joins",
    )
    missing: Literal["quarantine", "keep"] = Field(
        "quarantine", description="a row whose key the other source does not have: refused, or kept without the columns"
    )

    @field_validator("on")
    @classmethod
    def _names_a_key(cls, on: str | dict[str, str]) -> str | dict[str, str]:
        if not on:
            raise ValueError("a join needs a column that both sources have, as in 'on: order_id'")
        return on

    @property
    def key(self) -> dict[str, str]:
        """The columns of the key here, each with that of the other source."""
        return pairs(self.on)

    @property
    def brought(self) -> dict[str, str]:
        """The columns that are looked up, by their names here, each with that of the other source."""
        return pairs(self.columns)

    @property
    def words(self) -> str:
        """Why a row is refused whose key the other source does not have."""
        return f"{', '.join(self.key)}: must be among the kept rows of {self.source}"
