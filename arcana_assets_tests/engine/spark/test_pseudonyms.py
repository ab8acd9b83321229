"""Customers go by the same pseudonyms whichever engine reads them.

Slow: a server of Spark is started for them.
"""

from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine
from arcana_assets.lake.lake import Lake
from arcana_assets.pseudonyms.names import Columns, Names
from arcana_assets.pseudonyms.renamed import pseudonymous

pytestmark = pytest.mark.slow

KEY, MAY = ("retail", "silver", "sales"), date(2011, 5, 1)
NAMES = Names("retail", b"a key of the tests, of more than 32 characters")


@pytest.fixture(params=["duckdb", "spark"])
def events(request: pytest.FixtureRequest) -> EventEngine:
    found: EventEngine = Engine() if request.param == "duckdb" else request.getfixturevalue("spark_engine")
    return found


def test_rows_of_silver_go_by_pseudonyms_into_a_table_of_gold(events: EventEngine, lake: Lake) -> None:
    customers = pa.array(["C1", None, "C2", "C1"])
    rows = pa.table({"month": pa.array([MAY] * 4, pa.date32()), "n": [1, 2, 3, 4], "customer_id": customers})
    lake.write(KEY, rows, [MAY], engine=Engine(), run_id="r")
    named = pseudonymous(lake.read(KEY, [MAY], events), Columns(("customer_id",)), NAMES, events)
    gold = ("retail", "gold", "by_customer")
    summed = named.group_by("month", "customer_id").agg(n=named.n.sum())
    lake.write(gold, summed, [MAY], engine=events, run_id="r")
    found = Engine().backend.to_pyarrow(lake.read(gold, [MAY], Engine())).to_pylist()
    assert {row["customer_id"]: row["n"] for row in found} == {NAMES.of("C1"): 5, NAMES.of("C2"): 3, None: 2}
