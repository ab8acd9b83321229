"""Landed rows: those of some months, out of the files that have any, with the file that each came from.

Belongs here: from an inventory and a reader to the rows of bronze, and the stream that ends in an error where a file
changed under it. Does not belong here: what a file holds (`inventory`), reading it (`reader`), the month of a row
(`conform.dating`).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.landing.conform import dating
from arcana_assets.landing.files.inventory import Inventory, month_count
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.zone import LandingFile


def landed_rows(
    reader: LandingReader,
    inventory: Inventory,
    files: Sequence[LandingFile],
    months: Sequence[date],
    start: date,
    timezone: str,
) -> ir.Table:
    """The rows of the files that belong to the months, as bronze keeps them; `start` is the domain's first month.

    Raises LandingError for a file that cannot be read.
    """
    contract = reader.contract
    if not files:
        return dating.no_rows(contract)
    # Lines that are no rows, and copies, are known to a reader that has inspected the file itself.
    again = [file for file in files if not inventory.files[file].easy]
    if again:
        reader.inspect(again, reader.zone.digests(again), month_count(contract, timezone))
    homes = [inventory.files[file].home(start) for file in files]
    listed = pa.table(
        {
            "filename": [file.uri for file in files],
            "_file": [file.path for file in files],
            "_file_sha256": [inventory.files[file].sha256 for file in files],
            "home": pa.array(homes, pa.date32()),
        }
    )
    return dating.bronze(reader.rows(files), ibis.memtable(listed), contract, timezone, start, months)


def guarded(rows: ir.Table, files: Sequence[LandingFile], reader: LandingReader) -> Callable[[], pa.RecordBatchReader]:
    """A maker of streams of the rows, which end in LandingChanged when a file has changed since it was listed.

    The error comes before anything is committed.
    """
    query, zone = reader.engine.query(rows), reader.zone

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            with query.batches() as stream:
                yield from stream
        except Exception:
            zone.assert_unchanged(files)  # says more than the engine's error, where that is why
            raise
        zone.assert_unchanged(files)

    return lambda: pa.RecordBatchReader.from_batches(query.schema(), batches())
