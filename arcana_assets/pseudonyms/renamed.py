"""Renamed: tables of the lake as a step sees them, customers by their pseudonyms or by their codes again.

Belongs here: from the distinct values of a column to a join with what they are called. Does not belong here: which
table is shown how (`graph.io_manager`), the names (`names`).

Names are computed in this process, on distinct values, and shown to the engine as a table of two columns: the key is in
no plan, and nothing of it is written. It is there as long as an expression of it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.engine.events import EventEngine
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.pseudonyms.names import BETWEEN, NAME, VALUE, Columns, Names

_EVERY = 2**31 - 2  # distinct customers come into this process, however many they are

Called = Callable[[pa.Array], pa.Array]
"""From distinct values, none of which is null, to what each is called; null for one that is no customer's."""


@dataclass
class Owners:
    """The codes behind the pseudonyms of a domain, from silver as it is now, read again where it was written since."""

    lake: Lake
    names: Names
    silver: Mapping[str, tuple[str, ...]]
    _seen: dict[str, int] = field(default_factory=dict, repr=False)
    _pseudonyms: pa.Array = field(default_factory=lambda: pa.array([], pa.string()), repr=False)
    _codes: pa.Array = field(default_factory=lambda: pa.array([], pa.string()), repr=False)

    def codes(self, pseudonyms: pa.Array, engine: EventEngine) -> pa.Array:
        """The code of each pseudonym; null for what is none. Raises LakeError."""
        self._look(engine)
        return pc.take(self._codes, pc.index_in(pseudonyms, self._pseudonyms))

    def both(self, words: Collection[str], engine: EventEngine) -> set[str]:
        """Words that are codes or pseudonyms, with the pseudonym of each code and the code behind each pseudonym.

        One whose code silver does not have any more, but is among the words, is known by it. Raises LakeError.
        """
        said = pa.array(sorted(words), pa.string())
        found = {*words, *self.codes(said, engine).drop_null().to_pylist()}
        made = {word: self.names.of(word) for word in found}
        pseudonyms = found & {*made.values()}
        return found | {made[word] for word in found - pseudonyms}

    def known(self, engine: EventEngine) -> pa.Table:
        """All of them: name, value. Raises LakeError."""
        self._look(engine)
        return pa.table({NAME: self._codes, VALUE: self._pseudonyms})

    def _look(self, engine: EventEngine) -> None:
        there = dict[str, int]()
        for source in self.silver:
            try:
                there[source] = self.lake.open((self.names.domain, "silver", source)).version()
            except MissingTable:
                continue
        if there == self._seen:
            return
        found = [self._codes.slice(0, 0)]
        for source in there:
            rows = self.lake.read((self.names.domain, "silver", source), None, engine)
            found += [distinct(rows, name, engine) for name in self.silver[source] if name in rows.columns]
        codes = pc.unique(pa.concat_arrays(found))
        self._codes, self._pseudonyms, self._seen = codes, self.names.of_all(codes), there


def pseudonymous(rows: ir.Table, columns: Columns, names: Names, engine: EventEngine) -> ir.Table:
    """Rows whose customers go by pseudonyms."""
    return _called(rows, columns, names.of_all, engine, strangers=False)


def owned(rows: ir.Table, columns: Columns, owners: Owners, engine: EventEngine) -> ir.Table:
    """Rows whose customers go by their codes again. What is no pseudonym, such as the number of an order, stays."""
    return _called(rows, columns, lambda values: owners.codes(values, engine), engine, strangers=True)


def distinct(rows: ir.Table, name: str, engine: EventEngine) -> pa.Array:
    """The values of a column as texts, each once, in order, without null."""
    found = engine.small(rows.select(name).distinct(), _EVERY)[name].cast(pa.string()).combine_chunks()
    return pc.drop_null(found).sort()


def in_lists(lists: pa.Array, called: Called) -> pa.Array:
    """Lists of customers with what each of them is called; who is no customer stays."""
    ids = pa.array(sorted({each for text in lists.to_pylist() for each in text.split(BETWEEN)}), pa.string())
    known = dict(zip(ids.to_pylist(), called(ids).to_pylist(), strict=True))
    return pa.array([BETWEEN.join(known[each] or each for each in text.split(BETWEEN)) for text in lists.to_pylist()])


def _called(rows: ir.Table, columns: Columns, called: Called, engine: EventEngine, strangers: bool) -> ir.Table:
    for name in (*columns.plain, *columns.lists):
        if name not in rows.columns:
            continue
        values = distinct(rows, name, engine)
        told = in_lists(values, called) if name in columns.lists else called(values)
        other = ibis.memtable(pa.table({VALUE: values, NAME: told.cast(pa.string())}))
        joined = rows.left_join(other, rows[name] == other[VALUE])
        # Who is not in the table goes without a name and never by its code; the lineage shows where the column is from.
        new = joined[NAME].fill_null(joined[name]) if strangers else joined[name].notnull().ifelse(joined[NAME], None)
        rows = joined.mutate(**{name: new}).select(rows.columns)
    return rows
