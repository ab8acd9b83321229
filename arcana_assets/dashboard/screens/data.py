"""Dados: where the month's rows come from, what was refused and why, and what each column looks like.

Belongs here: whether the data can be trusted. Does not belong here: models made of them (`models`).
"""

import re
from functools import reduce
from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import BLUE, by_month
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens import columns
from arcana_assets.engine.duckdb import literal
from arcana_assets.lake.reader import Part
from arcana_assets.landing.conform.refusal import UNTOLD

REASONS = 12
_KIND = reduce(lambda told, each: f"regexp_replace({told}, {literal(each[0])}, {literal(each[1])})", UNTOLD, "reason")
# What the wording of reasons (`landing.conform`) says of each kind, and under which name the texts have it.
_KINDS = (
    ("^malformed line", "line"),
    ("^blank row", "blank"),
    (": is before ", "before"),
    (": is (in the future|impossible)", "future"),
    (": is not ", "type"),
    (": must be present", "missing"),
    (": too large", "size"),
    ("superseded by|must be unique", "repeated"),
    (": must be one of", "list"),
    (": must match", "pattern"),
    (": must have ", "compared"),
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
    refused = sum(row["refused"] for row in rows)
    landed = sum(row["bronze"] for row in rows)
    said = say("data.sources_said", n=landed, share=language.percent(refused / landed if landed else 0.0))
    parts.section(say("data.sources"), said)
    parts.table(
        [
            parts.Header(say("data.source")),
            parts.Header(say("data.landed"), True, say("data.landed_about")),
            parts.Header(say("data.kept"), True, say("data.kept_about")),
            parts.Header(say("data.repeated"), True, say("data.repeated_about")),
            parts.Header(say("data.refused"), True, say("data.refused_about")),
        ],
        [
            (
                row["source"],
                language.count(row["bronze"]),
                language.count(row["silver"]),
                language.count(max(row["bronze"] - row["silver"] - row["refused"], 0)),
                language.count(row["refused"]),
            )
            for row in rows
        ],
    )
    _reasons(place, rows)
    _history(place)
    _coverage(place)
    columns.show(place)


def sources(place: Place) -> list[dict[str, Any]]:
    """Rows of the month by source: landed, kept, refused, as the logs of the tables say."""
    found = []
    for name in place.domain.sources:
        counted = {}
        for layer in ("bronze", "silver", "quarantine"):
            key = place.key(name, layer)
            if not place.reader.exists(key):
                break
            held = place.reader.rows_by_month(key)
            counted[layer] = held.get(place.month, 0) if place.reader.monthly(key) else sum(held.values())
        else:
            found.append(
                {
                    "source": name,
                    "bronze": counted["bronze"],
                    "silver": counted["silver"],
                    "refused": counted["quarantine"],
                }
            )
    return found


def reasons(place: Place, source: str) -> list[dict[str, Any]]:
    """Why rows of a source were refused in the month, without the values found, the commonest first."""
    key = place.key(source, "quarantine")
    months = (place.month,) if place.reader.monthly(key) else None
    columns = place.reader.schema(key).names
    if "_reasons" not in columns:
        return []
    return place.reader.rows(
        f"SELECT {_KIND} AS reason, count(*) AS rows FROM (SELECT unnest(_reasons) AS reason FROM refused) "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {REASONS}",
        {"refused": Part(key, months)},
    ).to_pylist()


def in_words(place: Place, reason: str) -> str:
    """Why a row was refused, for who does not read contracts: by the kind of rule that it breaks."""
    column, _, _ = reason.partition(": ")
    kind = next((kind for pattern, kind in _KINDS if re.search(pattern, reason)), "rule")
    return place.language.say(f"data.refused_{kind}", column=column)


def _reasons(place: Place, rows: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    refusing = [row["source"] for row in rows if row["refused"]]
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
    source = names[0]
    if len(names) > 1:
        source = st.selectbox(say("data.source"), names, key="history of a source")
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
