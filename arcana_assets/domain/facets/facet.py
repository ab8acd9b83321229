"""A facet and its columns: what each means, and how it can be absent as a feature.

Belongs here: the words in which facets are said. Does not belong here: the facets (`commercial`, `experience`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from arcana_assets.domain.column import Column, Headed
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
    """What customer 360 says of a customer by the sources of some entities, of one as a rule.

    `of` are these entities; a domain that has a source of one of them has the facet.
    `of_everybody`: every customer has it, so no column says whether it is known. `owns_items`: it is of items
    that customers own, which become features, `owns_<item>`. Without `as_of` its sources say only what holds now, so
    that its earlier months know what came later: nothing may be predicted from it, nor from its columns `of_now`, which
    alone are so.
    """

    name: str
    columns: tuple[FacetColumn, ...]
    of: tuple[str, ...]
    of_everybody: bool = False
    owns_items: bool = False
    as_of: bool = True
    of_now: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def features(self) -> tuple[FacetColumn, ...]:
        """The columns that are features."""
        return tuple(column for column in self.columns if column.feature)

    @property
    def absences(self) -> tuple[str, ...]:
        """The names of the indicators of absence: of features that can be absent by themselves, then of the facet."""
        alone = [column.name + ABSENT for column in self.columns if column.feature == "itself"]
        return (*alone, *([] if self.of_everybody else [self.name + ABSENT]))


def headed(
    type_: ColumnType, name: str, unit: str = "", feature: Absence | None = "with_facet", **shown: Any
) -> Headed[FacetColumn]:
    """The builder of columns of customer 360; `shown` takes what else one may say: how it is shown, its window."""
    return Headed(FacetColumn(name, type_, "", unit, feature=feature, **shown))


text, date, boolean = (partial(headed, each, feature=None) for each in ("text", "date", "boolean"))
integer, double, decimal = (partial(headed, each) for each in ("integer", "double", "decimal"))
share = partial(headed, "double", shown="share")


def facet(
    name: str,
    *columns: FacetColumn,
    of: Sequence[str] = (),
    of_everybody: bool = False,
    owns_items: bool = False,
    as_of: bool = True,
    of_now: Sequence[str] = (),
) -> Facet:
    """A facet and its columns, in the order of customer 360; of the entity of its name where `of` names none."""
    return Facet(name, columns, (*of,) or (name,), of_everybody, owns_items, as_of, tuple(of_now))
