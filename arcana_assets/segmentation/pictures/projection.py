"""Projection: the customers of all segments on a plane, by principal components.

Belongs here: the one chart and its components. Does not belong here: the space that a model groups in
(`clustering.preprocessing`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.presentation.charts import (
    LINE,
    WIDE,
    Chart,
    at,
    centred,
    chart,
    colour,
    layer,
    literal,
    measured,
    notice,
    require,
    texts,
    wrapped,
)
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.points import NOISE

MOST_POINTS = 4_000  # that are drawn
_FRAME = np.array([520, 430])  # width and height in pixels
_MARK = 26  # pixels that the marks of two centres are apart
WITHIN = (0.5, 99.5)  # percentiles of the frame; few customers far away would press all others together


def standardised(frame: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """Features as sign(x) log(1 + |x|), less their mean, over their standard deviation; (n, d), unknown values 0.

    A feature that does not vary becomes 0. Raises MissingColumns.
    """
    require(frame, *features)
    columns = []
    for name in features:
        values = pd.to_numeric(frame[name], errors="coerce").astype("Float64").to_numpy("float64", na_value=np.nan)
        bent = np.sign(values) * np.log1p(np.abs(values))
        known = np.sort(bent[np.isfinite(bent)])  # so that the sums do not depend on row order
        spread = known.std() if len(known) else 0.0
        if spread > 1e-12:
            columns.append(np.where(np.isfinite(bent), (bent - known.mean()) / spread, 0.0))
        else:
            columns.append(np.zeros(len(frame)))
    return np.column_stack(columns) if columns else np.zeros((len(frame), 0))


def components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two principal components of points (n, d) and the share of variance of each: (n, 2) and (2,).

    Unknown values are taken as the mean of their column. The sign of a component is that which makes its largest
    loading positive (I. T. Jolliffe, Principal Component Analysis, 2002).
    """
    from threadpoolctl import threadpool_limits

    known = np.where(np.isfinite(points), points, np.nan)
    counted = np.isfinite(known).sum(axis=0)
    means = np.where(counted > 0, np.nansum(known, axis=0) / np.maximum(counted, 1), 0.0)
    centred = np.where(np.isfinite(known), known - means, 0.0)
    flat, shares = np.zeros((len(points), 2)), np.zeros(2)
    if not centred.size or not centred.any():
        return flat, shares
    with threadpool_limits(limits=1):
        _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
        found = min(2, len(axes))
        largest = np.argmax(np.abs(axes[:found]).round(9), axis=1)
        signs = np.where(axes[np.arange(found), largest] < 0, -1.0, 1.0)
        flat[:, :found] = centred @ (axes[:found] * signs[:, None]).T
    shares[:found] = (sizes**2 / (sizes**2).sum())[:found]
    return flat, shares


def projection_chart(
    points: np.ndarray,
    segment_ids: Sequence[int] | np.ndarray,
    personas: Mapping[int, str],
    title: str,
    seed: int,
    sizes: Mapping[int, int] | None = None,
    language: Language = DEFAULT,
) -> Chart:
    """Customers and the centres of their segments on the first two principal components.

    Takes points (n, d), the segment_id of each and the names of segments. At most `MOST_POINTS` of them are drawn,
    chosen by `seed`; components and centres are of all. `sizes` are the customers of each segment, where the points are
    a sample of them. The order of rows is of no account. Raises ValueError where points and segments differ in number.
    """
    points, ids = np.asarray(points, dtype="float64"), np.asarray(segment_ids)
    if points.ndim != 2 or len(points) != len(ids):
        raise ValueError(f"points of shape {points.shape} and {len(ids)} segments: expected (n, d) and n")
    say, count = language.say, language.count
    if not points.size:
        return notice(title, say("segmentation.pictures.nothing_to_project"), language)
    ids = np.where(pd.isna(ids), NOISE, ids).astype("int64")
    order = np.lexsort([*points.T, ids])
    points, ids = points[order], ids[order]
    flat, shares = components(points)
    if not shares.any():
        return notice(title, say("segmentation.pictures.all_alike", customers=len(flat)), language)
    # A mixed order, so that no segment lies on top of all others.
    drawn = np.random.default_rng(seed).permutation(len(flat))[:MOST_POINTS]
    segments = sorted(set(ids.tolist()), key=lambda each: (each == NOISE, personas.get(each, ""), each))
    centres = np.array([flat[ids == each].mean(axis=0) for each in segments])
    low, high = _frame(flat, centres)
    out = int(((flat < low) | (flat > high)).any(axis=1).sum())
    held = sizes or {each: int((ids == each).sum()) for each in segments}
    note = say("segmentation.pictures.projection_note", drawn=len(drawn), of=count(sum(held.values())))
    if out:
        note = say("segmentation.pictures.out_of_frame", note=note, share=language.percent(out / len(flat)))
    dots = [
        {"segment_id": segment, "shade": colour(segment), "x": round(x, 3), "y": round(y, 3)}
        for segment, (x, y) in zip(ids[drawn].tolist(), flat[drawn].tolist(), strict=True)
    ]
    segment_of = {each: say("segmentation.pictures.segment", id=str(each)) for each in segments}
    words = [
        {"segment_id": each, "shade": colour(each), "persona": personas.get(each, segment_of[each])}
        | {"customers": held[each]}
        for each in segments
    ]
    axes = [
        say("segmentation.pictures.component", place=place, share=language.percent(float(shares[place - 1])))
        for place in (1, 2)
    ]
    quiet = {"labels": False, "tickCount": 6}
    x, y = (
        measured(name, float(low[place]), float(high[place]), axis={**quiet, "title": axes[place]})
        for place, name in enumerate("xy")
    )
    dot = {"type": "circle", "size": 14, "opacity": 1, "fillOpacity": 0.45, "clip": True}
    body = {
        "width": int(_FRAME[0]),
        "height": int(_FRAME[1]),
        "layer": [
            layer(dot, dots, x=x, y=y, color=literal("shade")),
            *_centres(_marked(words, (centres - low) / (high - low)), say),
            *_names(words, language),
        ],
    }
    alternative = f"{note}. " + "; ".join(f"{each['persona']}: {count(each['customers'])}" for each in words)
    return chart(title, note, alternative, body, WIDE + 80, language)


