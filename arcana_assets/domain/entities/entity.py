"""What an entity is: a typed schema with a description and a unit for each column.

Belongs here: the words in which a schema is said. Does not belong here: the schemas themselves (the files beside it).
"""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "decimal", "double", "date", "instant", "boolean", "texts"]
"""decimal is DECIMAL(18, 4): sums of money are exact, so they do not depend on the order of the rows; texts is a list
of them."""

VALUE_WORDS: dict[str, str] = {
    "text": "text",
    "integer": "a whole number",
    "decimal": "a number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date",
    "instant": "a date",
}
"""What a value of each type is called in errors and quarantine reasons."""


NEVER_WATCHED = 31
"""Days within which the newest row of a month lies before its end, whatever it is."""

Area = Literal["customers", "commercial", "experience", "surveys", "goods", "visits", "feedback"]


@dataclass(frozen=True)
class EntityColumn:
    """One column of an entity.

    `required`: a row without it is refused. `derivation`: the column that is computed, by the transform of this name,
    where a contract does not map it; `instead`: the column whose value it has where a contract does not make it.
    `carried`: its values are of what a customer carries, or goes by in another place: a card, a device, a second code.
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    required: bool = False
    derivation: str | None = None
    instead: str | None = None
    carried: bool = False

    @property
    def holds_customers(self) -> bool:
        """Whether it tells whose a row is."""
        return self.carried or self.name == "customer_id"


@dataclass(frozen=True)
class Entity:
    """A typed schema. `dated_by` names the instant or date that puts a row into its month; None for snapshots.

    `state`: a row without such a date says how things stand when its file is made. Of a month that is over the snapshot
    that was read at its time stays: a later one would tell it what came afterwards.

    `area` is where the UI shows its sources, where a domain has too many for one picture. `complete_within` is that of
    contracts that say nothing else of it.
    """

    name: str
    area: Area
    grain: str
    columns: tuple[EntityColumn, ...]
    dated_by: str | None = None
    complete_within: int = NEVER_WATCHED
    state: bool = False

    def column(self, name: str) -> EntityColumn:
        """The column of this name; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def derived(self) -> tuple[str, ...]:
        """The columns that are computed where nothing else makes them."""
        return tuple(column.name for column in self.columns if column.derivation)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)
