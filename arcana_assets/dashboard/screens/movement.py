"""Movimento: who went from which segment to which, and whether it was the customer or the model; the list behind it.

Belongs here: a month against the one before it. Does not belong here: how moves are counted (`dashboard.moves`), sizes
over longer (`segments`).
"""

from functools import partial
from math import sqrt

import streamlit as st

from arcana_assets.dashboard import moves as of
from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.address import follow, one_of, tell
from arcana_assets.dashboard.export import downloads, file_of
from arcana_assets.dashboard.links import open_customer
from arcana_assets.dashboard.moves import GONE, NEW, Moves
from arcana_assets.dashboard.place import Place

SHOWN = 50
MOVED = "movimento"  # whose columns the texts know by other words


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    parts.heading(say("movement.title", month=language.month(place.month)), say("movement.lead"))
    moves = of.moves_of(place)
    if not moves.moved():
        parts.nothing(say("overview.nobody_moved"))
        return
    if viewer.may("customers"):
        _list(place, viewer, moves)
    _matrix(place, moves)
    _balance(place, moves)
    _pairs(place)
    _events(place)


def named(place: Place, name: str, logged: bool = False) -> str:
    """A segment, or where who is in none came from or went: as people read it, or as the log of exports has it."""
    if name not in (NEW, GONE):
        return name
    newcomer, gone = ("logged.new", "logged.gone") if logged else ("newcomer", "gone")
    return place.language.say(f"movement.{newcomer if name == NEW else gone}")


def _chosen(place: Place, which: str, label: str, counts: dict[str, int]) -> str:
    """One of the names, or none."""
    key = f"{which} {place.domain.name} {place.segmentation} {place.month}"
    follow(which, key, one_of(list(counts), None))
    if st.session_state[key] not in counts:
        st.session_state[key] = None
    found = st.pills(
        label,
        list(counts),
        format_func=lambda each: f"{parts.plain(named(place, each))} ({place.language.count(counts[each])})",
        key=key,
    )
    tell(which, found or "")
    return str(found or "")


def _list(place: Place, viewer: Viewer, moves: Moves) -> None:
    say = place.language.say
    parts.section(say("movement.who"), say("movement.who_said"))
    left = {name: moves.moved(start=name) for name in moves.starts}
    start = _chosen(place, "saiu", say("movement.left_from"), {name: n for name, n in left.items() if n})
    came = {name: moves.moved(start, name) for name in moves.ends}
    came = {name: n for name, n in came.items() if n}
    end = _chosen(place, "entrou", say("movement.came_into"), came)
    count = moves.moved(start, end)
    parts.sentence(_found(place, start, end, count))
    shown = of.movers(place, start, end, SHOWN)
    if not shown.num_rows:
        return
    picked = parts.grid(place, shown, say("words.mark_to_open"), MOVED)
    if picked is not None:
        open_customer(place, shown["customer_id"].to_pylist(), picked)
    name, everyone = file_of(place, "movement"), partial(of.all_movers, place, start, end)
    left_for = {"left": named(place, start, logged=True), "came_into": named(place, end, logged=True)}
    told = {"segmentation": place.segmentation, **left_for}
    downloads(place, viewer, everyone, count, name, {key: value for key, value in told.items() if value}, MOVED)


def _found(place: Place, start: str, end: str, count: int) -> str:
    if end == GONE:
        which = "found_gone_from" if start else "found_gone"
    elif start == NEW:
        which = "found_new_in" if end else "found_new"
    else:
        which = ("found_both" if end else "found_left") if start else "found" if end else "found_all"
    return place.language.say(f"movement.{which}", n=count, start=start, persona=end)


def _matrix(place: Place, moves: Moves) -> None:
    """From where (rows) to where (columns); the darker, the more. Who stayed has no shade."""
    say, language = place.language.say, place.language
    moved, there = of.of_both_months(moves)
    said = say("movement.matrix_said", n=moved, there=there, share=language.percent(moved / there if there else 0.0))
    if top := of.largest(moves):
        said += " " + say("movement.largest", start=top[0], end=top[1], n=top[2])
    for start, end in sorted(pair for pair in moves.stayed if pair[0] != pair[1]):
        said += " " + say("movement.renamed", start=start, end=end)
    parts.section(say("movement.matrix"), said)
    ends = moves.ends
    most = max(count for pair, count in moves.counts.items() if pair not in moves.stayed)
    rows = []
    for start in moves.starts:
        whole, cells = moves.all_of(start), list[tuple[str, float | None]]()
        for end in ends:
            count = moves.counts.get((start, end), 0)
            # As a lift, of which four times is the darkest blue; by roots, for a few ways are much larger than others.
            shade = 4 ** sqrt(count / most) if count and (start, end) not in moves.stayed else None
            cells.append((language.count(count) if count else "", shade))
        rows.append((named(place, start), [*cells, (language.count(whole), None)]))
    heads = [parts.Header(say("movement.from_to")), *(parts.Header(named(place, end), True) for end in ends)]
    parts.heat([*heads, parts.Header(say("movement.before"), True)], rows)


def _balance(place: Place, moves: Moves) -> None:
    say, language = place.language.say, place.language
    parts.section(say("movement.balance"), say("movement.balance_said"))
    columns = ("before", "entered", "left", "now")
    parts.table(
        [parts.Header(say("words.segment")), *(parts.Header(say(f"movement.{each}"), True) for each in columns)],
        [
            (
                row["persona"],
                language.count(row["before"]),
                f"+{language.count(row['entered'])}" if row["entered"] else "0",
                f"-{language.count(row['left'])}" if row["left"] else "0",
                language.count(row["now"]),
            )
            for row in of.balance(moves)
        ],
    )


def _pairs(place: Place) -> None:
    say, language = place.language.say, place.language
    moves = queries.moved(place)
    inside = [row for row in moves if row["from_segment_id"] and row["to_segment_id"]]
    model = sum(row["by_model"] for row in inside)
    said = say("overview.moved", n=sum(row["customers"] for row in inside))
    parts.section(say("movement.pairs"), f"{said} {say('overview.moved_by_model', n=model)}" if model else said)
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
