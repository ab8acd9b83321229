"""All that the people of a domain read, text by text with its place, and the words of another language in it.

Belongs here: reading files, tables, screens and metadata to their last text. Does not belong here: what is made of them
(the tests).
"""

import csv
import json
import re
from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import openpyxl
import pyarrow as pa
from google.protobuf.json_format import MessageToDict

from arcana_assets.dashboard.app import SCREENS
from arcana_assets.domain.words import languages, texts_of
from arcana_assets_tests.dashboard.pages import opened
from arcana_assets_tests.worlds.platform import Platform

ACCENTS = re.compile("[áéíóúâêôãõçàÁÉÍÓÚÂÊÔÃÕÇÀ]")
_WORD, _FILLED = re.compile(r"[^\W\d_]+"), re.compile(r"\{\w*\}")
_INK = ("style", "script")
SHARED = frozenset({"usual", "total", "horizontal"})
"""Words of both languages that the texts of one alone have."""
_DICTIONARY = 1  # the second sheet of a workbook


class Text(NamedTuple):
    """A text and where it stands."""

    place: str
    text: str


def sentences_of(code: str) -> list[str]:
    """Every text of a language, without what is filled in, codes of notation and spelling marks left out."""
    said = {name: each for name, each in texts_of(code).items() if name != "notation"}
    calendar = {name: texts_of(code)["notation"][name] for name in ("days", "months", "yes", "no", "none", "millions")}
    return [_FILLED.sub(" ", text) for text in _texts_in([said, calendar])]


@cache
def words_of(code: str) -> frozenset[str]:
    """Every word of the texts of a language."""
    return frozenset(word.lower() for text in sentences_of(code) for word in _WORD.findall(text) if len(word) > 1)


@cache
def _of_others(code: str) -> frozenset[str]:
    """Words of the texts of other languages that are none of this one."""
    others = {word for other in languages() if other != code for word in words_of(other)}
    return frozenset(others - words_of(code) - SHARED)


def foreign(text: str, code: str) -> list[str]:
    """The words of a text that the texts of another language have and those of its own do not; of English also those
    with an accent."""
    found, others = _WORD.findall(text), _of_others(code)
    return sorted({each for each in found if each.lower() in others or (code == "en" and ACCENTS.search(each))})


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts_in(each)


def published(root: Path) -> Iterator[Text]:
    """Files and folders below a published folder: what they are called, and every text in them."""
    readers = {".csv": _of_csv, ".xlsx": _of_workbook, ".html": _of_page, ".json": _of_json}
    for path in sorted(root.rglob("*")):
        place = str(path.relative_to(root))
        if path.is_symlink() or path.suffix == ".db":
            continue
        if ".editions" not in path.parts or path.parent.name != ".editions":
            yield Text(place, path.stem)
        if path.suffix in readers:
            for text in readers[path.suffix](path):
                yield Text(place, text)


def _of_csv(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8-sig")
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in text.split("\n")[0] else ",")
    for row in rows:
        yield from filter(None, row)


def _of_workbook(file: Path) -> Iterator[str]:
    book = openpyxl.load_workbook(file)
    yield str(book.properties.title)
    for place, sheet in enumerate(book.worksheets):
        yield sheet.title
        for row in sheet.iter_rows(values_only=True):
            # Names and definitions of columns are what tables declare, in English for everybody.
            cells = (row[0], row[2]) if place == _DICTIONARY else row
            yield from (cell for cell in cells if isinstance(cell, str))
        for validation in sheet.data_validations.dataValidation:
            yield str(validation.formula1)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts, self.inside = list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.texts += [value for name, value in attrs if name in ("alt", "aria-label", "title", "download") and value]

    def handle_data(self, data: str) -> None:
        if self.inside not in _INK and data.strip():
            self.texts.append(data.strip())


def texts_of_page(text: str) -> list[str]:
    """What an HTML page says, attributes that are read aloud or shown too."""
    page = _Page()
    page.feed(text)
    return page.texts


def _of_page(file: Path) -> Iterator[str]:
    yield from texts_of_page(file.read_text(encoding="utf-8"))


def _of_json(file: Path) -> Iterator[str]:
    yield from _texts_in(json.loads(file.read_text(encoding="utf-8")))


def tables(platform: Platform) -> Iterator[Text]:
    """Texts in the tables of gold and of models, each once a column; ids and names of goods among them."""
    root = platform.root / "lake" / platform.domain
    for layer in ("gold", "models"):
        for folder in sorted((root / layer).iterdir()):
            table = platform.table(layer, folder.name)
            for name, column in zip(table.column_names, table.columns, strict=True):
                for text in _different(column):
                    yield Text(f"{layer}.{folder.name}.{name}", text)


