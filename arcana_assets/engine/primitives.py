"""The few functions that every engine has under another name, declared once; each engine defines them natively.

Belongs here: declarations only. The definitions are `resources.engine.MACROS` for DuckDB.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
def trimmed(text):  # type: ignore[no-untyped-def]
    """Text without the white space around it."""


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


def local_date(instant: ir.TimestampValue, zone: str) -> ir.DateValue:
    """The calendar day of an instant in an IANA timezone."""
    return to_local(instant, zone).date()
