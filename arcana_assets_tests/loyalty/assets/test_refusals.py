"""Who refused to be profiled has no forecast of their own, and is compared with nobody."""

from datetime import date

import ibis
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.outliers.measured import measured_listed
from arcana_assets.engine.duckdb import Engine
from arcana_assets.loyalty.assets.forecast import _of_who_may_be_profiled

MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)
SAID = [("ana", MAY, True), ("bob", MAY, False), ("bob", JUNE, True), ("cid", MAY, None)]


def customers():
    rows = [{"customer_id": who, "month": month, "profiling_opt_in": said} for who, month, said in SAID]
    kinds = pa.schema([("customer_id", pa.string()), ("month", pa.date32()), ("profiling_opt_in", pa.bool_())])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=kinds))


def test_forecasts_of_single_customers_leave_them_out_in_the_months_they_refuse():
    values = pd.DataFrame([(who, month, 1.0) for who, month, _ in SAID], columns=["customer_id", "month", "expected"])
    found = _of_who_may_be_profiled(values, customers(), Engine())
    kept = list(zip(found["customer_id"], found["month"], strict=True))
    assert kept == [("ana", MAY), ("bob", JUNE), ("cid", MAY)]
    unasked = customers().drop("profiling_opt_in")
    assert len(_of_who_may_be_profiled(values, unasked, Engine())) == len(values)


def test_who_stands_out_is_told_among_those_who_did_not_refuse(backend):
    found = backend.to_pyarrow(measured_listed(customers(), {})).to_pylist()
    assert sorted((row["customer_id"], row["month"]) for row in found) == [("ana", MAY), ("bob", JUNE), ("cid", MAY)]
