"""The columns of a month on the screen Dados: what each holds, how it moved, and how numbers go together.

Belongs here: what `gold/data_profile` and `gold/data_findings` say. Does not belong here: rows by source (`data`).
"""

import json
from datetime import date
from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.charts import bars, scatter
from arcana_assets.dashboard.place import Place
from arcana_assets.profile.finding import Cohort, cohorts_of

VALUES, PAIRS = 10, 12
TELLING = 0.3  # of Spearman's coefficient, below which nothing is said of a pair


def show(place: Place) -> None:
    """What the profile of the month says; nothing where there is none."""
    if not place.has("data_profile"):
        return
    rows = profile(place)
    names = sorted({(row["layer"], row["table"]) for row in rows})
    say = place.language.say
    parts.section(say("columns_of_data.title"), _said(place, rows))
    usual = names.index(("gold", "customer_360")) if ("gold", "customer_360") in names else 0
    chosen = st.selectbox(say("columns_of_data.table"), names, usual, lambda each: f"{each[0]}/{each[1]}")
    mine = [row for row in rows if (row["layer"], row["table"]) == chosen]
    _table(place, mine)
    _column(place, mine)
    if place.has("data_findings"):
        _relations(place)
        _cohorts(place)


def _said(place: Place, rows: list[dict[str, Any]]) -> str:
    empty = sum(bool(row["rows"]) and row["missing"] == row["rows"] for row in rows)
    return place.language.say("columns_of_data.said", n=len(rows), empty=empty, month=place.language.month(place.month))


def profile(place: Place) -> list[dict[str, Any]]:
    """The columns of the month, by table and in the order of their names."""
    # A month that an earlier version profiled has no outliers.
    outlying = "outlying" if "outlying" in place.columns("data_profile") else "NULL AS outlying"
    return place.records(
        f"""SELECT layer, "table", "column", type, identifies, rows, missing, blank, "distinct", minimum, median,
        maximum, mean, {outlying}, earliest, latest, top_values, histogram, psi FROM data_profile ORDER BY ALL""",
        ["data_profile"],
    )


def relations(place: Place) -> list[dict[str, Any]]:
    """Pairs of numbers that go together, the strongest first: item, other, value (Spearman), n, detail (points)."""
    return place.records(
        f"""SELECT item, other, value, n, detail FROM data_findings WHERE subject = 'correlation'
        AND abs(value) >= {TELLING} ORDER BY abs(value) DESC, item, other LIMIT {PAIRS}""",
        ["data_findings"],
    )


def cohorts(place: Place) -> dict[str, dict[str, Cohort]]:
    """Those first seen in each month and what is there of them since: `active` and `revenue`, by first month."""
    query = "SELECT month, subject, item, other, share, n FROM data_findings WHERE subject = 'cohort'"
    return cohorts_of(place.records(query, {"data_findings": "year"}), place.month)


def _table(place: Place, rows: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language

    def number(value: float | None) -> str:
        return "" if value is None else language.number(value)

    words = ("column", "missing", "distinct", "low", "middle", "high")
    parts.table(
        [
            *(parts.Header(say(f"columns_of_data.{word}"), word != "column") for word in words),
            parts.Header(place.label("outlying"), True, say("columns_of_data.outlying_about")),
            parts.Header(say("columns_of_data.moved"), True),
        ],
        [
            (
                place.label(row["column"]),
                language.percent(row["missing"] / row["rows"] if row["rows"] else 0.0),
                language.count(row["distinct"]),
                number(row["minimum"]) or row["earliest"] or "",
                number(row["median"]),
                number(row["maximum"]) or row["latest"] or "",
                "" if row["outlying"] is None else language.percent(row["outlying"] / (row["rows"] - row["missing"])),
                "" if row["psi"] is None else language.number(row["psi"], 2),
            )
            for row in rows
        ],
    )


def _column(place: Place, rows: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    known = {row["column"]: row for row in rows if not row["identifies"] and (row["histogram"] or row["top_values"])}
    if not known:
        return
    row = known[st.selectbox(say("columns_of_data.column"), list(known), 0, place.label)]
    counted: list[tuple[Any, int]] = json.loads(row["histogram"] or "[]")
    labelled = [(say("columns_of_data.up_to", value=language.number(edge)), many) for edge, many in counted]
    if not labelled:
        labelled = [(str(value), many) for value, many in json.loads(row["top_values"] or "[]")[:VALUES]]
    whole = max(row["rows"] - row["missing"], 1)
    parts.chart(
        bars(
            [
                {
                    "label": label,
                    "value": many,
                    "text": f"{language.count(many)} ({language.percent(many / whole)})",
                }
                for label, many in labelled
            ],
            language,
            place.label(row["column"]),
        )
    )


def _relations(place: Place) -> None:
    say, language = place.language.say, place.language
    rows = relations(place)
    if not rows:
        return
    parts.section(say("columns_of_data.relations"), say("columns_of_data.relations_said"))
    parts.table(
        [
            parts.Header(say("columns_of_data.one")),
            parts.Header(say("columns_of_data.other")),
            parts.Header(say("columns_of_data.coefficient"), True),
            parts.Header(say("words.customers"), True),
        ],
        [
            (
                place.label(row["item"]),
                place.label(row["other"]),
                language.number(row["value"], 2),
                language.count(row["n"]),
            )
            for row in rows
        ],
    )
    drawn = {at: row for at, row in enumerate(rows) if row["detail"]}
    if not drawn:
        return
    pair = st.selectbox(
        say("columns_of_data.pair"),
        list(drawn),
        0,
        lambda at: f"{place.label(drawn[at]['item'])} × {place.label(drawn[at]['other'])}",
    )
    row = drawn[pair]
    points = [{"x": x, "y": y} for x, y in json.loads(row["detail"])]
    parts.chart(scatter(points, place.label(row["item"]), place.label(row["other"]), language))


def _cohorts(place: Place) -> None:
    say, language = place.language.say, place.language
    followed = cohorts(place)
    most = max((len(ages) for _, ages in followed["active"].values()), default=0)
    if not most:
        return
    headers = [
        parts.Header(say("columns_of_data.first_month")),
        parts.Header(say("words.customers"), True),
        *(parts.Header(f"+{age}", True) for age in range(1, most + 1)),
    ]
    parts.section(say("columns_of_data.cohorts"), say("columns_of_data.cohorts_said"))
    for what, of in followed.items():
        parts.sentence(say(f"columns_of_data.cohort_{what}"))
        rows = [
            (
                language.month(date.fromisoformat(f"{first}-01")),
                [
                    (language.count(size), None),
                    # On the scale of lifts, where 1 is no colour and 4 the darkest.
                    *(("" if share is None else language.percent(share, 0), 4 ** (share or 0)) for share in ages),
                    *[("", None)] * (most - len(ages)),
                ],
            )
            for first, (size, ages) in of.items()
        ]
        parts.heat(headers, rows)
