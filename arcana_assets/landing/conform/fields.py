"""A field: from the text of a raw column to the typed value of an entity, or null where the text cannot be one.

Belongs here: cleaning steps, absent values, numbers with marks, dates in several formats.
Does not belong here: whether a row is refused for it (`conform`).
"""

import functools
import operator
import re
from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import EXCEL_SERIAL, SERIAL, SERIALS, SourceColumn, split_step
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.engine import primitives
from arcana_assets.tables.types import TYPES

TRUE, FALSE = ("true", "t", "yes", "y", "1", "sim", "s"), ("false", "f", "no", "n", "0", "não", "nao")
WHOLE = r"^\s*[+-]?\d+(\.0*)?\s*$"
_DIRECTIVE = re.compile(r"%-?.")
_NUMERIC = frozenset("YymdHIMSfj")  # directives that stand for digits and nothing else
MILLISECONDS = 86_400_000  # of a day; a serial does not tell much finer times apart
NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


def cleaned(raw: ir.StringValue, column: SourceColumn) -> ir.StringValue:
    """The text after the column's cleaning steps; empty texts and the column's null values become null.

    An id comes without white space of any kind around it, which nobody sees and which would make another one of it.
    """
    text = primitives.bare(raw) if column.is_an_id else raw
    for step in column.clean:
        name, argument = split_step(step)
        text = _step(text, name, argument or "")
    return text.nullif("") if not column.absent else text.isin(["", *column.absent]).ifelse(ibis.null("string"), text)


def typed(text: ir.StringValue, column: SourceColumn, kind: ColumnType, contract: Contract, timezone: str) -> ir.Value:
    """The value that a cleaned text stands for; null where it stands for none."""
    if kind == "text":
        return text
    if kind in ("date", "instant"):
        instant = instant_of(text, column, timezone)
        return instant if kind == "instant" else primitives.local_date(instant, timezone)
    if kind == "boolean":
        return ibis.cases(
            (text.lower().isin(TRUE), True), (text.lower().isin(FALSE), False), else_=ibis.null("boolean")
        )
    plain = _plain_number(
        text, column.decimal or contract.format.decimal, column.thousands or contract.format.thousands
    )
    # What else is a number differs by engine: 6.5 is rounded to a whole one or cut, 1_000 and 0x1F are known to some.
    spelt = plain.re_search(WHOLE if kind == "integer" else NUMBER).ifelse(plain, ibis.null("string"))
    number = spelt.try_cast(TYPES[kind])
    return number.isinf().ifelse(ibis.null("float64"), number) if kind == "double" else number


def instant_of(text: ir.StringValue, column: SourceColumn, timezone: str) -> ir.TimestampValue:
    """The instant written in a text, by the first of the column's formats that fits.

    Local times are of the column's zone, or of `timezone` where it says none.

    A local time that the clocks skip in spring is the instant an hour on, one that they show twice in autumn the
    second.
    """
    return ibis.coalesce(
        *(
            _zoned(given, form) if "%z" in form else primitives.to_instant(_local(given, form), column.zone or timezone)
            for form, given in candidates(text, column.formats)
        )
    )


def month_of(text: ir.StringValue, column: SourceColumn, timezone: str) -> ir.DateValue:
    """First day of the month, in local time, of the date written in a text; null where it is no date."""
    if column.zone not in (None, timezone):
        return primitives.to_local(instant_of(text, column, timezone), timezone).truncate("M").date()
    locals_ = (
        primitives.to_local(_zoned(given, form), timezone) if "%z" in form else _local(given, form)
        for form, given in candidates(text, column.formats)
    )
    return ibis.coalesce(*(local.truncate("M").date() for local in locals_))


def candidates(text: ir.StringValue, formats: Sequence[str]) -> Iterator[tuple[str, ir.StringValue]]:
    """Each format with the text, or null where a mark tells that the text is not in that format.

    A text that turns out not to fit costs the engine eight times one that does, a mark next to nothing: of a format
    between whose digits there is a T, a text without one is none, and one with a T is in no format of digits, - and :.
    """
    marks = {form: _marks(form) for form in formats if form != EXCEL_SERIAL}
    every = {mark for found in marks.values() for mark in found}
    telling = sorted(mark for mark in every if any(mark not in found for found in marks.values()))
    for form in formats:
        if form == EXCEL_SERIAL:
            yield form, text
            continue
        numeric = {directive[-1] for directive in _DIRECTIVE.findall(form)} <= _NUMERIC
        signs = [text.contains(mark) for mark in telling if mark in marks[form]]
        signs += [~text.contains(mark) for mark in telling if mark not in marks[form] and numeric]
        yield form, functools.reduce(operator.and_, signs).ifelse(text, ibis.null("string")) if signs else text


def _marks(form: str) -> set[str]:
    """The characters that a text in the format has between its values; blanks, of which many are like one, left out."""
    return {character for character in _DIRECTIVE.sub("", form) if not character.isspace()}


def _local(text: ir.StringValue, form: str) -> ir.TimestampValue:
    """The local time written in a text, in a strftime format or as the serial number of a spreadsheet."""
    if form != EXCEL_SERIAL:
        return primitives.parse_local(text, form)
    spelt = text.re_search(SERIAL).ifelse(text.replace(",", "."), ibis.null("string"))
    elapsed = (spelt.try_cast("float64") * MILLISECONDS).round().cast("int64")
    first, end = (serial * MILLISECONDS for serial in SERIALS)
    sane = ((elapsed >= first) & (elapsed < end)).ifelse(elapsed, ibis.null("int64"))
    return ibis.timestamp("1899-12-30") + sane.as_interval("ms")


def _zoned(text: ir.StringValue, form: str) -> ir.TimestampValue:
    # DuckDB knows offsets, but not the Z that ISO 8601 writes for none.
    offset = text.endswith("Z").ifelse(text.substr(0, text.length() - 1) + "+00:00", text)
    return primitives.parse_zoned(offset if form.endswith("%z") else text, form)


def _step(text: ir.StringValue, name: str, argument: str) -> ir.StringValue:
    match name:
        case "trim":
            return primitives.trimmed(text)
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
        case "collapse_blanks":
            # Few texts have blanks to collapse; to find out costs a tenth of what replacing costs.
            blanks = functools.reduce(operator.or_, (text.contains(mark) for mark in ("  ", "\t", "\n", "\r")))
            return blanks.ifelse(text.re_replace(r"\s+", " "), text)
        case "digits_only":
            return text.re_replace(r"\D+", "")
        case "strip_leading_zeros":
            return text.re_replace(r"^0+(.)", r"\1")
        case "remove_suffix":
            return text.endswith(argument).ifelse(text.substr(0, text.length() - len(argument)), text)
        case "remove_prefix":
            return text.startswith(argument).ifelse(text.substr(len(argument)), text)
    raise ValueError(f"unknown cleaning step '{name}'")


def _plain_number(text: ir.StringValue, decimal: str, thousands: str | None) -> ir.StringValue:
    """The number with a decimal point and no other mark; null where its marks are not where the contract says.

    Taking out every dot because the decimal mark is a comma turns 10.0 into 100; here that text is no number.
    """
    if thousands is not None:
        mark, point = "\\" + thousands, "\\" + decimal
        grouped = text.re_search(rf"^[+-]?(\d{{1,3}}({mark}\d{{3}})+|\d+)({point}\d+)?$")
        return grouped.ifelse(text.replace(thousands, "").replace(decimal, "."), ibis.null("string"))
    if decimal == ",":
        return text.contains(".").ifelse(ibis.null("string"), text.replace(",", "."))
    return text
