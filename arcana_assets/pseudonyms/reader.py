"""The reader of owners: tables beyond silver as they are shown to whoever may see customers, by their codes.

Belongs here: from a part of a query to the same rows under other names. Does not belong here: who may see customers
(`dashboard.access`), which columns hold them (`catalogue`), answering queries (`lake.reader`).
"""

import itertools
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from arcana_assets.deployment import pseudonym_key
from arcana_assets.engine.duckdb.session import EngineError
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Key, Part, Reader
from arcana_assets.pseudonyms.kept import SMALL, names_of
from arcana_assets.pseudonyms.names import BETWEEN, NAME, VALUE, Columns
from arcana_assets.pseudonyms.renamed import Owners

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Owned:
    """A domain with pseudonyms: the columns of customers of its tables beyond silver, and of silver by source."""

    tables: Mapping[Key, Columns]
    silver: Mapping[str, tuple[str, ...]]


@dataclass
class _Shown:
    """The codes of a domain in the DuckDB of the reader: tables of them, the newest last, and how many are in it."""

    owners: Owners
    tables: list[str] = field(default_factory=list)
    seen: Mapping[str, int] | None = None


class OwnersReader(Reader):
    """A reader that shows customers of domains with pseudonyms by their codes, in every query but those of a `shell`.

    Without a key it shows pseudonyms: who has no key is no owner. Raises AnotherKey for another one than theirs.
    """

    def __init__(
        self,
        root: str,
        domains: Mapping[str, Owned],
        threads: int | None = None,
        memory_limit: str | None = None,
    ) -> None:
        super().__init__(root, threads, memory_limit)
        self._owned = domains if domains and pseudonym_key(root) else {}
        self._shown_of: dict[str, _Shown] = {}
        self._naming = threading.Lock()

    def _shown(self, part: Part, select: str) -> str:
        owned = self._owned.get(part.key[0])
        columns = owned.tables.get(part.key) if owned is not None else None
        if owned is None or columns is None:
            return select
        there = {*self.schema(part.key).names}
        codes, said, joins = self._codes(part.key[0], owned), list[str](), list[str]()
        for number, name in enumerate(each for each in columns.plain if each in there):
            joins.append(f"LEFT JOIN {codes} c{number} ON c{number}.{VALUE} = t.{quoted(name)}")
            said.append(f"coalesce(c{number}.{NAME}, t.{quoted(name)}) AS {quoted(name)}")
        for name in (each for each in columns.lists if each in there):
            split = f"SELECT unnest(string_split(t.{quoted(name)}, '{BETWEEN}')) AS {VALUE}, "
            split += f"generate_subscripts(string_split(t.{quoted(name)}, '{BETWEEN}'), 1) AS at"
            said.append(
                f"(SELECT string_agg(coalesce(c.{NAME}, l.{VALUE}), '{BETWEEN}' ORDER BY l.at) "
                f"FROM ({split}) l LEFT JOIN {codes} c ON c.{VALUE} = l.{VALUE}) AS {quoted(name)}"
            )
        if not said:
            return select
        return f"SELECT t.* REPLACE ({', '.join(said)}) FROM ({select}) t {' '.join(joins)}"

    def _codes(self, domain: str, owned: Owned) -> str:
        """The table of the codes as silver has them now; that of before stays for those who ask at this moment."""
        with self._naming:
            shown = self._shown_of.get(domain)
            if shown is None:
                lake = Lake(root=self.root)
                owners = Owners(lake, names_of(domain, lake), owned.silver)
                shown = self._shown_of[domain] = _Shown(owners)
            there = {
                source: self.version((domain, "silver", source))
                for source in owned.silver
                if self.exists((domain, "silver", source))
            }
            if there != shown.seen:
                rows, place = shown.owners.known(SMALL), f"memory.main.{quoted(f'codes {next(_numbers)} of {domain}')}"
                with self._session() as cursor:
                    cursor.register("codes of owners", rows)
                    cursor.execute(f'CREATE TABLE {place} AS FROM "codes of owners"')
                    cursor.unregister("codes of owners")
                    shown.tables.append(place)
                    for old in shown.tables[:-2]:
                        with suppress(EngineError):
                            cursor.execute(f"DROP TABLE {old}")
                shown.tables, shown.seen = shown.tables[-2:], there
            return shown.tables[-1]