def _different(column: pa.ChunkedArray) -> Iterator[str]:
    if pa.types.is_nested(column.type):
        yield from sorted(set(_texts_in(column.to_pylist())))
    elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        for text in filter(None, column.unique().to_pylist()):
            yield from _texts_in(json.loads(text)) if text[0] in "[{" and text[-1] in "]}" else (text,)


def told_to_dagster(instance: dg.DagsterInstance, runs: Collection[str]) -> Iterator[Text]:
    """Texts of the metadata of every asset and check of some runs, but of the database's.

    Its tables and columns have one name in every language, so that what asks them goes on asking.
    """
    kinds = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_CHECK_EVALUATION}
    for run in runs:
        for event in instance.all_logs(run, of_type=kinds):
            assert event.dagster_event is not None
            told: Any = event.dagster_event.event_specific_data
            of = getattr(told, "materialization", told)
            if of.asset_key.path[1] == "warehouse":
                continue
            place = f"{'/'.join(of.asset_key.path)} {getattr(of, 'check_name', '')}"
            yield from (Text(place, part) for part in of.asset_key.path)
            for name, value in of.metadata.items():
                yield from (Text(f"{place}: {name}", text) for text in _texts_in(_plain(value)))
            if getattr(of, "description", None):
                yield Text(place, of.description)


def _plain(value: dg.MetadataValue) -> Any:
    if isinstance(value, dg.TableMetadataValue):
        return [list(record.data.values()) for record in value.records]
    if isinstance(value, dg.TableSchemaMetadataValue):
        return [column.description or "" for column in value.schema.columns]
    text = getattr(value, "value", None)
    if isinstance(value, dg.MarkdownMetadataValue):
        return re.sub(r"\(data:[^)]*\)", "", str(text))
    return text if isinstance(value, dg.TextMetadataValue | dg.JsonMetadataValue) else None


def screens(platform: Platform, month: str, segmentation: str) -> Iterator[Text]:
    """Every text of every screen of a month, the sidebar's too; of one customer, where a screen is of one."""
    (customer, *_) = sorted(platform.table("gold", "customer_360")["customer_id"].unique().to_pylist())
    shared = {"dominio": platform.domain, "mes": month, "segmentacao": segmentation}
    for screen in SCREENS:
        page = opened("" if screen is SCREENS[0] else screen.name, **shared, cliente=customer)
        assert not page.exception, (screen.name, [each.message for each in page.exception])
        for part in (page.main, page.sidebar):
            for element in part:
                for text in _shown_by(element):
                    yield Text(screen.name, text)


# What Streamlit sends that is shown as it is; besides, JSON of charts and of the columns of tables, and rows.
_SHOWN = ("body", "label", "help", "placeholder", "options", "content", "caption", "text", "rawValue")
# What of a chart, or of what it draws, is shown.
_DRAWN = ("text", "title", "subtitle", "description", "name", "said", "labelExpr", "persona", "feature", "segment")
_CALENDAR = ("days", "months", "shortDays", "shortMonths")


def _shown_by(element: Any) -> Iterator[str]:
    proto = getattr(element, "proto", None)
    told = MessageToDict(proto) if proto is not None else {}
    for name in _SHOWN:
        for text in _texts_in(told.get(name)):
            yield from texts_of_page(text)
    if "spec" in told:
        yield from drawn(json.loads(told["spec"]))
    for each in json.loads(told.get("columns", "{}")).values():
        yield from filter(None, (each.get("label"), each.get("help")))
    for rows in _rows_of(told):
        yield from (text for column in rows.columns for text in _different(column))


def _rows_of(told: Mapping[str, Any]) -> Iterator[pa.Table]:
    for rows in (told.get("arrowData"), told.get("data"), *told.get("datasets", [])):
        while isinstance(rows, dict) and "data" in rows:
            rows = rows["data"]
        if isinstance(rows, str):
            yield pa.ipc.open_stream(b64decode(rows)).read_all()


def drawn(part: Any) -> Iterator[str]:
    """Every text of a chart that is shown: titles, axes, legends, the calendar, and those in the rows of its data."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from drawn(each)
    elif isinstance(part, dict):
        for key, each in part.items():
            if key in _CALENDAR or key in _DRAWN or (isinstance(each, dict | list) and key != "font"):
                yield from (
                    drawn(each)
                    if key in (*_CALENDAR, *_DRAWN) or isinstance(each, dict)
                    else (text for one in each if isinstance(one, dict | list) for text in drawn(one))
                )
