"""Loyalty pictures: members over the months, revenue expected with its uncertainty, members against matched others.

Belongs here: the three pictures of a programme's page. Does not belong here: the figures (`programme`, `forecast`,
`proof`), the canvas (`presentation.drawing`).
"""

from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.presentation.drawing import (
    FAINT,
    GREY,
    GRID,
    INK,
    PALETTE,
    bare,
    canvas,
    heading,
    notice,
    png,
    require,
    wrapped,
)
from arcana_assets.presentation.notation import count, number, percent
from arcana_assets.presentation.values import months

_WIDTH = 8.5
_MONTHS = 13  # that are drawn at most
_GROUP_WORDS = {"members": "Membros", "rest": "Demais de hoje"}
_COMPARISON_WORDS = {"all": "todos os demais", "matched": "pareados"}


def members_picture(summary: pd.DataFrame, title: str) -> bytes:
    """Bars of the members of each month, those at risk apart, with their share of revenue above, as PNG.

    Takes month, members, at_risk, entered, left, revenue_share (0 to 1), a row a month. Raises MissingColumns.
    """
    require(summary, "month", "members", "at_risk", "entered", "left", "revenue_share")
    rows = summary[summary["members"] > 0].sort_values("month").tail(_MONTHS)
    if rows.empty:
        return notice(title, "Nenhum membro até este mês.")
    figure = canvas(_WIDTH, 3.4)
    heading(figure, title, 80)
    axes = figure.add_subplot()
    places = list(range(len(rows)))
    steady, risk = (rows["members"] - rows["at_risk"]).to_numpy(), rows["at_risk"].to_numpy()
    axes.bar(places, steady, color=PALETTE[0], width=0.66, label="membros")
    axes.bar(places, risk, bottom=steady, color=PALETTE[1], width=0.66, label="em risco")
    top = float(rows["members"].max())
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        share = percent(row["revenue_share"], 0) if pd.notna(row["revenue_share"]) else ""
        axes.text(place, row["members"] + top * 0.02, count(row["members"]), ha="center", fontsize=9, color=INK)
        axes.text(place, row["members"] + top * 0.11, share, ha="center", fontsize=8, color=FAINT)
    moved = [f"+{count(entered)} -{count(left)}" for entered, left in zip(rows["entered"], rows["left"], strict=True)]
    axes.set_xticks(places, [f"{month:%m/%y}\n{words}" for month, words in zip(rows["month"], moved, strict=True)])
    axes.set_ylim(0, top * 1.38)
    axes.set_yticks([])
    bare(axes)
    axes.set_xlabel("Acima das barras: membros e sua parcela da receita; abaixo: entraram e saíram no mês", **_CAPTION)
    axes.legend(loc="upper left", fontsize=8, frameon=False, ncols=2)
    return png(figure)


def forecast_picture(forecast: pd.DataFrame, currency: str, title: str) -> bytes:
    """The revenue expected of each group by horizon, with 80 % intervals, as PNG.

    Takes the rows that serve: group, horizon, forecast, low, high. Raises MissingColumns.
    """
    require(forecast, "group", "horizon", "forecast", "low", "high")
    rows = forecast.sort_values(["horizon", "group"])
    if rows.empty:
        return notice(title, "Ainda não há previsão.")
    figure = canvas(_WIDTH, 1.1 + 0.36 * len(rows))
    heading(figure, title, 80)
    axes = figure.add_subplot()
    places = list(range(len(rows)))
    top = float(np.nanmax(rows[["forecast", "high"]].to_numpy(dtype="float64")))
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        colour = PALETTE[0] if row["group"] == "members" else GREY
        if pd.notna(row["low"]):
            axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=5, alpha=0.35)
        axes.plot([row["forecast"]], [place], "o", color=colour, markersize=7)
        ends = f" ({number(row['low'], 0)} a {number(row['high'], 0)})" if pd.notna(row["low"]) else ""
        last = row["high"] if pd.notna(row["high"]) else row["forecast"]
        axes.text(
            last + top * 0.015, place, f"{number(row['forecast'], 0)}{ends}", va="center", fontsize=8.5, color=INK
        )
    names = [
        f"{_GROUP_WORDS.get(row['group'], row['group'])}, {months(row['horizon'])}" for row in rows.to_dict("records")
    ]
    axes.set_yticks(places, names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, top * 1.42)
    axes.set_xticks([])
    bare(axes)
    axes.set_xlabel(f"{currency}; o ponto é o previsto, a faixa o intervalo de 80 %", **_CAPTION)
    return png(figure)


def proof_picture(proof: pd.DataFrame, currency: str, title: str) -> bytes:
    """The difference in revenue a month between members and others, as they are and matched, with 95 % intervals.

    Takes comparison, measure, members_mean, others_mean, difference, low, high, beyond_chance. Raises MissingColumns.
    """
    require(proof, "comparison", "measure", "members_mean", "others_mean", "difference", "low", "high", "beyond_chance")
    rows = proof[(proof["measure"] == "revenue") & proof["low"].notna()].sort_values("comparison")
    if rows.empty:
        return notice(title, "Ainda não há meses ou clientes bastantes para comparar.")
    figure = canvas(_WIDTH, 1.3 + 0.55 * len(rows))
    heading(figure, title, 80)
    axes = figure.add_subplot()
    for place, row in enumerate(rows.to_dict("records")):
        colour = PALETTE[2] if row["beyond_chance"] else GREY
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=5, alpha=0.35)
        axes.plot([row["difference"]], [place], "o", color=colour, markersize=7)
        means = f"{number(row['members_mean'], 0)} contra {number(row['others_mean'], 0)}"
        axes.text(row["difference"], place - 0.22, means, ha="center", va="bottom", fontsize=8.5, color=INK)
    axes.axvline(0, color=GRID, linewidth=1.5, zorder=0)
    names = [wrapped(f"contra {_COMPARISON_WORDS.get(each, each)}", 24, 2) for each in rows["comparison"]]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.4, -0.8)
    bare(axes)
    axes.set_xlabel(
        f"Diferença de receita por mês ({currency}), intervalo de 95 %; cinza: não além do acaso", **_CAPTION
    )
    return png(figure)


_CAPTION: dict[str, Any] = {"fontsize": 8.5, "color": FAINT, "loc": "left"}
