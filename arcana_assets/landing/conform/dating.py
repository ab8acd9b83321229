"""Landing to bronze: which month a raw row belongs to.

Belongs here: months of raw rows and the home of rows without one. Does not belong here: reading files
(`files.reader`), types and rules (`conform`).
"""

import operator
from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Bounds
from arcana_assets.landing.conform import fields
from arcana_assets.landing.conform.many import joined

COUNTED = 1_000_000
"""A file's number times this, plus twice the months since year 0 (0: no date), plus 1 where malformed: see `placed`."""

FOUND = "entity:month"
"""The month of a row whose date is in the files of another source; no raw column has a name that begins like this."""

BESIDE = {
    **dict.fromkeys(("_malformed", "_text", "_file", "_file_sha256"), "string"),
    "_line": "int64",
    "month": "date",
}
"""The columns of bronze that no file has, and their types, in order."""


def rows_by_month(
    rows: ir.Table,
    contract: Contract,
    timezone: str,
    sums: Mapping[str, ir.Value] | None = None,
    dates: ir.Table | None = None,
) -> ir.Table:
    """How many rows each file holds of each month.

    Takes what the reader gives, and of a source that looks its dates up the months of the keys, as `keys_by_month`
    has them, each once. Returns filename, event_month (null for rows that no month can be read from),
    malformed, rows, and `sums`; without them characters: how many all fields hold, which has the engine decode every
    column and refuse what it cannot. (How many fields hold anything, it takes from what a Parquet file says of itself.)
    """
    raw = [name for name in rows.columns if name not in ("filename", "_line", "_malformed", "_text")]
    rows = _with_dates(rows, contract, timezone, dates)
    # Grouped by expressions, not by columns put beside the raw ones, which may have the same names.
    month, malformed = _event_month(rows, contract, timezone), rows._malformed.notnull()
    if sums is None:
        sums = {"characters": joined(operator.add, [rows[name].length().sum() for name in raw])}
    return rows.group_by("filename", event_month=month, malformed=malformed).agg(rows=rows.count(), **sums)


def keys_by_month(rows: ir.Table, contract: Contract, key: Sequence[str], timezone: str) -> ir.Table:
    """The keys that each file holds, of columns that the contract maps, by the month of their rows.

    Takes what the reader gives. Returns filename, the columns `key_of` each as text, FOUND and rows; rows without a
    date, or without a part of the key, are left out.
    """
    keys = {key_of(place): _key(rows, contract, name, timezone) for place, name in enumerate(key)}
    found = rows.select("filename", **keys, **{FOUND: _event_month(rows, contract, timezone)})
    found = found.filter([found[name].notnull() for name in (*keys, FOUND)])
    return found.group_by(["filename", *keys, FOUND]).agg(rows=found.count())


def key_of(place: int) -> str:
    """The name of a column of a key by its place in it; no raw column has such a name."""
    return f"entity:key {place}"


def placed(
    rows: ir.Table,
    files: ir.Table,
    contract: Contract,
    timezone: str,
    bounds: Bounds,
    dates: ir.Table | None = None,
) -> ir.Table:
    """Raw rows with provenance, their month, and `_counted`, by which rows of files that nobody counted are counted.

    Takes what the reader gives and the files (filename, _file, _file_sha256, home, number). A row dated within the
    bounds belongs to the month of its date, begun or not; any other row (malformed, undated, impossible) to the home
    month of its file, so that every row of a file belongs to exactly one month. `month` is null where that home is not
    known yet, and in a snapshot, a row of which belongs to each month that it is read in. `_counted` is made by
    `COUNTED` from the number of a file; it is null where the file has none.
    """
    # Under names that no raw column can have.
    kept = {"month": files.home, "_counted": files.number.cast("int64") * COUNTED}
    files = files.select("filename", "_file", "_file_sha256", **kept)
    rows = _with_dates(rows, contract, timezone, dates)
    event_month = _event_month(rows, contract, timezone)
    joined = rows.mutate(_event_month=event_month).join(files, "filename", how="inner")
    event, month = joined._event_month, joined.month
    if contract.dated:
        possible = (event >= ibis.literal(bounds.start)) & (event < ibis.literal(bounds.horizon))
        month = possible.fill_null(False).ifelse(event, month)
    number = (event.year() * 12 + event.month() - 1).cast("int64").fill_null(0)
    malformed = joined._malformed.notnull().cast("int64")
    counted = joined.mutate(month=month, _counted=joined._counted + number * 2 + malformed)
    return counted.drop("filename", "_event_month", *([] if dates is None else [FOUND]))


