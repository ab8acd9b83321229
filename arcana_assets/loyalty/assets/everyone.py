"""Everyone in a month, a block of customers after the other, with all that programmes look at.

Belongs here: which tables that is made of, and reading it. Does not belong here: what becomes of them (`programme`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.identities import folded_as_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.blocks import Block, blocks, drawn
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.loyalty.assets.inputs import customers_of_programmes, frame_of

AT_ONCE = 100_000
"""Customers of a block, and of a sample where a method must see all at once. A row of customer 360 and of the ledger
takes some KB while it is made, and a query for each block costs as much as the rows of thousands."""


@dataclass(frozen=True)
class Base:
    """The tables that a ledger is made of: customer 360, segments, the rollup of revenue, and whose accounts are."""

    domain: CustomerDomain
    customers: ir.Table
    segments: ir.Table
    monthly: ir.Table
    accounts: ir.Table | None

    def of(self, month: date, block: Block) -> ir.Table:
        """Customers of a month in order, with revenue in the lookback, and the segment in each segmentation."""
        domain = self.domain
        used = sorted({each.segmentation for each in domain.programmes})
        axes = {domain.segmentation(name).axis for name in used} & set(self.customers.columns)
        paid = block.of(folded_as_of(self.monthly, self.accounts, month))
        rows = customers_of_programmes(domain, block.of(self.customers), paid, month, axes)
        for name in used:
            put = block.of(self.segments)
            put = put.filter(put.month == month, put.segmentation == name)
            put = put.select(_customer="customer_id", **{f"{name}/id": "segment_id", f"{name}/persona": "persona"})
            rows = rows.left_join(put, rows.customer_id == put["_customer"]).drop("_customer")
        return rows.order_by("customer_id")


@dataclass(frozen=True)
class Everyone:
    """All customers of a month; each time that they are gone through, each block is read when it is its turn."""

    engine: Engine
    base: Base
    month: date
    blocks: Sequence[Block]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (frame_of(self.engine, self.base.of(self.month, block)) for block in self.blocks)


def everyone_of(engine: Engine, base: Base, month: date, blocks: Sequence[Block]) -> Iterable[pd.DataFrame]:
    """All customers of a month in blocks; of one block they are read once."""
    everyone = Everyone(engine, base, month, blocks)
    return everyone if len(blocks) > 1 else [*everyone]


def blocks_of(engine: Engine, customers: ir.Table, month: date) -> list[Block]:
    """The blocks of a run: of the customers of its last month, between whom those of earlier ones lie."""
    return blocks(customers.filter(customers.month == month), AT_ONCE, engine)


def some_of(engine: Engine, customers: ir.Table, month: date, seed: int) -> Callable[[ir.Table], ir.Table]:
    """What leaves rows to those of a sample of `AT_ONCE` customers of a month; of all where there are no more."""
    mine = customers.filter(customers.month == month)
    if (count := int(engine.value(mine.count()))) <= AT_ONCE:
        return lambda rows: rows
    chosen = drawn(mine, AT_ONCE, seed, count).select("customer_id")
    return lambda rows: rows.semi_join(chosen, "customer_id")
