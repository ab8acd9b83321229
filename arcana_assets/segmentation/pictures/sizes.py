"""Sizes: a bar a segment.

Belongs here: the one chart. Does not belong here: counting (`profiles`).
"""

import pandas as pd

from arcana_assets.presentation.charts import (
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

_ROW = 38  # pixels


def sizes_chart(profiles: pd.DataFrame, title: str, language: Language = DEFAULT) -> Chart:
    """Bars of the customers of each segment, with their number and share of the base.

    Takes segment_id, persona, customers, share (0 to 1), one row a segment. The order is that of the personas, whose
    names begin with numbers; who is in no segment comes last. Raises MissingColumns.
    """
    require(profiles, "segment_id", "persona", "customers", "share")
    say = language.say
    if profiles.empty:
        return notice(title, say("segmentation.pictures.no_segment"), language)
    table = profiles.assign(
        segment_id=profiles["segment_id"].fillna(NOISE).astype("int64"),
        persona=profiles["persona"].fillna(say("segmentation.pictures.no_name")).astype(str),
        customers=profiles["customers"].fillna(0).astype("float64"),
        share=profiles["share"].astype("float64"),
    )
    table = table.assign(last=table["segment_id"] == NOISE).sort_values(["last", "persona", "segment_id"])
    rows = []
    for place, row in enumerate(table.to_dict("records")):
        name, middle = wrapped(row["persona"], 28, 2), _ROW * (place + 0.5)
        said = f"{language.count(row['customers'])}  ({language.percent(row['share'])})"
        rows.append({key: row[key] for key in ("segment_id", "persona", "customers", "share")})
        rows[-1] |= {
            "name": name,
            "said": said,
            "shade": colour(row["segment_id"]),
            "middle": middle,
            "first": centred(name, middle),
        }
    bars = measured("customers", 0, max(table["customers"].max(), 1) * 1.2)
    body = {
        "width": 520,
        "height": _ROW * len(rows),
        "layer": [
            layer(
                {"type": "bar", "orient": "horizontal", "height": 25},
                rows,
                x=bars,
                y=at("middle"),
                color=literal("shade"),
                tooltip=[
                    {"field": "persona", "title": say("segmentation.pictures.segment_word")},
                    {"field": "said", "title": say("segmentation.pictures.customers_word")},
                ],
            ),
            texts(rows, "said", bars, at("middle"), align="left", dx=7),
            texts(rows, "name", {"value": -10}, at("first"), align="right"),
        ],
    }
    alternative = "; ".join(f"{row['persona']}: {row['said']}" for row in rows)
    return chart(title, _total(table, language), alternative, body, language=language)


def _total(rows: pd.DataFrame, language: Language) -> str:
    """How many customers are in how many segments, and in none."""
    grouped = rows.loc[~rows["last"], "customers"]
    say, count = language.say, language.count
    text = say("segmentation.pictures.total", n=len(grouped), customers=count(grouped.sum()))
    without = rows.loc[rows["last"], "customers"].sum()
    return say("segmentation.pictures.total_and_none", total=text, customers=count(without)) if without else text
