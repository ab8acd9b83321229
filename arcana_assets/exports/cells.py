"""Cells: columns of a record batch as the texts of a CSV file and the values of a worksheet.

Belongs here: numbers, dates and texts as spreadsheets take them, and what no spreadsheet can hold. Does not belong
here: files (`csv`, `workbook`).
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from arcana_assets.domain.column import Kind
from arcana_assets.presentation.language import Language

# A spreadsheet may run a text that begins with one of these, blanks before it or not.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
BLANKS = " \u00a0\ufeff"
TEXT_LIMIT = 32_767  # UTF-16 units in a cell of a workbook
_EXACT_DIGITS = 10**15  # a workbook keeps 15 digits; longer whole numbers are codes, and stay texts
_UNIX_EPOCH = 25_569  # 1970-01-01 as a workbook counts days
_FIRST_DAY = 61  # 1900-03-01; before it workbooks count a day that never was, and before 1900 none at all
DAY = 86_400_000_000  # microseconds

_ILLEGAL = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"  # in XML
_illegal = re.compile(_ILLEGAL)


@dataclass
class Changes:
    """Cells whose text is not in the files as it is in the table."""

    replaced: int = 0
    """Control characters are shown as their pictures (␀, ␛) or as �, in both files."""
    cut: int = 0
    """Texts longer than a cell of a workbook takes; whole in the CSV file."""


def plain(column: pa.Array, kind: Kind, timezone: str, changes: Changes) -> pa.Array | list[str | None]:
    """A column as both files start from: local times, finite numbers, texts that XML can hold."""
    if kind == "instant":
        column = column.cast(pa.timestamp("us", tz=column.type.tz))
        return pc.local_timestamp(column.cast(pa.timestamp("us", tz=timezone))) if column.type.tz else column
    if kind in ("date", "month"):
        return column.cast(pa.date32())
    if pat.is_floating(column.type):
        column = column.cast(pa.float64())
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, pa.float64()))
    return _texts(column, changes) if kind == "text" else column


def csv_texts(column: pa.Array | list[str | None], kind: Kind, language: Language) -> list[str]:
    """The cells of a CSV file: nothing for what is absent, ISO dates, texts that are no formula, the decimal mark of
    the language."""
    values = column if isinstance(column, list) else column.to_pylist()
    if kind in ("decimal", "money", "share"):
        mark = str(language.texts["notation"]["decimal"])
        return ["" if value is None else _number(value).replace(".", mark) for value in values]
    return ["" if value is None else _SPELLED[kind](value) for value in values]


def sheet_values(
    column: pa.Array | list[str | None], kind: Kind, changes: Changes, language: Language
) -> Sequence[float | str | None]:
    """The cells of a worksheet: numbers, dates as the number of their day, texts; None for what is absent."""
    if isinstance(column, list):
        return [_fitting(text, changes) if text else None for text in column]
    if kind in ("date", "month"):
        return [_day(days) for days in column.cast(pa.int32()).to_pylist()]
    if kind == "instant":
        return [_moment(micros) for micros in column.cast(pa.int64()).to_pylist()]
    if kind == "boolean":
        return [None if value is None else language.value(value, "boolean") for value in column.to_pylist()]
    if kind == "integer":
        return [
            value if value is None or abs(value) < _EXACT_DIGITS else str(value)  # Excel would round it
            for value in column.to_pylist()
        ]
    return column.cast(pa.float64()).to_pylist()


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it looks like one."""
    return f"'{text}" if text.lstrip(BLANKS).startswith(FORMULA_MARKS) else text


def legal_text(text: str) -> str:
    """A text with the characters that XML cannot hold replaced by ones that are seen."""
    return _illegal.sub(lambda found: chr(0x2400 + ord(found[0])) if found[0] < " " else "\ufffd", text)


def _texts(column: pa.Array, changes: Changes) -> list[str | None]:
    if not (pat.is_string(column.type) or pat.is_large_string(column.type)):
        said = [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in column.to_pylist()
        ]
        column = pa.array(said, pa.string())
    texts = column.to_pylist()
    wrong = pc.indices_nonzero(pc.match_substring_regex(column, _ILLEGAL).fill_null(False)).to_pylist()
    for index in wrong:
        texts[index] = legal_text(texts[index])
    changes.replaced += len(wrong)
    return texts


def _fitting(text: str, changes: Changes) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) * 2 > TEXT_LIMIT:
        units = text.encode("utf-16-le")
        if len(units) > 2 * TEXT_LIMIT:
            changes.cut += 1
            text = units[: 2 * TEXT_LIMIT].decode("utf-16-le", errors="ignore")  # half a pair at the end is left out
    return text


def _day(days: int | None) -> float | str | None:
    if days is None or days + _UNIX_EPOCH >= _FIRST_DAY:
        return None if days is None else days + _UNIX_EPOCH
    return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()


def _moment(micros: int | None) -> float | str | None:
    if micros is None or micros >= (_FIRST_DAY - _UNIX_EPOCH) * DAY:
        return None if micros is None else micros / DAY + _UNIX_EPOCH
    return pa.scalar(micros, pa.timestamp("us")).as_py().isoformat(sep=" ")


def _number(value: Any) -> str:
    # The shortest text that reads back as the same number; adding zero takes the sign from a zero.
    return repr(value + 0.0) if isinstance(value, float) else f"{value:f}"


_SPELLED: dict[Kind, Callable[[Any], str]] = {
    "text": safe_text,
    "boolean": lambda value: "true" if value else "false",
    "integer": str,
    "date": date.isoformat,
    "month": date.isoformat,
    "instant": lambda value: value.isoformat(sep=" "),
}
