"""Rules that a row must keep, in the vocabulary of data people; a row that breaks one goes to quarantine.

Belongs here: what a rule says and how it is worded. Does not belong here: evaluating it (`landing.conform`).
"""

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.yaml.file import Strict
from arcana_assets.domain.yaml.patterns import RegularExpression

_CHECKS = ("nullable", "isin", "notin", "in_range", "str_matches", "spells_date", "unique", "compare")
DATE_PARTS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2}
"""Parts of a date that are written within other texts, with the characters that each of them takes."""

OPERATORS = {"<=": "le", ">=": "ge", "==": "eq", "!=": "ne", "<": "lt", ">": "gt"}


class Range(Strict):
    """Bounds of a number or date; a bound left out is no bound."""

    min: float | str | None = None
    max: float | str | None = None
    include_min: bool = True
    include_max: bool = True

    @model_validator(mode="after")
    def _bounds_something(self) -> "Range":
        if self.min is None and self.max is None:
            raise ValueError("in_range needs 'min', 'max' or both")
        if self.min is not None and self.max is not None:
            if isinstance(self.min, str) != isinstance(self.max, str):
                raise ValueError("in_range has bounds of two kinds, a text and a number")
            if self.min > self.max:  # type: ignore[operator]
                raise ValueError(f"in_range has min {_plain(self.min)} above max {_plain(self.max)}")
            if self.min == self.max and not (self.include_min and self.include_max):
                raise ValueError(f"in_range leaves nothing between {_plain(self.min)} and {_plain(self.max)}")
        return self

    def words(self) -> str:
        """`greater than 0 and at most 10`."""
        parts = []
        if self.min is not None:
            parts.append(f"{'at least' if self.include_min else 'greater than'} {_plain(self.min)}")
        if self.max is not None:
            parts.append(f"{'at most' if self.include_max else 'less than'} {_plain(self.max)}")
        return " and ".join(parts)


class Comparison(Strict):
    """A comparison between two columns, written `left operator right`."""

    left: str
    operator: Literal["<=", ">=", "==", "!=", "<", ">"]
    right: str


class SpelledDate(Strict):
    """A date that is written again within the text of another column, such as the month in the key of a receipt."""

    of: str = Field(description="the column with the date; local time")
    from_: int = Field(alias="from", ge=1, description="the character of the text, from 1, that it begins at")
    format: str = Field(description="how it is written there, in numbers of a fixed length such as `%y%m`")

    @field_validator("format")
    @classmethod
    def _has_a_length(cls, form: str) -> str:
        rest = re.sub("|".join(DATE_PARTS), "", form)
        if "%" in rest or rest == form:
            raise ValueError(f"'{form}' is not made of {', '.join(DATE_PARTS)}, such as '%y%m'")
        return form

    @property
    def length(self) -> int:
        """Characters that the date takes."""
        return sum(DATE_PARTS[part] for part in re.findall("%.", self.format)) + len(re.sub("%.", "", self.format))

    def words(self) -> str:
        """`must hold the date of ordered_at as %y%m from character 3 on`."""
        return f"must hold the date of {self.of} as {self.format} from character {self.from_} on"


class Rule(Strict):
    """One rule: exactly one check, on `column` or, for `compare` and a list of `unique`, on the columns they name.

    A null keeps every rule but `nullable: false`.
    """

    column: str | None = None
    nullable: Literal[False] | None = None
    isin: list[Any] | None = Field(None, min_length=1)
    notin: list[Any] | None = Field(None, min_length=1)
    in_range: Range | None = None
    str_matches: RegularExpression | None = Field(
        None, description="regular expression that must match from the start of the text"
    )
    spells_date: SpelledDate | None = None
    unique: Literal[True] | list[str] | None = None
    compare: Comparison | None = None
    reason: str | None = Field(None, description="wording of the quarantine reason, in place of the one built here")

    @field_validator("compare", mode="before")
    @classmethod
    def _parse_comparison(cls, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        parts = re.fullmatch(r"\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*(\w+)\s*", text)
        if parts is None:
            raise ValueError(f"'{text}' is not a comparison of two columns such as 'closed_at >= opened_at'")
        return {"left": parts[1], "operator": parts[2], "right": parts[3]}

    @model_validator(mode="after")
    def _one_check(self) -> "Rule":
        given = [check for check in _CHECKS if getattr(self, check) is not None]
        if len(given) != 1:
            raise ValueError(f"a rule has exactly one of {', '.join(_CHECKS)}; found {', '.join(given) or 'none'}")
        names_its_own = self.compare is not None or isinstance(self.unique, list)
        if (self.column is None) != names_its_own:
            says = "names its columns itself, without" if names_its_own else "needs"
            raise ValueError(f"'{given[0]}' {says} 'column'")
        return self

    @property
    def check(self) -> str:
        """Which of the checks the rule makes."""
        return next(check for check in _CHECKS if getattr(self, check) is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """The entity columns that the rule reads."""
        if self.compare is not None:
            return (self.compare.left, self.compare.right)
        if self.spells_date is not None:
            return (str(self.column), self.spells_date.of)
        if isinstance(self.unique, list):
            return tuple(self.unique)
        return (str(self.column),)

    def words(self) -> str:
        """What the rule demands, for reasons, checks and the reference page."""
        if self.reason:
            return self.reason
        if self.nullable is not None:
            return "must be present"
        if self.isin is not None:
            return f"must be one of {', '.join(_plain(value) for value in self.isin)}"
        if self.notin is not None:
            return f"must not be one of {', '.join(_plain(value) for value in self.notin)}"
        if self.in_range is not None:
            return f"must be {self.in_range.words()}"
        if self.spells_date is not None:
            return self.spells_date.words()
        if self.str_matches is not None:
            return f"must match {self.str_matches}"
        if self.compare is not None:
            return f"must have {self.compare.left} {self.compare.operator} {self.compare.right}"
        return f"must be unique by {', '.join(self.columns)}"


def _plain(value: Any) -> str:
    """A bound as a person writes it: 1000000, not 1e+06."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
