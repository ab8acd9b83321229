"""Charts: Vega-Lite dictionaries made from tables, which a page shows as they are and a report as PNG.

Belongs here: frame, colours, texts and scales that two charts need. Does not belong here: what one chart shows, how it
becomes a picture (`png`).

A text of the data is a value of a text mark, never a name of a field, an axis or an expression, so nothing of it is
interpreted. What is told apart by name stands at places in pixels; what is measured has a scale.
"""

import math
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.presentation.language import DEFAULT, Language

Chart = dict[str, Any]
Row = Mapping[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK, FAINT, GRID = "#222222", "#666666", "#DDDDDD"
GREY = "#8C8C8C"
# Told apart by colour-blind readers: from P. Tol, Colour Schemes (SRON/EPS/TN/09-002), "muted", and M. Okabe and
# K. Ito, Color Universal Design (2008).
PALETTE = (
    *("#0072B2", "#E69F00", "#117733", "#AA4499", "#88CCEE", "#D55E00"),
    *("#999933", "#332288", "#CC6677", "#44AA99", "#DDCC77", "#882255"),
)
LINE = 14  # pixels of a line of text
LETTER = 6.4  # pixels of a letter, about
WIDE = 720  # pixels of a usual chart, labels included

# Characters that XML 1.0 does not have: the renderer writes SVG and ends the whole process at one of them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONFIG: dict[str, Any] = {
    # The first of these is within the renderer, so a machine without fonts draws the same.
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "lineBreak": "\n",
    "view": {"stroke": None},
    "text": {"fontSize": 12, "lineHeight": LINE, "color": INK, "baseline": "middle"},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "offset": 18,
        "color": INK,
        "fontSize": 15,
        "lineHeight": 19,
        "subtitleColor": FAINT,
        "subtitleFontSize": 12,
        "subtitleLineHeight": 16,
        "subtitlePadding": 5,
    },
    "axis": {
        "domainColor": GRID,
        "gridColor": GRID,
        "ticks": False,
        "labelPadding": 6,
        "labelColor": INK,
        "labelFontSize": 11,
        "titleColor": FAINT,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "legend": {
        "orient": "bottom",
        "direction": "horizontal",
        "offset": 14,
        "labelColor": INK,
        "labelFontSize": 12,
        "titleColor": FAINT,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
}


class MissingColumns(ArcanaError):
    """Raised where a table to draw lacks a column."""


def require(table: pd.DataFrame, *columns: str) -> None:
    """Raises MissingColumns for the first of the columns that the table lacks, with the nearest name it has."""
    for column in columns:
        if column not in table.columns:
            raise MissingColumns(
                f"the table to draw has no column '{column}'{nearest(column, map(str, table.columns))}. "
                f"Expected {', '.join(columns)}."
            )


def numbers(language: Language = DEFAULT) -> str:
    """The expression of the labels of an axis in the notation of `Language.number`."""
    notation = language.texts["notation"]
    return (
        f"abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',~r') + ' {notation['billions']}' : "
        f"abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',~r') + ' {notation['millions']}' : "
        "format(datum.value, ',~r')"
    )


def percents(language: Language = DEFAULT) -> str:
    """The expression of the labels of an axis in the notation of `Language.percent`."""
    before, after = str(language.texts["notation"]["percent"]).split("{number}")
    shown = "format(100 * datum.value, ',~r')"
    return " + ".join([*([f"'{before}'"] if before else []), shown, *([f"'{after}'"] if after else [])])


NUMBERS, PERCENTS = numbers(), percents()


def chart(
    title: str,
    note: str,
    alternative: str,
    body: Mapping[str, Any],
    wide: float = WIDE,
    language: Language = DEFAULT,
) -> Chart:
    """A chart with its title, a note below the title, and the words that stand for it where it cannot be seen.

    `body` is the rest of the specification; the title has lines of at most `wide` pixels. The result is JSON as it
    stands: a number that is not finite is null, and a text has no character that XML does not have.
    """
    found = {
        "$schema": SCHEMA,
        "description": f"{title}. {alternative}",
        "background": "white",
        "padding": 12,
        "title": {
            "text": wrapped(title, int(wide / LETTER / 1.3)).split("\n"),
            "subtitle": [line for part in note.split("\n") for line in wrapped(part, int(wide / LETTER)).split("\n")],
        },
        "config": {**_CONFIG, "locale": locale_of(language)},
        **body,
    }
    plain: Chart = _plain(found)
    return plain


def notice(title: str, text: str, language: Language = DEFAULT) -> Chart:
    """A chart that says why there is nothing to see."""
    words = layer({"type": "text", "x": 0, "y": 24, "align": "left", "fontSize": 14}, [{"text": wrapped(text, 80)}])
    words["encoding"] = {"text": {"field": "text"}}
    return chart(title, "", text, {"width": 600, "height": 90, "layer": [words]}, language=language)


def layer(mark: Mapping[str, Any], rows: Sequence[Row], **encoding: Any) -> dict[str, Any]:
    """Marks of one kind, one a row."""
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def at(field: str) -> dict[str, Any]:
    """A place in pixels, from the left or from the top."""
    return {"field": field, "type": "quantitative", "scale": None}


def measured(field: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A place on a linear scale from `low` to `high`, without an axis unless `axis` says so."""
    scale = {"domain": [low, high], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "axis": None, "title": None, "scale": scale, **more}


def literal(field: str, kind: str = "nominal") -> dict[str, Any]:
    """A colour, an opacity or a shape that the row itself gives: layers that share a scale could change it."""
    return {"field": field, "type": kind, "scale": None, "legend": None}


def texts(rows: Sequence[Row], field: str, x: Any, y: Any, **mark: Any) -> dict[str, Any]:
    """A text a row, as it stands in its field; lines are apart by line breaks."""
    return layer({"type": "text", **mark}, rows, text={"field": field}, x=x, y=y)


def centred(text: str, middle: float) -> float:
    """Where the first line of a text stands so that the middle of its lines is at `middle`."""
    return middle - LINE * text.count("\n") / 2


def colour(segment_id: int) -> str:
    """The colour of a segment, the same in every chart; grey for who is in none, whose id is 0.

    Ids beyond the twelfth begin the colours again, so a chart never tells segments apart by colour alone.
    """
    return PALETTE[(segment_id - 1) % len(PALETTE)] if segment_id > 0 else GREY


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """The text in lines of at most `width` characters; what does not fit into `lines` of them ends in an ellipsis.

    A word that is longer than a line is broken after an underscore, if it has one.
    """
    words = [word.replace("_", "_\t") if len(word) > width else word for word in text.split()]
    found = wrap(" ".join(words), width, expand_tabs=False, replace_whitespace=False)
    parts = [line.replace("\t", "") for line in found] or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], parts[lines - 1][: width - 1].rstrip() + "…"]
    return "\n".join(parts)


def locale_of(language: Language) -> dict[str, Any]:
    """Numbers and dates that the renderer writes itself."""
    notation = language.texts["notation"]
    days, months = language.words("notation.days"), language.words("notation.months")
    sign = str(notation["money"]).format(sign="R$", number="")
    return {
        "number": {
            "decimal": notation["decimal"],
            "thousands": notation["thousands"],
            "grouping": [3],
            "currency": [sign, ""],
        },
        "time": {
            "dateTime": notation["date_time"],
            "date": notation["day"],
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": days,
            "shortDays": [day[:3] for day in days],
            "months": months,
            "shortMonths": [month[:3] for month in months],
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _ILLEGAL.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
