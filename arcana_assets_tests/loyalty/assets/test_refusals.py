"""Who refused to be profiled is compared with nobody."""

from datetime import date

import ibis
import pyarrow as pa

from arcana_assets.customer_360.outliers.measured import measured_listed

MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)
SAID = [("ana", MAY, True), ("bob", MAY, False), ("bob", JUNE, True), ("cid", MAY, None)]


def customers():
    rows = [{"customer_id": who, "month": month, "profiling_opt_in": said} for who, month, said in SAID]
    kinds = pa.schema([("customer_id", pa.string()), ("month", pa.date32()), ("profiling_opt_in", pa.bool_())])
    return ibis.memtable(pa.Table.from_pylist(rows, schema=kinds))


def test_who_stands_out_is_told_among_those_who_did_not_refuse(backend):
    found = backend.to_pyarrow(measured_listed(customers(), {})).to_pylist()
    assert sorted((row["customer_id"], row["month"]) for row in found) == [("ana", MAY), ("bob", JUNE), ("cid", MAY)]
