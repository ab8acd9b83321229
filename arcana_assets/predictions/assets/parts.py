"""Parts of a domain's customers, so that nothing holds them all: the sample that is learned from, and blocks by id.

Belongs here: which customers are in a part, and whoever else is the same customer. Does not belong here: what is read
of them (`inputs`), drawing a sample and finding blocks (`engine.blocks`).
"""

from collections.abc import Callable
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.identities import ACCOUNT
from arcana_assets.engine.blocks import blocks, drawn
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Session

Part = Callable[[ir.Table], ir.Table]
"""From the feature matrix to those of its rows that are of a part."""

AT_ONCE = 100_000
"""Customers of a block. What is said of one takes about 2 KB while it is made, and a query for each block costs as much
as the rows of thousands."""
SEED = 7


def sample_of(engine: Engine, features: ir.Table, most: int) -> Part | None:
    """The part that has `most` customers of each month that has more, and all of those that have fewer.

    None where no month has more. A month has the same sample whichever months are read with it, and other months have
    the same customers where they have them.
    """
    counted = engine.small(features.group_by("month").agg(customers=features.count()).order_by("month")).to_pylist()
    many = {row["month"]: row["customers"] for row in counted if row["customers"] > most}

    def part(rows: ir.Table) -> ir.Table:
        of_month = [(rows.filter(rows.month == ibis.literal(month)), count) for month, count in many.items()]
        large = [drawn(mine, most, SEED, count) for mine, count in of_month]
        return ibis.union(rows.filter(rows.month.notin([*many])), *large, distinct=False)

    return part if many else None


def blocks_of(engine: Engine, features: ir.Table, month: date) -> list[Part]:
    """The customers of a month in blocks of about `AT_ONCE`."""
    mine = features.filter(features.month == ibis.literal(month))
    return [block.of for block in blocks(mine, AT_ONCE, engine)]


def customers_of(backend: Session, chosen: ir.Table, accounts: ir.Table | None) -> ir.Table:
    """The customers of rows that were chosen, and whoever was or will be the same customer: customer_id, in memory."""
    ids = chosen.select("customer_id").distinct()
    if accounts is None:
        return _kept(backend, ids)
    mine = _kept(backend, ids)
    linked = accounts.filter(
        accounts.kind == ACCOUNT, accounts.customer_id.notnull(), accounts.customer_id != accounts.member_id
    )
    linked = linked.select("member_id", "customer_id").distinct()
    later = linked.semi_join(mine, linked.member_id == mine.customer_id).select("customer_id")
    customers = _kept(backend, ibis.union(mine, later, distinct=True))
    members = linked.semi_join(customers, "customer_id").select(customer_id="member_id")
    return _kept(backend, ibis.union(customers, members, distinct=True))


def _kept(backend: Session, ids: ir.Table) -> ir.Table:
    found: pa.Table = backend.to_pyarrow(ids.order_by("customer_id"))
    return ibis.memtable(found)
