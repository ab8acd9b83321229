"""Columns: every figure of the profile of a table, in two or three queries a batch of months.

Belongs here: the queries, and what is made of their rows. Does not belong here: which tables are profiled (`assets`),
months at once (`batches`), the measure of drift (`drift`).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import ibis.expr.types as ir

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.profile.batches import in_batches, source
from arcana_assets.profile.drift import psi
from arcana_assets.profile.finding import rounded
from arcana_assets.profile.outliers import outlying, spread_of
from arcana_assets.profile.tables import QUANTILES, is_spread
from arcana_assets.tables.table import Table
from arcana_assets.tables.types import spelled_type

TOP = 20  # values that are listed
LEAST_ROWS = 5  # that a text is in, to be listed
_FIGURES = 6  # of a number in one query
_GROUPS = 10  # into which drift divides what a number was the month before
_LEAST, _MANTISSAS = 5e-324, (1, 1.5, 2, 3, 4, 5, 6, 8)
_LADDER = [float(f"{each}e{power}") for power in range(-2, 10) for each in _MANTISSAS]
EDGES = [*(-edge for edge in reversed(_LADDER)), -_LEAST, 0.0, *_LADDER]
"""Upper ends of the bins of every histogram, so that those of all months can be compared and one pass over the rows is
enough. Zero has a bin of its own."""

Row = dict[str, Any]
Kind = Literal["number", "text", "moment", "list", "other"]


@dataclass(frozen=True)
class _Measured:
    """A column: its place in the queries, what it is, and whether its values stay unsaid."""

    place: int
    name: str
    kind: Kind
    type: str
    identifies: bool
    whole: bool
    floating: bool
    spread: bool

    @property
    def sql(self) -> str:
        """Its values; of doubles those that are finite."""
        name = quoted(self.name)
        return f"CASE WHEN isfinite({name}) THEN {name} END" if self.floating else name


def profile_of(
    engine: Engine,
    table: Table,
    rows: ir.Table,
    months: Sequence[date],
    held: Mapping[date, int],
    before: Mapping[str, Row],
) -> list[Row]:
    """The profile of a table: a row a month and column, as DATA_PROFILE has them.

    Takes the rows of the months, how many each has, and the profile of the month before the first by column, as it is
    kept; empty where there is none. A month without rows has its columns with nothing in them.
    """
    measured = _columns(table, rows)
    found = list[Row]()
    for batch in in_batches(months, held):
        # Hundreds of figures in one query: DuckDB would look for hours how to pack them.
        engine.expect(_FIGURES * len(measured))
        with source(engine, rows, batch, held) as name:
            figures = _figures(engine, measured, name)
            outlying(engine, {each.place: each.sql for each in measured if each.spread}, name, figures)
            values = _values(engine, measured, name)
        engine.expect(0)
        found += [_row(table, month, each, figures, values, held) for month in batch for each in measured]
    _drifted(found, before)
    return found


def _columns(table: Table, rows: ir.Table) -> list[_Measured]:
    found = []
    for place, (name, kind) in enumerate(rows.schema().items()):
        if name == "month":
            continue
        known = table.column(name)
        what: Kind = "other"
        if kind.is_numeric() and not kind.is_boolean():
            what = "number"
        elif kind.is_string():
            what = "text"
        elif kind.is_date() or kind.is_timestamp():
            what = "moment"
        elif kind.is_array():
            what = "list"
        identifies = known is None or known.holds_customers
        found.append(
            _Measured(
                *(place, name, what, spelled_type(kind.to_pyarrow()), identifies),
                whole=kind.is_integer(),
                floating=kind.is_floating(),
                spread=what == "number" and not identifies and is_spread(table),
            )
        )
    return found


def _figures(engine: Engine, columns: Sequence[_Measured], name: str) -> dict[date, Row]:
    """Of every column at once: what one pass over the rows tells."""
    said = ["month"]
    steps = ", ".join(str(at) for at in QUANTILES.values())
    for each in columns:
        values, at = each.sql, each.place
        said.append(f"count({values}) AS known{at}")
        if each.kind == "list":
            said.append(f"count_if(len({values}) = 0) AS blank{at}")
        elif each.kind == "moment":
            said += [f"min({values}) AS minimum{at}", f"max({values}) AS maximum{at}"]
        elif each.kind == "number":
            said += [
                *(f"avg({values}) AS mean{at}", f"stddev_samp({values}) AS sd{at}"),
                f"quantile_disc({values}, [0, {steps}, 1]) AS quantiles{at}",
                f"histogram({values}::DOUBLE, getvariable('edges')) AS bins{at}",
            ]
        if each.spread:
            said.append(spread_of(at, values))
    # As a variable: written out in each column they take longer to parse than a small table to measure.
    engine.run(f"SET VARIABLE edges = {EDGES}::DOUBLE[]")
    found = _asked(engine, f"SELECT {', '.join(said)} FROM {name} GROUP BY month")
    return {row["month"]: row for row in found}


def _values(engine: Engine, columns: Sequence[_Measured], name: str) -> dict[tuple[date, int], Row]:
    """Different values of each column and month, and the most frequent ones with their rows, the greater first."""
    parts = []
    for each in columns:
        top = "NULL" if each.identifies else f"max({{'n': n, 'v': v::VARCHAR}}, {TOP}) FILTER (v IS NOT NULL)"
        # Of each different text once: most are in many rows.
        blank = "sum(n) FILTER (trim(v) = '')" if each.kind == "text" else "NULL"
        parts.append(
            f"SELECT {each.place} AS place, month, count(v) AS different, CAST({blank} AS BIGINT) AS blank, "
            f"CAST({top} AS STRUCT(n BIGINT, v VARCHAR)[]) AS top "
            f"FROM (SELECT month, {each.sql} AS v, count(*) AS n FROM {name} GROUP BY ALL) GROUP BY month"
        )
    found = _asked(engine, " UNION ALL ".join(parts)) if parts else []
    return {(row["month"], row["place"]): row for row in found}


def _row(
    table: Table,
    month: date,
    each: _Measured,
    figures: Mapping[date, Row],
    values: Mapping[tuple[date, int], Row],
    held: Mapping[date, int],
) -> Row:
    figure, value = figures.get(month, {}), values.get((month, each.place), {})
    rows, at = held.get(month, 0), each.place
    row: Row = {
        "month": month,
        "layer": table.layer,
        "table": table.name,
        "column": each.name,
        "type": each.type,
        "identifies": each.identifies,
        "rows": rows,
        "missing": rows - figure.get(f"known{at}", 0),
        "distinct": value.get("different", 0),
        "blank": None,
    }
    if each.kind in ("text", "list"):
        row["blank"] = (value.get("blank") if each.kind == "text" else figure.get(f"blank{at}")) or 0
    bins: dict[float, int] = {}
    if each.kind == "number":
        bins = dict(figure.get(f"bins{at}") or ())
        row |= {"zero": bins.get(0.0, 0), "negative": sum(rows for edge, rows in bins.items() if edge < 0)}
    if each.identifies:
        return row
    if each.kind == "number":
        row |= {name: _number(figure.get(f"{name}{at}")) for name in ("mean", "sd")}
        if mad := figure.get(f"mad{at}"):
            row |= {"mad": rounded(mad), "outlying": figure[f"outlying{at}"]}
        places = ("minimum", *QUANTILES, "maximum")
        row |= dict(zip(places, map(_number, figure.get(f"quantiles{at}") or ()), strict=False))
        # Infinity is no number of JSON: what lies beyond the last edge has the edge "Infinity".
        row["histogram"] = _json(
            [[edge if edge < math.inf else "Infinity", rows] for edge, rows in bins.items() if rows]
        )
    elif each.kind == "moment":
        row |= {said: _iso(figure.get(f"{of}{at}")) for said, of in (("earliest", "minimum"), ("latest", "maximum"))}
    listed = [[top["v"], top["n"]] for top in value.get("top") or ()]
    if each.kind in ("text", "list"):
        listed = [pair for pair in listed if pair[1] >= LEAST_ROWS]
    row["top_values"] = _json(listed)
    if each.kind in ("text", "other"):
        # What is compared with the month before, where the kept list would leave values out. Days and lists are not.
        row["_all"] = {top["v"]: top["n"] for top in value.get("top") or ()}
    return row


def _drifted(rows: Sequence[Row], before: Mapping[str, Row]) -> None:
    """Puts into rows, which follow each other by month, how far each is from the same column the month before."""
    known = {(row["month"], row["column"]): row for row in (*before.values(), *rows)}
    for row in rows:
        ahead = known.get((shifted(row["month"], -1), row["column"]))
        if ahead is not None and not row["identifies"]:
            row["psi"] = _psi_of_bins(ahead, row) if row.get("histogram") else _psi_of_values(ahead, row)
    for row in rows:
        row.pop("_all", None)


def _psi_of_bins(before: Row, now: Row) -> float | None:
    """Of a number: on bins that each held a tenth of the month before or more, and one of missing values."""
    if not before.get("histogram"):
        return None
    then, here = (dict(json.loads(row["histogram"])) for row in (before, now))
    least, groups, pair = sum(then.values()) / _GROUPS, list[tuple[int, int]](), (0, 0)
    for edge in sorted({*then, *here}, key=float):
        pair = (pair[0] + then.get(edge, 0), pair[1] + here.get(edge, 0))
        if pair[0] >= least and least:
            groups.append(pair)
            pair = (0, 0)
    if any(pair):
        last = groups.pop() if groups and not pair[0] else (0, 0)
        groups.append((last[0] + pair[0], last[1] + pair[1]))
    groups.append((before["missing"], now["missing"]))
    return psi([then_ for then_, _ in groups], [now_ for _, now_ in groups])


def _psi_of_values(before: Row, now: Row) -> float | None:
    """Of a column with few values in both months: those of the month before that are listed, all others, and none."""
    if "_all" not in now or max(before["distinct"], now["distinct"]) > TOP or not before.get("top_values"):
        return None
    listed = dict(json.loads(before["top_values"]))
    if not listed:
        return None
    of_now = [now["_all"].get(value, 0) for value in listed]
    counts = [*listed.values(), before["rows"] - before["missing"] - sum(listed.values()), before["missing"]]
    return psi(counts, [*of_now, now["rows"] - now["missing"] - sum(of_now), now["missing"]])


def _asked(engine: Engine, sql: str) -> list[Row]:
    rows: list[Row] = engine.sql(sql).table().to_pylist()
    return rows


def _number(value: Any) -> float | None:
    return None if value is None else rounded(value)


def _iso(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
