"""Kept rows: lists that wait in files of this machine, as they were drawn up and as they are to be written.

The lists of a month are as many as its customers times the length of a list, and those of one month decide what stays
on those of the next. Belongs here: rows on their way. Does not belong here: what they say (`month`), the lake.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from arcana_assets.engine.events import Files
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.ranking import Ranked
from arcana_assets.tables.frames import as_table
from arcana_assets.tables.table import Table


class KeptRows:
    """Rows of a table in a file, in the order in which they were added."""

    def __init__(self, file: Path, table: Table) -> None:
        self.schema, self.num_rows, self._file = table.arrow, 0, file
        self._writer: pq.ParquetWriter | None = pq.ParquetWriter(file, self.schema, compression="zstd")

    def add(self, rows: pa.Table) -> None:
        """Keeps more rows."""
        assert self._writer is not None, "rows are added before they are read"
        self._writer.write_table(rows)
        self.num_rows += rows.num_rows

    def closed(self) -> Self:
        """Itself, with all of its rows."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        return self

    @property
    def files(self) -> Files:
        """As an engine reads them."""
        return Files("kept", str(self._file), str(self._file.parent), (self._file.name,), self.schema)

    def batches(self) -> Iterable[pa.RecordBatch]:
        """The rows, a few at a time."""
        with pq.ParquetFile(self._file) as file:
            yield from file.iter_batches()


class Drafts:
    """Lists as they were drawn up, a block after the other; in files where a base is."""

    def __init__(self, base: Base) -> None:
        self._folder, self._held, self._number = base.kept, list[tuple[Ranked, np.ndarray]](), 0

    def add(self, lines: Ranked, held_out: np.ndarray) -> None:
        """Keeps the lists of a block, and whose of its customers are kept back."""
        if self._folder is None:
            self._held.append((lines, held_out))
            return
        self._number += 1
        np.savez(self._folder / f"lists-{self._number}.npz", *lines, held_out)

    def read(self) -> Iterable[tuple[Ranked, np.ndarray]]:
        """Those of each block, in their order."""
        yield from self._held
        for number in range(1, self._number + 1):
            with np.load(f"{self._folder}/lists-{number}.npz", allow_pickle=False) as file:
                *lines, held_out = (file[name] for name in file.files)
            yield Ranked(*lines), held_out


class RowsOf:
    """The rows of a table, a block after the other; in a file where there is a folder for them."""

    def __init__(self, table: Table, folder: Path | None) -> None:
        self._table, self._held = table, list[pa.Table]()
        self._kept = None if folder is None else KeptRows(folder / f"{table.name}.parquet", table)

    def add(self, lines: pd.DataFrame) -> None:
        """The rows of a block."""
        rows = as_table([lines], self._table)
        if self._kept is None:
            self._held.append(rows)
        else:
            self._kept.add(rows)

    def all(self) -> pa.Table | KeptRows:
        """Those of all blocks."""
        return pa.concat_tables(self._held) if self._kept is None else self._kept.closed()


def chained(parts: Iterable[pa.Table | KeptRows], schema: pa.Schema) -> pa.RecordBatchReader:
    """The rows of all parts, one after the other."""
    rows = (each.batches() if isinstance(each, KeptRows) else each.to_batches() for each in parts)
    return pa.RecordBatchReader.from_batches(schema, (batch for batches in rows for batch in batches))
