"""Drafts: a table as a CSV file and a workbook, written in one pass over its rows, and read back.

Belongs here: the pass and what was found on reading back. Does not belong here: where the files go (`exports`).
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from arcana_assets.domain.column import Kind
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.exports import csv as exports_csv
from arcana_assets.exports import workbook as exports_workbook
from arcana_assets.exports.cells import Changes, csv_texts, plain, sheet_values
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.csv import CsvFile
from arcana_assets.exports.workbook import Workbook
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.publication.columns import published_columns
from arcana_assets.publication.publications import Publication
from arcana_assets.tables.types import column_type

ROWS = 4_096  # that are Python objects at a time


@dataclass(frozen=True)
class Edition:
    """What a file says of itself: the publication, the month, and for whom in which units."""

    publication: Publication
    month: date
    title: str
    timezone: str
    currency: str
    about: tuple[tuple[str, str], ...] = ()
    language: Language = field(default_factory=language_of)


@dataclass(frozen=True)
class Draft:
    """Files that are written, not yet published, and what reading them back found.

    `left_out` says why there is no workbook; it is empty where there is one. `parts` are the rows of each CSV file,
    where there are several in place of one.
    """

    files: tuple[Path, ...]
    columns: tuple[PublishedColumn, ...]
    schema: pa.Schema
    rows_by_file: dict[str, int]
    formulas_by_file: dict[str, int]
    changes: Changes
    left_out: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)


def write_draft(
    folder: Path, query: Query, edition: Edition, engine: Engine, rows: int, limits: tuple[int, int]
) -> Draft:
    """Writes the rows of a query in their order and reads the files back. `rows` is how many are expected.

    Beyond the limits (rows, columns) of a worksheet there is no workbook. Raises UnreadableExport, and OSError where
    the disk refuses.
    """
    path, changes = folder / f"{edition.month:%Y-%m}", Changes()
    schema, language = query.schema, edition.language
    columns = columns_of(schema, edition)
    left_out = _too_large(rows, len(columns), limits)
    sheet = language.say(f"files.of.{edition.publication.name}.sheet")
    book = None if left_out else Workbook(path.with_suffix(".xlsx"), sheet, columns, language)
    with ExitStack() as stack:
        file = stack.enter_context(CsvFile(path.with_suffix(".csv"), columns, language))
        written = 0
        for batch in stack.enter_context(query.batches(ROWS, month=edition.month)):
            for start in range(0, batch.num_rows, ROWS):
                part = batch.slice(start, ROWS)
                cells = cells_of(part, columns, edition, changes)
                file.add([csv_texts(column, kind, language) for column, kind in cells])
                written += part.num_rows
                if book is not None and not (left_out := _too_large(written, len(columns), limits)):
                    book.add([sheet_values(column, kind, changes, language) for column, kind in cells])
    found = {"csv": exports_csv.read_back(path.with_suffix(".csv"), columns, engine, file.longest, file.delimiter)}
    if book is not None:
        _close(book, edition, written)
        if not left_out:
            found["xlsx"] = exports_workbook.read_back(path.with_suffix(".xlsx"))
    return Draft(
        files=tuple(path.with_suffix(f".{ending}") for ending in found),
        columns=columns,
        schema=schema,
        rows_by_file={ending: counted for ending, (counted, _) in found.items()},
        formulas_by_file={ending: formulas for ending, (_, formulas) in found.items()},
        changes=changes,
        left_out=left_out,
    )


def columns_of(schema: pa.Schema, edition: Edition) -> tuple[PublishedColumn, ...]:
    """The columns of a file of these rows."""
    types = {field.name: column_type(field.type) for field in schema}
    return published_columns(edition.publication, types, edition.currency, edition.language)


def cells_of(
    rows: pa.RecordBatch, columns: Sequence[PublishedColumn], edition: Edition, changes: Changes
) -> list[tuple[pa.Array | list[str | None], Kind]]:
    """Rows as all files start from them, column by column, with the kind of each."""
    arrays = zip(rows.columns, columns, strict=True)
    return [(plain(array, column.kind, edition.timezone, changes), column.kind) for array, column in arrays]


def _too_large(rows: int, columns: int, limits: tuple[int, int]) -> str:
    if rows > limits[0] or columns > limits[1]:
        return f"{rows} rows of {columns} columns; a worksheet takes {limits[0]} rows of {limits[1]} columns"
    return ""


def _close(book: Workbook, edition: Edition, rows: int) -> None:
    language, key = edition.language, f"files.of.{edition.publication.name}"
    say, title = language.say, language.say(f"{key}.title")
    about: Sequence[tuple[str, str]] = (
        (say("workbook.publication"), title),
        (say("workbook.holds"), say(f"{key}.about")),
        (say("workbook.base"), edition.title),
        (say("workbook.month"), language.short_month(edition.month)),
        *edition.about,
        (say("workbook.rows"), language.count(rows)),
        (say("workbook.currency"), edition.currency),
        (say("workbook.timezone"), edition.timezone),
    )
    book.close(f"{title} - {edition.title}", about)
