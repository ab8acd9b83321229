"""Held: every row of a customer, in every table of a domain that holds customers.

Belongs here: from the declared tables to the rows. Does not belong here: what was decided (`decisions`), how it looks
(`report`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

from arcana_assets.catalogue.tables import tables_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import ranges
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.erasure.holders import Holders, holders_of
from arcana_assets.lake.reader import Key, Part, Reader
from arcana_assets.landing.erased import raw_holders
from arcana_assets.pseudonyms.names import BETWEEN
from arcana_assets.tables.table import Table

_ACCOUNTS = "customer_identities"
WORDS = (r"\w+", r"[^\s,;|]+")  # of a line: runs of letters and digits, and whole fields


@dataclass(frozen=True)
class Held:
    """A table with rows of a customer: all of them, of all months."""

    table: Table
    rows: Sequence[Mapping[str, Any]]

    @property
    def months(self) -> list[date]:
        """The months that it has rows of."""
        return sorted({row["month"] for row in self.rows if isinstance(row.get("month"), date)})

    @property
    def spans(self) -> list[tuple[date, date]]:
        """Its months as first and last of each unbroken range."""
        return [(span[0], span[-1]) for span in ranges(self.months)]


@dataclass(frozen=True)
class Person:
    """What a customer goes by: codes, its own first, and what it carries and nobody else in any month."""

    codes: tuple[str, ...]
    carries: tuple[str, ...] = ()

    def in_column(self, holders: Holders, name: str) -> list[str]:
        """Those that a column may hold."""
        return [each for kind in holders.kinds(name) for each in (self.carries if kind else self.codes)]


def person_of(domain: CustomerDomain, reader: Reader, customer: str) -> Person:
    """The customer's code and, where the domain knows accounts and what customers carry, those that are its own.

    An identifier that is nobody's or another's in any month is not.
    """
    key: Key = (domain.name, "gold", _ACCOUNTS)
    if not reader.exists(key):
        return Person((customer,))
    query = (
        f"SELECT kind = 'account' AS account, identifier FROM {_ACCOUNTS} WHERE identifier IS NOT NULL "
        "GROUP BY kind, identifier HAVING bool_and(coalesce(customer_id = $customer, false))"
    )
    found = reader.rows(query, {_ACCOUNTS: Part(key)}, customer=customer).to_pylist()
    codes = {row["identifier"] for row in found if row["account"]} - {customer}
    return Person((customer, *sorted(codes)), tuple(sorted(row["identifier"] for row in found if not row["account"])))


def held_of(domain: CustomerDomain, reader: Reader, ids: Person) -> list[Held]:
    """The tables with rows of a customer, in the order of the data. Raises LakeError."""
    found = []
    for table in tables_of(domain):
        key: Key = (domain.name, table.layer, table.name)
        if table.customers and reader.exists(key):
            raw = table.layer in ("bronze", "quarantine")
            holders = raw_holders(domain.sources[table.name], table) if raw else holders_of(table)
            if rows := [_alone(row, holders, ids) for row in _rows(reader, key, holders, ids)]:
                found.append(Held(table, rows))
    return found


def _rows(reader: Reader, key: Key, holders: Holders, ids: Person) -> list[dict[str, Any]]:
    there, parts = set(reader.schema(key).names), {"held": Part(key)}
    asked, values = list[str](), dict[str, Any]()

    def is_one_of(name: str, texts: Collection[str]) -> str:
        values[f"v{len(values)}"] = sorted(texts)
        return f"list_contains($v{len(values) - 1}, CAST({quoted(name)} AS VARCHAR))"

    customer = holders.customer if holders.customer in there else None
    if customer:
        asked.append(is_one_of(customer, _spelt(reader, parts, customer, holders, ids)))
    nobody = f" AND {quoted(customer)} IS NULL" if customer else ""
    asked += [
        is_one_of(name, _spelt(reader, parts, name, holders, ids)) + nobody for name in holders.others if name in there
    ]
    for name in (each for each in holders.lists if each in there):
        values[f"v{len(values)}"] = list(ids.codes)
        asked.append(f"list_has_any(string_split({quoted(name)}, '{BETWEEN}'), $v{len(values) - 1})")
    for name in (each for each in holders.texts if each in there):  # a line as it came, which names somebody
        values[f"v{len(values)}"] = ids.in_column(holders, name)
        words = " || ".join(f"coalesce(regexp_extract_all({quoted(name)}, '{each}'), [])" for each in WORDS)
        asked.append(f"list_has_any({words}, $v{len(values) - 1})")
    if not asked:
        return []
    query = f"SELECT * FROM held WHERE {' OR '.join(f'({each})' for each in asked)}"
    return _all(reader, query + (" ORDER BY month" if "month" in there else ""), parts, values)


def _alone(row: dict[str, Any], holders: Holders, ids: Person) -> dict[str, Any]:
    """The row without the other customers that a list of it names."""
    for name in holders.lists:
        if row.get(name):
            row[name] = BETWEEN.join(each for each in row[name].split(BETWEEN) if each in ids.codes)
    return row


def _all(reader: Reader, query: str, parts: Mapping[str, Part], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with reader.batches(query, parts, **values) as batches:
        return [row for batch in batches for row in batch.to_pylist()]


def _spelt(reader: Reader, parts: Mapping[str, Part], name: str, holders: Holders, ids: Person) -> Collection[str]:
    """The texts that a column has for these ids; in raw rows, those that the contract reads as them."""
    if (clean := holders.clean.get(name)) is None:
        return ids.in_column(holders, name)
    query = f"SELECT DISTINCT {quoted(name)} AS raw FROM held WHERE {quoted(name)} IS NOT NULL"
    with reader.batches(query, parts) as batches:
        raw = ibis.memtable(pa.Table.from_batches([*batches], batches.schema))
    mine = raw.filter(clean(raw["raw"]).isin(ids.in_column(holders, name)))
    return Engine().backend.to_pyarrow(mine)["raw"].to_pylist()
