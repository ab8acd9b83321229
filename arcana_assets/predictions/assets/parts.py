"""Parts of a domain's customers, so that nothing holds them all: the sample that is learned from, and blocks by id.

Belongs here: which customers are in a part, and the rows of theirs. Does not belong here: what is read of them
(`inputs`), who is in the sample of a share (`customer_360.sample`).
"""

from collections.abc import Callable, Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360 import blocks
from arcana_assets.customer_360.identities import ACCOUNT
from arcana_assets.customer_360.sample import limit_of
from arcana_assets.engine.duckdb import Session

Part = Callable[[ir.Table], ir.Table]
"""From the feature matrix to those of its rows that are of a part."""


def sample_of(backend: Session, features: ir.Table, most: int) -> Part | None:
    """The part that has about `most` customers of each month that has more, and all of those that have fewer.

    None where no month has more. A month has the same sample whichever months are read with it.
    """
    counted = backend.to_pyarrow(features.group_by("month").agg(customers=features.count()).order_by("month"))
    shares = {row["month"]: most / row["customers"] for row in counted.to_pylist() if row["customers"] > most}
    return _below(shares) if shares else None


def blocks_of(backend: Session, features: ir.Table, month: date) -> list[Part]:
    """The customers of a month in blocks of `AT_ONCE`."""
    mine = features.filter(features.month == ibis.literal(month))
    found = backend.to_pyarrow(blocks.firsts(mine, blocks.AT_ONCE)).column("customer_id").to_pylist()
    return [block.of for block in blocks.blocks_from(found)]


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


def _below(shares: Mapping[date, float]) -> Part:
    def part(features: ir.Table) -> ir.Table:
        limit = features.month.cases(
            *((ibis.literal(month), limit_of(share)) for month, share in shares.items()), else_=limit_of(1.0)
        )
        return features.filter(features.customer_id.hexdigest("md5") < limit)

    return part
