"""Migration: how customers flowed from the segments of the month before to those of this one.

Belongs here: the one chart. Does not belong here: counting who moved (`movement.migration`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.presentation.charts import (
    FAINT,
    LINE,
    Chart,
    at,
    centred,
    chart,
    colour,
    layer,
    literal,
    notice,
    require,
    texts,
    wrapped,
)
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.clustering.points import NOISE

OUTSIDE = -1  # stands for no segment at all: the month before for who is new, this month for who left
_ROOM = 420, 30  # pixels: between the two months, for what stands above them
_BAR, _GAP, _APART = 14, 8, 2 * LINE + 6  # width of a bar, between two of them, between the middles of two labels


@dataclass(frozen=True)
class _Bar:
    """A segment at one side: where it stands, in pixels from the top."""

    name: str
    customers: float
    top: float
    height: float


def migration_chart(migration: pd.DataFrame, title: str, language: Language = DEFAULT) -> Chart:
    """Flows between the segments of two months, as wide as they have customers.

    Takes a row a pair: from_segment_id, from_persona (missing for who is new), to_segment_id, to_persona (missing for
    who left), customers, value. Who stayed is pale, who moved is strong. Where nobody was there before, the chart
    says so. Labels give customers and their share of the month's base, of this month's also the share of value. Raises
    MissingColumns.
    """
    require(migration, "from_segment_id", "from_persona", "to_segment_id", "to_persona", "customers", "value")
    flows, say = _flows(migration), language.say
    if flows.empty:
        return notice(title, say("segmentation.pictures.nobody_there"), language)
    if (flows["source"] == OUTSIDE).all():
        customers = language.count(flows["customers"].sum())
        return notice(title, say("segmentation.pictures.all_new", customers=customers), language)
    names = _names(migration, "from"), _names(migration, "to")
    most = max(flows["source"].nunique(), flows["target"].nunique())
    height = max(200, most * (_APART + 6))
    pixels = (height - _GAP * (most - 1)) / float(flows["customers"].sum())
    sides = [_bars(flows, side, each, pixels, say) for side, each in zip(("source", "target"), names, strict=True)]
    values = _shares(flows.groupby("target")["value"].sum(min_count=1))
    right = float(_ROOM[0])
    ends = {"segmentation.pictures.month_before": 0, "segmentation.pictures.this_month": right}
    months = [{"text": say(key), "x": x} for key, x in ends.items()]
    of_this, of_before = "segmentation.pictures.of_this_month", "segmentation.pictures.of_month_before"
    words = (
        _words(sides[0], sides[1], of_this, {}, language),
        _words(sides[1], sides[0], of_before, values, language),
    )
    body = {
        "width": _ROOM[0],
        "height": _ROOM[1] + height,
        "layer": [
            texts(months, "text", at("x"), {"value": 6}, align="center", color=FAINT),
            _ribbons(flows, sides, pixels, language),
            *_labelled(sides[0], 0.0, -1, words[0], height),
            *_labelled(sides[1], right, 1, words[1], height),
        ],
    }
    summary = _summary(flows, language)
    return chart(title, summary, summary, body, 2 * _ROOM[0], language)


def _flows(migration: pd.DataFrame) -> pd.DataFrame:
    """source, target, customers, value: one row a pair, in order, without empty ones."""
    found = pd.DataFrame(
        {
            "source": _ids(migration, "from"),
            "target": _ids(migration, "to"),
            "customers": pd.to_numeric(migration["customers"], errors="coerce").astype("float64").fillna(0.0),
            "value": pd.to_numeric(migration["value"], errors="coerce").astype("float64"),
        }
    ).sort_values(["source", "target", "customers", "value"])
    sums = found.groupby(["source", "target"], as_index=False).agg(
        customers=("customers", "sum"), value=("value", lambda each: each.sum(min_count=1))
    )
    nowhere = (sums["source"] == OUTSIDE) & (sums["target"] == OUTSIDE)
    return sums[(sums["customers"] > 0) & ~nowhere].reset_index(drop=True)


def _ids(migration: pd.DataFrame, side: str) -> pd.Series:
    return pd.to_numeric(migration[f"{side}_segment_id"], errors="coerce").fillna(OUTSIDE).astype("int64")


def _names(migration: pd.DataFrame, side: str) -> dict[int, str]:
    """The persona of each segment at one side."""
    rows = pd.DataFrame({"id": _ids(migration, side), "name": migration[f"{side}_persona"]}).dropna()
    return {int(each): str(name) for each, name in rows.sort_values(["id", "name"]).itertuples(index=False)}


def _bars(
    flows: pd.DataFrame, side: str, names: Mapping[int, str], pixels: float, say: Callable[..., str]
) -> dict[int, _Bar]:
    """The bars of one side from top to bottom: segments by name, who is in none, who is not there at all.

    `pixels` are those of a customer.
    """
    sizes = flows.groupby(side)["customers"].sum()
    order = sorted(
        (int(each) for each in sizes.index),
        key=lambda each: (each == OUTSIDE, each == NOISE, names.get(each, ""), each),
    )
    bars, top = {}, float(_ROOM[1])
    for segment in order:
        known = names.get(segment, say("segmentation.pictures.segment", id=str(segment)))
        nowhere = "segmentation.pictures.new" if side == "source" else "segmentation.pictures.left"
        name = say(nowhere) if segment == OUTSIDE else known
        bars[segment] = _Bar(name, float(sizes[segment]), top, float(sizes[segment]) * pixels)
        top += bars[segment].height + _GAP
    return bars


def _ribbons(flows: pd.DataFrame, sides: list[dict[int, _Bar]], pixels: float, language: Language) -> dict[str, Any]:
    """The flows from bar to bar, each as an outline (SVG path) in pixels."""
    order = [{segment: place for place, segment in enumerate(side)} for side in sides]
    pairs = list(zip(flows["source"].tolist(), flows["target"].tolist(), strict=True))
    customers = dict(zip(pairs, flows["customers"].tolist(), strict=True))
    ranks = {pair: (order[0][pair[0]], order[1][pair[1]]) for pair in pairs}
    tops: list[dict[tuple[int, int], float]] = [{}, {}]  # of each flow, at either side
    for side, bars in enumerate(sides):
        free = {segment: bar.top for segment, bar in bars.items()}
        for pair in sorted(pairs, key=lambda each: (ranks[each][side], ranks[each][1 - side])):
            tops[side][pair] = free[pair[side]]
            free[pair[side]] += customers[pair] * pixels
    rows = []
    # Wide ones first: a narrow flow is not covered by a wide one.
    for pair in sorted(pairs, key=lambda each: (-customers[each], ranks[each])):
        said = f"{sides[0][pair[0]].name} → {sides[1][pair[1]].name}: {language.count(customers[pair])}"
        row = {
            "path": _path(tops[0][pair], tops[1][pair], customers[pair] * pixels),
            "shade": colour(pair[0] if pair[0] != OUTSIDE else pair[1]),
            "strength": 0.28 if pair[0] == pair[1] else 0.62,
        }
        rows.append({**row, "said": said})
    # A symbol of size 4 is drawn in pixels, from its place: the corner at the top left. Its fill is pale and not the
    # whole mark, which would cost the renderer a canvas for each.
    mark = {"type": "point", "filled": True, "size": 4, "x": 0, "y": 0, "opacity": 1, "strokeWidth": 0}
    look = {"shape": literal("path"), "fill": literal("shade"), "fillOpacity": literal("strength", "quantitative")}
    told = {"field": "said", "title": language.say("segmentation.pictures.customers_word")}
    return layer(mark, rows, **look, tooltip=[told])


def _path(near: float, far: float, wide: float) -> str:
    """The outline of a flow from `near` at the left to `far` at the right, both from the top, in cubic curves."""
    left, middle, right = _BAR, _ROOM[0] / 2, _ROOM[0] - _BAR
    there = f"M{left},{near:.2f}C{middle},{near:.2f},{middle},{far:.2f},{right},{far:.2f}"
    back = f"L{right},{far + wide:.2f}C{middle},{far + wide:.2f},{middle},{near + wide:.2f},{left},{near + wide:.2f}Z"
    return there + back


def _words(
    bars: Mapping[int, _Bar],
    others: Mapping[int, _Bar],
    of_others: str,
    values: Mapping[int, float],
    language: Language,
) -> list[str]:
    """Customers of each bar, their share of the month's base (of the other month's for who is not in it), of value."""
    here, there = (sum(bar.customers for each, bar in side.items() if each != OUTSIDE) for side in (bars, others))
    words, say = [], language.say
    for segment, bar in bars.items():
        whole = there if segment == OUTSIDE else here
        customers, share = language.count(bar.customers), language.percent(bar.customers / whole if whole else None)
        text = f"{customers} ({share})"
        if segment == OUTSIDE:
            text = say(of_others, customers=customers, share=share)
        elif segment in values:
            text = say("segmentation.pictures.with_value", text=text, share=language.percent(values[segment]))
        words.append(text)
    return words


def _labelled(bars: Mapping[int, _Bar], x: float, side: int, words: list[str], height: float) -> list[dict[str, Any]]:
    """Bars and their labels, these moved apart with a line to their bar; `side` is -1 at the left, 1 at the right."""
    middles = np.array([bar.top + bar.height / 2 for bar in bars.values()])
    places = spread(middles, _APART, _ROOM[1] + LINE, _ROOM[1] + height - LINE)
    rows = []
    for (segment, bar), middle, place, customers in zip(bars.items(), middles, places.tolist(), words, strict=True):
        text = f"{wrapped(bar.name, 44, 1)}\n{customers}"
        row = {
            "segment_id": segment,
            "shade": colour(segment),
            "text": text,
            "first": centred(text, place),
            "place": place,
        }
        row |= {"top": bar.top, "bottom": bar.top + max(bar.height, 1), "middle": float(middle)}
        rows.append({**row, "x": x, "inner": x - side * _BAR, "outer": x + side * 4, "end": x + side * 22})
    line = {"type": "rule", "color": FAINT, "strokeWidth": 0.7}
    ends = {"x": at("outer"), "x2": {"field": "end"}, "y": at("middle"), "y2": {"field": "place"}}
    box = {"x": at("x"), "x2": {"field": "inner"}, "y": at("top"), "y2": {"field": "bottom"}}
    return [
        layer({"type": "rect"}, rows, **box, color=literal("shade")),
        layer(line, rows, **ends),
        texts(rows, "text", at("end"), at("first"), align="right" if side < 0 else "left", dx=side * 5),
    ]


def spread(places: np.ndarray, apart: float, low: float, high: float) -> np.ndarray:
    """Places moved as little as needed to lie at least `apart` from each other, in their order, from `low` to `high`.

    Where there is no room for all of them, they are closer, evenly.

    Runs of places that are too close share the shift: the least squares solution, by pooling adjacent violators
    (R. E. Barlow et al., Statistical Inference under Order Restrictions, 1972). Shape (n,), ascending.
    """
    apart = min(apart, (high - low) / max(len(places) - 1, 1))
    pools: list[list[float]] = []  # mean of the places less what stands before them, how many
    for order, place in enumerate(places):
        pools.append([float(place) - order * apart, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, size = pools.pop()
            before, others = pools.pop()
            pools.append([(mean * size + before * others) / (size + others), size + others])
    level = np.concatenate([np.full(int(size), mean) for mean, size in pools]) if pools else np.empty(0)
    return np.clip(level, low, high - (len(level) - 1) * apart) + np.arange(len(level)) * apart


def _shares(values: pd.Series) -> dict[int, float]:
    """The share of value of this month's segments; none where the value is not known or not positive."""
    here = values[values.index != OUTSIDE].dropna()
    whole = float(here.sum())
    if whole <= 0:
        return {}
    return {int(each): float(value) / whole for each, value in zip(here.index, here, strict=True)}


def _summary(flows: pd.DataFrame, language: Language) -> str:
    """How many stayed, moved, came and left."""
    both = flows[(flows["source"] != OUTSIDE) & (flows["target"] != OUTSIDE)]
    moved = both.loc[both["source"] != both["target"], "customers"].sum()
    came = flows.loc[flows["source"] == OUTSIDE, "customers"].sum()
    left = flows.loc[flows["target"] == OUTSIDE, "customers"].sum()
    told = {key: language.count(number) for key, number in (("moved", moved), ("came", came), ("left", left))}
    if not len(both):
        return language.say("segmentation.pictures.moved", **told)
    share = language.percent(moved / both["customers"].sum())
    return language.say("segmentation.pictures.moved_share", **told, share=share)
