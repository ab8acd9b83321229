"""Migration: how customers flowed from the segments of the month before to those of this one.

Belongs here: the one picture. Does not belong here: counting who moved (`movement.migration`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.presentation.drawing import (
    FAINT,
    INK,
    canvas,
    colour,
    heading,
    notice,
    png,
    require,
    spread,
    wrapped,
)
from arcana_assets.presentation.notation import count, percent
from arcana_assets.segmentation.clustering.points import NOISE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEW, LEFT = "Novos", "Saíram"
OUTSIDE = -1  # stands for no segment at all: the month before for who is new, this month for who left
GAP = 0.025  # between the bars of a side, of the height of the picture
BAR = 0.025  # width of a bar
LINE = 0.16  # inches of a line of a label


@dataclass(frozen=True)
class _Bar:
    """A segment at one side: where it stands, from top (0) to bottom."""

    name: str
    customers: float
    top: float
    height: float


def migration_picture(migration: pd.DataFrame, title: str) -> bytes:
    """Flows between the segments of two months, as wide as they have customers, as PNG.

    Takes a row a pair: from_segment_id, from_persona (missing for who is new), to_segment_id, to_persona (missing for
    who left), customers, value. Who stayed is pale, who moved is strong. Where nobody was there before, the picture
    says so. Labels give customers and their share of the month's base, of this month's also the share of value. Raises
    MissingColumns.
    """
    require(migration, "from_segment_id", "from_persona", "to_segment_id", "to_persona", "customers", "value")
    flows = _flows(migration)
    if flows.empty:
        return notice(title, "Nenhum cliente neste mês nem no anterior.")
    if (flows["source"] == OUTSIDE).all():
        return notice(title, f"Sem mês anterior: os {count(flows['customers'].sum())} clientes deste mês são novos.")
    names = _names(migration, "from"), _names(migration, "to")
    total = float(flows["customers"].sum())
    sides = [_bars(flows, side, each, total) for side, each in zip(("source", "target"), names, strict=True)]
    height = max(3.6, 1.6 + max(map(len, sides)) * 0.52)
    figure = canvas(11, height)
    heading(figure, title, 105)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(-0.52, 1.52)
    bottom = max(bar.top + bar.height for side in sides for bar in side.values())
    axes.set_ylim(bottom + 0.02, -0.08)
    for x, words in ((0.0, "mês anterior"), (1.0, "este mês")):
        axes.text(x, -0.03, words, ha="center", va="bottom", fontsize=9, color=FAINT)
    _draw_flows(axes, flows, sides, total)
    # Two lines a label, and some room: so many units of the axis are they apart.
    apart = 2.2 * LINE * (bottom + 0.1) / (height - 1.2)
    values = _shares(flows.groupby("target")["value"].sum(min_count=1))
    _draw_bars(axes, sides[0], 0.0, -1, _words(sides[0], sides[1], "deste mês", {}), (apart, bottom))
    _draw_bars(axes, sides[1], 1.0, 1, _words(sides[1], sides[0], "do mês anterior", values), (apart, bottom))
    figure.supxlabel(_summary(flows), fontsize=9, color=FAINT, x=0.01, ha="left")
    return png(figure)


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


def _bars(flows: pd.DataFrame, side: str, names: Mapping[int, str], total: float) -> dict[int, _Bar]:
    """The bars of one side from top to bottom: segments by name, who is in none, who is not there at all."""
    sizes = flows.groupby(side)["customers"].sum()
    order = sorted(
        (int(each) for each in sizes.index),
        key=lambda each: (each == OUTSIDE, each == NOISE, names.get(each, ""), each),
    )
    bars, top = {}, 0.0
    for segment in order:
        name = (NEW if side == "source" else LEFT) if segment == OUTSIDE else names.get(segment, f"segmento {segment}")
        bars[segment] = _Bar(name, float(sizes[segment]), top, float(sizes[segment]) / total)
        top += bars[segment].height + GAP
    return bars


def _draw_flows(axes: "Axes", flows: pd.DataFrame, sides: list[dict[int, _Bar]], total: float) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    order = [{segment: place for place, segment in enumerate(side)} for side in sides]
    pairs = list(zip(flows["source"].tolist(), flows["target"].tolist(), strict=True))
    width = dict(zip(pairs, (flows["customers"] / total).tolist(), strict=True))
    ranks = {pair: (order[0][pair[0]], order[1][pair[1]]) for pair in pairs}
    tops: list[dict[tuple[int, int], float]] = [{}, {}]  # of each flow, at either side
    for side, bars in enumerate(sides):
        free = {segment: bar.top for segment, bar in bars.items()}
        for pair in sorted(pairs, key=lambda each: (ranks[each][side], ranks[each][1 - side])):
            tops[side][pair] = free[pair[side]]
            free[pair[side]] += width[pair]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    # Wide ones first: a narrow flow is not covered by a wide one.
    for pair in sorted(pairs, key=lambda each: (-width[each], ranks[each])):
        near, far, wide = tops[0][pair], tops[1][pair], width[pair]
        points = [
            *((BAR, near), (0.5, near), (0.5, far), (1 - BAR, far)),
            *((1 - BAR, far + wide), (0.5, far + wide), (0.5, near + wide), (BAR, near + wide)),
        ]
        shade = colour(pair[0] if pair[0] != OUTSIDE else pair[1])
        alpha = 0.28 if pair[0] == pair[1] else 0.62
        axes.add_patch(
            PathPatch(Path(points, codes), facecolor=shade, edgecolor=shade, linewidth=0.4, alpha=alpha, zorder=1)
        )


def _words(bars: Mapping[int, _Bar], others: Mapping[int, _Bar], base: str, values: Mapping[int, float]) -> list[str]:
    """Customers of each bar, their share of the month's base (of the other month's for who is not in it), of value."""
    here, there = (sum(bar.customers for each, bar in side.items() if each != OUTSIDE) for side in (bars, others))
    words = []
    for segment, bar in bars.items():
        whole, of = (there, f" {base}") if segment == OUTSIDE else (here, "")
        text = f"{count(bar.customers)} ({percent(bar.customers / whole if whole else float('nan'))}{of})"
        words.append(f"{text}, {percent(values[segment])} do valor" if segment in values else text)
    return words


def _draw_bars(
    axes: "Axes", bars: Mapping[int, _Bar], x: float, side: int, words: list[str], room: tuple[float, float]
) -> None:
    """Bars and their labels, the latter moved apart with a line to their bar. `room`: how far apart, up to where."""
    from matplotlib.patches import Rectangle

    middles = np.array([bar.top + bar.height / 2 for bar in bars.values()])
    inner, outer = x - side * BAR, x + side * 0.012
    apart, bottom = room
    places = spread(middles, apart, apart / 2, bottom - apart / 4)
    for (segment, bar), middle, place, customers in zip(bars.items(), middles, places, words, strict=True):
        axes.add_patch(Rectangle((min(inner, x), bar.top), BAR, max(bar.height, 0.003), color=colour(segment)))
        end = outer + side * 0.04
        axes.plot([outer, end], [middle, place], color=FAINT, linewidth=0.7)
        axes.text(
            *(end + side * 0.008, place, f"{wrapped(bar.name, 44, 1)}\n{customers}"),
            ha="right" if side < 0 else "left",
            va="center",
            fontsize=8.5,
            color=INK,
            linespacing=1.15,
        )


def _shares(values: pd.Series) -> dict[int, float]:
    """The share of value of this month's segments; none where the value is not known or not positive."""
    here = values[values.index != OUTSIDE].dropna()
    whole = float(here.sum())
    if whole <= 0:
        return {}
    return {int(each): float(value) / whole for each, value in zip(here.index, here, strict=True)}


def _summary(flows: pd.DataFrame) -> str:
    """How many stayed, moved, came and left."""
    both = flows[(flows["source"] != OUTSIDE) & (flows["target"] != OUTSIDE)]
    moved = both.loc[both["source"] != both["target"], "customers"].sum()
    came = flows.loc[flows["source"] == OUTSIDE, "customers"].sum()
    left = flows.loc[flows["target"] == OUTSIDE, "customers"].sum()
    share = f" ({percent(moved / both['customers'].sum())} de quem ficou na base)" if len(both) else ""
    return f"Mudaram de segmento: {count(moved)}{share}. Novos: {count(came)}. Saíram: {count(left)}."
