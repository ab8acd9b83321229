"""Findings: how the rows of `data_findings` are asked for and said.

Belongs here: a query, a row, and rows put together as every page shows them. Does not belong here: what is asked
(`sources`, `customers`, `features`).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir

from arcana_assets.domain.months import months_between
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.presentation.language import Language

Row = dict[str, Any]


def asked(engine: Engine, sql: str) -> list[Row]:
    """The rows of a query in SQL."""
    rows: list[Row] = engine.sql(sql).table().to_pylist()
    return rows


def named(engine: Engine, table: ir.Table) -> str:
    """A table as SQL names it, for as long as somebody holds the table."""
    return f"({engine.query(table).sql})"


def finding(
    month: date,
    subject: str,
    part: str = "",
    item: str = "",
    other: str = "",
    value: float | None = None,
    of: int | None = None,
    share: float | None = None,
    detail: Any = None,
    n: int | None = None,
) -> Row:
    """A row of `data_findings`; the share is that of the value in `of`, and `n` is that, where they are not given."""
    if share is None and value is not None and of:
        share = float(value) / of
    told = None if detail is None else json.dumps(detail, ensure_ascii=False)
    return {
        "month": month,
        "subject": subject,
        "part": part,
        "item": item,
        "other": other,
        "value": None if value is None else rounded(value),
        "share": None if share is None else rounded(share),
        "n": of if n is None else n,
        "detail": told,
    }


OF_ROWS = ("landed", "accepted", "refused", "before_start", "left_out", "doubled")
_RARE = ("before_start", "left_out")  # most sources have none


def by_source(findings: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """The rows of a month by source, of those that have any, by `OF_ROWS`; and their files.

    Takes findings of the month, of subject `rows`; sources are in the order of their names.
    """
    found = dict[str, dict[str, int]]()
    for row in sorted(findings, key=lambda row: row["part"]):
        mine = found.setdefault(row["part"], dict.fromkeys((*OF_ROWS, "files"), 0))
        mine[row["item"]] = int(row["value"])
        if row["detail"]:
            mine |= json.loads(row["detail"])
    return {name: of for name, of in found.items() if of["landed"]}


def summed(sources: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The rows of all sources, as `by_source` has them, and their files."""
    return {item: sum(of[item] for of in sources.values()) for item in (*OF_ROWS, "files")}


def told_of_rows(total: Mapping[str, int]) -> list[str]:
    """Which of `OF_ROWS` are shown of sources with so many rows: those that are rare where there are any."""
    return [item for item in OF_ROWS if item not in _RARE or total[item]]


def aside(total: Mapping[str, float], language: Language) -> str:
    """The shares of rows that are rare, in words that go on; empty where there are none."""
    shares = {item: language.percent(total[item] / total["landed"]) for item in _RARE if total[item]}
    return "".join(", " + language.say(f"profiling.origin.{item}", share=share) for item, share in shares.items())


Cohort = tuple[int, list[float | None]]
"""How many customers were first seen in a month, and the share of each month after it."""


def cohorts_of(findings: Iterable[Row], month: date) -> dict[str, dict[str, Cohort]]:
    """The cohorts that a month tells of, from the findings of it and of the months before, oldest first.

    By `active` and `revenue`, and by first month as 2011-03. A month of which nothing was found leaves a gap (None).
    """
    rows = [row for row in findings if row["subject"] == "cohort"]
    known = {(row["other"], row["item"], row["month"]): row for row in rows}
    followed: dict[str, dict[str, Cohort]] = {"active": {}, "revenue": {}}
    for row in sorted((row for row in rows if row["month"] == month), key=lambda row: row["item"]):
        first = date.fromisoformat(f"{row['item']}-01")
        found = [known.get((row["other"], row["item"], each)) for each in months_between(first, month)[1:]]
        followed[row["other"]][row["item"]] = row["n"], [None if each is None else each["share"] for each in found]
    return followed


def rounded(value: float) -> float:
    """Twelve digits: sums that threads make between them differ in the last of sixteen from run to run."""
    return float(f"{float(value):.12g}")
