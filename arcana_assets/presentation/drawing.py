"""Drawing: the canvas, colours, numbers and texts that all pictures share.

Belongs here: what two pictures need. Does not belong here: what one picture shows.
"""

import math
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_DPI = 120
INK, FAINT, GRID = "#222222", "#666666", "#DDDDDD"
GREY = "#8C8C8C"
# Told apart by colour-blind readers: from P. Tol, Colour Schemes (SRON/EPS/TN/09-002), "muted", and M. Okabe and
# K. Ito, Color Universal Design (2008).
PALETTE = (
    *("#0072B2", "#E69F00", "#117733", "#AA4499", "#88CCEE", "#D55E00"),
    *("#999933", "#332288", "#CC6677", "#44AA99", "#DDCC77", "#882255"),
)


class NotAPicture(ArcanaError):
    """Raised where bytes are no whole PNG."""


class MissingColumns(ArcanaError):
    """Raised where a table to draw lacks a column."""


def require(table: pd.DataFrame, *columns: str) -> None:
    """Raises MissingColumns for the first of the columns that the table lacks, with the nearest name it has."""
    for column in columns:
        if column not in table.columns:
            raise MissingColumns(
                f"the table to draw has no column '{column}'{nearest(column, map(str, table.columns))}. "
                f"Expected {', '.join(columns)}."
            )


def colour(segment_id: int) -> str:
    """The colour of a segment, the same in every picture; grey for who is in none, whose id is 0.

    Ids beyond the twelfth begin the colours again, so a picture never tells segments apart by colour alone.
    """
    return PALETTE[(segment_id - 1) % len(PALETTE)] if segment_id > 0 else GREY


def canvas(width: float, height: float) -> "Figure":
    """An empty figure of so many inches that lays itself out."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained", facecolor="white")


def heading(figure: "Figure", title: str, width: int) -> None:
    """The title of the whole figure, at the left, in lines of at most `width` characters."""
    figure.suptitle(wrapped(title, width), x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)


def png(figure: "Figure") -> bytes:
    """The figure as PNG, without anything that changes from one call to the next."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def notice(title: str, text: str) -> bytes:
    """A picture that says why there is nothing to see."""
    figure = canvas(7.5, 2.2)
    heading(figure, title, 70)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.text(0.5, 0.5, wrapped(text, 70), ha="center", va="center", fontsize=11, color=FAINT)
    return png(figure)


def bare(axes: "Axes") -> None:
    """Takes away the frame of a plot but for a faint line below, and puts a faint grid behind."""
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, labelsize=8, colors=INK)
    axes.set_axisbelow(True)


def plain(text: str) -> str:
    """A text drawn letter by letter: no formula between dollar signs, no letter that the font does not have."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    shown = "".join(letter if letter == "\n" or ord(letter) in known else "?" for letter in text)
    return shown.replace("$", r"\$")


def wrapped(text: str, width: int, lines: int = 3) -> str:
    """The text in lines of at most `width` characters; what does not fit into `lines` of them ends in an ellipsis."""
    parts = wrap(text, width) or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], parts[lines - 1][: width - 1].rstrip() + "…"]
    return plain("\n".join(parts))


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


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels, every pixel read. Raises NotAPicture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(picture), formats=["PNG"]) as image:
            image.load()
            return image.size
    except (UnidentifiedImageError, OSError, SyntaxError) as broken:  # what Pillow raises for a damaged PNG
        raise NotAPicture(
            f"expected a PNG, found {len(picture)} bytes that begin with {picture[:8]!r}: {broken}. "
            "Draw the picture again."
        ) from broken


def thumbnail(picture: bytes, most: int) -> bytes:
    """A PNG of at most `most` bytes: in 64 colours, and smaller by steps until it fits. Raises NotAPicture."""
    from PIL import Image

    width, height = size_of(picture)
    with Image.open(BytesIO(picture)) as image:
        whole = image.convert("RGB")
    scale = 1.0
    while scale > 0.02:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        resized = whole if scale == 1.0 else whole.resize(size, Image.Resampling.LANCZOS)
        buffer = BytesIO()
        resized.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )
        if buffer.tell() <= most:
            return buffer.getvalue()
        scale *= min(0.9, math.sqrt(most / buffer.tell()))
    raise NotAPicture(f"a picture of {width} x {height} does not fit into {most} bytes. Allow more.")
