"""Landed rows: those of some months, out of the files that have any, with the file that each came from.

A file is read once: one that no inventory knows yet is counted while its rows pass on their way into bronze.

Belongs here: from a listing and a reader to the rows of bronze, and the stream that ends in an error where a file
changed under it or its lines do not add up. Does not belong here: what a file holds (`inventory`), reading it
(`reader`), the month of a row (`conform.dating`, `placing`), which rows of unreadable files bronze keeps (`kept`).
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.errors import first_line
from arcana_assets.domain.months import Bounds
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.duckdb.set_aside import SetAside
from arcana_assets.lake.rows import RunAgain
from arcana_assets.lake.schema import MONTH
from arcana_assets.landing.conform import dating
from arcana_assets.landing.files.elsewhere import Elsewhere
from arcana_assets.landing.files.headers import check_number
from arcana_assets.landing.files.inventory import inspected, month_count, records_of
from arcana_assets.landing.files.kept import Before, Kept
from arcana_assets.landing.files.listing import Listing
from arcana_assets.landing.files.placing import Placing
from arcana_assets.landing.files.reader import AMISS, LandingReader
from arcana_assets.landing.files.records import FileRecord, Inventory
from arcana_assets.landing.files.unread import Unread
from arcana_assets.landing.zone import MALFORMED, LandingFile

_numbers = itertools.count(1)


class Landed:
    """The rows of a listing's files that belong to the months, as bronze keeps them; `known` are columns it has so far.

    `records` are of the new files, once a stream of `rows` came to its end; `agree` is given the inventory before that
    end, and may raise. `unread` are files that cannot be read; the rows that bronze holds of them `before`, which are
    `kept`, pass first, as they are. Of files that an engine reads `elsewhere` no row passes through this process.

    What a month holds does not depend on what else is new. Columns have to be named before the first row, so those of
    the contract are always there, and a new file with a column that neither bronze nor the contract knows is inspected
    before it is read, once a column: it adds the column if it has rows of the months, and is left out if not.
    """

    def __init__(
        self,
        reader: LandingReader,
        listing: Listing,
        months: Sequence[date],
        bounds: Bounds,
        timezone: str,
        known: Sequence[str],
        agree: Callable[[Inventory], None] = lambda _: None,
        before: Before | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.records: dict[LandingFile, FileRecord] = {}
        self.unread, self.kept = Unread(reader.zone, listing.unread), Kept()
        self._reader, self.listing, self._months, self._timezone = reader, listing, months, timezone
        self._bounds, self._spelling, self._distrusted = bounds, known, False
        self._agree, self._before = agree, before
        self._placing = Placing(reader, listing, bounds, timezone, known)
        self._elsewhere, self._files, self._away = elsewhere, list[LandingFile](), list[LandingFile]()

    def rows(self) -> pa.RecordBatchReader:
        """A stream of the rows from their beginning. Raises NothingReadable where no file can be read.

        It ends in LandingChanged where a file has changed since it was listed, and in RunAgain where the rows and the
        refused lines of new files do not add up to their lines: the next stream then reads these with more care, twice.
        """
        return self.parts()[1]

    def parts(self) -> tuple[ir.Table | None, pa.RecordBatchReader]:
        """The rows that are `elsewhere`, and a stream of the others, as of `rows`, to be read to its end after them.

        The end of the stream speaks for both.
        """
        reader, listing, contract = self._reader, self.listing, self._reader.contract
        unread = self.unread = Unread(reader.zone, listing.unread)
        first, passing = self._sorted_out(reader.sound(listing.new, unread))
        there = self._elsewhere.records([*first, *passing], listing) if self._elsewhere is not None else {}
        first = [file for file in first if file not in there]
        self.records = there | inspected(reader, first, listing, self._timezone, unread)
        new = [file for file in passing if file not in unread and file not in there]
        found = listing.inventory(self.records, listing.all_unread(unread), {})
        records, held = found.files, reader.sound(found.touching(self._months, self._bounds), unread, known=True)
        unread.update(listing.all_unread(unread))
        self._keep()
        self._away = [file for file in held if file in there]
        if self._elsewhere is not None:
            self._away += self._elsewhere.known({file: records[file] for file in held if file not in self.records})
        held = [file for file in held if file not in self._away]
        self._files = sorted((*held, *new), key=lambda file: file.path)
        # Lines that are no rows, and copies, are known to a reader that has inspected the file itself.
        seen = [file for file in held if file not in self.records]
        if again := [file for file in seen if not records[file].easy]:
            reader.inspect(again, reader.zone.digests(again), month_count(reader, self._timezone))
        homes = self._placing.homes(records)
        columns = self._placing.columns([*self._files, *self._away])
        away = None
        if self._elsewhere is not None and self._away:
            rows = self._placing.placed(self._elsewhere.rows(self._away, columns), self._away, homes, columns)
            away = dating.in_months(rows, self._months, contract)
        if not self._files:
            schema = reader.engine.query(dating.no_rows(contract)).schema
            return away, self.kept.before(schema, self._end(), reader.engine)
        read = reader.rows(self._files, rejects := f"refused_{next(_numbers)}")
        placed = self._placing.placed(read, self._files, homes, columns, new)
        if contract.dated:
            placed = placed.filter(placed.month.isin(list(self._months)) | placed._counted.notnull())
        query = reader.engine.query(placed)
        schema = pa.schema([field for field in query.schema if field.name != "_counted"])
        raw = [name for name in read.columns if name not in MALFORMED.names]
        homeless = SetAside(reader.engine, placed)
        batches = self._batches(query, schema, new, rejects, raw, homeless, columns)
        return away, self.kept.before(schema, batches, reader.engine)

    @property
    def inventory(self) -> Inventory:
        """The inventory as far as files are known, all of them once a stream came to its end."""
        return self.listing.inventory(self.records, self.unread, self.kept.counts)

    def _sorted_out(self, new: Sequence[LandingFile]) -> tuple[Sequence[LandingFile], Sequence[LandingFile]]:
        """The new files of which what they hold has to be known before their rows pass, and the others.

        Columns that bronze cannot have beside its own are the fault of the file that adds the most of them.
        """
        contract = self._reader.contract
        if not contract.dated:  # rows without a date are of every month
            return (new, ()) if self._distrusted else ((), new)
        known = {raw_name(name).lower() for name in contract.raw_columns} | {name.lower() for name in self._spelling}
        added = {file: {raw_name(name).lower() for name in self._reader.headers(file)} - known for file in new}
        columns, first = known - set(dating.BESIDE), set[LandingFile]()
        for file in sorted(new, key=lambda file: (len(added[file]), file.path)):
            if added[file]:
                where = f"{contract.name}: {file.path}: bronze, with the columns that the file adds"
                with self.unread.about(file):
                    check_number(len(columns | added[file]), contract, where)
                    columns |= added[file]
                    first.add(file)
        passing = [file for file in new if not added[file] and not self._distrusted]
        return [file for file in new if file in first or (self._distrusted and not added[file])], passing

    def _keep(self) -> None:
        """Finds what bronze holds of the files that cannot be read, of contents that no other file has."""
        contents = {content for file, content in self.listing.hashes.items() if file not in self.unread}
        paths = {file.path for file in self.unread}
        self.kept = self._before.kept(paths, contents) if self._before is not None else Kept()

    def _batches(
        self,
        query: Query,
        schema: pa.Schema,
        new: Sequence[LandingFile],
        rejects: str,
        raw: Sequence[str],
        homeless: SetAside,
        columns: Sequence[str],
    ) -> Iterator[pa.RecordBatch]:
        reader, counted = self._reader, Counter[int]()
        with closing(homeless):
            homeless.clear()
            try:
                with query.batches() as stream:
                    for batch in stream:
                        counted.update(_counts(batch["_counted"]))
                        waiting = self._without_home(batch)
                        if waiting.num_rows:
                            homeless.add(waiting)
                        yield from self._of_months(batch, schema)
                refused = self._account(counted, new, rejects, raw)
            except (*AMISS, OSError) as bad:  # what the engine says once a stream has begun comes as an OSError
                reader.zone.assert_unchanged(self._files)  # says more than the engine's error, where that is why
                if not new:
                    raise
                self._distrusted = True
                raise RunAgain(first_line(bad)) from bad
            except Exception:
                reader.zone.assert_unchanged(self._files)
                raise
            finally:
                reader.forget_refused(rejects)
            homes = self._placing.homes(self.records)
            in_order = pa.array([homes[file] for file in new], pa.date32())
            with reader.backend.query(homeless.table).batches() as stream:
                for batch in stream:
                    months = in_order.take(pc.divide(batch["_counted"], dating.COUNTED))
                    at = batch.schema.get_field_index(MONTH)
                    yield from self._of_months(batch.set_column(at, batch.schema.field(at), months), schema)
            if refused is not None:
                rows: pa.Table = reader.backend.to_pyarrow(self._placing.placed(refused, self._files, homes, columns))
                for batch in rows.to_batches():
                    yield from self._of_months(batch, schema)
            yield from self._end()

    def _end(self) -> Iterator[pa.RecordBatch]:
        """No rows: what is asked after all of them were read, and before anything is committed."""
        self._reader.zone.assert_unchanged([*self._files, *self._away])
        self._agree(self.inventory)
        yield from ()

    def _account(
        self, counted: Counter[int], new: Sequence[LandingFile], rejects: str, raw: Sequence[str]
    ) -> ir.Table | None:
        """Puts down what the new files hold; what the scan refused of them is returned. Raises Unaccounted."""
        reader, groups, rows = self._reader, list[dict[str, Any]](), Counter[str]()
        for value, number in counted.items():
            file, month, malformed = dating.counted_as(value)
            rows[new[file].uri] += number
            groups.append({"filename": new[file].uri, "event_month": month, "malformed": malformed, "rows": number})
        refused = reader.account(new, self.listing.digests, rows, rejects, raw)
        if refused is not None:
            count = month_count(reader, self._timezone)
            groups += reader.backend.to_pyarrow(count(refused)).to_pylist()
        self.records = self.records | records_of(reader, new, self.listing, groups)
        return refused

    def _without_home(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rows of new files that belong to the home month of their file, which is known once all of it was read."""
        dated = self._reader.contract.dated
        return batch.filter(pc.is_null(batch[MONTH])) if dated and batch[MONTH].null_count else batch.slice(0, 0)

    def _of_months(self, batch: pa.RecordBatch, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of the months of the run; those of a snapshot are of each of them."""
        if self._reader.contract.dated:
            ours = pc.is_in(batch[MONTH], pa.array(self._months, pa.date32()))
            if ours.false_count:
                batch = batch.filter(ours)
            yield pa.RecordBatch.from_arrays([batch[name] for name in schema.names], schema=schema)
            return
        for month in self._months:
            columns = {name: batch[name] for name in schema.names}
            columns[MONTH] = pa.repeat(pa.scalar(month, pa.date32()), batch.num_rows)
            yield pa.RecordBatch.from_arrays(list(columns.values()), schema=schema)


def _counts(values: pa.Array) -> dict[int, int]:
    """How often each value that is not null stands there."""
    if values.null_count == len(values):
        return {}
    return {each["values"]: each["counts"] for each in pc.value_counts(values.drop_null()).to_pylist()}
