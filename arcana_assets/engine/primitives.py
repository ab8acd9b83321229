"""Primitives: the few functions that every engine has under another name.

Belongs here: one declaration a function, for Ibis. Does not belong here: what it is in an engine's SQL
(`duckdb.macros`, `spark.compiler`), functions that Ibis itself can spell.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
def trimmed(text):  # type: ignore[no-untyped-def]
    """Text without the white space around it."""


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
def bare(text):  # type: ignore[no-untyped-def]
    """Text without white space of any kind around it, such as what Unicode has of it and what has no width."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))
def parse_local(text, format):  # type: ignore[no-untyped-def]
    """Text in a strftime format as a local time without zone, or null where it is none."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.Timestamp(timezone="UTC")))
def parse_zoned(text, format):  # type: ignore[no-untyped-def]
    """Text in a strftime format that has an offset (%z) as an instant, or null where it is none."""


@ibis.udf.scalar.builtin(signature=((dt.timestamp, dt.string), dt.Timestamp(timezone="UTC")))
def to_instant(local, zone):  # type: ignore[no-untyped-def]
    """A local time of an IANA timezone as an instant."""


@ibis.udf.scalar.builtin(signature=((dt.Timestamp(timezone="UTC"), dt.string), dt.timestamp))
def to_local(instant, zone):  # type: ignore[no-untyped-def]
    """An instant as local time in an IANA timezone."""


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.date))
def given_day(called):  # type: ignore[no-untyped-def]
    """The day that a query is given under this name when it runs; null where it is given none."""


# White space of ASCII and of Unicode, then what has no width: joiners, marks of direction, the byte order mark.
BLANKS = (*range(9, 14), 32)
_UNICODE = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_WIDTHLESS = (0x180E, *range(0x200B, 0x2010), 0x2060, 0xFEFF)
INVISIBLE = (*BLANKS, *_UNICODE, *_WIDTHLESS)


def local_date(instant: ir.TimestampValue, zone: str) -> ir.DateValue:
    """The calendar day of an instant in an IANA timezone."""
    return to_local(instant, zone).date()
