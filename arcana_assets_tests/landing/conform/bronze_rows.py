"""Bronze rows made by hand, and what becomes of them in silver and quarantine."""

import functools
import itertools
from datetime import UTC, date, datetime

import ibis
import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Period
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.stages import Stages
from arcana_assets.landing.conform import conform
from arcana_assets.landing.streaming import stages_of

_numbers = itertools.count(1)

MAY = date(2011, 5, 1)
PERIOD = Period(date(2010, 12, 1), datetime(2011, 5, 20, tzinfo=UTC), "UTC")
PROVENANCE = dict.fromkeys(("_malformed", "_text", "_file", "_file_sha256"), pa.string()) | {"_line": pa.int64()}

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
    kinds = dict.fromkeys(map(raw_name, contract.raw_columns), pa.string()) | PROVENANCE | {"month": pa.date32()}
    usual = dict.fromkeys(kinds) | {"_file": "a.csv", "_file_sha256": "sha", "month": MAY}
    return pa.Table.from_pylist([usual | row for row in rows], schema=pa.schema(kinds))


def schema_of(contract):
    return ibis.memtable(bronze(contract)).schema()


@functools.cache
def chain(backend, terms, period):
    """The stages of a contract, compiled once: that costs more than a few rows do."""
    contract, shown = Contract.model_validate_json(terms), f"bronze@{next(_numbers)}"
    backend.con.register(shown, bronze(contract))
    landed = ibis.table(schema_of(contract), name=shown)
    stages = Stages(
        Engine(),
        landed,
        *stages_of(contract, period, (), {}),
    )
    sorted_out = f"sorted@{next(_numbers)}"
    rows = ibis.table(stages.result.schema(), name=sorted_out)
    ends = (
        conform.silver(rows, contract),
        conform.quarantine(conform.refused(rows, landed, contract, period), landed),
        rows,
    )
    into = f'CREATE OR REPLACE TEMP TABLE "{sorted_out}" AS {backend.to_sql(stages.result)}'
    return shown, stages, into, [backend.to_sql(end) for end in ends]


class Conformed:
    """Silver, quarantine and the number of exact duplicates, computed stage by stage as the asset does.

    The stages run once, and both tables are made of what they sorted out.
    """

    def __init__(self, backend, contract, *rows, period=PERIOD):
        shown, _, into, ends = chain(backend, contract.model_dump_json(by_alias=True), period)
        backend.con.register(shown, bronze(contract, *rows))
        backend.con.execute(into)
        self.silver, self.quarantine, found = (backend.con.sql(end).to_arrow_table().to_pylist() for end in ends)
        self.duplicates = sum(row["_copies"] - 1 for row in found if not row.get("_left_out"))
        self.left_out = sum(row["_copies"] for row in found if row.get("_left_out"))
        self.not_in_force = sum(row["_copies"] for row in found if row.get("_not_in_force"))

    @property
    def reasons(self):
        return sorted(reason for row in self.quarantine for reason in row["_reasons"])
