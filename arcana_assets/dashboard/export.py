"""Exports: all rows of what somebody has filtered, as CSV and as a workbook, by the writers of the published files.

Belongs here: batch by batch from an answer to the bytes of a file, and the buttons that say how many rows it has. Does
not belong here: the files that are published each month (`exports`, `publication`), what was exported
(`access.log_export`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard.access import Role, Viewer, log_export
from arcana_assets.dashboard.place import Place
from arcana_assets.deployment import Deployment
from arcana_assets.domain.column import Column, Kind
from arcana_assets.engine.scratch import scratch
from arcana_assets.exports.cells import Changes, csv_texts, plain, sheet_values
from arcana_assets.exports.column import PublishedColumn
from arcana_assets.exports.csv import CsvFile
from arcana_assets.exports.files import SHEET_ROWS
from arcana_assets.exports.workbook import Workbook

BATCH = 20_000
ROLE: Role = "customers"  # that a list is for
CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


Rows: TypeAlias = pa.Table | pa.RecordBatchReader
"""Rows to be exported: a table, or a stream of which only what is being written is in memory."""


def downloads(
    place: Place,
    viewer: Viewer,
    ask: Callable[[], AbstractContextManager[Rows]],
    count: int,
    name: str,
    filtered_by: Mapping[str, Any],
    table: str = "customer_360",
) -> None:
    """A button for each format, with the number of rows on it; rows are asked for and written when it is pressed.

    `filtered_by` is what the log of exports is to know of them, `table` the one by which the columns are called. They
    are rows of customers: who may see none gets no button, and no file where one is pressed all the same.
    """
    say = place.language.say
    if not count or not viewer.may(ROLE):
        return

    def logged(make: Callable[[Place, Rows, str, str], bytes], format_: str) -> Callable[[], bytes]:
        def made() -> bytes:
            viewer.must(ROLE)
            written = list[int]()
            with ask() as rows:
                stream = pa.RecordBatchReader.from_batches(rows.schema, _counted(rows, written))
                content = make(place, stream, name, table)
            month = f"{place.month:%Y-%m}"
            deployment = Deployment.from_env()
            log_export(deployment, viewer, place.domain.name, month, name, filtered_by, sum(written), format_)
            return content

        return made

    left, right, _ = st.columns([1, 1, 2])
    with left:
        label = say("export.csv", n=count)
        st.download_button(label, logged(as_csv, "csv"), f"{name}.csv", CSV, on_click="ignore", key=f"csv {name}")
    with right:
        if count <= SHEET_ROWS:
            label = say("export.xlsx", n=count)
            file = f"{name}.xlsx"
            st.download_button(label, logged(as_workbook, "xlsx"), file, XLSX, on_click="ignore", key=f"xlsx {name}")
        else:
            st.caption(say("export.too_long", most=SHEET_ROWS))


def file_of(place: Place, listed: str, *of: str) -> str:
    """What a file of a list of this month is called, without its ending; `of` is what of it there is."""
    return "_".join((place.language.say(f"export.file.{listed}"), *of, f"{place.month:%Y-%m}"))


def as_csv(place: Place, rows: Rows, name: str, table: str = "customer_360") -> bytes:
    """The rows as a spreadsheet of the page's language opens them, no text of which it runs as a formula."""
    columns = _columns(place, rows, table)
    language = place.language
    with scratch("drafts") as folder:
        path = Path(folder) / "export.csv"
        with CsvFile(path, columns, language) as file:
            for batch in _batches(rows):
                changes = Changes()
                cells = [
                    csv_texts(
                        plain(batch.column(at), column.kind, place.domain.timezone, changes), column.kind, language
                    )
                    for at, column in enumerate(columns)
                ]
                file.add(cells)
        return path.read_bytes()


def as_workbook(place: Place, rows: Rows, name: str, table: str = "customer_360") -> bytes:
    """The rows as a workbook, with the dictionary of its columns and what it is."""
    columns = _columns(place, rows, table)
    about = [
        (place.language.say("export.domain"), place.domain.title),
        (place.language.say("page.month"), place.language.month(place.month)),
        (place.language.say("export.made"), datetime.now(UTC).strftime(place.language.texts["notation"]["day"])),
    ]
    with scratch("drafts") as folder:
        path, written = Path(folder) / "export.xlsx", 0
        book = Workbook(path, name[:31], columns, place.language)
        for batch in _batches(rows):
            changes, written = Changes(), written + batch.num_rows
            book.add(
                [
                    sheet_values(
                        plain(batch.column(at), column.kind, place.domain.timezone, changes),
                        column.kind,
                        changes,
                        place.language,
                    )
                    for at, column in enumerate(columns)
                ]
            )
        book.close(name, [*about, (place.language.say("export.rows"), place.language.count(written))])
        return path.read_bytes()


def _batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    yield from rows.to_batches(BATCH) if isinstance(rows, pa.Table) else rows


def _counted(rows: Rows, written: list[int]) -> Iterator[pa.RecordBatch]:
    """The batches of rows on their way, the length of each noted."""
    for batch in _batches(rows):
        written.append(batch.num_rows)
        yield batch


def _columns(place: Place, rows: Rows, table: str) -> list[PublishedColumn]:
    return [
        PublishedColumn(
            field.name, place.label(field.name, table), _kind(place, field, table), "", _about(place, field.name, table)
        )
        for field in rows.schema
    ]


def _declared(place: Place, name: str, table: str) -> Column | None:
    return place.column(table, name) or place.column("customer_360", name)


def _about(place: Place, name: str, table: str) -> str:
    column = _declared(place, name, table)
    return column.description if column else ""


def _kind(place: Place, field: pa.Field, table: str) -> Kind:
    column = _declared(place, field.name, table)
    if pa.types.is_boolean(field.type):
        return "boolean"
    if pa.types.is_integer(field.type):
        return "integer"
    if pa.types.is_date(field.type):
        return "date"
    if pa.types.is_timestamp(field.type):
        return "instant"
    if pa.types.is_decimal(field.type) or pa.types.is_floating(field.type):
        return column.kind if column and column.kind in ("money", "share", "decimal") else "decimal"
    return "text"
