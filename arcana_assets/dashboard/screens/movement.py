"""Movimento: who went from which segment to which, and whether it was the customer or the model; the list behind it.

Belongs here: a month against the one before it. Does not belong here: sizes over longer (`segments`).
"""

from typing import Any

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.export import downloads
from arcana_assets.dashboard.links import asked, go
from arcana_assets.dashboard.place import Place
from arcana_assets.engine.duckdb import quoted

SHOWN = 50
_WHY = ("comportamento", "modelo", "ambos", "nova")


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    parts.heading(say("movement.title", month=language.month(place.month)), say("movement.lead"))
    moves = queries.moved(place)
    if not moves:
        parts.nothing(say("overview.nobody_moved"))
        return
    arrived = _entered(moves)
    if arrived and viewer.may("customers"):
        _list(place, viewer, arrived)
    parts.section(say("movement.pairs"), _said(place, moves))
    parts.table(
        [
            parts.Header(say("words.from")),
            parts.Header(say("words.to")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("movement.by_behaviour"), True, say("movement.by_behaviour_about")),
            parts.Header(say("movement.by_model"), True, say("movement.by_model_about")),
            parts.Header(place.label(queries.axis_of(place)), True),
        ],
        [
            (
                row["from_persona"] or say("movement.newcomer"),
                row["to_persona"] or say("movement.gone"),
                language.count(row["customers"]),
                language.count(row["by_behaviour"]),
                language.count(row["by_model"]),
                place.said(queries.axis_of(place), row["value"]),
            )
            for row in moves
        ],
    )
    _events(place)


def _entered(moves: list[dict[str, Any]]) -> dict[str, int]:
    """How many customers came into each segment."""
    found = dict[str, int]()
    for row in moves:
        if row["to_persona"]:
            found[row["to_persona"]] = found.get(row["to_persona"], 0) + row["customers"]
    return dict(sorted(found.items()))


def _said(place: Place, moves: list[dict[str, Any]]) -> str:
    inside = [row for row in moves if row["from_segment_id"] and row["to_segment_id"]]
    total, model = sum(row["customers"] for row in inside), sum(row["by_model"] for row in inside)
    said = place.language.say("overview.moved", n=total)
    return f"{said} {place.language.say('overview.moved_by_model', n=model)}" if model else said


def _list(place: Place, viewer: Viewer, arrived: dict[str, int]) -> None:
    say, language = place.language.say, place.language
    parts.section(say("movement.who"), say("movement.who_said"))
    wanted = asked("entrou")
    chosen = st.pills(
        say("movement.came_into"),
        list(arrived),
        default=wanted if wanted in arrived else next(iter(arrived)),
        format_func=lambda each: f"{parts.plain(each)} ({language.count(arrived[each])})",
        required=True,
        key=f"came {place.domain.name} {place.segmentation} {place.month}",
    )
    st.query_params["entrou"] = str(chosen)
    rows = entered(place, str(chosen))
    parts.sentence(say("movement.found", n=rows.num_rows, persona=chosen))
    shown = rows.slice(0, SHOWN)
    picked = parts.grid(place, shown, say("movement.open"))
    if picked is not None:
        go("cliente", cliente=shown["customer_id"][picked].as_py())
    name = f"movimento_{place.month:%Y-%m}"
    downloads(
        place, viewer, lambda: rows, rows.num_rows, name, {"segmentation": place.segmentation, "came_into": chosen}
    )


def entered(place: Place, persona: str) -> pa.Table:
    """The customers who came into a segment of this name since the month before, the most valuable first."""
    axis = queries.axis_of(place)
    value = f"c.{quoted(axis)}" if axis in place.columns("customer_360") else "NULL"
    return place.rows(
        f"""WITH past AS (SELECT DISTINCT segment_id, persona FROM segments
            WHERE segmentation = $segmentation AND month < $month)
        SELECT s.customer_id, p.persona AS from_persona, s.persona, s.move, {value} AS {quoted(axis or "value")}
        FROM segments s LEFT JOIN past p ON p.segment_id = s.previous_segment_id
        LEFT JOIN customer_360 c ON c.customer_id = s.customer_id
        WHERE s.segmentation = $segmentation AND s.month = $month AND s.persona = $persona
            AND s.segment_id IS DISTINCT FROM s.previous_segment_id
        ORDER BY 5 DESC NULLS LAST, 1""",
        {"segments": "two", "customer_360": "month"},
        segmentation=place.segmentation,
        month=place.month,
        persona=persona,
    )


def _events(place: Place) -> None:
    say, language = place.language.say, place.language
    names = {row["segment_id"]: row["persona"] for row in queries.sizes(place)}
    rows = queries.events(place)
    if not rows:
        return
    parts.section(say("movement.events"), say("movement.events_said"))
    parts.table(
        [
            parts.Header(say("movement.event")),
            parts.Header(say("words.segment")),
            parts.Header(say("movement.other")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("words.reason")),
        ],
        [
            (
                say(f"movement.event_{row['event']}"),
                names.get(row["segment_id"], row["segment_id"]),
                names.get(row["other_segment_id"], "") if row["other_segment_id"] else "",
                language.count(row["customers"]),
                row["note"],
            )
            for row in rows
        ],
    )
