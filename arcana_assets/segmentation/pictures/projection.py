"""Projection: the customers of all segments on a plane, by principal components.

Belongs here: the one picture and its components. Does not belong here: the space that a model groups in
(`clustering.preprocessing`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

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
from arcana_assets.presentation.notation import count, percent
from arcana_assets.segmentation.clustering.points import NOISE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

MOST_POINTS = 4_000  # that are drawn
MARK = np.array([0.036, 0.048])  # width and height of a centre's mark, of the frame
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


def projection_picture(
    points: np.ndarray, segment_ids: Sequence[int] | np.ndarray, personas: Mapping[int, str], title: str, seed: int
) -> bytes:
    """Customers and the centres of their segments on the first two principal components, as PNG.

    Takes points (n, d), the segment_id of each and the names of segments. At most `MOST_POINTS` of them are drawn,
    chosen by `seed`; components and centres are of all. The order of rows is of no account. Raises ValueError where
    points and segments differ in number.
    """
    points, ids = np.asarray(points, dtype="float64"), np.asarray(segment_ids)
    if points.ndim != 2 or len(points) != len(ids):
        raise ValueError(f"points of shape {points.shape} and {len(ids)} segments: expected (n, d) and n")
    if not points.size:
        return notice(title, "Nenhum cliente ou nenhum atributo para projetar neste mês.")
    ids = np.where(pd.isna(ids), NOISE, ids).astype("int64")
    order = np.lexsort([*points.T, ids])
    points, ids = points[order], ids[order]
    flat, shares = components(points)
    if not shares.any():
        return notice(title, f"Os {count(len(flat))} clientes são iguais em todos os atributos: nada a projetar.")
    # A mixed order, so that no segment lies on top of all others.
    drawn = np.random.default_rng(seed).permutation(len(flat))[:MOST_POINTS]
    segments = sorted(set(ids.tolist()), key=lambda each: (each == NOISE, personas.get(each, ""), each))
    centres = {each: flat[ids == each].mean(axis=0) for each in segments}
    figure = canvas(9.5, 6.0)
    heading(figure, title, 95)
    axes = figure.add_subplot()
    axes.scatter(
        flat[drawn, 0], flat[drawn, 1], s=9, c=[colour(each) for each in ids[drawn].tolist()], alpha=0.45, linewidth=0
    )
    out = _frame(axes, flat, np.array(list(centres.values())))
    marks = _marks(axes, np.array(list(centres.values())))
    handles = [
        _centre(axes, centres[each], mark, each, personas.get(each, f"segmento {each}"), int((ids == each).sum()))
        for each, mark in zip(segments, marks, strict=True)
    ]
    bare(axes)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_xticklabels([])
    axes.set_yticklabels([])
    axes.set_xlabel(f"1º componente ({percent(float(shares[0]))} da variância)", fontsize=9)
    axes.set_ylabel(f"2º componente ({percent(float(shares[1]))} da variância)", fontsize=9)
    axes.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8.5, frameon=False, labelspacing=0.9
    )
    note = f"{count(len(drawn))} de {count(len(flat))} clientes; círculos com número: centros dos segmentos"
    if out:
        note += f"; {percent(out / len(flat))} fora do quadro"
    figure.supxlabel(note, fontsize=8, color=FAINT, x=0.01, ha="left")
    return png(figure)


def _frame(axes: "Axes", flat: np.ndarray, centres: np.ndarray) -> int:
    """Sets the limits of both axes; how many points lie beyond."""
    low, high = np.percentile(flat, WITHIN, axis=0)
    low, high = np.minimum(low, centres.min(axis=0)), np.maximum(high, centres.max(axis=0))
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    low, high = low - room, high + room
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    return int(((flat < low) | (flat > high)).any(axis=1).sum())


def _marks(axes: "Axes", centres: np.ndarray) -> np.ndarray:
    """Where the numbers of centres stand: on them, and moved apart where they would cover each other."""
    low, high = np.array([*zip(axes.get_xlim(), axes.get_ylim(), strict=True)])
    places = (centres - low) / (high - low) / MARK
    turns = np.arange(len(places)) * 2.4  # radians; centres in one place leave it in directions of their own
    places = places + 1e-3 * np.column_stack([np.cos(turns), np.sin(turns)])
    for _ in range(200):
        between = places[:, None] - places[None]
        far = np.linalg.norm(between, axis=2) + np.eye(len(places)) * 9
        if far.min() >= 1:
            break
        push = np.clip(1.02 - far, 0, None) / (2 * far)
        places = places + (between * push[:, :, None]).sum(axis=1)
    return low + places * MARK * (high - low)


def _centre(axes: "Axes", at: np.ndarray, mark: np.ndarray, segment: int, persona: str, customers: int) -> "Line2D":
    """Draws the numbered mark of a segment's centre; what the legend shows of it."""
    from matplotlib.lines import Line2D

    number, dash, _ = persona.partition("-")
    text = number if dash and number.isdigit() else str(segment)
    shade = colour(segment)
    axes.plot(*zip(at, mark, strict=True), color=shade, linewidth=2.0, zorder=3)
    axes.plot(*at, "o", markersize=5, color=shade, markeredgecolor="white", zorder=3)
    axes.plot(*mark, "o", markersize=17, markerfacecolor="white", markeredgecolor=shade, markeredgewidth=2.6, zorder=4)
    axes.text(mark[0], mark[1], text, zorder=5, ha="center", va="center", fontsize=8, fontweight="bold", color=INK)
    label = wrapped(f"{persona} ({count(customers)})", 30)
    return Line2D([], [], linestyle="", marker="o", markersize=8, color=shade, label=label)
