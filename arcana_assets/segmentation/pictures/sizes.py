"""Sizes: a bar a segment.

Belongs here: the one picture. Does not belong here: counting (`profiles`).
"""

import pandas as pd

from arcana_assets.presentation.drawing import (
    FAINT,
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


def sizes_picture(profiles: pd.DataFrame, title: str) -> bytes:
    """Bars of the customers of each segment, with their number and share of the base, as PNG.

    Takes segment_id, persona, customers, share (0 to 1), one row a segment. The order is that of the personas, whose
    names begin with numbers; who is in no segment comes last. Raises MissingColumns.
    """
    require(profiles, "segment_id", "persona", "customers", "share")
    if profiles.empty:
        return notice(title, "Nenhum segmento neste mês.")
    rows = profiles.assign(
        segment_id=profiles["segment_id"].fillna(NOISE).astype("int64"),
        persona=profiles["persona"].fillna("sem nome").astype(str),
        customers=profiles["customers"].fillna(0).astype("float64"),
    )
    rows = rows.assign(last=rows["segment_id"] == NOISE).sort_values(["last", "persona", "segment_id"])
    figure = canvas(8.5, 1.2 + 0.46 * len(rows))
    heading(figure, title, 80)
    axes = figure.add_subplot()
    places = list(range(len(rows)))
    axes.barh(places, rows["customers"], color=[colour(each) for each in rows["segment_id"]], height=0.68)
    axes.set_yticks(places, [wrapped(name, 28, 2) for name in rows["persona"]])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, max(rows["customers"].max(), 1) * 1.24)
    axes.set_xticks([])
    bare(axes)
    axes.tick_params(axis="y", labelsize=9)
    axes.spines["bottom"].set_visible(False)
    gap = max(rows["customers"].max(), 1) * 0.012
    for place, customers, share in zip(places, rows["customers"], rows["share"].astype("float64"), strict=True):
        text = f"{count(customers)}  ({percent(share)})"
        axes.text(customers + gap, place, text, va="center", ha="left", fontsize=9, color=INK)
    axes.set_xlabel(_total(rows), fontsize=9, color=FAINT, loc="left")
    return png(figure)


def _total(rows: pd.DataFrame) -> str:
    """How many customers are in how many segments, and in none."""
    grouped = rows.loc[~rows["last"], "customers"]
    text = f"{count(grouped.sum())} clientes em {len(grouped)} segmento{'' if len(grouped) == 1 else 's'}"
    without = rows.loc[rows["last"], "customers"].sum()
    return f"{text}; {count(without)} em nenhum" if without else text
