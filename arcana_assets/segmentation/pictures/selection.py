"""Selection: which clusterings were tried, by silhouette and by inertia, and the one that was chosen.

Belongs here: the one chart, and where its elbow is. Does not belong here: trying and choosing
(`clustering`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.presentation.charts import (
    FAINT,
    INK,
    WIDE,
    Chart,
    chart,
    layer,
    notice,
    numbers,
    percents,
    require,
    texts,
)
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.png import png
from arcana_assets.segmentation.clustering.clusterer_data import ALGORITHMS, DENSITY, algorithm_of

STYLES = (
    *(("#0072B2", "circle"), ("#D55E00", "square"), ("#117733", "triangle-up")),
    *(("#AA4499", "diamond"), ("#E69F00", "triangle-down"), ("#332288", "cross")),
)
_WIDTH, _HEIGHT = 330, 270  # of a panel, pixels


def elbow(k: Sequence[float], inertia: Sequence[float]) -> int | None:
    """The place of the point that lies farthest below the chord from the first to the last; None where none does.

    Both axes are scaled to 0..1 first, as in V. Satopaa et al., Finding a "Kneedle" in a Haystack (2011). `k` ascends.
    """
    across, down = np.asarray(k, dtype="float64"), np.asarray(inertia, dtype="float64")
    if len(across) < 3 or across[-1] == across[0] or down[0] <= down[-1]:
        return None
    below = 1 - (across - across[0]) / (across[-1] - across[0]) - (down - down[-1]) / (down[0] - down[-1])
    place = int(np.argmax(below))
    return place if below[place] > 1e-9 else None


def selection_picture(selection: pd.DataFrame, title: str, language: Language = DEFAULT) -> bytes:
    """The chart of what was tried as PNG."""
    return png(selection_chart(selection, title, language))


def selection_chart(selection: pd.DataFrame, title: str, language: Language = DEFAULT) -> Chart:
    """Silhouette and inertia of everything tried, by number of segments.

    Takes a row a candidate: algorithm, k, parameter, silhouette (-1 to 1), silhouette_error (standard error, where it
    is a sample's), inertia (of algorithms with centres), stability (0 to 1), admissible, chosen. At the left a line an
    algorithm through its best silhouette of each k: full points were admissible, hollow ones refused, the chosen one
    has a ring. At the right the inertia as a share of that of the algorithm's smallest k, with its elbow. Raises
    MissingColumns.
    """
    require(selection, "algorithm", "k", "parameter", "silhouette", "silhouette_error", "inertia", "stability")
    require(selection, "admissible", "chosen")
    rows, say = _typed(selection), language.say
    if rows.empty:
        return notice(title, say("segmentation.pictures.nothing_tried"), language)
    known = list(ALGORITHMS)
    names = sorted(set(rows["algorithm"]), key=lambda name: (known.index(name) if name in known else 99, name))
    styles = [STYLES[place % len(STYLES)] for place in range(len(names))]
    shown = [algorithm_of(name, language) for name in names]
    style = {
        channel: {"field": "name", "type": "nominal", "title": None, "scale": {"domain": shown, "range": list(values)}}
        for channel, values in zip(("color", "shape"), zip(*styles, strict=True), strict=True)
    }
    rows = rows.assign(name=rows["algorithm"].map(dict(zip(names, shown, strict=True))))
    inertias = [_inertias(rows[rows["algorithm"] == name]) for name in names]
    elbows = [point for points in inertias if (point := _elbow(points)) is not None]
    found = ", ".join(f"{point['name']} k = {point['k']}" for point in elbows)
    chosen = "; ".join(_said(row, language) for row in _records(rows[rows["chosen"]]))
    notes = (
        say("segmentation.pictures.chosen", chosen=chosen or say("segmentation.pictures.none_chosen")),
        say("segmentation.pictures.elbow", found=found) if found else say("segmentation.pictures.no_elbow"),
        say("segmentation.pictures.points"),
    )
    least = [point for points in inertias for point in points]
    panels = [
        _panel(say("segmentation.pictures.silhouette"), _silhouettes(rows, style, language), rows["k"], language),
        _panel(
            say("segmentation.pictures.inertia", whole=language.percent(1, 0)),
            _shares(least, elbows, style, language),
            rows["k"],
            language,
        ),
    ]
    body = {
        "concat": panels,
        "columns": 2,
        "spacing": 36,
    }
    return chart(title, "\n".join(notes), " ".join(notes), body, WIDE, language)


def _typed(selection: pd.DataFrame) -> pd.DataFrame:
    """The candidates that found groups, in an order of their own, with plain numbers."""
    values = {
        name: pd.to_numeric(selection[name], errors="coerce").astype("float64")
        for name in ("k", "silhouette", "silhouette_error", "inertia", "stability")
    }
    flags = {name: selection[name].fillna(False).astype(bool) for name in ("admissible", "chosen")}
    texts = {name: selection[name].fillna("").astype(str) for name in ("algorithm", "parameter")}
    rows = selection.assign(**values, **flags, **texts)
    rows = rows[np.isfinite(rows["k"]) & (rows["k"] > 0)].replace([np.inf, -np.inf], np.nan)
    return rows.sort_values(["algorithm", "k", "silhouette", "parameter"], ignore_index=True)


def _panel(title: str, layers: list[dict[str, Any]], k: pd.Series, language: Language) -> dict[str, Any]:
    """One of the two charts, over the number of segments; it says so where it has nothing to show."""
    low, high = int(k.min()), int(k.max())
    ticks = {"values": list(range(low, high + 1, 1 + (high - low) // 15)), "format": "d", "grid": False}
    x = {
        "field": "k",
        "type": "quantitative",
        "title": language.say("segmentation.pictures.number_of_segments"),
        "axis": ticks,
        "scale": {"domain": [low - 0.6, high + 0.6], "nice": False, "zero": False},
    }
    if not layers:
        centre = {"value": _WIDTH / 2}, {"value": _HEIGHT / 2}
        nothing = [{"text": language.say("segmentation.pictures.nothing")}]
        layers = [texts(nothing, "text", *centre, align="center", color=FAINT)]
    else:
        layers = [{**each, "encoding": {"x": x, **each["encoding"]}} for each in layers]
    heading = {"text": title, "frame": "group", "fontSize": 12, "fontWeight": "normal", "color": FAINT, "offset": 8}
    return {"title": heading, "width": _WIDTH, "height": _HEIGHT, "layer": layers}


def _silhouettes(rows: pd.DataFrame, style: Mapping[str, Any], language: Language) -> list[dict[str, Any]]:
    rows = rows[rows["silhouette"].notna()]
    if rows.empty:
        return []
    columns = ["name", "k", "parameter", "silhouette"]
    best = rows.groupby(["name", "k"], sort=True)["silhouette"].max().reset_index()
    error = rows["silhouette_error"].fillna(0.0)
    sampled = rows.assign(low=rows["silhouette"] - error, high=rows["silhouette"] + error)[error > 0]
    axis = {"labelExpr": numbers(language), "tickCount": 6}
    y = {"field": "silhouette", "type": "quantitative", "title": None, "axis": axis, "scale": {"zero": False}}
    say = language.say
    told: list[dict[str, Any]] = [
        {"field": "name", "title": say("segmentation.pictures.algorithm")},
        {"field": "parameter", "title": say("segmentation.pictures.parameter")},
        {
            "field": "silhouette",
            "title": say("segmentation.pictures.silhouette"),
            "type": "quantitative",
            "format": ",.3f",
        },
    ]
    ring = {"type": "point", "size": 260, "color": INK, "strokeWidth": 1.6, "opacity": 1}
    return [
        layer({"type": "line", "strokeWidth": 1.5}, _records(best), y=y, color=style["color"]),
        layer(
            {"type": "rule", "strokeWidth": 1.5},
            _records(sampled, "name", "k", "low", "high"),
            y={**y, "field": "low"},
            y2={"field": "high"},
            color=style["color"],
        ),
        layer(
            {"type": "point", "filled": True, "size": 70, "opacity": 1},
            _records(rows[rows["admissible"]], *columns),
            **{"y": y, **style, "tooltip": told},
        ),
        layer(
            {"type": "point", "fill": "white", "size": 60, "opacity": 1, "strokeWidth": 1.6},
            _records(rows[~rows["admissible"]], *columns),
            **{"y": y, **style, "tooltip": told},
        ),
        layer(ring, _records(rows[rows["chosen"]], *columns), y=y),
    ]


def _said(row: Mapping[str, Any], language: Language) -> str:
    """Which candidate was chosen, in words."""
    text = f"{row['name']}, k = {row['k']:.0f}"
    if np.isfinite(row["stability"]):
        value = language.number(row["stability"], 2)
        text = language.say("segmentation.pictures.stability", text=text, value=value)
    return text if row["admissible"] else language.say("segmentation.pictures.none_passed", text=text)


def _inertias(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The smallest inertia of each k of an algorithm, as a share of the first; none of one without centres."""
    least = rows[rows["inertia"].notna() & ~rows["algorithm"].isin(DENSITY)].groupby("k", sort=True)["inertia"].min()
    if least.empty or least.iloc[0] <= 0:
        return []
    name = rows["name"].iloc[0]
    return [{"name": name, "k": int(k), "share": float(each)} for k, each in (least / least.iloc[0]).items()]


def _elbow(points: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    place = elbow([point["k"] for point in points], [point["share"] for point in points])
    return None if place is None else points[place]


def _shares(
    points: Sequence[Any], elbows: Sequence[Any], style: Mapping[str, Any], language: Language
) -> list[dict[str, Any]]:
    if not points:
        return []
    axis = {"labelExpr": percents(language), "tickCount": 6}
    y = {"field": "share", "type": "quantitative", "title": None, "axis": axis, "scale": {"zero": False}}
    square = {"type": "point", "shape": "square", "size": 300, "strokeWidth": 1.6, "opacity": 1}
    return [
        layer({"type": "line", "strokeWidth": 1.5}, points, y=y, color=style["color"]),
        layer({"type": "point", "filled": True, "size": 50, "opacity": 1}, points, y=y, **style),
        layer(square, elbows, y=y, color=style["color"]),
    ]


def _records(rows: pd.DataFrame, *columns: str) -> list[dict[str, Any]]:
    wanted = list(columns or rows.columns)
    return [dict(zip(wanted, row, strict=True)) for row in rows[wanted].itertuples(index=False)]
