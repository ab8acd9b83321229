"""Fidelidade: who is in a programme, what it takes, what members bring, and what is expected.

Belongs here: a programme as of a month. Does not belong here: the printed report, which is among the files.
"""

import json
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import BLUE, by_month
from arcana_assets.dashboard.export import BATCH, downloads, file_of
from arcana_assets.dashboard.links import open_customer, there_is
from arcana_assets.dashboard.place import Place

SHOWN = 50
_IN_STATE = "programme = $programme AND state = $state"
_MEMBERS = f"""SELECT customer_id, since, revenue, coalesce(lacking, '') AS lacking, reason FROM loyalty_members
    WHERE {_IN_STATE} ORDER BY revenue DESC NULLS LAST, customer_id"""
STATES = ("member", "at_risk", "candidate", "removed")


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language, currency = place.language.say, place.language, place.domain.currency
    titles = {each.name: each.title for each in place.domain.programmes}
    name = next(iter(titles))
    if len(titles) > 1:
        name = st.selectbox(say("words.programme"), list(titles), 0, lambda each: titles[each])
    found = place.records(
        "SELECT * FROM loyalty_summary WHERE programme = $programme", ["loyalty_summary"], programme=name
    )
    if not found:
        parts.heading(titles[name], say("loyalty.none"))
        return
    (row,) = found
    parts.heading(
        say("loyalty.title", programme=titles[name], month=language.month(place.month)),
        say("loyalty.lead", n=row["members"], share=language.percent(row["revenue_share"])),
    )
    counted = (("members", "members"), ("at_risk", "at_risk"), ("entered", "entered"), ("left", "left"))
    parts.figures(
        [
            *(
                parts.Figure(say(f"loyalty.{key}"), language.count(row[column]), say(f"loyalty.{key}_about"))
                for key, column in (*counted, ("candidates", "candidates"))
            ),
            parts.Figure(
                say("loyalty.revenue"), language.money(row["members_revenue"], currency), say("loyalty.revenue_about")
            ),
        ]
    )
    if row["note"]:
        parts.sentence(str(row["note"]))
    _conditions(place, name)
    _history(place, name)
    _forecast(place, name)
    if viewer.may("customers"):
        _lists(place, viewer, name)
    _answers(place, name)


def _conditions(place: Place, name: str) -> None:
    say = place.language.say
    rows = place.records(
        "SELECT enter_words, keep_words FROM loyalty_conditions WHERE programme = $programme ORDER BY measure",
        ["loyalty_conditions"],
        programme=name,
    )
    if rows:
        parts.section(say("loyalty.conditions"))
        parts.table(
            [parts.Header(say("loyalty.to_enter")), parts.Header(say("loyalty.to_stay"))],
            [(row["enter_words"], row["keep_words"]) for row in rows],
        )


def _history(place: Place, name: str) -> None:
    say = place.language.say
    rows = place.records(
        "SELECT month, members FROM loyalty_summary WHERE programme = $programme ORDER BY month",
        {"loyalty_summary": "year"},
        programme=name,
    )
    if len(rows) > 1:
        parts.section(say("loyalty.history"))
        lines = [
            {"month": row["month"], "name": say("loyalty.members"), "value": row["members"], "colour": BLUE}
            for row in rows
        ]
        parts.beside(
            by_month(lines, place.language, say("loyalty.history"), tall=170),
            [parts.Header(say("page.month")), parts.Header(say("loyalty.members"), True)],
            [(place.language.month(row["month"]), place.language.count(row["members"])) for row in reversed(rows)],
            tall=190,
        )


def _forecast(place: Place, name: str) -> None:
    say, language, currency = place.language.say, place.language, place.domain.currency
    if not place.has("loyalty_forecast"):
        return
    rows = place.records(
        """SELECT "group", horizon, forecast, low, high, error, note FROM loyalty_forecast
        WHERE programme = $programme AND serves AND forecast IS NOT NULL ORDER BY "group", horizon""",
        ["loyalty_forecast"],
        programme=name,
    )
    if rows:
        parts.section(say("loyalty.forecast"), say("loyalty.forecast_said"))
        parts.table(
            [
                parts.Header(say("loyalty.group")),
                parts.Header(say("loyalty.horizon"), True),
                parts.Header(say("loyalty.expected"), True),
                parts.Header(say("loyalty.interval"), True),
                parts.Header(say("loyalty.error"), True, say("loyalty.error_about")),
            ],
            [
                (
                    say(f"loyalty.group_{row['group']}"),
                    language.count(row["horizon"]),
                    row["note"] or language.money(row["forecast"], currency),
                    f"{language.money(row['low'], currency)} – {language.money(row['high'], currency)}"
                    if row["low"] is not None and not row["note"]
                    else "",
                    language.percent(row["error"]) if row["error"] is not None else "",
                )
                for row in rows
            ],
        )


def count(place: Place, programme: str, state: str) -> int:
    """How many customers are in a state of a programme."""
    query = f"SELECT count(*) AS n FROM loyalty_members WHERE {_IN_STATE}"
    (row,) = place.records(query, ["loyalty_members"], programme=programme, state=state)
    return int(row["n"])


def members(place: Place, programme: str, state: str, limit: int) -> pa.Table:
    """The customers in a state of a programme, those that bring most first; `limit` of them."""
    return place.rows(f"{_MEMBERS} LIMIT {int(limit)}", ["loyalty_members"], programme=programme, state=state)


def all_members(place: Place, programme: str, state: str) -> AbstractContextManager[pa.RecordBatchReader]:
    """All customers in a state of a programme, in the same order, as a stream."""
    return place.batches(_MEMBERS, {"loyalty_members": "month"}, BATCH, programme=programme, state=state)


def _lists(place: Place, viewer: Viewer, programme: str) -> None:
    say = place.language.say
    parts.section(say("loyalty.lists"))
    state = st.pills(
        say("words.situation"),
        STATES,
        default="member",
        format_func=lambda each: say(f"loyalty.state_{each}"),
        required=True,
    )
    found = count(place, programme, str(state))
    parts.sentence(say("loyalty.found", n=found))
    if found:
        shown = members(place, programme, str(state), SHOWN)
        picked = parts.grid(place, shown, f"{say('loyalty.shown')} {say('words.mark_to_open')}", "loyalty_members")
        if picked is not None and there_is("cliente"):
            open_customer(place, shown["customer_id"].to_pylist(), picked)
        name, everyone = file_of(place, "loyalty"), partial(all_members, place, programme, str(state))
        told = {"programme": programme, "states": [state]}
        downloads(place, viewer, everyone, found, name, told, "loyalty_members")


def _answers(place: Place, name: str) -> None:
    say = place.language.say
    if not place.has("loyalty_report"):
        return
    rows = place.records(
        'SELECT number, question, answer, "table" FROM loyalty_report WHERE programme = $programme ORDER BY number',
        ["loyalty_report"],
        programme=name,
    )
    if rows:
        parts.section(say("loyalty.answers"))
    for row in rows:
        with st.expander(parts.plain(f"{row['number']}. {row['question']}")):
            parts.sentence(str(row["answer"]))
            _table(row["table"])


def _table(text: str | None) -> None:
    found: dict[str, Any] = json.loads(text) if text else {}
    if found.get("data"):
        headers = [parts.Header(str(each)) for each in found["columns"]]
        parts.table(headers, [["" if cell is None else cell for cell in row] for row in found["data"]])
