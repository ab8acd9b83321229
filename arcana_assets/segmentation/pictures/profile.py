"""The profile chart: how each segment lies against the base, feature by feature.

Belongs here: the heat map of a table of profiles. Does not belong here: the table (`profiles`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import LIFT, MEAN
from arcana_assets.presentation.charts import (
    FAINT,
    INK,
    LINE,
    Chart,
    at,
    centred,
    chart,
    layer,
    texts,
    wrapped,
)
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.png import png

MOST_FEATURES = 15  # of a picture
_CELL, _ROW = 108, 40  # width and height in pixels
_NAMES = 190  # width of the names of features
# From there on, in doublings, a cell is so dark that white is read better than black on it.
_DARK = 1.35


def profile_picture(
    profile: pd.DataFrame, labels: Mapping[str, str] | None = None, language: Language = DEFAULT
) -> bytes:
    """The chart of a table of profiles as PNG."""
    return png(profile_chart(profile, labels, language=language))


def profile_chart(
    profile: pd.DataFrame,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    language: Language = DEFAULT,
) -> Chart:
    """A heat map of a table that `profile` made: features x segments.

    The colour is the lift on a logarithmic scale (blue below the base, red above, full at a quarter and at four times),
    the numbers are the mean and the lift. `labels` name features for readers. Of more than `MOST_FEATURES` those are
    shown whose lifts differ most between segments. The same table gives the same chart.
    """
    ordered = profile.sort_values("segment_id").reset_index(drop=True)
    features = telling([name.removeprefix(LIFT) for name in profile.columns if name.startswith(LIFT)], ordered)
    names = {name: (labels or {}).get(name, name) for name in features}
    segments = [row for _, row in ordered.iterrows()]
    say = language.say
    heads = [_head(row, language, _CELL * (place + 0.5)) for place, row in enumerate(segments)]
    lines = max((head["text"].count("\n") + 1 for head in heads), default=1)
    top = LINE * lines + 8
    cells = [
        _cell(row, feature, names[feature], (_CELL * (across + 0.5), top + _ROW * (down + 0.5)), language)
        for down, feature in enumerate(features)
        for across, row in enumerate(segments)
    ]
    rows = []
    for down, feature in enumerate(features):
        text = wrapped(names[feature], 30, 2)
        rows.append({"text": text, "first": centred(text, top + _ROW * (down + 0.5))})
    shade: dict[str, Any] = {
        "field": "shade",
        "type": "quantitative",
        "title": say("segmentation.pictures.against_base"),
        "scale": {"domain": [-2, 2], "scheme": "redblue", "reverse": True},
        "legend": {"gradientLength": 260, "values": [-2, -1, 0, 1, 2], "labelExpr": _ticks(language)},
    }
    x, y = at("x"), at("y")
    told = (
        ("segment", say("segmentation.pictures.segment_word")),
        ("feature", say("segmentation.pictures.feature_word")),
        ("text", say("segmentation.pictures.mean_and_times")),
    )
    body = {
        "width": max(_CELL * len(segments), 1),
        "height": top + _ROW * len(features),
        "layer": [
            layer(
                {"type": "rect", "width": _CELL - 1, "height": _ROW - 1},
                cells,
                x=x,
                y=y,
                color=shade,
                tooltip=[{"field": field, "title": words} for field, words in told],
            ),
            *(
                texts([cell for cell in cells if cell["ink"] == ink], "text", x, at("first"), align="center", color=ink)
                for ink in (INK, "white", FAINT)
            ),
            texts(heads, "text", x, {"value": LINE / 2}, align="center"),
            texts(rows, "text", {"value": -10}, at("first"), align="right"),
        ],
    }
    title, note = title or say("segmentation.pictures.profile_title"), say("segmentation.pictures.profile_note")
    wide = max(_NAMES + _CELL * len(segments), 420)
    return chart(title, note, _said(cells, language), body, wide, language)


def telling(features: list[str], profile: pd.DataFrame) -> list[str]:
    """At most `MOST_FEATURES` of the features, in their order: those whose lifts lie furthest apart."""
    lifts = np.log2(np.clip(profile[[LIFT + name for name in features]].to_numpy(dtype="float64"), 0.25, 4))
    known = np.nan_to_num(lifts)  # a lift that is not known is no difference
    apart = known.max(axis=0) - known.min(axis=0)
    kept = set(np.argsort(-apart, kind="stable")[:MOST_FEATURES].tolist())
    return [name for place, name in enumerate(features) if place in kept]


def _ticks(language: Language) -> str:
    """The labels of the legend, by doublings of the mean."""
    mean = language.say("segmentation.pictures.mean_tick")
    return f"{{'-2': '1/4', '-1': '1/2', '0': '{mean}', '1': '2x', '2': '4x'}}[toString(datum.value)]"


def _head(row: pd.Series, language: Language, x: float) -> dict[str, Any]:
    share = language.of_hundred(language.number(100 * row["share"], 0))
    return {"text": f"{wrapped(_name(row), 17)}\n{language.count(row['customers'])} ({share})", "x": x}


def _name(row: pd.Series) -> str:
    return str(row.get("persona", f"{row['segment_id']:02d}"))


def _cell(row: pd.Series, feature: str, label: str, place: tuple[float, float], language: Language) -> dict[str, Any]:
    mean, lift = (float(row[prefix + feature]) for prefix in (MEAN, LIFT))
    (x, middle), number = place, language.number
    shade = float(np.log2(np.clip(lift, 0.25, 4)))
    text = f"{number(mean)}\n{number(lift)}x" if np.isfinite(lift) else number(mean)
    return {
        "segment": _name(row),
        "feature": label,
        "shade": shade,
        "x": x,
        "y": middle,
        "text": text if np.isfinite(mean) else language.say("segmentation.pictures.no_data"),
        "first": centred(text, middle),
        "ink": FAINT if not np.isfinite(mean) else "white" if abs(shade) > _DARK else INK,
    }


def _said(cells: list[dict[str, Any]], language: Language) -> str:
    """Where each segment lies furthest from the base."""
    furthest: dict[str, dict[str, Any]] = {}
    for cell in cells:
        best = furthest.get(cell["segment"])
        if np.isfinite(cell["shade"]) and (best is None or abs(cell["shade"]) > abs(best["shade"])):
            furthest[cell["segment"]] = cell
    words = [
        language.say(
            "segmentation.pictures.furthest",
            name=name,
            feature=cell["feature"],
            times=cell["text"].split()[-1],
        )
        for name, cell in furthest.items()
    ]
    return "; ".join(words) or language.say("segmentation.pictures.nothing_in_common")
