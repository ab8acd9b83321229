"""Parts: a table of more rows than a worksheet takes as CSV files, one a segment, with an index that adds up to it.

Belongs here: which rows are in which file, and its name. Does not belong here: a table that fits into a workbook
(`drafts`), where the files go (`exports`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports import csv as exports_csv
from arcana_assets.exports.cells import Changes, csv_texts
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.csv import CsvFile
from arcana_assets.presentation.file_names import file_name
from arcana_assets.publication.drafts import ROWS, Draft, Edition, cells_of, columns_of

_LONGEST = 80  # characters of a segment in the name of its file
_ODD = re.compile(r"[^A-Za-z0-9]+")

Segment = tuple[str | None, ...]
"""The values of the columns that a table is cut by."""


@dataclass
class _Part:
    """A file of a segment, and how many rows it may still take."""

    name: str
    segment: Segment
    room: int
    file: CsvFile | None = None


@dataclass(frozen=True)
class Cut:
    """How a table is cut: by which of its columns, and how many rows each of the segments has.

    Cut by no column its only segment is all of it.
    """

    by: tuple[str, ...]
    rows: dict[Segment, int] = field(default_factory=dict)


def write_parts(
    folder: Path,
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    edition: Edition,
    engine: Engine,
    cut: Cut,
    most: int,
) -> Draft:
    """Writes rows in their order into a file for each segment, of `most` rows each, and reads the files back.

    A segment of more rows has several files, in order. The index says the segment and the rows of each file. Raises
    UnreadableExport, and OSError where the disk refuses.
    """
    columns, changes, language = columns_of(schema, edition), Changes(), edition.language
    parts = _planned(cut, edition, most)
    done = list[_Part]()
    with ExitStack() as stack:
        for segment, rows in _by_segment(batches, schema, cut.by):
            start = 0
            while start < rows.num_rows:
                # Rows that nobody counted are written, too: the check finds them.
                if not parts.get(segment):
                    name = _named(edition, f"{_slug(segment, edition)}_0.{len(done)}")
                    parts[segment] = [_Part(name, segment, most)]
                part = parts[segment][0]
                if part.file is None:
                    part.file = stack.enter_context(CsvFile(folder / part.name, columns, language))
                    done.append(part)
                mine = rows.slice(start, min(ROWS, part.room))
                cells = cells_of(mine, columns, edition, changes)
                part.file.add([csv_texts(column, kind, language) for column, kind in cells])
                start += mine.num_rows
                part.room -= mine.num_rows
                if not part.room:
                    parts[segment].pop(0)
    found = dict[str, int]()
    formulas = 0
    for part in sorted(done, key=lambda each: each.name):
        assert part.file is not None
        read = exports_csv.read_back(folder / part.name, columns, engine, part.file.longest, part.file.delimiter)
        found[part.name], formulas = read[0], formulas + read[1]
    index = _index(folder, done, [column for column in columns if column.name in cut.by], found, edition)
    total, segments = sum(found.values()), len({part.segment for part in done})
    by = f"{segments} segments by {' and '.join(cut.by)}" if cut.by else "parts"
    return Draft(
        files=(*(folder / name for name in found), index),
        columns=columns,
        schema=schema,
        rows_by_file={"csv": total},
        formulas_by_file={"csv": formulas},
        changes=changes,
        left_out=f"{total} rows, and a worksheet takes {most}: {len(found)} CSV files of {by}, and an index of them",
        parts=found,
    )


def _by_segment(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, by: Sequence[str]
) -> Iterator[tuple[Segment, pa.RecordBatch]]:
    """The rows of each segment in each of the batches, in their order."""
    for batch in batches:
        if not by:
            yield (), batch
            continue
        keys = [batch.column(schema.get_field_index(name)).cast(pa.string()) for name in by]
        for segment in dict.fromkeys(zip(*(key.to_pylist() for key in keys), strict=True)):
            mine = pa.array([True]).take(pa.array([0] * batch.num_rows, pa.int64()))
            for key, value in zip(keys, segment, strict=True):
                mine = pc.and_(mine, pc.is_null(key) if value is None else pc.equal(key, value).fill_null(False))
            yield segment, batch.filter(mine)


def _planned(cut: Cut, edition: Edition, most: int) -> dict[Segment, list[_Part]]:
    """The files of each segment, by the rows that it has: names hang on segments alone, and no two are alike."""
    planned, taken = dict[Segment, list[_Part]](), Counter[str]()
    for segment in sorted(cut.rows, key=lambda values: tuple((value is not None, value or "") for value in values)):
        slug = _slug(segment, edition)
        taken[slug.casefold()] += 1
        count = max(1, -(-cut.rows[segment] // most))
        numbered = [f".{number}" for number in range(1, count + 1)] if count > 1 or not segment else [""]
        # Segments whose names differ in signs alone are told apart by a number. No slug holds `_` or `.`.
        again = f"_{taken[slug.casefold()]}" if taken[slug.casefold()] > 1 else ""
        planned[segment] = [_Part(_named(edition, slug + again + number), segment, most) for number in numbered]
    return planned


def _named(edition: Edition, rest: str) -> str:
    """The name of a file: that of the publication first, as no system keeps that for itself."""
    return f"{file_name(edition.publication.name, edition.language)}-{rest}.csv"


def _slug(segment: Segment, edition: Edition) -> str:
    """A segment in letters, digits and hyphens; all of a table is a part."""
    if not segment:
        return str(edition.language.say("files.part"))
    said = [edition.language.say("files.no_segment") if value is None else value for value in segment]
    plain = unicodedata.normalize("NFKD", "-".join(said)).encode("ascii", "ignore").decode()
    return _ODD.sub("-", plain).strip("-")[:_LONGEST].strip("-") or "x"


def _index(
    folder: Path, parts: Sequence[_Part], by: Sequence[PublishedColumn], rows: dict[str, int], edition: Edition
) -> Path:
    """The file that says which file holds which segment, and how many rows."""
    language = edition.language
    columns = [PublishedColumn("file", "file", "text"), *by, PublishedColumn("rows", "rows", "integer")]
    place = folder / f"{language.say('files.index')}.csv"
    lines = sorted(parts, key=lambda each: each.name)
    values: list[list[str | None]] = [[part.segment[place] for part in lines] for place, _ in enumerate(by)]
    with CsvFile(place, columns, language) as file:
        file.add(
            [
                [part.name for part in lines],
                *(csv_texts(each, "text", language) for each in values),
                [str(rows[part.name]) for part in lines],
            ]
        )
    return place
