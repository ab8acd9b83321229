"""A facet and its columns: what each is called, what it means, and how it can be absent as a feature.

Belongs here: the words in which facets are said. Does not belong here: the facets (`commercial`, `experience`).
"""

from dataclasses import dataclass
from typing import Literal

from arcana_assets.domain.column import Column, Kind
from arcana_assets.domain.entities.entity import ColumnType

Absence = Literal["never", "with_facet", "itself"]
"""How a feature can be absent: never; where the whole facet is, which `<facet>_absent` says; or by itself, too."""

ABSENT = "_absent"  # ends the column that says 1 where a feature or a facet is absent
HAS = "has_"  # begins the column of customer 360 that says whether the facet is known of the customer


@dataclass(frozen=True)
class FacetColumn(Column):
    """A column of customer 360. `feature` says how it can be absent in the feature matrix; None: it is no feature."""

    feature: Absence | None = None


@dataclass(frozen=True)
class Facet:
    """What customer 360 says of a customer by the sources of one entity.

    `label` is what readers call it. `of_everybody`: every customer has it, so no column says whether it is known.
    `owns_items`: it is of items that customers own, which become features, `owns_<item>`.
    """

    entity: str
    label: str
    columns: tuple[FacetColumn, ...]
    of_everybody: bool = False
    owns_items: bool = False

    @property
    def features(self) -> tuple[FacetColumn, ...]:
        """The columns that are features."""
        return tuple(column for column in self.columns if column.feature)

    @property
    def absences(self) -> tuple[str, ...]:
        """The names of the indicators of absence: of features that can be absent by themselves, then of the facet."""
        alone = [column.name + ABSENT for column in self.columns if column.feature == "itself"]
        return (*alone, *([] if self.of_everybody else [self.entity + ABSENT]))


def facet_column(
    name: str,
    type_: ColumnType,
    label: str,
    unit: str,
    description: str,
    feature: Absence | None,
    *,
    shown: Kind | None = None,
    window: Literal["lookback"] | None = None,
) -> FacetColumn:
    """A column whose values are shown in a way of their own, or summed up over a window."""
    return FacetColumn(name, type_, description, unit, label, shown, window, feature=feature)


def facet(
    entity: str,
    label: str,
    *columns: FacetColumn | tuple[str, ColumnType, str, str, str, Absence | None],
    of_everybody: bool = False,
    owns_items: bool = False,
) -> Facet:
    """A facet; its columns may each be said as (name, type, label, unit, description, feature)."""
    said = tuple(each if isinstance(each, FacetColumn) else facet_column(*each) for each in columns)
    return Facet(entity, label, said, of_everybody, owns_items)
