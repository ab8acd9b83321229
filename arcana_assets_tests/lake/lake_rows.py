"""Rows small enough to check by eye, for the tests of the lake."""

from datetime import date

import pyarrow as pa

KEY = ("retail", "silver", "transactions")
APRIL, MAY, JUNE, JULY = (date(2011, month, 1) for month in (4, 5, 6, 7))


def rows(*pairs, **more):
    """A table of (month, n)."""
    return pa.table({"month": [m for m, _ in pairs], "n": [n for _, n in pairs], **more})


def commented(table, **comments):
    """The table with comments on some of its fields."""
    fields = [f.with_metadata({"comment": comments[f.name]}) if f.name in comments else f for f in table.schema]
    return table.cast(pa.schema(fields))
