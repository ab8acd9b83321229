"""Dates in texts, for Spark: a strftime format as a pattern, with the leniency that DuckDB reads it with.

Belongs here: from a format to a regular expression of Java, and what of it makes a time. Does not belong here: which
formats are tried (`landing.conform.fields`).

Spark's own formats are those of Java: they want as many digits as there are letters, know no blanks around, and read
`2011-2-3` only in a pattern that then takes the digits of its neighbours.
"""

import re
from dataclasses import dataclass
from functools import cache

from arcana_assets.domain.errors import ArcanaError

_NAMES = ["january", "february", "march", "april", "may", "june", "july"]
_NAMES += ["august", "september", "october", "november", "december"]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_PARTS = {
    "Y": r"(?<Y>\d{1,4}+)",
    "y": r"(?<y>\d{1,2}+)",
    "m": r"(?<m>\d{1,2}+)",
    "d": r"(?<d>\d{1,2}+)",
    "H": r"(?<H>\d{1,2}+)",
    "I": r"(?<I>\d{1,2}+)",
    "M": r"(?<M>\d{1,2}+)",
    "S": r"(?<S>\d{1,2}+)",
    "f": r"(?<f>\d{1,6}+)",
    "p": "(?<p>(?i:[ap]m))",
    "B": f"(?<B>(?i:{'|'.join(_NAMES)}))",
    "b": f"(?<b>(?i:{'|'.join(name[:3] for name in _NAMES)}))",
    "A": f"(?i:{'|'.join(_DAYS)})",
    "a": f"(?i:{'|'.join(name[:3] for name in _DAYS)})",
    "z": r"(?<z>[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)",
}
_SPELT = re.compile(r"%-?(.)|(\s+)|(.)", re.DOTALL)
MONTHS = tuple(name[:3] for name in _NAMES)


class UnknownFormat(ArcanaError):
    """Raised for a format of dates that Spark is not told how to read."""

    def __init__(self, form: str, directive: str):
        known = ", ".join(f"%{each}" for each in _PARTS)
        super().__init__(
            f"the format '{form}' has %{directive}, which is not read on Spark; expected only {known}. "
            "Write the format of that column in them, or leave ARCANA_EVENT_ENGINE unset for this domain."
        )


@dataclass(frozen=True)
class Pattern:
    """A regular expression of Java that matches whole texts, and the number of the group of each directive."""

    text: str
    groups: dict[str, int]


@cache
def pattern_of(form: str) -> Pattern:
    """The pattern of a strftime format. Raises UnknownFormat."""
    text, groups = "", dict[str, int]()
    for directive, blank, sign in _SPELT.findall(form):
        if directive == "%":
            text += "%"
        elif directive:
            if directive not in _PARTS:
                raise UnknownFormat(form, directive)
            part = _PARTS[directive]
            if named := re.match(r"\(\?<(\w)>", part):
                # Spark names groups by their number; a directive that comes again must be there, and the last counts.
                part = f"({part[named.end() :]}"
                groups[directive] = len(groups) + 1
            text += part
        elif blank:
            text += r"\s+"
        else:
            text += sign if sign.isalnum() else f"\\{sign}" if sign.isascii() else sign
    return Pattern(rf"(?d)^\s*{text}\s*\z", groups)
