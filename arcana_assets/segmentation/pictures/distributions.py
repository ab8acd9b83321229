"""Distributions: how the features of customers spread within each segment.

Belongs here: the one chart, and which scale a feature is shown on. Does not belong here: means and lifts
(`profiles`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from arcana_assets.presentation.charts import (
    FAINT,
    INK,
    Chart,
    at,
    centred,
    chart,
    colour,
    layer,
    literal,
    notice,
    numbers,
    percents,
    require,
    texts,
    wrapped,
)
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.points import NOISE

MOST_FEATURES = 12  # of a chart
SKEWED = 30  # times a small value, from which on a linear scale leaves no room for the small ones
WITHIN = (5, 25, 50, 75, 95)  # percentiles: whisker, box, median, box, whisker
_BOX = ("low", "first_quarter", "median", "third_quarter", "high")
_PANEL, _NAMES, _ROW = 215, 170, 30  # pixels: width of a panel and of the names, height of a segment
_BOX_HEIGHT, _PALE = 17, 0.75


@dataclass(frozen=True)
class Scale:
    """How the axis of a feature runs; `linear_to` is where a symmetric logarithm begins, on either side of 0."""

    kind: Literal["linear", "log", "symlog"]
    linear_to: float = 1.0


def scale_of(values: np.ndarray) -> Scale:
    """The scale on which the 5th to 95th percentile of a feature can be seen, whatever the missing values (NaN).

    Linear unless the 95th percentile (or the 5th, below 0) is more than `SKEWED` times a small size, the lower quartile
    of what is not 0; then a logarithm, symmetric around 0 where there is anything at 0 or below.
    """
    known = values[np.isfinite(values)]
    sizes = np.sort(np.abs(known[known != 0]))
    if not len(sizes):
        return Scale("linear")
    if np.abs(np.percentile(known, [5, 95])).max() <= SKEWED * sizes[len(sizes) // 4]:
        return Scale("linear")
    return Scale("log") if known.min() > 0 else Scale("symlog", float(sizes[len(sizes) // 20]))


def distributions_chart(
    frame: pd.DataFrame,
    segments: pd.Series,
    personas: Mapping[int, str],
    features: Sequence[str],
    labels: Mapping[str, str],
    title: str | None = None,
    language: Language = DEFAULT,
) -> Chart:
    """A box plot by segment for each feature.

    Takes customers (one row each), the segment_id of each in the same order of rows, and the names of segments and
    features. Boxes are quartiles, whiskers go from the 5th to the 95th percentile, nothing beyond is drawn; of features
    that are 0 or 1 the share of 1 is. Of more than `MOST_FEATURES` those that tell segments apart best are shown, in
    their order. Raises MissingColumns, and ValueError where the rows differ in number.
    """
    require(frame, *features)
    if len(frame) != len(segments):
        raise ValueError(f"{len(frame)} customers and {len(segments)} segments: expected a segment a customer")
    say, title = language.say, title or language.say("segmentation.pictures.distributions_title")
    if frame.empty or not features:
        return notice(title, say("segmentation.pictures.no_features"), language)
    ids = segments.fillna(NOISE).to_numpy(dtype="int64")
    values = {name: _numbers(frame[name]) for name in dict.fromkeys(features)}
    shown = _telling(values, ids)
    order = sorted(set(ids.tolist()), key=lambda each: (each == NOISE, personas.get(each, ""), each))
    unnamed = {each: say("segmentation.pictures.segment", id=str(each)) for each in order}
    rows = [_named(each, personas.get(each, unnamed[each]), place) for place, each in enumerate(order)]
    columns = min(3, len(shown))
    panels = [
        _panel(values[name], ids, rows, labels.get(name, name), language, named=place % columns == 0)
        for place, name in enumerate(shown)
    ]
    low, high = (language.percent(each / 100, 0) for each in (WITHIN[0], WITHIN[-1]))
    note = say("segmentation.pictures.boxes", low=low, high=high)
    if len(shown) < len(values):
        note += " " + say("segmentation.pictures.features_shown", shown=len(shown), of=len(values))
    named = ", ".join(labels.get(name, name) for name in shown)
    alternative = f"{note} {say('segmentation.pictures.features', names=named)}"
    body = {"columns": columns, "spacing": {"row": 26, "column": 30}, "concat": panels}
    return chart(title, note, alternative, body, _NAMES + (_PANEL + 30) * columns, language)


def _named(segment: int, persona: str, place: int) -> dict[str, Any]:
    name, middle = wrapped(persona, 24, 2), _ROW * (place + 0.5)
    place_of = {"middle": middle, "first": centred(name, middle)}
    return {"segment_id": segment, "shade": colour(segment), "name": name, **place_of}


def _panel(
    values: np.ndarray,
    ids: np.ndarray,
    order: Sequence[Mapping[str, Any]],
    label: str,
    language: Language,
    *,
    named: bool,
) -> dict[str, Any]:
    """The boxes of a feature, or the bars of one that is 0 or 1, a segment a row."""
    flag = _is_flag(values)
    boxes, unknown = list[dict[str, Any]](), list[Mapping[str, Any]]()
    for row in order:
        mine = values[ids == row["segment_id"]]
        known = np.sort(mine[np.isfinite(mine)])
        if not len(known):
            unknown.append(row)
        elif flag:
            boxes.append({**row, "share": float(known.mean()), "said": language.percent(float(known.mean()), 0)})
        else:
            boxes.append({**row, **dict(zip(_BOX, np.percentile(known, WITHIN).tolist(), strict=True))})
    layers = _bars(boxes, language) if flag else _boxes(boxes, values, language) if boxes else []
    if unknown:
        said = [{**row, "said": language.say("segmentation.pictures.no_data")} for row in unknown]
        layers.append(texts(said, "said", {"value": 4}, at("middle"), align="left", fontSize=11, color=FAINT))
    if named:
        layers.append(texts(order, "name", {"value": -10}, at("first"), align="right"))
    missing = _missing(values, ids, [row["segment_id"] for row in order], language)
    return {
        "title": {
            "text": wrapped(label, 40, 2).split("\n"),
            "frame": "group",
            "offset": 8,
            "fontSize": 12,
            "lineHeight": 15,
            "subtitle": missing or " ",
            "subtitleFontSize": 11,
            "subtitlePadding": 2,
        },
        "width": _PANEL,
        "height": _ROW * len(order),
        "layer": layers,
    }


def _bars(rows: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    axis = {"values": [0, 0.5, 1], "labelExpr": percents(language)}
    x = {"field": "share", "type": "quantitative", "title": None, "axis": axis, "scale": {"domain": [0, 1.2]}}
    bar = {"type": "bar", "orient": "horizontal", "height": _BOX_HEIGHT, "opacity": 1, "fillOpacity": _PALE}
    return [
        layer(bar, rows, x=x, y=at("middle"), color=literal("shade")),
        texts(rows, "said", x, at("middle"), align="left", dx=4, fontSize=11),
    ]


def _boxes(rows: Sequence[Mapping[str, Any]], values: np.ndarray, language: Language) -> list[dict[str, Any]]:
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    x, y, shade = _scaled(scale_of(values), low, high, language), at("middle"), literal("shade")

    def across(start: str, end: str) -> dict[str, Any]:
        return {"x": {**x, "field": start}, "x2": {"field": end}}

    box = {"type": "bar", "orient": "horizontal", "height": _BOX_HEIGHT, "opacity": 1, "fillOpacity": _PALE}
    tick = {"type": "tick", "orient": "vertical", "color": INK, "size": _BOX_HEIGHT, "thickness": 2, "opacity": 1}
    return [
        layer({"type": "rule", "strokeWidth": 1.5}, rows, **across("low", "high"), y=y, color=shade),
        layer(box, rows, **across("first_quarter", "third_quarter"), y=y, color=shade),
        layer(tick, rows, x={**x, "field": "median"}, y=y),
    ]


def _scaled(scale: Scale, low: float, high: float, language: Language) -> dict[str, Any]:
    """The axis of a feature whose whiskers reach from `low` to `high`."""
    axis: dict[str, Any] = {"labelExpr": numbers(language), "labelOverlap": "greedy", "labelSeparation": 8}
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    options: dict[str, Any] = {"type": scale.kind, "domain": [low, high], "nice": False, "zero": False}
    if scale.kind == "linear":
        axis["tickCount"] = 4
    else:
        axis["values"] = _powers(low, high, scale.linear_to if scale.kind == "symlog" else low) or [low, high]
    if scale.kind == "symlog":
        options["constant"] = scale.linear_to
    return {"type": "quantitative", "title": None, "axis": axis, "scale": options}


def _powers(low: float, high: float, least: float) -> list[float]:
    """Powers of ten from `low` to `high`, on either side of 0 those from `least` on; at most about five, evenly."""
    sizes = range(math.floor(math.log10(least)), math.ceil(math.log10(max(abs(low), abs(high)))) + 1)
    found = [sign * 10.0**size for sign in (-1, 1) for size in sizes] + [0.0] * (low <= 0)
    ticks = sorted(value for value in found if low <= value <= high and (value == 0 or abs(value) >= least))
    step = max(1, -(-len(ticks) // 5))
    start = ticks.index(0.0) % step if 0.0 in ticks else 0
    return ticks[start::step]


def _missing(values: np.ndarray, ids: np.ndarray, order: Sequence[int], language: Language) -> str:
    """A line on the share of customers without the feature, where there are any."""
    absent = ~np.isfinite(values)
    if not absent.any():
        return ""
    shares = [float(absent[ids == segment].mean()) for segment in order]
    least, most = language.percent(min(shares), 0), language.percent(max(shares), 0)
    share = language.percent(float(absent.mean()))
    if least == most:
        return language.say("segmentation.pictures.unknown", share=share)
    return language.say("segmentation.pictures.unknown_apart", share=share, least=least, most=most)


def _is_flag(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 0 and bool(np.isin(known, (0.0, 1.0)).all())


def _numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column, errors="coerce").astype("Float64").to_numpy(dtype="float64", na_value=np.nan)


def _telling(values: Mapping[str, np.ndarray], ids: np.ndarray) -> list[str]:
    """At most `MOST_FEATURES` names, in their order: those whose segments have mean percentiles furthest apart."""
    if len(values) <= MOST_FEATURES:
        return list(values)
    ranks = pd.DataFrame(values).replace([np.inf, -np.inf], np.nan).rank(pct=True)
    means = ranks.groupby(ids).mean()
    apart = (means.max() - means.min()).fillna(0).to_numpy()
    kept = set(np.argsort(-apart.round(12), kind="stable")[:MOST_FEATURES].tolist())
    return [name for place, name in enumerate(values) if place in kept]
