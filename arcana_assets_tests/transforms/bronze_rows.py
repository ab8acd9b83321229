"""Bronze rows made by hand, and what becomes of them in silver and quarantine."""

from datetime import UTC, date, datetime

import ibis

from arcana_assets.domain.contract import Contract, raw_name
from arcana_assets.transforms import conform
from arcana_assets.transforms.conform import Period

MAY = date(2011, 5, 1)
PERIOD = Period(date(2010, 12, 1), datetime(2011, 5, 20, tzinfo=UTC), "UTC")
PROVENANCE = {"_malformed": "string", "_text": "string", "_file": "string", "_file_sha256": "string", "_line": "int64"}

SALES = [
    {"from": "order", "to": "order_id"},
    {"from": "product", "to": "product_id"},
    {"from": "day", "to": "ordered_at", "formats": ["%Y-%m-%d"]},
    {"from": "pieces", "to": "quantity"},
    {"from": "price", "to": "unit_price"},
    {"from": "customer", "to": "customer_id"},
]
GOOD = {"order": "1", "product": "lamp", "day": "2011-05-04", "pieces": "2", "price": "1.5", "customer": "c"}


def contract(columns=SALES, entity="transactions", **given) -> Contract:
    needed = {"entity": entity, "description": "x", "landing": {"pattern": "*"}, "format": {"kind": "csv"}}
    return Contract.model_validate(needed | {"columns": columns} | given)


def bronze(contract, *rows):
    """A table of rows given as dicts of its columns; what they leave out is null, or comes from `a.csv`."""
    raw = map(raw_name, contract.raw_columns)
    schema = ibis.schema(dict.fromkeys(raw, "string") | PROVENANCE | {"month": "date"})
    usual = {"_file": "a.csv", "_file_sha256": "sha", "month": MAY}
    table = [tuple((usual | row).get(name) for name in schema) for row in rows]
    return ibis.memtable(table, schema=schema)


class Conformed:
    """Silver, quarantine and the number of exact duplicates, computed stage by stage as the asset does."""

    def __init__(self, backend, contract, *rows, period=PERIOD):
        table = bronze(contract, *rows)
        for stage in (
            conform.without_duplicates,
            lambda table: conform.typed(table, contract, period),
            lambda table: conform.judged(table, contract, period),
        ):
            table = ibis.memtable(backend.to_pyarrow(stage(table)))
        self.silver = backend.to_pyarrow(conform.silver(table, contract)).to_pylist()
        self.quarantine = backend.to_pyarrow(conform.quarantine(table, contract, period)).to_pylist()
        self.duplicates = sum(row["_copies"] - 1 for row in backend.to_pyarrow(table).to_pylist())

    @property
    def reasons(self):
        return sorted(reason for row in self.quarantine for reason in row["_reasons"])