def counted_as(value: int) -> tuple[int, date | None, bool]:
    """What a value of `_counted` stands for: the number of the file, the month of its rows, whether they are none."""
    file, rest = divmod(value, COUNTED)
    month, malformed = divmod(rest, 2)
    return file, date(month // 12, month % 12 + 1, 1) if month else None, bool(malformed)


def in_months(rows: ir.Table, months: Sequence[date], contract: Contract) -> ir.Table:
    """Rows that were `placed`, those of the months; a row of a snapshot in each of them."""
    rows = rows.drop("_counted")
    if contract.dated:
        return rows.filter(rows.month.isin(list(months)))
    each = ibis.memtable({"month": list(months)}, schema=ibis.schema({"month": "date"}))
    return rows.drop("month").cross_join(each).select(*rows.columns)


def spelt_as(rows: ir.Table, known: Sequence[str], contract: Contract) -> ir.Table:
    """Rows of bronze with columns that it has in other letter case in the spelling that it has them.

    Columns that the contract maps stay as they are: silver looks for them in the contract's spelling.
    """
    mapped = {raw_name(column.from_) for column in contract.sought}
    spelling = {name.lower(): name for name in known}
    given = {name: spelling.get(name.lower(), name) for name in rows.columns if name not in mapped}
    return rows.rename({new: name for name, new in given.items() if new != name and new not in mapped})


def with_columns_of(contract: Contract, rows: ir.Table) -> ir.Table:
    """Rows of bronze with every column that the contract speaks of, null where none of their files has it.

    Those of bronze itself come last and in one order, whatever reads the files.
    """
    given = {name.lower() for name in rows.columns}
    lacking = [name for name in map(raw_name, contract.raw_columns) if name.lower() not in given]
    beside = [name for name in (*BESIDE, "_counted") if name in rows.columns]
    raw = [name for name in rows.columns if name not in beside]
    return rows.mutate({name: ibis.null("string") for name in lacking}).select(*raw, *lacking, *beside)


def no_rows(contract: Contract) -> ir.Table:
    """Bronze of a source of which nothing was delivered."""
    schema = dict.fromkeys(map(raw_name, contract.raw_columns), "string") | BESIDE
    return ibis.memtable([], schema=ibis.schema(schema))


def _with_dates(rows: ir.Table, contract: Contract, timezone: str, dates: ir.Table | None) -> ir.Table:
    """Raw rows with the months that they look up, null where the other source does not have their key."""
    if dates is None:
        return rows
    assert contract.dating is not None, "dates are looked up by a source that has none of its own"
    same = [
        _key(rows, contract, name, timezone) == dates[key_of(place)] for place, name in enumerate(contract.dating.key)
    ]
    return rows.left_join(dates, same).select(*(rows[name] for name in rows.columns), dates[FOUND])


def _key(rows: ir.Table, contract: Contract, name: str, timezone: str) -> ir.StringValue:
    """A part of a key as text, spelt alike in both sources."""
    spec, kind = contract.read[name], contract.type_of(name)
    text = fields.cleaned(rows[raw_name(spec.from_)], spec)
    return text if kind == "text" else fields.typed(text, spec, kind, contract, timezone).cast("string")


def _event_month(rows: ir.Table, contract: Contract, timezone: str) -> ir.DateValue:
    if FOUND in rows.columns:
        return rows[FOUND]
    if contract.schema_.dated_by not in contract.mapped:
        return ibis.null("date")
    column = contract.mapped[str(contract.schema_.dated_by)]
    return fields.month_of(fields.cleaned(rows[raw_name(column.from_)], column), column, timezone)
