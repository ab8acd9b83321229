"""Periods on Spark: the rows, the reasons and the account are those of DuckDB.

Slow: a server of Spark takes ten seconds to begin, and each of its statements one.
"""

from collections import Counter
from contextlib import closing
from datetime import date, timedelta

import ibis
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets.landing.at_once import ConformingAtOnce
from arcana_assets_tests.landing.conform.bronze_rows import Conformed, bronze, contract
from arcana_assets_tests.landing.conform.test_in_force import COLUMNS, GIVEN, LATER, MONTHS, ONE_AT_A_TIME, ROW

pytestmark = pytest.mark.slow

DAYS = [date(2023, 12, 30) + timedelta(days=step) for step in range(0, 200, 23)]
ROWS = [
    *({"id": f"{start}{end}", "start": f"{start}", "end": f"{end or ''}"} for start in DAYS for end in (None, *DAYS)),
    {"id": "no begin", "start": ""},
    {"id": "no date", "start": "soon"},
    *[{"id": "twice", "start": "2024-01-01", "end": "9999-12-31"}] * 2,
    {"id": "two plans", "start": "2024-01-01"},
    {"id": "two plans", "start": "2024-01-01", "end": "2024-06-10", "plan": "pro"},
    *[{"id": "left out", "start": "2024-01-01", "plan": "trial"}] * 2,
]


def test_periods_come_to_the_same_rows_and_the_same_account(spark_engine: SparkEngine) -> None:
    of = contract(COLUMNS, "subscriptions", **GIVEN, **ONE_AT_A_TIME, where={"product": {"not_in": ["trial"]}})
    rows = [ROW | row | {"month": month} for month in MONTHS for row in ROWS]
    expected = Conformed(Engine().backend, of, *rows, period=LATER)
    landed = ibis.memtable(bronze(of, *rows))
    with closing(ConformingAtOnce(spark_engine, landed, of, MONTHS, LATER, {})) as found:
        assert told(spark_engine.small(found.silver).to_pylist()) == told(expected.silver)
        refused = spark_engine.small(found.quarantine()).to_pylist()
        assert told({"id": row["id"], "reasons": row["_reasons"], "month": row["month"]} for row in refused) == told(
            {"id": row["id"], "reasons": row["_reasons"], "month": row["month"]} for row in expected.quarantine
        )
        account = (found.left_out, found.not_in_force, found.duplicates.total())
    assert account == (expected.left_out - expected.not_in_force, expected.not_in_force, expected.duplicates)
    assert len(expected.silver) + len(refused) + sum(account) == len(rows)
    assert all(account)


def told(rows) -> Counter[str]:
    """Rows in no order; numbers as both engines write them."""
    return Counter(str(sorted((name, str(value)) for name, value in row.items())) for row in rows)
