"""Sources: where the rows of a month come from, what of them was refused, and the days that have none.

Belongs here: findings about landed, accepted and refused rows. Does not belong here: whether all rows are accounted for
(a check of `landing`), what customers are like (`customers`).
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.refusal import UNTOLD, early
from arcana_assets.profile.finding import OF_ROWS, Row, asked, finding, named
from arcana_assets.tables.table import Table

EXAMPLES = 3  # lines of a reason that are shown
MASKED = "•••"  # what identifies a customer, in an example
_LONGEST = 60  # characters of a value in an example
_REASONS = 10  # of a source that are told apart


@dataclass(frozen=True)
class Source:
    """A source with its three tables: rows as they came, those that were accepted, and those that were refused."""

    contract: Contract
    refused_table: Table
    bronze: ir.Table
    silver: ir.Table
    quarantine: ir.Table


def rows_of_sources(engine: Engine, sources: Sequence[Source]) -> list[Row]:
    """Rows of each source and month, each in one place: where those that landed went; with the number of files.

    Subject `rows`: `item` is landed or one of `OF_ROWS` after it, `n` the landed rows, `detail` of landed the files.
    Refused ones are without those dated before the start. Left out are rows that the source is not of, lines that
    nobody filled in, and periods not in force; whatever stands there twice is doubled, left out or not.
    """
    counted = [(place, *each) for place, source in enumerate(sources) for each in _counted(source)]
    parts = [
        f"SELECT {place} AS place, '{what}' AS what, month, count(*) AS n, "
        f"{'count(DISTINCT _file)' if what == 'landed' else 'NULL'} AS files FROM {named(engine, table)} GROUP BY month"
        for place, what, table in counted
    ]
    found: dict[tuple[int, date], Counter[str]] = {}
    for row in asked(engine, " UNION ALL ".join(parts)) if parts else []:
        of = found.setdefault((row["place"], row["month"]), Counter())
        of[row["what"]] = row["n"]
        if row["files"] is not None:
            of["files"] = row["files"]
    rows = []
    for (place, month), of in sorted(found.items()):
        contract, kept = sources[place].contract, of["accepted"] + of["refused"]  # those before the start among them
        if _leaves_out(contract):
            of["left_out"] = of["landed"] - of["filled_in"] + of["once"] - kept
        of["refused"] -= of["before_start"]
        of["doubled"] = of["landed"] - kept - of["left_out"]
        for item in OF_ROWS:
            detail = {"files": of["files"]} if item == "landed" else None
            rows.append(finding(month, "rows", contract.name, item, value=of[item], of=of["landed"], detail=detail))
    return rows


def _counted(source: Source) -> Iterator[tuple[str, ir.Table]]:
    """The rows that are counted by month, by what they are."""
    yield from (("landed", source.bronze), ("accepted", source.silver), ("refused", source.quarantine))
    if source.contract.dated:
        yield "before_start", early(source.quarantine)
    if _leaves_out(source.contract):
        filled_in = conform.filled_in(source.bronze, source.contract)
        yield from (("filled_in", filled_in), ("once", conform.without_duplicates(filled_in)))


def _leaves_out(contract: Contract) -> bool:
    return contract.chooses or bool(contract.filled_in)


def refused_rows(engine: Engine, sources: Sequence[Source], landed: Sequence[Row]) -> list[Row]:
    """Refused rows by reason, the most frequent reasons of each source and month, with example lines.

    Takes what `rows_of_sources` found. Subject `refused`: `item` is the reason without the value found, `n` the landed
    rows. In an example, the columns that identify customers are masked, and so is what they hold wherever else it
    stands in the line; a line that is no row is not shown at all.
    """
    of = {(row["part"], row["month"]): int(row["value"]) for row in landed if row["item"] == "landed"}
    some = {row["part"] for row in landed if row["item"] in ("refused", "before_start") and row["value"]}
    rows = []
    for each in sources:
        name = each.contract.name
        for row in asked(engine, _refusals(engine, each)) if name in some else []:
            examples = [
                {"file": one["file"], "line": one["line"], **{raw: one[f"c{at}"] for at, raw in _shown(each)}}
                for one in row["examples"] or ()
            ]
            rows.append(
                finding(
                    *(row["month"], "refused", name, row["reason"]),
                    value=row["n"],
                    of=of.get((name, row["month"])),
                    detail=examples,
                )
            )
    return rows


def _shown(source: Source) -> list[tuple[int, str]]:
    """The columns of an example with their places: those that the contract maps, as they came."""
    mapped = {raw_name(column.from_) for column in source.contract.sought}
    return [(at, name) for at, name in enumerate(source.quarantine.columns) if name in mapped]


def _refusals(engine: Engine, source: Source) -> str:
    kind = "reason"
    for pattern, instead in UNTOLD:
        kind = f"regexp_replace({kind}, {literal(pattern)}, {literal(instead)})"
    customers = [name for name in source.refused_table.customers if name in source.quarantine.columns]
    fields = ["'file': _file", "'line': _line"]
    for at, name in _shown(source):
        value = quoted(name)
        for customer in customers:
            code = f"nullif(trim({quoted(customer)}), '')"
            value = f"coalesce(replace({value}, {code}, '{MASKED}'), {value})"
        text = f"CASE WHEN {quoted(name)} IS NOT NULL THEN '{MASKED}' END" if name in customers else value
        fields.append(f"'c{at}': left({text}, {_LONGEST})")
    # A line that is no row could hold anything anywhere; it has no example.
    told = (
        f"SELECT month, left({kind}, 120) AS reason, count(*) AS n, min({{{', '.join(fields)}}}, {EXAMPLES}) "
        "FILTER (_malformed IS NULL) AS examples FROM (SELECT *, unnest(_reasons) AS reason "
        f"FROM {named(engine, source.quarantine)}) GROUP BY 1, 2"
    )
    place = "row_number() OVER (PARTITION BY month ORDER BY n DESC, reason)"
    return f"SELECT * FROM ({told}) QUALIFY {place} <= {_REASONS} ORDER BY month, n DESC, reason"


def days_without_rows(
    engine: Engine, sources: Sequence[Source], as_of: Mapping[date, date], zone: str
) -> Iterator[Row]:
    """Days of each month, up to the day that it is judged as of, on which a dated source has no row.

    Subject `days`: `value` of `n` days; `detail` lists them. A month without any row is left out.
    """
    dated = [each for each in sources if each.contract.schema_.dated_by in each.silver.columns]
    parts = []
    for each in dated:
        by = each.contract.schema_.dated_by
        assert by is not None, "a dated source has a date"
        day = f"({quoted(by)} AT TIME ZONE {literal(zone)})" if each.silver[by].type().is_timestamp() else quoted(by)
        parts.append(
            f"SELECT {literal(each.contract.name)} AS source, month, list(DISTINCT {day}::DATE) AS days "
            f"FROM {named(engine, each.silver)} GROUP BY month"
        )
    for row in asked(engine, " UNION ALL ".join(parts)) if parts else []:
        month, known = row["month"], {day for day in row["days"] if day is not None}
        if not known:  # dated by another source, such as a survey by its ticket
            continue
        end = min(as_of.get(month, date.max), month + timedelta(days=monthrange(month.year, month.month)[1]))
        days = [month + timedelta(days=at) for at in range((end - month).days)]
        gone = [day.isoformat() for day in days if day not in known]
        yield finding(month, "days", row["source"], value=len(gone), of=len(days), detail=gone)
