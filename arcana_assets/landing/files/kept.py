"""Kept rows: those that bronze holds of files which were read once and cannot be read now.

Belongs here: finding, counting and passing them on, before the months of a run are replaced. Does not belong here:
which files cannot be read (`unread`), the rows of the files that can (`landed`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.months import Bounds, months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.schema import MONTH

Counts = Mapping[str, Mapping[date, int]]
"""Rows by the path of the file that they came from, and month."""


@dataclass(frozen=True)
class Kept:
    """The rows to keep in the months of a run, and how many there are of each file and month, those of others too."""

    rows: ir.Table | None = None
    counts: Counts = field(default_factory=dict)

    def before(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch], engine: Engine) -> pa.RecordBatchReader:
        """The rows that are kept, as they are, and then those of a stream, in the columns of both."""
        if self.rows is None:
            return pa.RecordBatchReader.from_batches(schema, batches)
        rows = engine.query(self.rows)
        given = {name.lower() for name in schema.names}
        both = pa.schema([*schema, *(field for field in rows.schema if field.name.lower() not in given)])

        def chained() -> Iterator[pa.RecordBatch]:
            with rows.batches() as kept:
                for batch in kept:
                    yield _in_columns(batch, both)
            for batch in batches:
                yield _in_columns(batch, both)

        return pa.RecordBatchReader.from_batches(both, chained())


@dataclass(frozen=True)
class Before:
    """Bronze of a source as it is before the `months` of a run are replaced."""

    lake: Lake
    key: Sequence[str]
    months: Sequence[date]
    bounds: Bounds
    engine: Engine
    dated: bool = True

    def kept(self, paths: Collection[str], contents: Collection[str]) -> Kept:
        """The rows that came from files at these paths, but for those of a content that can be read elsewhere.

        A snapshot has no month of its own: a month that bronze does not have yet has the rows of the last one before.
        Raises CorruptFile and LakeError where bronze cannot be read: what was to be kept would be lost.
        """
        domain, layer, table = self.key
        key = domain, layer, table
        known = self.lake.materialized_months(key, months_between(self.bounds.start, shifted(self.bounds.end, -1)))
        if not paths or not known:
            return Kept()
        rows = self.lake.read(key, known, self.engine)
        rows = rows.filter(rows._file.isin(sorted(paths)))
        if contents:
            rows = rows.filter(~rows._file_sha256.isin(sorted(contents)))
        of_months = [rows.filter(rows.month.isin([month for month in self.months if month in known]))]
        for month in () if self.dated else self.months:
            if month not in known and (earlier := [each for each in known if each < month]):
                last = rows.filter(rows.month == ibis.literal(earlier[-1]))
                of_months.append(last.mutate(month=ibis.literal(month)))
        ours = ibis.union(*of_months, distinct=False) if of_months[1:] else of_months[0]
        counted, counts = rows if self.dated else ours, dict[str, dict[date, int]]()
        for row in self.engine.backend.to_pyarrow(
            counted.group_by("_file", MONTH).agg(rows=counted.count())
        ).to_pylist():
            counts.setdefault(row["_file"], {})[row[MONTH]] = row["rows"]
        return Kept(ours if counts else None, counts)


def _in_columns(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in these columns, whatever letters it spells them with; null where it has none."""
    given = {name.lower(): column for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    columns = [
        given[field.name.lower()].cast(field.type)
        if field.name.lower() in given
        else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
