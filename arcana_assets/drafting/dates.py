"""Dates that nobody has described: the formats they are written in, and whether day or month comes first.

Belongs here: shapes of dates, what tells the order, the months that they lie in. Does not belong here: parsing by a
contract's formats (`landing.conform`).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from arcana_assets.drafting.guess import Guess, Sureness

_TIME = (
    r"(?:(?P<gap>[ T])(?P<clock>\d{1,2}:\d{2})(?P<seconds>:\d{2})?(?P<parts>\.\d{1,9})?"
    r"(?P<noon> ?[APap][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})" + _TIME)
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})" + _TIME)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])")
_MONTH = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<s>[-/])(?P<m>0[1-9]|1[0-2])")
_MONTH_LAST = re.compile(r"(?P<m>0[1-9]|1[0-2])(?P<s>[-/])(?P<y>(?:19|20)\d{2})")
YEARS = range(1900, 2101)
MOSTLY = 0.9  # of the values of a column, for it to be one of dates
SORTED, UNSORTED = 0.97, 0.9  # share of neighbours in order, by which the order of day and month shows
RARE = 0.002  # of the rows: earlier months are strays

_Parts = tuple[str, int, int, int, bool]
"""The format, `{}` where day and month may stand in either order; the two, or month and day; year; whether open."""

_Order = tuple[bool, Sureness, str, tuple[str, ...], bool]
"""Whether the day comes first, how sure that is, why, what else it could be, and whether no row tells."""


@dataclass(frozen=True)
class Dates:
    """A column of dates: its formats with what speaks for them, whether they have a time, and rows by month."""

    formats: Guess
    timed: bool
    months: Mapping[date, int]
    ambiguous: bool
    fits: float

    @property
    def first(self) -> date | None:
        """The first month that is no stray."""
        return self._edge(sorted(self.months))

    @property
    def last(self) -> date | None:
        """The last month that is no stray."""
        return self._edge(sorted(self.months, reverse=True))

    def _edge(self, months: Sequence[date]) -> date | None:
        total, seen = sum(self.months.values()), 0
        for month in months:
            seen += self.months[month]
            if seen > total * RARE:
                return month
        return None


def dates_of(counts: Mapping[str, int], ordered: Sequence[str], day_first: bool, compact: bool) -> Dates | None:
    """What a column's values say of dates, by their number; None where too few are any.

    `ordered` are some values in the order of the file, `day_first` what people of the language write. Eight digits are
    taken for a date where `compact` says that the header speaks of one.
    """
    shapes, open_forms = Counter[str](), set[str]()
    day_only = month_only = fitting = 0
    parsed = dict[str, _Parts]()
    for value, count in counts.items():
        parts = _parts(value.strip(), compact)
        if parts is None:
            continue
        parsed[value] = parts
        form, first, second, _, open_ = parts
        shapes[form] += count
        fitting += count
        if open_:
            open_forms.add(form)
            day_only += count if first > 12 else 0
            month_only += count if second > 12 else 0
    total = sum(counts.values())
    if not total or fitting < MOSTLY * total:
        return None
    order: _Order = (True, "sure", "the year comes first", (), False)
    if open_forms:
        order = _order(day_only, month_only, ordered, parsed, day_first)
    day, sure, why, others, ambiguous = order
    formats = [_form(form, day) for form, count in shapes.most_common() if count >= max(1, 0.001 * fitting)]
    if len(formats) > 1:
        why += f"; {len(formats)} ways of writing"
    months = Counter[date]()
    for value, (_, first, second, year, open_) in parsed.items():
        month = second if open_ and day else first
        if 1 <= month <= 12 and year in YEARS:
            months[date(year, month, 1)] += counts[value]
    timed = any("%H" in form or "%I" in form for form in formats)
    return Dates(Guess(formats, sure, why, others), timed, dict(months), ambiguous, fitting / total)


def _parts(value: str, compact: bool) -> _Parts | None:
    if match := _YEAR_FIRST.fullmatch(value):
        sign, month, day = match["s"], int(match["m"]), int(match["d"])
        if not (1 <= month <= 12 and 1 <= day <= 31 and int(match["y"]) in YEARS):
            return None
        return f"%Y{sign}%m{sign}%d{_clock(match)}", month, day, int(match["y"]), False
    if match := _YEAR_LAST.fullmatch(value):
        first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
        short = len(match["y"]) == 2
        year += (2000 if year < 69 else 1900) if short else 0
        if not (1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12 and year in YEARS):
            return None
        return f"{{}}{match['s']}{'%y' if short else '%Y'}{_clock(match)}", first, second, year, True
    if compact and (match := _COMPACT.fullmatch(value)):
        return "%Y%m%d", int(match["m"]), int(match["d"]), int(match["y"]), False
    if match := _MONTH.fullmatch(value):
        return f"%Y{match['s']}%m", int(match["m"]), 1, int(match["y"]), False
    if match := _MONTH_LAST.fullmatch(value):
        return f"%m{match['s']}%Y", int(match["m"]), 1, int(match["y"]), False
    return None


def _clock(match: re.Match[str]) -> str:
    if not match["clock"]:
        return ""
    noon = match["noon"]
    said = f"{match['gap']}{'%I' if noon else '%H'}:%M" + (":%S" if match["seconds"] else "")
    said += ".%f" if match["parts"] else ""
    said += (" %p" if noon.startswith(" ") else "%p") if noon else ""
    return said + ("%z" if match["zone"] else "")


def _form(form: str, day: bool) -> str:
    sign = form[2:3]
    return form.replace("{}", f"%d{sign}%m" if day else f"%m{sign}%d") if form.startswith("{}") else form


def _order(
    day_only: int, month_only: int, ordered: Sequence[str], parsed: Mapping[str, _Parts], day_first: bool
) -> _Order:
    """Whether the day comes first, how sure that is, why, what else it could be, whether no row tells."""
    if day_only and not month_only:
        return True, "sure", f"the day comes first: {day_only:,} rows have a first number above 12", (), False
    if month_only and not day_only:
        return False, "sure", f"the month comes first: {month_only:,} rows have a second number above 12", (), False
    if day_only and month_only:
        day, rows = day_only > month_only, min(day_only, month_only)
        named = "day" if day else "month"
        why = f"both orders are there; the {named} comes first in most, and {rows:,} rows or more will be refused"
        return day, "unsure", why, ("month first" if day else "day first",), False
    runs = {day: _in_order(ordered, parsed, day) for day in (True, False)}
    best = max(runs, key=lambda day: runs[day])
    if runs[best] >= SORTED and runs[not best] < UNSORTED:
        named = "the day comes" if best else "the month comes"
        why = f"no row tells day from month, but only with {named} first are the rows in order of time"
        return best, "likely", why, ("month first" if best else "day first",), True
    why = "NO ROW TELLS DAY FROM MONTH: ask who wrote the file; as the language of the domain writes it"
    return day_first, "unsure", why, ("month first" if day_first else "day first",), True


def _in_order(ordered: Sequence[str], parsed: Mapping[str, _Parts], day: bool) -> float:
    """Share of neighbouring rows that are in order of time, of those that are not of one day."""
    found = list[tuple[int, int, int]]()
    for value in ordered:
        if value in parsed and parsed[value][4]:
            _, first, second, year, _ = parsed[value]
            found.append((year, second, first) if day else (year, first, second))
    pairs = [(one, other) for one, other in pairwise(found) if one != other]
    return sum(one < other for one, other in pairs) / len(pairs) if len(pairs) >= 10 else 0.0
