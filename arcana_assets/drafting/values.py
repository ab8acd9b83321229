"""The values of a column that nobody has described: their type, marks, words for nothing, and how many there are.

Belongs here: what values alone tell. Does not belong here: what a header tells (`entities`), dates (`dates`).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.drafting.dates import Dates, dates_of
from arcana_assets.drafting.guess import vocabulary
from arcana_assets.drafting.reading import Written

Kind = Literal["text", "integer", "decimal", "boolean", "date", "empty"]

DISTINCT = 30_000  # values that are looked at one by one
IN_ORDER = 5_000  # rows by which the order of time shows
FEW = 40  # values of a category at most
MOSTLY = 0.97  # of the values, for a type
_SIGN = r"[+-]?"
_FLOATED = re.compile(rf"{_SIGN}\d+(\.0+)?")
_WHOLE = re.compile(rf"{_SIGN}\d+")
_POINT, _COMMA = re.compile(rf"{_SIGN}\d*\.\d+"), re.compile(rf"{_SIGN}\d*,\d+")
_POINT_GROUPS = re.compile(rf"{_SIGN}\d{{1,3}}(,\d{{3}})+\.\d+")
_COMMA_GROUPS = re.compile(rf"{_SIGN}\d{{1,3}}(\.\d{{3}})+,\d+")
_GROUPS = re.compile(rf"{_SIGN}[1-9]\d{{0,2}}([.,])\d{{3}}(\1\d{{3}})*")
_CURRENCY = re.compile(r"(?P<sign>R\$|US\$|\$|€|£)\s*(?=[\d+-])")
CURRENCIES = {"R$": "BRL", "US$": "USD", "$": "USD", "€": "EUR", "£": "GBP"}


@dataclass(frozen=True)
class Marks:
    """How numbers are written: rows that have a decimal point, a decimal comma, groups of thousands, or either."""

    point: int = 0
    comma: int = 0
    groups: str = ""
    open: int = 0


@dataclass(frozen=True)
class Values:
    """A column: its header and place, what its values seem to be, and what is known of them.

    `fits`: share of the values that are of the kind; `floated`: whole numbers written as `17.0`; `coded`: numbers that
    are codes, with zeros in front; `top`: the values of a column that has few, the most frequent first.
    """

    name: str
    place: int
    kind: Kind
    rows: int
    absent: int
    distinct: int
    fits: float = 1.0
    nothing: tuple[str, ...] = ()
    marks: Marks = field(default_factory=Marks)
    prefix: str = ""
    dates: Dates | None = None
    top: tuple[str, ...] = ()
    lowest: float = 0.0
    highest: float = 0.0
    mixed_case: bool = False
    coded: bool = False
    floated: bool = False

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.absent

    @property
    def unique(self) -> bool:
        """Whether each row has a value, and no two the same."""
        return self.rows > 1 and self.absent == 0 and self.distinct == self.rows

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("integer", "decimal")

    def words(self) -> str:
        """What its values are, for a comment; a value is shown only where there are few, as of a category."""
        if self.kind == "empty":
            return "no value at all"
        said = [f"{self.kind}" if self.fits > 0.9999 else f"{self.kind} in {self.fits:.1%} of the rows"]
        said.append("each value once" if self.unique else f"{self.distinct:,} values")
        if self.absent:
            said.append(f"{self.absent / self.rows:.1%} absent")
        return ", ".join(said)


def values_of(written: Written, day_first: bool, dated: frozenset[int]) -> list[Values]:
    """Every column of a file. `dated` are the places whose headers speak of a date, where eight digits are one."""
    table = written.table
    return [
        _values(written.header[place], place, table.column(place), day_first, place in dated)
        for place in range(table.num_columns)
    ]


def _values(name: str, place: int, column: pa.ChunkedArray, day_first: bool, dated: bool) -> Values:
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    counted, words = pc.value_counts(trimmed), vocabulary()
    counts = {row["values"]: row["counts"] for row in counted.to_pylist() if row["values"] is not None}
    nothing = tuple(sorted(value for value in counts if value.lower() in words["nothing"]))
    absent = trimmed.null_count + sum(counts.pop(value) for value in nothing)
    rows, distinct = len(column), len(counts)
    if not counts:
        return Values(name, place, "empty", rows, absent, 0, nothing=nothing)
    looked_at = dict(Counter(counts).most_common(DISTINCT))
    top = tuple([*looked_at][:FEW]) if distinct <= FEW else ()
    base = {"nothing": nothing, "top": top}
    lowered = {value.lower() for value in looked_at}
    coded = any(re.fullmatch(r"0\d+|\d{16,}", value) for value in looked_at)
    case = len(lowered) < len(looked_at)
    ordered = [value for value in trimmed.slice(0, IN_ORDER).to_pylist() if value]
    if found := dates_of(looked_at, ordered, day_first, dated):
        return Values(name, place, "date", rows, absent, distinct, found.fits, dates=found, **base)  # type: ignore[arg-type]
    if lowered <= {*words["booleans"]} and len(lowered) == 2:
        return Values(name, place, "boolean", rows, absent, distinct, **base)  # type: ignore[arg-type]
    kind, fits, marks, prefix, low, high = _number(looked_at)
    if kind == "text":
        return Values(
            name,
            place,
            "text",
            rows,
            absent,
            distinct,
            mixed_case=case,
            coded=coded,
            **base,  # type: ignore[arg-type]
        )
    return Values(
        name, place, kind, rows, absent, distinct, fits, marks=marks, prefix=prefix, lowest=low, highest=high,
        mixed_case=case, coded=coded, floated=kind == "decimal" and all(map(_FLOATED.fullmatch, looked_at)),
        **base,  # type: ignore[arg-type]
    )  # fmt: skip


def _number(counts: Mapping[str, int]) -> tuple[Kind, float, Marks, str, float, float]:
    whole = point = comma = open_ = 0
    groups, prefixes, plain = Counter[str](), Counter[str](), dict[str, int]()
    for value, count in counts.items():
        bare, sign = value, _CURRENCY.match(value)
        if sign:
            bare = value[sign.end() :]
            prefixes[value[: sign.end()].strip()] += count
        bare = bare.strip()
        if _WHOLE.fullmatch(bare):
            whole += count
        elif match := _GROUPS.fullmatch(bare):
            open_ += count
            groups[match[1]] += count
        elif _POINT_GROUPS.fullmatch(bare):
            point += count
            groups[","] += count
        elif _COMMA_GROUPS.fullmatch(bare):
            comma += count
            groups["."] += count
        elif _POINT.fullmatch(bare):
            point += count
        elif _COMMA.fullmatch(bare):
            comma += count
        else:
            continue
        plain[bare] = plain.get(bare, 0) + count
    total, fitting = sum(counts.values()), whole + point + comma + open_
    if fitting < MOSTLY * total:
        return "text", 1.0, Marks(), "", 0.0, 0.0
    decimal = "," if comma > point else "." if point else ""
    # `1.234` is a number with three decimals, or a thousand: what else stands in the column tells.
    thousands = ""
    if decimal:
        mark = "." if decimal == "," else ","
        thousands = mark if groups[mark] else ""
        if groups[decimal] and decimal == ".":
            point += groups[decimal]
        elif groups[decimal]:
            comma += groups[decimal]
        open_ = 0
    elif open_:
        thousands = groups.most_common(1)[0][0]
    numbers = [_float(value, decimal, thousands) for value in plain]
    kind: Kind = "integer" if not point and not comma else "decimal"
    marks = Marks(point, comma, thousands, open_)
    prefix = prefixes.most_common(1)[0][0] if prefixes else ""
    return kind, fitting / total, marks, prefix, min(numbers), max(numbers)


def _float(text: str, decimal: str, thousands: str) -> float:
    plain = text.replace(thousands, "") if thousands and thousands != decimal else text
    plain = plain.replace(",", ".") if decimal == "," else plain
    try:
        return float(plain)
    except ValueError:  # a mark that stands where the column's others do not
        return 0.0
