"""Lookups: the dates that the files of a source lack, from the files of another one.

Belongs here: reading the keys and dates of the other files, and what tells that these are no longer the same. Does not
belong here: the month of a row (`conform.dating`), everything else that a row looks up (`conform.joins`, of silver).
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property, partial

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.joins import Join
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.landing.conform.dating import FOUND, key_of, keys_by_month
from arcana_assets.landing.files.inventory import read_as
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.unread import Unread
from arcana_assets.landing.zone import LandingError, LandingFile, LandingZone


def reader_of(domain: CustomerDomain, source: str, landing: LandingZone, engine: Engine) -> LandingReader:
    """What reads the files of a source; of one that looks its dates up, with those of the other source."""
    contract = domain.sources[source]
    if contract.dating is None:
        return LandingReader(landing, engine, contract)
    other = LandingReader(landing, engine, domain.sources[contract.dating.source])
    return LandingReader(landing, engine, contract, Dates(domain, other, contract.dating))


class Dates:
    """The month of each key that the files of the other source have, as they lie in the landing now.

    Read of the files, not of silver: a row lands in its month whatever was refreshed before, and whichever of the two
    was delivered first. A key with two dates counts for the first of them. Keys and months are held in memory.
    """

    def __init__(self, domain: CustomerDomain, reader: LandingReader, join: Join) -> None:
        self._domain, self._reader, self._join = domain, reader, join

    @cached_property
    def _files(self) -> Sequence[LandingFile]:
        files = self._reader.zone.files(self._domain.name, self._reader.contract)
        return files[-1:] if self._reader.contract.landing.deliveries == "latest" else files

    @cached_property
    def terms(self) -> str:
        """A hash of what the dates follow from: which files there are, and how they are read."""
        said = [read_as(self._reader.contract, self._domain.timezone)]
        said += [f"{file.path} {file.stamp}" for file in self._files]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    @cached_property
    def table(self) -> ir.Table:
        """One row a key: the columns `key_of` each, as text, and FOUND, the month.

        Of a file that cannot be read nothing is known; bronze of its own source says what is wrong with it.
        """
        reader, unread = self._reader, Unread(self._reader.zone)
        names = [key_of(place) for place in range(len(self._join.key))]
        count = partial(
            keys_by_month,
            contract=reader.contract,
            key=[*self._join.key.values()],
            timezone=self._domain.timezone,
        )
        sound = reader.sound(self._files, unread)
        digests = reader.zone.digests(sound, unread.about) if sound else {}
        found = list[pa.Table]()
        try:
            found += [reader.inspect(sound, digests, count)] if sound else []
        except LandingError as bad:
            if bad.retriable:
                raise
            for file in sound:
                with unread.about(file):
                    found.append(reader.inspect([file], digests, count))
        reader.zone.assert_unchanged(sound)
        schema = pa.schema([*((name, pa.string()) for name in names), (FOUND, pa.date32())])
        keys = pa.concat_tables([each.select(schema.names).cast(schema) for each in found] or [schema.empty_table()])
        first = keys.group_by(names).aggregate([(FOUND, "min")])
        return ibis.memtable(first.rename_columns([*names, FOUND]).select(schema.names))
