"""The profile picture: how each segment lies against the base, feature by feature.

Belongs here: the heat map of a table of profiles. Does not belong here: the table (`profiles`).
"""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN
from arcana_assets.presentation.notation import count, number

MOST_FEATURES = 15  # of a picture


def profile_picture(profile: pd.DataFrame, labels: Mapping[str, str] | None = None) -> bytes:
    """A heat map of a table that `profile` made, as PNG: features x segments.

    The colour is the lift on a logarithmic scale (blue below the base, red above, full at a quarter and at four times),
    the numbers are the mean and the lift. `labels` name features for readers. Of more than `MOST_FEATURES` those are
    shown whose lifts differ most between segments. The same table gives the same bytes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    ordered = profile.sort_values("segment_id").reset_index(drop=True)
    features = telling([name.removeprefix(LIFT) for name in profile.columns if name.startswith(LIFT)], ordered)
    lifts = ordered[[LIFT + name for name in features]].to_numpy(dtype="float64").T
    means = ordered[[MEAN + name for name in features]].to_numpy(dtype="float64").T
    shades = np.ma.masked_invalid(np.log2(np.clip(lifts, 0.25, 4)))
    figure = Figure(figsize=(2.6 + 1.7 * len(ordered), 1.9 + 0.55 * len(features)), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shades, cmap="RdBu_r", vmin=-2, vmax=2, aspect="auto")
    axes.set_xticks(range(len(ordered)), [_heading(row) for _, row in ordered.iterrows()], fontsize=9)
    names = labels or {}
    axes.set_yticks(range(len(features)), [names.get(name, name) for name in features], fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_frame_on(False)
    for (y, x), mean in np.ndenumerate(means):
        lift = f"\n{number(float(lifts[y, x]))}x" if np.isfinite(lifts[y, x]) else ""
        dark = not np.ma.is_masked(shades[y, x]) and abs(shades[y, x]) > 1.0
        text = f"{number(mean)}{lift}" if np.isfinite(mean) else "sem dados"
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    bar = figure.colorbar(image, ax=axes, ticks=[-2, -1, 0, 1, 2], pad=0.02)
    bar.ax.set_yticklabels(["1/4", "1/2", "média", "2x", "4x"], fontsize=8)
    bar.outline.set_visible(False)
    bar.set_label("em relação à média da base", fontsize=8)
    buffer = BytesIO()
    canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def telling(features: list[str], profile: pd.DataFrame) -> list[str]:
    """At most `MOST_FEATURES` of the features, in their order: those whose lifts lie furthest apart."""
    lifts = np.log2(np.clip(profile[[LIFT + name for name in features]].to_numpy(dtype="float64"), 0.25, 4))
    known = np.nan_to_num(lifts)  # a lift that is not known is no difference
    apart = known.max(axis=0) - known.min(axis=0)
    kept = set(np.argsort(-apart, kind="stable")[:MOST_FEATURES].tolist())
    return [name for place, name in enumerate(features) if place in kept]


def _heading(row: pd.Series) -> str:
    name = row.get("persona", f"{row['segment_id']:02d}")
    place, _, words = str(name).partition("-")
    middle = words.rfind(" ")
    title = f"{place}-{words[:middle]}\n{words[middle + 1 :]}" if middle > 0 else str(name)
    return f"{title}\n{count(row['customers'])} ({number(100 * row['share'], 0)} %)"
