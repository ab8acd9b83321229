"""Holders: the columns of a table in which customers are, and which of its rows are of somebody in the register.

Belongs here: from a declared table to its columns, and from batches of rows to those that go. Does not belong here:
what a table declares (`tables`), reading and writing it (`rewriting`, `landing.erased`).

A row is of the customer in its first column of customers. Other such columns (an account, a card, a device) tell whose
it is only where that one is empty: the number of an order, or a card that a family shares, may look like somebody's.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.column import CUSTOMER
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.register import Register
from arcana_assets.pseudonyms.names import BETWEEN
from arcana_assets.tables.table import Table

Clean = Callable[[ir.StringValue], ir.StringValue]
"""From a raw text to the id that silver has of it; null for none."""

IDENTIFIER = "identifier"
CARRIED = frozenset({IDENTIFIER, "card_id", "device_id"})
"""Columns, as silver and gold call them, of what a customer carries."""
_SHOWN = "ids@asked"
_WORDS = re.compile(r"[^\s,;|\"'<>\[\](){}=:]+")
_RUNS = re.compile(r"\w+")


@dataclass(frozen=True)
class Holders:
    """The columns of a table by which its rows are somebody's.

    `customer` comes first, then those that tell where it is empty, some of what is `carried`; `texts` may quote
    anybody, as a line does that is no row; `lists` name several customers in a row that is of none of them: they lose
    the name, not the row.
    """

    customer: str | None
    others: tuple[str, ...]
    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    clean: Mapping[str, Clean] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()

    def kinds(self, name: str) -> tuple[bool, ...]:
        """What an id in a column may be: of a customer (False), of what is carried (True), or, of a line, either."""
        if name in self.texts:
            return (False, True)
        if name in self.carried:
            return (True,) if name not in self.either else (False, True)
        return (False,)

    @property
    def either(self) -> frozenset[str]:
        """The columns that hold accounts and what is carried, beside a kind that tells which."""
        return frozenset(name for name in self.carried if name.lower() == IDENTIFIER)

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*((self.customer,) if self.customer else ()), *self.others, *self.texts, *self.lists)


def holders_of(
    table: Table,
    customer: str | None = CUSTOMER.name,
    texts: Sequence[str] = (),
    clean: Mapping[str, Clean] | None = None,
    carried: Collection[str] = CARRIED,
) -> Holders:
    """The columns of a table that holds customers, as it declares them; `customer` is the one whose row it is."""
    lists = tuple(name for name in table.customers if table.columns[name].lists_customers)
    plain = [name for name in table.customers if name not in lists]
    first = customer if customer in plain else None
    others = tuple(name for name in plain if name != first)
    return Holders(first, others, tuple(texts), lists, clean or {}, frozenset(carried) & {*others})


def cleaned(texts: Collection[str], clean: Clean) -> set[str]:
    """The ids that silver has of raw texts."""
    given = ibis.memtable(pa.table({"raw": pa.array(sorted(texts), pa.string())}))
    found = Engine().backend.to_pyarrow(given.select(id=clean(given["raw"])))
    return {each for each in found["id"].to_pylist() if each is not None}


class Mine:
    """Which rows are of somebody in the register; every value is looked up once."""

    def __init__(self, register: Register, holders: Holders) -> None:
        self.holders = holders
        self._register = register
        self._ids: dict[str, dict[str, str | None]] = {}  # by column, the id of each raw text
        self._registered: dict[bool, set[str]] = {False: set(), True: set()}
        self._seen: dict[bool, set[str]] = {False: set(), True: set()}
        # A connection of its own, made here: that of this thread may be in the middle of a stream, which delta-rs pulls
        # from a thread that has none for longer than a call.
        self._backend = Engine(threads=1, memory_limit="256MB").backend
        raw = ibis.table({"raw": "string"}, name=_SHOWN)
        self._clean = {
            name: self._backend.query(raw.select("raw", id=clean(raw["raw"]))) for name, clean in holders.clean.items()
        }

    def rows(self, batch: pa.RecordBatch | pa.Table) -> pa.ChunkedArray | pa.BooleanArray:
        """For each row, whether it is of somebody in the register. Columns that the batch lacks tell nothing."""
        holders, names = self.holders, set(batch.schema.names)
        mine, nobody = pa.array([False] * batch.num_rows), pa.array([True] * batch.num_rows)
        if holders.customer in names:
            column = batch[holders.customer]
            mine = self._is_mine(holders.customer or "", column)
            nobody = self._is_nobody(holders.customer or "", column)
        for name in holders.others:
            if name in names:
                mine = pc.or_(mine, pc.and_(nobody, self._is_mine(name, batch[name])))
        for name in holders.texts:
            if name in names and batch[name].null_count < batch.num_rows:
                mine = pc.or_(mine, pa.array([self._quotes(text) for text in batch[name].to_pylist()], pa.bool_()))
        return mine

    def unlisted(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
        """The batch whose lists do not name anybody in the register, and how many names went."""
        gone = 0
        for name in self.holders.lists:
            if name not in batch.schema.names:
                continue
            kept = list[str | None]()
            for value in batch[name].to_pylist():
                ids = value.split(BETWEEN) if value else []
                stay = [each for each in ids if each not in self._of(ids)]
                gone += len(ids) - len(stay)
                kept.append(BETWEEN.join(stay) or None if value is not None else None)
            at = batch.schema.get_field_index(name)
            batch = batch.set_column(at, batch.schema.field(at), pa.array(kept, batch.schema.field(at).type))
        return batch, gone

    def spellings(self) -> dict[str, str]:
        """Raw texts, without blanks around them, that are ids in the register in another spelling, and these ids."""
        return {
            text.strip(): each
            for known in self._ids.values()
            for text, each in known.items()
            if each is not None and text.strip() != each and any(each in some for some in self._registered.values())
        }

    def _is_mine(self, name: str, column: pa.Array) -> pa.Array:
        ids = self._cleaned(name, column)
        mine = self._of([each for each in ids.values() if each is not None], self.holders.kinds(name))
        raw = [text for text, each in ids.items() if each in mine]
        return pc.fill_null(pc.is_in(column.cast(pa.string()), pa.array(raw, pa.string())), False)

    def _is_nobody(self, name: str, column: pa.Array) -> pa.Array:
        absent = [text for text, each in self._cleaned(name, column).items() if each is None]
        column = column.cast(pa.string())
        return pc.or_(pc.is_null(column), pc.fill_null(pc.is_in(column, pa.array(absent, pa.string())), False))

    def _cleaned(self, name: str, column: pa.Array) -> dict[str, str | None]:
        """The ids of the raw texts of the column that a batch has."""
        known = self._ids.setdefault(name, {})
        texts = [text for text in pc.unique(column.cast(pa.string())).to_pylist() if text is not None]
        if new := [text for text in texts if text not in known]:
            if (clean := self._clean.get(name)) is None:
                known.update((text, text) for text in new)
            else:
                with self._backend.showing(_SHOWN, pa.table({"raw": pa.array(new, pa.string())})):
                    found = clean.table()
                known.update(zip(found["raw"].to_pylist(), found["id"].to_pylist(), strict=True))
        return {text: known[text] for text in texts}

    def _of(self, ids: Iterable[str], kinds: Sequence[bool] = (False,)) -> set[str]:
        asked, found = {*ids}, set[str]()
        for carried in kinds:
            if new := asked - self._seen[carried]:
                self._seen[carried] |= new
                self._registered[carried] |= self._register.of(new, carried)
            found |= asked & self._registered[carried]
        return found

    def _quotes(self, text: str | None) -> bool:
        return bool(text) and bool(self._of({*_WORDS.findall(text or ""), *_RUNS.findall(text or "")}, (False, True)))
