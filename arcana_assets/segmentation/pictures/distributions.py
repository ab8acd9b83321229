"""Distributions: how the features of customers spread within each segment.

Belongs here: the one picture, and which scale a feature is shown on. Does not belong here: means and lifts
(`profiles`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from arcana_assets.presentation.drawing import (
    FAINT,
    GRID,
    INK,
    bare,
    canvas,
    colour,
    heading,
    notice,
    png,
    require,
    wrapped,
)
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.clustering.points import NOISE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_FEATURES = 12  # of a picture
SKEWED = 30  # times a small value, from which on a linear scale leaves no room for the small ones
WITHIN = (5, 25, 50, 75, 95)  # percentiles: whisker, box, median, box, whisker


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


def distributions_picture(
    frame: pd.DataFrame,
    segments: pd.Series,
    personas: Mapping[int, str],
    features: Sequence[str],
    labels: Mapping[str, str],
    title: str = "Distribuição dos atributos por segmento",
) -> bytes:
    """A box plot by segment for each feature, as PNG.

    Takes customers (one row each), the segment_id of each in the same order of rows, and the names of segments and
    features. Boxes are quartiles, whiskers go from the 5th to the 95th percentile, nothing beyond is drawn; of features
    that are 0 or 1 the share of 1 is. Of more than `MOST_FEATURES` those that tell segments apart best are shown, in
    their order. Raises MissingColumns, and ValueError where the rows differ in number.
    """
    require(frame, *features)
    if len(frame) != len(segments):
        raise ValueError(f"{len(frame)} customers and {len(segments)} segments: expected a segment a customer")
    if frame.empty or not features:
        return notice(title, "Nenhum cliente ou nenhum atributo neste mês.")
    ids = segments.fillna(NOISE).to_numpy(dtype="int64")
    values = {name: _numbers(frame[name]) for name in dict.fromkeys(features)}
    shown = _telling(values, ids)
    order = sorted(set(ids.tolist()), key=lambda each: (each == NOISE, personas.get(each, ""), each))
    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure = canvas(2.4 + 3.3 * columns, 1.1 + lines * (0.75 + 0.3 * len(order)))
    heading(figure, title, 100)
    grid = figure.subplots(lines, columns, squeeze=False)
    names = [wrapped(personas.get(each, f"segmento {each}"), 24, 2) for each in order]
    for place, axes in enumerate(grid.flat):
        if place >= len(shown):
            axes.set_axis_off()
            continue
        name = shown[place]
        _panel(axes, values[name], ids, order, wrapped(labels.get(name, name), 42, 2))
        axes.set_yticks(range(len(order)), names if place % columns == 0 else [""] * len(order), fontsize=8)
    note = "Caixa: metade dos clientes; traço: mediana; hastes: de 5 % a 95 % dos clientes."
    if len(shown) < len(values):
        note += f" {len(shown)} de {len(values)} atributos: os que mais separam os segmentos."
    figure.supxlabel(note, fontsize=8, color=FAINT, x=0.01, ha="left")
    return png(figure)


def _panel(axes: "Axes", values: np.ndarray, ids: np.ndarray, order: Sequence[int], label: str) -> None:
    flag = _is_flag(values)
    for place, segment in enumerate(order):
        mine = values[ids == segment]
        known = np.sort(mine[np.isfinite(mine)])
        if not len(known):
            at = axes.get_yaxis_transform()
            axes.text(0.02, place, "sem dados", transform=at, va="center", fontsize=7.5, color=FAINT, style="italic")
        elif flag:
            axes.barh(place, known.mean(), height=0.6, color=colour(segment), alpha=0.75)
            axes.text(known.mean() + 0.02, place, percent(float(known.mean()), 0), va="center", fontsize=7.5)
        else:
            _box(axes, known, place, colour(segment))
    bare(axes)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_ylim(len(order) - 0.5, -0.5)
    _scale(axes, values, flag)
    axes.set_title(f"{label}{_missing(values, ids, order)}", fontsize=9, loc="left", color=INK)


def _box(axes: "Axes", known: np.ndarray, place: int, shade: str) -> None:
    low, first, middle, third, high = np.percentile(known, WITHIN)
    axes.bxp(
        [{"whislo": low, "q1": first, "med": middle, "q3": third, "whishi": high}],
        positions=[place],
        orientation="horizontal",
        widths=0.6,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": shade, "edgecolor": shade, "alpha": 0.75},
        medianprops={"color": INK, "linewidth": 1.6},
        whiskerprops={"color": shade, "linewidth": 1.3},
        capprops={"color": shade, "linewidth": 1.3},
    )


def _scale(axes: "Axes", values: np.ndarray, flag: bool) -> None:
    from matplotlib.ticker import MaxNLocator, NullLocator, SymmetricalLogLocator

    if not np.isfinite(values).any():
        axes.set_xticks([])
        return
    if flag:
        axes.set_xlim(0, 1.22)
        axes.set_xticks([0, 0.5, 1])
        axes.xaxis.set_major_formatter(lambda value, _: percent(value, 0))
        return
    scale = scale_of(values)
    if scale.kind == "log":
        axes.set_xscale("log")
    elif scale.kind == "symlog":
        axes.set_xscale("symlog", linthresh=scale.linear_to)
        axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=scale.linear_to))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_minor_locator(NullLocator())
    if scale.kind != "linear":
        _thin(axes)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))


def _thin(axes: "Axes") -> None:
    """At most five ticks of a logarithm, so that their labels do not run into each other."""
    low, high = axes.get_xlim()
    ticks = [float(tick) for tick in axes.get_xticks() if low <= tick <= high]
    step = -(-len(ticks) // 5)
    start = ticks.index(0.0) % step if 0.0 in ticks and step else 0
    axes.set_xticks(ticks[start::step] if step else [])
    axes.set_xlim(low, high)


def _missing(values: np.ndarray, ids: np.ndarray, order: Sequence[int]) -> str:
    """A line on the share of customers without the feature, where there are any."""
    absent = ~np.isfinite(values)
    if not absent.any():
        return ""
    shares = [float(absent[ids == segment].mean()) for segment in order]
    least, most = percent(min(shares), 0), percent(max(shares), 0)
    apart = f" (de {least} a {most} por segmento)" if least != most else ""
    return f"\nsem dado: {percent(float(absent.mean()))}{apart}"


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
