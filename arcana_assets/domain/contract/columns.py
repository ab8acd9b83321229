"""From raw columns to columns of an entity: what a contract may say about one column.

Belongs here: mappings, cleaning steps, lookups, and names that bronze needs itself. Does not belong here: what columns
an entity has (`domain.entities`), whether a contract's columns agree with one another (`consistency`).
"""

import re
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, Field, model_validator

from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.names import Timezone
from arcana_assets.domain.yaml.file import Strict
from arcana_assets.domain.yaml.patterns import RegularExpression

Scalar = str | int | float | bool

STEPS = ("trim", "upper", "lower", "collapse_blanks", "digits_only", "strip_leading_zeros")
_STEPS_WITH_ARGUMENT = ("remove_suffix", "remove_prefix")

_ADDED = (
    "_event_month",
    "_file",
    "_file_sha256",
    "_line",
    "_malformed",
    "_text",
    "_copies",
    "_refused",
    "_left_out",
    "_not_in_force",
    "_reasons",
    "_place",
    "_counted",
)
RESERVED = ("month", "filename", *_ADDED)

EXCEL_SERIAL = "excel_serial"
"""Among the formats of a date: days since 1899-12-30, the fraction being the time of day, as in spreadsheets."""

# `40.667` and `40,667` are left out: a thousands mark would make them dates of 1900.
SERIAL = r"^\s*(\d{1,7}|\d{4,7}[.,]\d+|\d{1,3}[.,](\d{1,2}|\d{4,}))\s*$"
SERIALS = (1, 2_958_466)  # from there to, excluded, 10000-01-01, where spreadsheets end

_DIRECTIVES = "aAwdbBmyYHIpMSfgzZjUWcxXn%"  # of strftime; with a dash for numbers without leading zeros


def raw_name(header: str) -> str:
    """A header as a column of bronze: verbatim, unless bronze needs that name itself."""
    if header.lower().startswith("entity:"):  # a prefix of columns of silver
        return f"_{header}"
    return f"{header}_" if header.lower() in RESERVED else header


def split_step(step: str | dict[str, str]) -> tuple[str, str | None]:
    """The name of a cleaning step and its argument, None where it takes none."""
    if isinstance(step, str):
        return step, None
    if len(step) != 1:
        raise ValueError(f"a cleaning step with an argument is one 'name: argument', found {step}")
    return next(iter(step.items()))


def _known_step(step: str | dict[str, str]) -> str | dict[str, str]:
    name, argument = split_step(step)
    if name in _STEPS_WITH_ARGUMENT and not argument:
        raise ValueError(f"the cleaning step '{name}' needs an argument, as in {{{name}: x}}")
    if name in STEPS and argument is not None:
        raise ValueError(f"the cleaning step '{name}' takes no argument, found '{argument}'")
    if name not in (*STEPS, *_STEPS_WITH_ARGUMENT):
        raise ValueError(f"unknown cleaning step '{name}'" + nearest(name, (*STEPS, *_STEPS_WITH_ARGUMENT)))
    return step


def _is_a_format(form: str) -> str:
    if form == EXCEL_SERIAL:
        return form
    for directive in re.findall(r"%-?.?", form):
        if directive.removeprefix("%").removeprefix("-") not in (*_DIRECTIVES,):
            raise ValueError(f"'{form}' has the unknown directive '{directive}'; one such as '%Y-%m-%d' is a format")
    if "%" not in form:
        hint = nearest(form, (EXCEL_SERIAL,), listed=False)
        raise ValueError(f"'{form}' is not a strftime format such as '%Y-%m-%d', nor {EXCEL_SERIAL}{hint}")
    return form


NO_KEY = ("-", "N/A", "n/a", "NA", "NONE", "None", "none", "NULL", "Null", "null", "NaN", "nan")
"""Words that programs write where there is no value: as an id, each would be a customer, or a product, of its own."""


class SourceColumn(Strict):
    """From a raw column to a column of the entity.

    Cleaning steps run in the order given, before anything else; a value in `null_values` (and an empty one) is absent.
    Ids (columns of the entity that end in `_id`) come without white space of any kind around them before the first
    step.
    """

    from_: str = Field(alias="from", min_length=1, description="the header as it stands in the file")
    to: str = Field(description="the entity's column")
    type: str | None = Field(None, description="the entity's type, repeated for the reader; must agree with it")
    clean: list[Annotated[str | dict[str, str], AfterValidator(_known_step)]] = Field(
        [], description=f"{', '.join(STEPS)}, {', '.join(f'{step}: x' for step in _STEPS_WITH_ARGUMENT)}"
    )
    null_values: list[str] | None = Field(
        None,
        description=f"texts that stand for no value; where left out none, but of ids {', '.join(NO_KEY)}",
    )
    formats: list[Annotated[str, AfterValidator(_is_a_format)]] = Field(
        [], description=f"strftime formats of dates, or {EXCEL_SERIAL}, tried in this order"
    )
    zone: Timezone | None = Field(
        None, description="IANA name of the zone that dates without an offset are in, where it is not the domain's"
    )
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark, where it is not the file's")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="thousands mark, where not the file's")
    default: Scalar | None = Field(None, description="in place of an absent value")
    optional: bool = Field(False, description="true: a file may come without this column")

    @property
    def kind(self) -> ColumnType:
        """The type that the contract says, text where it says none; that of an entity's column is the entity's."""
        return cast(ColumnType, self.type or "text")

    @property
    def is_an_id(self) -> bool:
        """Whether the values tell one thing from another, so that each spelling is a thing of its own."""
        return self.to.endswith("_id")

    @property
    def absent(self) -> list[str]:
        """The texts that stand for no value, but for the empty one."""
        if self.null_values is None:
            return [*NO_KEY] if self.is_an_id else []
        return self.null_values


class Pattern(Strict):
    """A value given to texts that match a regular expression in full."""

    matches: RegularExpression
    value: Scalar


class Lookup(Strict):
    """A column found from another one: by exact value first, then by pattern, else the default."""

    to: str
    from_: str = Field(alias="from", description="a column of the entity that the contract maps")
    values: dict[str, Scalar] = Field({}, description="text to the value it stands for")
    patterns: list[Pattern] = Field([], description="tried in this order")
    default: Scalar | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Lookup":
        if not self.values and not self.patterns:
            raise ValueError("a lookup needs 'values' or 'patterns'")
        return self
