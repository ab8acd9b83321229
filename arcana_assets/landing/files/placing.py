"""Placing: rows of files as rows of bronze, with the file that each came from, its month, and the names of its columns.

Belongs here: what all rows of a run have in common, whoever reads them. Does not belong here: the month of a row itself
(`conform.dating`), reading (`reader`, `elsewhere`), which rows a run takes (`landed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.months import Bounds
from arcana_assets.landing.conform import dating
from arcana_assets.landing.files.headers import check_number
from arcana_assets.landing.files.listing import Listing
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.records import FileRecord
from arcana_assets.landing.zone import LandingFile


@dataclass(frozen=True)
class Placing:
    """Places rows of the files of a listing; `known` are columns that bronze has so far."""

    reader: LandingReader
    listing: Listing
    bounds: Bounds
    timezone: str
    known: Sequence[str]

    def homes(self, records: Mapping[LandingFile, FileRecord]) -> dict[LandingFile, date]:
        """The month of each file that keeps its rows without one."""
        return {file: record.home(self.bounds) for file, record in records.items()}

    def columns(self, files: Sequence[LandingFile]) -> list[str]:
        """The raw columns of all these files, each as the first of them spells it.

        Raises LandingError where they are more than the contract allows.
        """
        spelt, contract = dict[str, str](), self.reader.contract
        for file in sorted(files, key=lambda file: file.path):
            for name in map(raw_name, self.reader.headers(file)):
                spelt.setdefault(name.lower(), name)
        check_number(len(spelt), contract, f"{contract.name}: {len(files)} files read together")
        return list(spelt.values())

    def placed(
        self,
        rows: ir.Table,
        files: Sequence[LandingFile],
        homes: Mapping[LandingFile, date],
        columns: Sequence[str],
        new: Sequence[LandingFile] = (),
    ) -> ir.Table:
        """Rows as the reader gives them, as `dating.placed` does it.

        Takes the `files` that they are of, the `columns` of all files of the run, and those of the files that are `new`
        and counted on the way.
        """
        numbers, contract = {file: number for number, file in enumerate(new)}, self.reader.contract
        listed = pa.table(
            {
                "filename": [file.uri for file in files],
                "_file": [file.path for file in files],
                "_file_sha256": [self.listing.hashes[file] for file in files],
                "home": pa.array([homes.get(file) for file in files], pa.date32()),
                "number": pa.array([numbers.get(file) for file in files], pa.int64()),
            }
        )
        placed = dating.placed(rows, ibis.memtable(listed), contract, self.timezone, self.bounds, self.reader.months)
        spelling = [*columns, *map(raw_name, contract.raw_columns), *self.known]
        return dating.with_columns_of(contract, dating.spelt_as(placed, spelling, contract))
