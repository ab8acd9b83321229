"""Loyalty charts: members over the months, revenue expected with its uncertainty, members against matched others.

Belongs here: the three charts of a programme's page. Does not belong here: the figures (`programme`, `forecast`,
`proof`), what all charts share (`presentation.charts`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.presentation.charts import (
    FAINT,
    GREY,
    PALETTE,
    Chart,
    at,
    centred,
    chart,
    layer,
    literal,
    measured,
    notice,
    numbers,
    require,
    texts,
    wrapped,
)
from arcana_assets.presentation.language import Language
from arcana_assets.presentation.notation import sign
from arcana_assets.presentation.values import months

_MONTHS = 13  # that are drawn at most
_WIDTH, _MONTH = 760, 90  # pixels: of the months together, and of one at most
_ROW, _HIGH, _ACROSS = 34, 200, 500  # pixels: height of a row, of the bars, width of the intervals


def members_chart(summary: pd.DataFrame, title: str, language: Language) -> Chart:
    """Bars of the members of each month, those at risk apart, with their share of revenue above.

    Takes month, members, at_risk, entered, left, revenue_share (0 to 1), a row a month. Raises MissingColumns.
    """
    require(summary, "month", "members", "at_risk", "entered", "left", "revenue_share")
    say, count = language.say, language.count
    in_order, at_risk = say("programme.pictures.steady"), say("programme.pictures.at_risk")
    table = summary[summary["members"] > 0].sort_values("month").tail(_MONTHS)
    if table.empty:
        return notice(title, say("programme.pictures.no_members"), language)
    top, wide = float(table["members"].max()), min(_WIDTH / len(table), _MONTH)
    bars, words = list[dict[str, Any]](), list[dict[str, Any]]()
    for place, row in enumerate(table.to_dict("records")):
        middle, members, steady = wide * (place + 0.5), float(row["members"]), float(row["members"] - row["at_risk"])
        share = language.percent(row["revenue_share"], 0) if pd.notna(row["revenue_share"]) else ""
        month = language.short_month(row["month"])
        bars.append({"x": middle, "month": month, "group": in_order, "from": 0.0, "to": steady})
        bars.append({"x": middle, "month": month, "group": at_risk, "from": steady, "to": members})
        moved = f"{month}\n+{count(row['entered'])} -{count(row['left'])}"
        words.append({"x": middle, "members": members, "count": count(members), "share": share, "moved": moved})
    x, y = at("x"), measured("from", 0, top * 1.2)
    colours = {"domain": [in_order, at_risk], "range": [PALETTE[0], PALETTE[1]]}
    shade: dict[str, Any] = {"field": "group", "type": "nominal", "title": None, "scale": colours}
    shade["legend"] = {"orient": "top", "offset": 6}
    above = {**y, "field": "members"}
    body = {
        "width": _WIDTH,
        "height": _HIGH,
        "layer": [
            layer({"type": "bar", "orient": "vertical", "width": 36}, bars, x=x, y=y, y2={"field": "to"}, color=shade),
            texts(words, "count", x, above, align="center", dy=-23),
            texts(words, "share", x, above, align="center", dy=-9, fontSize=11, color=FAINT),
            texts(words, "moved", x, {"value": _HIGH + 12}, align="center", fontSize=11),
        ],
    }
    note, last = say("programme.pictures.members_note"), words[-1]
    how = "members_said_share" if last["share"] else "members_said"
    told = {"month": last["moved"].split()[0], "n": last["count"], "share": last["share"]}
    said = say(f"programme.pictures.{how}", note=note, **told)
    return chart(title, note, said, body, _WIDTH, language=language)


def forecast_chart(forecast: pd.DataFrame, currency: str, title: str, language: Language) -> Chart:
    """The revenue expected of each group by horizon, with 80 % intervals.

    Takes the rows that serve: group, horizon, forecast, low, high. Raises MissingColumns.
    """
    require(forecast, "group", "horizon", "forecast", "low", "high")
    say, number = language.say, language.number
    table = forecast.sort_values(["horizon", "group"])
    if table.empty:
        return notice(title, say("programme.pictures.no_forecast"), language)
    rows = []
    for row in table.to_dict("records"):
        known = pd.notna(row["low"])
        ends = say("programme.span", low=number(row["low"], 0), high=number(row["high"], 0)) if known else ""
        ends = f" ({ends})" if ends else ""
        key = f"programme.short_groups.{row['group']}"
        name = f"{say(key) if language.knows(key) else row['group']}, {months(row['horizon'], language)}"
        found = {"low": row["low"], "high": row["high"], "value": row["forecast"], "name": name}
        found |= {"last": row["high"] if pd.notna(row["high"]) else row["forecast"]}
        found |= {"said": f"{number(row['forecast'], 0)}{ends}", "shade": GREY}
        rows.append(found | ({"shade": PALETTE[0]} if row["group"] == "members" else {}))
    top = float(np.nanmax(table[["forecast", "high"]].to_numpy(dtype="float64")))
    x = measured("value", 0, (top if top > 0 else 1) * 1.5)
    layers = [
        *_intervals(rows, x),
        texts(_placed(rows), "said", {**x, "field": "last"}, at("middle"), align="left", dx=10),
    ]
    note = say("programme.pictures.forecast_note", sign=sign(currency))
    said = "; ".join(f"{row['name']}: {row['said']}" for row in rows)
    return chart(title, note, f"{note}. {said}.", _body(layers, len(rows)), language=language)


def proof_chart(proof: pd.DataFrame, currency: str, title: str, language: Language) -> Chart:
    """The difference in revenue a month between members and others, as they are and matched, with 95 % intervals.

    Takes comparison, measure, members_mean, others_mean, difference, low, high, beyond_chance. Raises MissingColumns.
    """
    require(proof, "comparison", "measure", "members_mean", "others_mean", "difference", "low", "high", "beyond_chance")
    say, number = language.say, language.number
    table = proof[(proof["measure"] == "revenue") & proof["low"].notna()].sort_values("comparison")
    if table.empty:
        return notice(title, say("programme.pictures.no_proof"), language)
    rows = []
    for row in table.to_dict("records"):
        name = wrapped(say(f"programme.pictures.against.{row['comparison']}"), 24, 2)
        ours, theirs = (number(row[side], 0) for side in ("members_mean", "others_mean"))
        means = say("programme.pictures.means", ours=ours, theirs=theirs)
        found = {"low": row["low"], "high": row["high"], "value": row["difference"], "name": name, "said": means}
        rows.append({**found, "shade": PALETTE[2] if row["beyond_chance"] else GREY})
    low, high = min(0.0, *(row["low"] for row in rows)), max(0.0, *(row["high"] for row in rows))
    room = 0.12 * (high - low or 1)
    axis = {"labelExpr": numbers(language), "tickCount": 6, "grid": True}
    x = measured("value", low - room, high + room, axis=axis)
    nothing = {"type": "rule", "color": FAINT, "strokeDash": [3, 3]}
    layers = [
        layer(nothing, [{"value": 0}], x=x),
        *_intervals(rows, x, _TALL),
        texts(_placed(rows, _TALL), "said", x, at("middle"), align="center", dy=-16, fontSize=11),
    ]
    note = say("programme.pictures.proof_note", sign=sign(currency))
    said = "; ".join(f"{row['name']}: {row['said']}, {_more_or_less(language, row['value'])}" for row in rows)
    return chart(title, note, f"{note}. {said}.", _body(layers, len(rows), _TALL), language=language)


def _more_or_less(language: Language, difference: float) -> str:
    value = language.number(abs(difference), 0)
    return language.say(f"programme.pictures.{'less' if difference < 0 else 'more'}", value=value)


_TALL = 52  # pixels of a row with a text above its interval


def _placed(rows: Sequence[Mapping[str, Any]], row_height: int = _ROW) -> list[dict[str, Any]]:
    """The rows from top to bottom."""
    middles = [row_height * (place + 0.5) for place in range(len(rows))]
    return [
        {**row, "middle": middle, "first": centred(row["name"], middle)}
        for row, middle in zip(rows, middles, strict=True)
    ]


def _intervals(rows: Sequence[Mapping[str, Any]], x: Mapping[str, Any], row_height: int = _ROW) -> list[dict[str, Any]]:
    """A point a row, within its interval where it has one, and its name at the left."""
    placed = _placed(rows, row_height)
    known = [row for row in placed if pd.notna(row["low"])]
    shade, y = literal("shade"), at("middle")
    band = {"type": "rule", "strokeWidth": 7, "strokeOpacity": 0.35}
    return [
        layer(band, known, x={**x, "field": "low"}, x2={"field": "high"}, y=y, color=shade),
        layer({"type": "circle", "size": 80, "opacity": 1}, placed, x=x, y=y, color=shade),
        texts(placed, "name", {"value": -10}, at("first"), align="right"),
    ]


def _body(layers: Sequence[Mapping[str, Any]], rows: int, row_height: int = _ROW) -> dict[str, Any]:
    return {"width": _ACROSS, "height": row_height * rows, "layer": list(layers)}
