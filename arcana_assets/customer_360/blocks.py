"""Blocks: all customers, some at a time in the order of their ids, for what is done with each in memory.

Belongs here: where blocks begin, and the rows of one. Does not belong here: what is done with them (the capabilities),
the sample that is learned from (`sample`).
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

AT_ONCE = 100_000
"""Customers of a block. What is made of one takes some KB until it is written, and a query for each block costs as much
as the rows of thousands."""


@dataclass(frozen=True)
class Block:
    """The customers from one id on up to another one; None is from the first, and to the last."""

    first: str | None = None
    after: str | None = None

    def of(self, rows: ir.Table) -> ir.Table:
        """Those of the rows whose customer is in it."""
        bounds = [rows.customer_id >= self.first] if self.first is not None else []
        bounds += [rows.customer_id < self.after] if self.after is not None else []
        return rows.filter(*bounds) if bounds else rows


def firsts(rows: ir.Table, size: int) -> ir.Table:
    """The customers that blocks of so many begin with, but for the first block: customer_id. Takes a row a customer."""
    ids = rows.select("customer_id")
    placed = ids.mutate(place=ibis.row_number().over(order_by=ids.customer_id))
    return placed.filter(placed.place > 0, placed.place % size == 0).select("customer_id").order_by("customer_id")


def blocks_from(begin: list[str]) -> list[Block]:
    """The blocks that begin with these customers, and the one before them; together they have every id there can be."""
    return [Block(*edges) for edges in zip([None, *begin], [*begin, None], strict=True)]
