"""Parts of a domain's customers, so that nothing holds them all: the sample that is learned from, and blocks by id.

Belongs here: which customers are in a part, and the rows of theirs. Does not belong here: what is read of them
(`inputs`), who is in the sample of a share (`customer_360.sample`).
"""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.identities import ACCOUNT
from arcana_assets.customer_360.sample import limit_of
from arcana_assets.engine.duckdb import Session

Part = Callable[[ir.Table], ir.Table]
"""From the feature matrix to those of its rows that are of a part."""

AT_ONCE = 100_000
"""Customers of a block. What is said of one takes about 2 KB while it is made, and a query for each block costs as much
as the rows of thousands."""


def sample_of(backend: Session, features: ir.Table, most: int) -> Part | None:
    """The part that has about `most` customers of each month that has more, and all of those that have fewer.

    None where no month has more. A month has the same sample whichever months are read with it.
    """
    counted = backend.to_pyarrow(features.group_by("month").agg(customers=features.count()).order_by("month"))
    shares = {row["month"]: most / row["customers"] for row in counted.to_pylist() if row["customers"] > most}
    return _below(shares) if shares else None


def blocks_of(backend: Session, features: ir.Table, month: date) -> list[Part]:
    """The customers of a month in blocks of `AT_ONCE`, in the order of their ids."""
    mine = features.filter(features.month == ibis.literal(month)).select("customer_id")
    placed = mine.mutate(place=ibis.row_number().over(order_by=mine.customer_id))
    firsts = placed.filter(placed.place > 0, placed.place % AT_ONCE == 0).order_by("customer_id")
    edges = [None, *backend.to_pyarrow(firsts.select("customer_id")).column("customer_id").to_pylist(), None]
    return [_between(first, after) for first, after in pairwise(edges)]


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


def _between(first: str | None, after: str | None) -> Part:
    def part(features: ir.Table) -> ir.Table:
        ids = features.customer_id
        bounds = [ids >= first] if first is not None else []
        bounds += [ids < after] if after is not None else []
        return features.filter(*bounds) if bounds else features

    return part
