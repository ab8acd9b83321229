"""The figures of the month's report are those of the metrics, told against the month before where they may be."""

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.publication.assets.reports import _metrics

SHOP = load_domain(DEFS / "retail")
APRIL, MAY = date(2011, 4, 1), date(2011, 5, 1)


def figures(last_day):
    engine = Engine(threads=1)
    tables = {
        "customer_360": {"customer_id": ["ana", "ana", "bob"], "month": [APRIL, MAY, MAY], "monetary": [10, 20, 30]},
        "transactions_monthly": {"month": [APRIL, MAY], "orders": [4, 3], "net": [Decimal(200), Decimal(150)]},
    }
    made = {name: ibis.memtable(pa.table(rows)) for name, rows in tables.items()}
    return {each.name: both for each, both in _metrics(SHOP, engine, made, MAY, last_day).items()}


def test_what_the_month_took_comes_first_and_the_window_that_fills_has_no_month_before():
    found = figures(date(2011, 5, 31))
    assert next(iter(found)) == "month_revenue"
    assert found["month_revenue"] == (150.0, 200.0)
    assert found["active_customers"] == (1.0, 1.0)
    assert found["revenue"] == (50.0, None)
    assert found["customers"] == (2.0, None)


def test_a_month_that_is_not_over_has_no_month_before():
    assert figures(date(2011, 5, 9))["month_revenue"] == (150.0, None)
