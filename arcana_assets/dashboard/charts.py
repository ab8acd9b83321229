"""Charts of the page: bars, lines and areas by month, a histogram, as Vega-Lite dictionaries in the page's language.

Belongs here: what a chart of a screen looks like. Does not belong here: frame, colours and texts that files share
(`presentation.charts`), numbers as words (`presentation.language`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from arcana_assets.presentation.charts import GREY, INK, LETTER, Chart, chart, colour, locale_of
from arcana_assets.presentation.language import Language

ROW = 26  # pixels of a bar and the space below it
WIDEST = 330  # pixels of the labels of bars
BLUE = "#1F5A96"


def bars(
    rows: Sequence[Mapping[str, Any]], language: Language, described: str, wide: int = 420, label: int = 210
) -> Chart:
    """A bar a row: `label`, `value`, `text` behind it, `colour`. There is room for the longest label, within limits."""
    longest = max((len(str(row["label"])) for row in rows), default=0)
    label = max(label, min(int(longest * LETTER) + 24, WIDEST))
    most = max((abs(row["value"]) for row in rows), default=1) or 1
    marks = [
        {
            "label": str(row["label"]),
            "from": label,
            "to": label + abs(row["value"]) / most * wide,
            "text": row["text"],
            "colour": row.get("colour") or BLUE,
            "y": place * ROW + ROW / 2,
            "at": label + abs(row["value"]) / most * wide + 6,
        }
        for place, row in enumerate(rows)
    ]
    pixel: dict[str, Any] = {"type": "quantitative", "scale": None, "axis": None}
    layers = [
        {
            "mark": {"type": "bar", "height": ROW - 10, "cornerRadius": 2},
            "encoding": {
                "x": {"field": "from", **pixel},
                "x2": {"field": "to"},
                "y": {"field": "y", **pixel},
                "color": {"field": "colour", "type": "nominal", "scale": None},
            },
        },
        {
            "mark": {"type": "text", "align": "right", "dx": -8, "limit": label - 10},
            "encoding": {"x": {"field": "from", **pixel}, "y": {"field": "y", **pixel}, "text": {"field": "label"}},
        },
        {
            "mark": {"type": "text", "align": "left"},
            "encoding": {"x": {"field": "at", **pixel}, "y": {"field": "y", **pixel}, "text": {"field": "text"}},
        },
    ]
    body = {"width": label + wide + 120, "height": ROW * max(len(rows), 1), "data": {"values": marks}, "layer": layers}
    return _spoken(chart("", "", described, body), language)


def by_month(
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    described: str,
    *,
    stacked: bool = False,
    share: bool = False,
    tall: int = 220,
) -> Chart:
    """Lines, or areas one above the other, by `month`, `name` and `value`; `colour` is the same for a name."""
    values = [{**row, "month": row["month"].isoformat()} for row in rows if row["value"] is not None]
    names = list(dict.fromkeys(row["name"] for row in values))
    colours = {row["name"]: row.get("colour") or BLUE for row in values}
    months = len({row["month"] for row in values})
    mark: dict[str, Any] = {"type": "area"} if stacked and months > 1 else {"type": "line", "point": True}
    if stacked and months == 1:
        mark = {"type": "bar", "size": 40}
    encoding: dict[str, Any] = {
        "x": {
            "field": "month",
            "type": "temporal",
            "title": None,
            "axis": {
                "format": language.texts["notation"]["short_month"],
                "tickCount": {"interval": "month", "step": 1 if months <= 12 else 3},
                "grid": False,
            },
            "scale": {"type": "utc"},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "title": None,
            "stack": "zero" if stacked else None,
            "axis": {"labelExpr": "format(100 * datum.value, ',~r') + ' %'" if share else "format(datum.value, ',~r')"},
        },
        "color": {
            "field": "name",
            "type": "nominal",
            "title": None,
            "scale": {"domain": names, "range": [colours[name] for name in names]},
            "legend": None if len(names) == 1 else {"orient": "bottom", "columns": 3, "labelLimit": 260},
        },
    }
    body = {"width": "container", "height": tall, "data": {"values": values}, "mark": mark, "encoding": encoding}
    return _spoken(chart("", "", described, body), language)


def histogram(rows: Sequence[Mapping[str, Any]], language: Language, described: str, *, share: bool = False) -> Chart:
    """How many customers (`customers`) lie from `low` to `high`."""
    written = "format(100 * datum.value, ',~r') + ' %'" if share else "format(datum.value, ',~r')"
    values = [{"low": row["low"], "high": row["high"], "customers": row["customers"]} for row in rows]
    body = {
        "width": "container",
        "height": 180,
        "data": {"values": values},
        "mark": {"type": "bar", "color": BLUE, "binSpacing": 1},
        "encoding": {
            "x": {
                "field": "low",
                "type": "quantitative",
                "bin": {"binned": True},
                "title": None,
                "axis": {"tickCount": 8, "labelExpr": written, "grid": False, "labelOverlap": True},
            },
            "x2": {"field": "high"},
            "y": {"field": "customers", "type": "quantitative", "title": None},
        },
    }
    return _spoken(chart("", "", described, body), language)


def said_and_came(
    rows: Sequence[Mapping[str, Any]],
    group: str,
    said: str,
    came: str,
    language: Language,
    described: str,
) -> Chart:
    """A bar a `group` of what `came`, and a mark where it was `said` to end; both are shares, named by the texts."""
    values = [{"group": row["group"], said: row["said"], came: row["came"]} for row in rows]
    names = {"domain": [came, said], "range": [BLUE, INK]}
    axis = {"labelExpr": "format(100 * datum.value, ',~r') + ' %'", "tickCount": 5}
    x = {"field": "group", "type": "ordinal", "title": group, "axis": {"labelAngle": 0, "grid": False}}
    y = {"type": "quantitative", "title": None, "axis": axis, "scale": {"zero": True}}
    layers = [
        {
            "mark": mark,
            "transform": [{"calculate": json.dumps(name), "as": "name"}],
            "encoding": {
                "x": x,
                "y": {"field": name, **y},
                "color": {
                    "field": "name",
                    "type": "nominal",
                    "title": None,
                    "scale": names,
                    "legend": {"orient": "bottom"},
                },
            },
        }
        for name, mark in ((came, {"type": "bar", "width": {"band": 0.7}}), (said, {"type": "tick", "thickness": 3}))
    ]
    body = {"width": "container", "height": 240, "data": {"values": values}, "layer": layers}
    return _spoken(chart("", "", described, body), language)


def scatter(points: Sequence[Mapping[str, float]], across: str, up: str, language: Language) -> Chart:
    """A point a customer: `x` and `y`, named by `across` and `up`."""
    axis = {"labelExpr": "format(datum.value, ',~r')", "grid": False, "tickCount": 6}
    body = {
        "width": "container",
        "height": 260,
        "data": {"values": list(points)},
        "mark": {"type": "point", "filled": True, "opacity": 0.45, "size": 22, "color": BLUE},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": across, "axis": axis, "scale": {"zero": False}},
            "y": {"field": "y", "type": "quantitative", "title": up, "axis": axis, "scale": {"zero": False}},
        },
    }
    return _spoken(chart("", "", f"{across} × {up}", body), language)


def colour_of(segment_id: int | None) -> str:
    """The colour of a segment on every screen; grey for who is in none."""
    return colour(segment_id) if segment_id else GREY


def day(value: date) -> str:
    """A date as Vega reads it."""
    return value.isoformat()


def _spoken(spec: Chart, language: Language) -> Chart:
    """The chart with numbers and dates as the language writes them."""
    config = dict(spec["config"])
    config |= {"locale": locale_of(language), "text": {**config["text"], "color": INK}}
    found = {key: value for key, value in spec.items() if key != "title"}
    found["description"] = spec["description"].removeprefix(". ")  # the title is above it, as a heading
    return found | {"config": config, "padding": {"left": 4, "right": 4, "top": 4, "bottom": 4}}