def _frame(flat: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest values of both axes, with some room."""
    low, high = np.percentile(flat, WITHIN, axis=0)
    low, high = np.minimum(low, centres.min(axis=0)), np.maximum(high, centres.max(axis=0))
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    return (low - room).round(3), (high + room).round(3)


def _marked(words: Sequence[Mapping[str, Any]], centres: np.ndarray) -> list[dict[str, Any]]:
    """Where the centres and their numbers stand, in pixels; centres are of 0 to 1 within the frame."""
    centres = np.column_stack([centres[:, 0], 1 - centres[:, 1]]) * _FRAME
    found = []
    for row, (x, y), (mark_x, mark_y) in zip(words, centres.tolist(), _marks(centres).tolist(), strict=True):
        number, dash, _ = row["persona"].partition("-")
        text = number if dash and number.isdigit() else str(row["segment_id"])
        places = {"x": x, "y": y, "mark_x": mark_x, "mark_y": mark_y}
        found.append({**row, "number": text, **{name: round(place, 1) for name, place in places.items()}})
    return found


def _marks(centres: np.ndarray) -> np.ndarray:
    """Where the numbers of centres stand: on them, and moved apart where they would cover each other."""
    places = centres / _MARK
    turns = np.arange(len(places)) * 2.4  # radians; centres in one place leave it in directions of their own
    places = places + 1e-3 * np.column_stack([np.cos(turns), np.sin(turns)])
    for _ in range(200):
        between = places[:, None] - places[None]
        far = np.linalg.norm(between, axis=2) + np.eye(len(places)) * 9
        if far.min() >= 1:
            break
        push = np.clip(1.02 - far, 0, None) / (2 * far)
        places = places + (between * push[:, :, None]).sum(axis=1)
    return places * _MARK


def _centres(rows: Sequence[Mapping[str, Any]], say: Callable[..., str]) -> list[dict[str, Any]]:
    """The numbered marks of the centres."""
    shade = literal("shade")
    x, y, mark_x, mark_y = at("x"), at("y"), at("mark_x"), at("mark_y")
    disc = {"type": "point", "size": 460, "fill": "white", "strokeWidth": 2.5, "opacity": 1}
    told = (
        ("persona", say("segmentation.pictures.segment_word")),
        ("customers", say("segmentation.pictures.customers_word")),
    )
    return [
        layer(
            {"type": "rule", "strokeWidth": 2},
            rows,
            x=x,
            y=y,
            x2={"field": "mark_x"},
            y2={"field": "mark_y"},
            color=shade,
        ),
        layer({"type": "circle", "size": 30, "opacity": 1}, rows, x=x, y=y, color=shade),
        layer(
            disc,
            rows,
            x=mark_x,
            y=mark_y,
            color=shade,
            tooltip=[{"field": field, "title": title} for field, title in told],
        ),
        texts(rows, "number", mark_x, mark_y, align="center", fontSize=11, fontWeight="bold"),
    ]


def _names(words: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    """What the colours are, at the right of the frame."""
    rows, top = list[dict[str, Any]](), 0.0
    for each in words:
        text = wrapped(f"{each['persona']} ({language.count(each['customers'])})", 34, 2)
        high = LINE * (text.count("\n") + 1)
        middle = top + high / 2
        rows.append({**each, "text": text, "middle": middle, "first": centred(text, middle)})
        top += high + 8
    dot = {"type": "circle", "size": 90, "opacity": 1}
    for row in rows:  # around the middle of the frame
        row |= {place: row[place] + (float(_FRAME[1]) - top) / 2 for place in ("middle", "first")}
    shade = literal("shade")
    x, right = {"value": int(_FRAME[0]) + 24}, {"value": int(_FRAME[0]) + 36}
    return [layer(dot, rows, x=x, y=at("middle"), color=shade), texts(rows, "text", right, at("first"), align="left")]
