"""Erased customers: their rows are refused before bronze, whatever file brings them, and counted without content.

Belongs here: from a contract to the columns that tell whose a raw row is, and rows on their way into bronze without
those of the register. Does not belong here: the register, whose a row is (`erasure`), the account of the rows
(`assets`).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine
from arcana_assets.erasure.holders import Holders, Mine, holders_of
from arcana_assets.erasure.register import Register, read_register
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.schema import MONTH
from arcana_assets.landing.conform import fields
from arcana_assets.landing.tables import bronze_table, holding_columns
from arcana_assets.tables.table import Table

LINES = ("_text",)  # a line that is no row, as it came: whoever is named in it


def raw_holders(contract: Contract, table: Table | None = None) -> Holders:
    """The columns of raw rows that tell whose they are, in bronze or quarantine, each cleaned as the contract says."""
    columns = [contract.mapped[each.name] for each in holding_columns(contract)]
    clean = {raw_name(each.from_): partial(fields.cleaned, column=each) for each in columns}
    customer = next((raw_name(each.from_) for each in columns if each.to == "customer_id"), None)
    carried = [raw_name(each.from_) for each in columns if each.to != "customer_id"]
    return holders_of(table or bronze_table(contract), customer, LINES, clean, carried)


class Refusal:
    """Takes the rows of erased customers out of what is about to become bronze; `counts` says how many, by month."""

    def __init__(self, register: Register, contract: Contract) -> None:
        self.counts: Counter[date] = Counter()
        self._holders = raw_holders(contract)
        self._register, self._mine = register, Mine(register, self._holders)

    def passing(self, stream: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The rows of a stream that stay."""

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in stream:
                mine = self._mine.rows(batch)
                if pc.any(mine).as_py():
                    gone = batch.filter(mine)
                    self.counts.update(gone[MONTH].to_pylist())
                    batch = batch.filter(pc.invert(mine))
                yield batch

        return pa.RecordBatchReader.from_batches(stream.schema, batches())

    def elsewhere(self, rows: ir.Table, events: EventEngine) -> ir.Table:
        """The rows that stay of those that do not come through this process.

        Their ids come here, each once and no other column, and those that are in the register go back: the key never
        leaves this process. Lines that are no rows are never read elsewhere.
        """
        given = [name for name in self._holders.columns if name in rows.columns and name not in self._holders.texts]
        mine = ibis.literal(False)
        for name in given:
            clean = self._holders.clean[name](rows[name])
            spelt = rows.select(id=clean)
            ids = events.small(spelt.filter(spelt.id.notnull()).distinct(), at_most=50_000_000)
            kinds = self._holders.kinds(name)
            if found := sorted({each for kind in kinds for each in self._register.of(ids["id"].to_pylist(), kind)}):
                is_mine = clean.isin(found).fill_null(False)
                if name != self._holders.customer and self._holders.customer in given:
                    customer = self._holders.customer or ""
                    is_mine = is_mine & self._holders.clean[customer](rows[customer]).isnull()
                mine = mine | is_mine
        gone = rows.filter(mine)
        for row in events.small(gone.group_by(MONTH).agg(rows=gone.count())).to_pylist():
            self.counts[row[MONTH]] += row["rows"]
        return rows.filter(~mine)


def refusal_of(domain: str, contract: Contract, lake: Lake, engine: Engine) -> Refusal | None:
    """What refuses the rows of a source; None where nobody was ever erased. Raises NoKey, AnotherKey."""
    register = read_register(domain, lake, engine)
    return None if register is None else Refusal(register, contract)
