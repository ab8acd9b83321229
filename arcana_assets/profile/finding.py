"""Findings: how the rows of `data_findings` are asked for and said.

Belongs here: a query, and a row. Does not belong here: what is asked (`sources`, `customers`, `features`).
"""

import json
from datetime import date
from typing import Any

import ibis.expr.types as ir

from arcana_assets.engine.duckdb import Engine, Query

Row = dict[str, Any]


def asked(engine: Engine, sql: str) -> list[Row]:
    """The rows of a query in SQL."""
    rows: list[Row] = Query(engine.backend.con, sql).table().to_pylist()
    return rows


def named(engine: Engine, table: ir.Table) -> str:
    """A table as SQL names it."""
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


def rounded(value: float) -> float:
    """Twelve digits: sums that threads make between them differ in the last of sixteen from run to run."""
    return float(f"{float(value):.12g}")
