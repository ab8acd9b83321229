"""Dados: where the month's rows come from, what was refused and why, and what each column looks like.

Belongs here: whether the data can be trusted. Does not belong here: models made of them (`models`).
"""

import re
from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import BLUE, by_month
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens import columns
from arcana_assets.profile.finding import by_source, summed, told_of_rows

REASONS = 12
# What the wording of reasons (`landing.conform`) says of each kind, and under which name the texts have it.
_KINDS = (
    ("^malformed line", "line"),
    ("^blank row", "blank"),
    ("^repeats the header", "header"),
    (": is before ", "before"),
    (": is (in the future|impossible)", "future"),
    (": is not ", "type"),
    (": must be present", "missing"),
    (": too large", "size"),
    ("superseded by|must be unique", "repeated"),
    (": must be one of", "list"),
    (": must not be one of", "unwanted"),
    (": must match", "pattern"),
    (": must hold the date of", "dated"),
    (": must have ", "compared"),
    (": must not be before ", "ends"),
    (": must be ", "range"),
)


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    parts.heading(say("data.title", month=language.month(place.month)), say("data.lead"))
    rows = sources(place)
    if not rows:
        parts.nothing(say("data.none"))
        return
    total = summed(rows)
    items = told_of_rows(total)
    said = say("data.sources_said", n=total["landed"], share=language.percent(total["refused"] / total["landed"]))
    parts.section(say("data.sources"), said)
    parts.table(
        [
            parts.Header(say("data.source")),
            *(parts.Header(say(f"data.of_rows.{each}"), True, say(f"data.of_rows.{each}_about")) for each in items),
        ],
        [(name, *(language.count(of[item]) for item in items)) for name, of in rows.items()],
    )
    _reasons(place, rows)
    _history(place)
    _coverage(place)
    columns.show(place)


def sources(place: Place) -> dict[str, dict[str, int]]:
    """Rows of the month by source, as the printed profile has them; none where the month has no profile."""
    if not place.has("data_findings"):
        return {}
    query = "SELECT part, item, value, detail FROM data_findings WHERE subject = 'rows'"
    return by_source(place.records(query, ["data_findings"]))


def reasons(place: Place, source: str) -> list[dict[str, Any]]:
    """Why rows of a source were refused in the month, without the values found, the commonest first."""
    if not place.has("data_findings"):
        return []
    return place.records(
        "SELECT item AS reason, CAST(value AS BIGINT) AS rows FROM data_findings "
        f"WHERE subject = 'refused' AND part = $source ORDER BY 2 DESC, 1 LIMIT {REASONS}",
        ["data_findings"],
        source=source,
    )


def in_words(place: Place, reason: str) -> str:
    """Why a row was refused, for who does not read contracts: by the kind of rule that it breaks."""
    column, _, _ = reason.partition(": ")
    kind = next((kind for pattern, kind in _KINDS if re.search(pattern, reason)), "rule")
    return place.language.say(f"data.refused_{kind}", column=column)


def _reasons(place: Place, rows: dict[str, dict[str, int]]) -> None:
    say, language = place.language.say, place.language
    refusing = [name for name, of in rows.items() if of["refused"] + of["before_start"]]
    parts.section(say("data.reasons"))
    if not refusing:
        parts.nothing(say("data.nothing_refused"))
        return
    source = refusing[0]
    if len(refusing) > 1:
        source = st.selectbox(say("data.source"), refusing)
    parts.table(
        [parts.Header(say("words.reason")), parts.Header(say("data.rows"), True), parts.Header(say("data.contract"))],
        [
            (in_words(place, row["reason"]), language.count(row["rows"]), row["reason"])
            for row in reasons(place, source)
        ],
    )


def _history(place: Place) -> None:
    say = place.language.say
    lines = list[dict[str, Any]]()
    for source in place.domain.sources:
        key = place.key(source, "silver")
        if place.reader.exists(key) and place.reader.monthly(key):
            held = place.reader.rows_by_month(key)
            lines += [
                {"month": month, "name": source, "value": rows, "colour": BLUE}
                for month, rows in held.items()
                if month is not None and month <= place.month
            ]
    names = list(dict.fromkeys(line["name"] for line in lines))
    if not names or len(lines) < 2:
        return
    parts.section(say("data.history"))
    held = {name: sum(line["value"] for line in lines if line["name"] == name) for name in names}
    source = max(names, key=lambda name: held[name])
    if len(names) > 1:
        source = st.selectbox(say("data.source"), names, names.index(source), key="history of a source")
    parts.chart(
        by_month([line for line in lines if line["name"] == source], place.language, say("data.history"), tall=160)
    )


def _coverage(place: Place) -> None:
    say, language = place.language.say, place.language
    if not place.has("source_coverage"):
        return
    rows = place.records(
        "SELECT source, rows, customers, orphan_rows, covered_share FROM source_coverage ORDER BY source",
        ["source_coverage"],
    )
    if rows:
        parts.section(say("data.coverage"), say("data.coverage_said"))
        parts.table(
            [
                parts.Header(say("data.source")),
                parts.Header(say("data.rows"), True),
                parts.Header(say("words.customers"), True),
                parts.Header(say("data.orphans"), True, say("data.orphans_about")),
                parts.Header(say("data.covered"), True),
            ],
            [
                (
                    row["source"],
                    language.count(row["rows"]),
                    language.count(row["customers"]),
                    language.count(row["orphan_rows"]),
                    language.percent(row["covered_share"]),
                )
                for row in rows
            ],
        )
