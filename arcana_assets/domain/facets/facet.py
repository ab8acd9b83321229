"""A column of a facet: what it is called, what it means, and how it can be absent as a feature.

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


def facet_columns(
    *columns: FacetColumn | tuple[str, ColumnType, str, str, str, Absence | None],
) -> tuple[FacetColumn, ...]:
    """Columns, each said as (name, type, label, unit, description, feature)."""
    return tuple(each if isinstance(each, FacetColumn) else facet_column(*each) for each in columns)
