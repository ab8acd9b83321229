"""Selection: which clusterings were tried, by silhouette and by inertia, and the one that was chosen.

Belongs here: the one picture, and where its elbow is. Does not belong here: trying and choosing
(`clustering`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.presentation.drawing import (
    FAINT,
    GRID,
    INK,
    bare,
    canvas,
    heading,
    notice,
    plain,
    png,
    require,
    wrapped,
)
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.clustering.clusterer_data import ALGORITHMS, DENSITY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#117733", "^"), ("#AA4499", "D"), ("#E69F00", "v"), ("#332288", "P"))


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


def selection_picture(selection: pd.DataFrame, title: str) -> bytes:
    """Silhouette and inertia of everything tried, by number of segments, as PNG.

    Takes a row a candidate: algorithm, k, parameter, silhouette (-1 to 1), silhouette_error (standard error, where it
    is a sample's), inertia (of algorithms with centres), stability (0 to 1), admissible, chosen. At the left a line an
    algorithm through its best silhouette of each k: full points were admissible, hollow ones refused, the chosen one
    has a ring. At the right the inertia as a share of that of the algorithm's smallest k, with its elbow. Raises
    MissingColumns.
    """
    require(selection, "algorithm", "k", "parameter", "silhouette", "silhouette_error", "inertia", "stability")
    require(selection, "admissible", "chosen")
    rows = _typed(selection)
    if rows.empty:
        return notice(title, "Nenhum agrupamento foi ajustado neste mês.")
    figure = canvas(11.5, 5.0)
    heading(figure, title, 110)
    left, right = figure.subplots(1, 2)
    known = list(ALGORITHMS)
    names = sorted(set(rows["algorithm"]), key=lambda name: (known.index(name) if name in known else 99, name))
    styles = {name: STYLES[place % len(STYLES)] for place, name in enumerate(names)}
    for name in names:
        _silhouettes(left, rows[rows["algorithm"] == name], name, styles[name])
    chosen = _mark(left, rows)
    elbows = [_inertias(right, rows[rows["algorithm"] == name], name, styles[name]) for name in names]
    found = ", ".join(filter(None, elbows))
    notes = (
        f"Cheio: admissível; vazado: recusado.\nEscolhido (anel): {plain(chosen)}.",
        wrapped(f"Cotovelo (quadrado): {found}." if found else "Sem cotovelo.", 75, 2),
    )
    labels = ("silhueta", "inércia (a do menor k = 100 %)")
    for axes, label, note in zip((left, right), labels, notes, strict=True):
        bare(axes)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_title(note, fontsize=9, color=FAINT, loc="left")
        axes.set_xlabel("número de segmentos (k)", fontsize=9)
        axes.set_ylabel(label, fontsize=9)
        _whole_numbers(axes, rows["k"])
        if not axes.lines:
            axes.set_yticks([])
            axes.text(0.5, 0.5, "nada a mostrar", transform=axes.transAxes, ha="center", color=FAINT)
        elif axes is left:
            axes.yaxis.set_major_formatter(lambda value, _: number(value, 2))
        else:
            axes.yaxis.set_major_formatter(lambda value, _: percent(value, 0))
    if handles := left.get_legend_handles_labels()[0]:
        figure.legend(handles=handles, fontsize=8.5, frameon=False, loc="outside lower center", ncols=len(handles))
    return png(figure)


def _typed(selection: pd.DataFrame) -> pd.DataFrame:
    """The candidates that have a k, in an order of their own, with plain numbers."""
    numbers = {
        name: pd.to_numeric(selection[name], errors="coerce").astype("float64")
        for name in ("k", "silhouette", "silhouette_error", "inertia", "stability")
    }
    flags = {name: selection[name].fillna(False).astype(bool) for name in ("admissible", "chosen")}
    texts = {name: selection[name].fillna("").astype(str) for name in ("algorithm", "parameter")}
    rows = selection.assign(**numbers, **flags, **texts)
    rows = rows[np.isfinite(rows["k"])].replace([np.inf, -np.inf], np.nan)
    return rows.sort_values(["algorithm", "k", "silhouette", "parameter"], ignore_index=True)


def _silhouettes(axes: "Axes", rows: pd.DataFrame, name: str, style: tuple[str, str]) -> None:
    shade, marker = style
    rows = rows[rows["silhouette"].notna()]
    if rows.empty:
        return
    best = rows.groupby("k", sort=True)["silhouette"].max()
    axes.plot(best.index, best, color=shade, linewidth=1.2, alpha=0.8)
    sampled = rows[rows["silhouette_error"] > 0]
    if len(sampled):
        axes.errorbar(
            *(sampled["k"], sampled["silhouette"]),
            yerr=sampled["silhouette_error"],
            fmt="none",
            ecolor=shade,
            elinewidth=1,
            capsize=3,
        )
    for admissible, face in ((True, shade), (False, "white")):
        part = rows[rows["admissible"] == admissible]
        axes.scatter(part["k"], part["silhouette"], s=42, marker=marker, facecolor=face, edgecolor=shade, zorder=3)
    # In the legend an algorithm has its line and marker, whatever became of its candidates.
    axes.plot([], [], color=shade, marker=marker, label=ALGORITHMS.get(name, name), linewidth=1.2)


def _mark(axes: "Axes", rows: pd.DataFrame) -> str:
    """A ring around the chosen candidate; which it is, in words."""
    words = []
    for _, row in rows[rows["chosen"]].iterrows():
        text = f"{ALGORITHMS.get(row['algorithm'], row['algorithm'])}, k = {row['k']:.0f}"
        if np.isfinite(row["stability"]):
            text += f", estabilidade {number(row['stability'], 2)}"
        words.append(text if row["admissible"] else f"{text} (nenhum passou nos limites)")
        axes.scatter(row["k"], row["silhouette"], s=210, facecolor="none", edgecolor=INK, linewidth=1.6, zorder=4)
    return "; ".join(words) or "nenhum"


def _inertias(axes: "Axes", rows: pd.DataFrame, name: str, style: tuple[str, str]) -> str:
    """A line of the smallest inertia of each k; where its elbow is, in words, if it has one."""
    shade, marker = style
    if name in DENSITY:
        return ""
    least = rows[rows["inertia"].notna()].groupby("k", sort=True)["inertia"].min()
    if least.empty or least.iloc[0] <= 0:
        return ""
    shares = least / least.iloc[0]
    axes.plot(shares.index, shares, color=shade, marker=marker, markersize=5, linewidth=1.2)
    place = elbow(list(shares.index), list(shares))
    if place is None:
        return ""
    at = (shares.index[place], shares.iloc[place])
    axes.plot(*at, marker="s", markersize=14, markerfacecolor="none", markeredgecolor=shade, markeredgewidth=1.6)
    return f"{ALGORITHMS.get(name, name)} k = {at[0]:.0f}"


def _whole_numbers(axes: "Axes", k: pd.Series) -> None:
    """A tick a number of segments, of at most about fifteen."""
    low, high = int(k.min()), int(k.max())
    axes.set_xticks(range(low, high + 1, 1 + (high - low) // 15))
    axes.set_xlim(low - 0.6, high + 0.6)
