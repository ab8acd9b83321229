"""Aliases: what else a person goes by, and who of some ids is in the tables at all.

Belongs here: other accounts and what only one customer carries, as gold knows them; which ids there are. Does not
belong here: how accounts become one customer (`customer_360.identities`).
"""

from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.holders import Holders
from arcana_assets.erasure.requests import Request
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reading import arrow_schema

IDENTITIES, ACCOUNT = "customer_identities", "account"

Key = tuple[str, str, str]


def also_known_as(
    request: Request, tables: Mapping[Key, Holders], lake: Lake, engine: Engine
) -> tuple[set[str], set[str]]:
    """The other accounts of a person, and what nobody else carries, with those that were found before.

    A card that customers claim who are not one, in any month, is nobody's, and stays. All months tell of accounts: who
    was two customers in one and is one in another is one person.
    """
    also, carries = {*request.also}, {*request.carries}
    for key in (each for each in tables if each[1:] == ("gold", IDENTITIES)):
        try:
            rows = engine.backend.to_pyarrow(
                lake.read(key, None, engine).select("kind", "identifier", "member_id", "customer_id").distinct()
            ).to_pylist()
        except MissingTable:
            continue
        person, before = {request.customer_id, *also}, set[str]()
        known = [row for row in rows if row["customer_id"] is not None]
        while person != before:
            before = {*person}
            for row in known:
                accounts = {row["member_id"], row["customer_id"]}
                accounts |= {row["identifier"]} if row["kind"] == ACCOUNT else set()
                if accounts & person:
                    person |= accounts
        carried = [row for row in rows if row["kind"] != ACCOUNT]
        others = {(row["kind"], row["identifier"]) for row in carried if row["customer_id"] not in person}
        mine = {(row["kind"], row["identifier"]) for row in carried if row["customer_id"] in person}
        carries |= {identifier for _, identifier in mine - others}
        also |= person - {request.customer_id}
    return also, carries


def present(ids: Collection[str], tables: Mapping[Key, Holders], lake: Lake, engine: Engine) -> set[str]:
    """Those of the ids that silver or gold has, as customers or as what they carry."""
    found, asked = set[str](), pa.array(sorted(ids), pa.string())
    for key, holders in tables.items():
        if key[1] not in ("silver", "gold") or len(found) == len(ids):
            continue
        for values in _values(key, holders, lake, engine):
            found |= {*pc.filter(asked, pc.is_in(asked, values)).to_pylist()}
    return found


def _values(key: Key, holders: Holders, lake: Lake, engine: Engine) -> Iterator[pa.Array]:
    try:
        there = arrow_schema(lake.open(key)).names
        rows = lake.read(key, None, engine)
    except MissingTable:
        return
    for name in (holders.customer, *holders.others):
        if name in there:
            with engine.batches(rows.select(name).distinct()) as batches:
                for batch in batches:
                    yield batch[name]
