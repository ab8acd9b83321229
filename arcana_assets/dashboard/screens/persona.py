"""Persona: one segment in full: who they are, what one belongs by, what to do, what they own, who came and left.

Belongs here: what a segment's profile says, in words and bars. Does not belong here: the list of its customers
(`customers`).
"""

from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import bars, colour_of
from arcana_assets.dashboard.links import asked, there_is, to_screen
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.segments import features_of, profiles_of
from arcana_assets.domain.facets.features import LIFT, MEDIAN, PERCENTILE

ITEMS = 10


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    profiles = {row["segment_id"]: row for row in profiles_of(place)}
    if not profiles:
        parts.heading(say("screens.persona"))
        parts.nothing(say("segments.none"))
        return
    chosen = _chosen(place, profiles)
    profile = profiles[chosen]
    row = next((each for each in queries.segments(place) if each["segment_id"] == chosen), None)
    parts.heading(
        profile["persona"],
        say(
            "persona.lead",
            n=profile["customers"],
            share=language.percent(profile["share"]),
            month=language.month(place.month),
        ),
    )
    if row:
        axis = queries.axis_of(place)
        label = place.label(axis)
        parts.figures(
            [
                parts.Figure(
                    say("words.customers"),
                    language.count(row["customers"]),
                    say("metrics.customers.about"),
                    _change(place, row),
                ),
                parts.Figure(label, place.said(axis, row["value"]), say("persona.sum_of", what=label)),
                parts.Figure(
                    say("words.share_of", what=label),
                    language.percent(row["value_share"]),
                    say("persona.share_about", what=label),
                ),
                parts.Figure(
                    say("words.median_of", what=label), place.said(axis, row["middle"]), say("persona.median_about")
                ),
            ]
        )
    _words(place, profile)
    if viewer.may("customers") and there_is("clientes"):
        to_screen("clientes", say("persona.list", n=profile["customers"]), segmento=str(chosen))
    if viewer.may("customers") and there_is("cliente"):
        _typical(place, str(profile["typical_customers"] or ""))
    _against(place, profile, profiles)
    _items(place, chosen)
    _moves(place, chosen)
    _events(place, chosen)


def _chosen(place: Place, profiles: dict[int, dict[str, Any]]) -> int:
    wanted = asked("segmento")
    ids = list(profiles)
    first = ids.index(int(wanted)) if wanted.isdecimal() and int(wanted) in profiles else 0
    found = st.selectbox(
        place.language.say("words.segment"),
        ids,
        first,
        lambda each: str(profiles[each]["persona"]),
        key=f"persona {place.domain.name} {place.segmentation} {place.month} {wanted}",
    )
    st.query_params["segmento"] = str(found)
    return int(found)


def _change(place: Place, row: dict[str, Any]) -> str:
    found = place.language.change(row["customers"], row["before"])
    return place.language.say("overview.change", change=found) if found else ""


def _words(place: Place, profile: dict[str, Any]) -> None:
    say, language = place.language.say, place.language
    parts.section(say("persona.who"), str(profile["description"] or ""))
    rule = str(profile["membership_rule"] or "")
    if rule and profile["membership_fidelity"] is not None:
        rule += " " + say("persona.fidelity", share=language.percent(profile["membership_fidelity"], 0))
    parts.facts(
        [
            (say("persona.rule"), rule),
            (say("persona.form"), str(profile["form"] or "")),
            (say("persona.confident"), "" if profile["confident"] is not False else say("persona.not_confident")),
        ]
    )
    if profile["actions"]:
        parts.section(say("persona.actions"))
        parts.bullets(actions_of(str(profile["actions"])))


def actions_of(text: str) -> list[str]:
    """Each of the actions of a profile, which has them in one text, with `; ` between them."""
    return [each.strip()[:1].upper() + each.strip()[1:] for each in text.split(";") if each.strip()]


def _typical(place: Place, codes: str) -> None:
    """The customers in the middle of the segment, each a link."""
    known = [code.strip() for code in codes.split(",") if code.strip()]
    if not known:
        return
    parts.section(place.language.say("persona.typical"), place.language.say("persona.typical_said"))
    for code, column in zip(known, st.columns(max(len(known), 4)), strict=False):
        with column:
            to_screen("cliente", code, cliente=code)


def _against(place: Place, profile: dict[str, Any], profiles: dict[int, dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    others = {0: say("words.base")} | {
        id_: str(each["persona"]) for id_, each in profiles.items() if id_ != profile["segment_id"]
    }
    parts.section(say("persona.against"), say("persona.against_said"))
    other = st.selectbox(say("persona.compare"), list(others), 0, lambda each: others[each])
    against = profiles.get(other, {})
    rows = []
    for name in features_of(profile):
        percentile = profile.get(f"{PERCENTILE}{name}")
        rows.append(
            (
                place.label(name),
                place.said(name, profile.get(f"{MEDIAN}{name}")),
                place.said(name, against.get(f"{MEDIAN}{name}")) if other else "",
                "" if profile.get(f"{LIFT}{name}") is None else language.number(profile[f"{LIFT}{name}"], 2) + "×",
                "" if percentile is None else parts.Percent(100 * percentile, language.number(100 * percentile, 0)),
                0.5 if percentile is None else percentile,
            )
        )
    rows.sort(key=lambda each: -abs(each[-1] - 0.5))
    headers = [
        parts.Header(say("words.feature")),
        parts.Header(say("persona.median", persona=profile["persona"]), True),
        parts.Header(say("persona.median", persona=others[other]), True) if other else None,
        parts.Header(say("persona.lift"), True, say("persona.lift_about")),
        parts.Header(say("persona.percentile"), True, say("persona.percentile_about")),
    ]
    parts.table(
        [each for each in headers if each is not None],
        [[cell for cell, header in zip(row[:-1], headers, strict=True) if header is not None] for row in rows],
    )


def items(place: Place, segment_id: int) -> list[dict[str, Any]]:
    """What most customers of a segment own: item, customers, share, and how many times the share of all customers."""
    return place.records(
        f"""WITH mine AS (SELECT customer_id FROM segments WHERE segmentation = $segmentation AND segment_id = $id),
        sizes AS (SELECT (SELECT count(*) FROM mine) AS here, (SELECT count(*) FROM customer_360) AS everywhere)
        SELECT item_id, min(item_name) AS item_name, count(*) FILTER (customer_id IN (FROM mine)) AS customers,
            customers / min(here) AS share, customers / min(here) / (count(*) / min(everywhere)) AS times
        FROM items_owned, sizes GROUP BY item_id HAVING customers > 0
        ORDER BY customers DESC, item_id LIMIT {ITEMS}""",
        ["segments", "items_owned", "customer_360"],
        segmentation=place.segmentation,
        id=segment_id,
    )


def _items(place: Place, segment_id: int) -> None:
    say, language = place.language.say, place.language
    if not place.has("items_owned"):
        return
    rows = items(place, segment_id)
    if not rows:
        return
    parts.section(say("persona.items"), say("persona.items_said"))
    parts.chart(
        bars(
            [
                {
                    "label": row["item_name"] or row["item_id"],
                    "value": row["share"],
                    "text": f"{language.percent(row['share'])} · {language.number(row['times'], 1)}×",
                    "colour": colour_of(segment_id),
                }
                for row in rows
            ],
            language,
            say("persona.items"),
            label=320,
            wide=340,
        )
    )


def _moves(place: Place, segment_id: int) -> None:
    say, language = place.language.say, place.language
    if not place.has("segment_migration"):
        return
    moves = [row for row in queries.moved(place) if segment_id in (row["from_segment_id"], row["to_segment_id"])]
    parts.section(say("persona.moves"))
    if not moves:
        parts.nothing(say("persona.no_moves"))
        return
    parts.table(
        [parts.Header(say("words.from")), parts.Header(say("words.to")), parts.Header(say("words.customers"), True)],
        [
            (
                row["from_persona"] or say("movement.newcomer"),
                row["to_persona"] or say("movement.gone"),
                language.count(row["customers"]),
            )
            for row in moves
        ],
    )


def _events(place: Place, segment_id: int) -> None:
    say, language = place.language.say, place.language
    rows = queries.events_of(place, segment_id)
    if not rows:
        return
    names = {row["segment_id"]: row["persona"] for row in queries.sizes(place)}
    parts.section(say("persona.events"), say("persona.events_said"))
    parts.table(
        [
            parts.Header(say("page.month")),
            parts.Header(say("words.segment")),
            parts.Header(say("movement.event")),
            parts.Header(say("movement.other")),
            parts.Header(say("words.customers"), True),
            parts.Header(say("words.reason")),
        ],
        [
            (
                language.month(row["month"]),
                names.get(row["segment_id"], row["segment_id"]),
                say(f"movement.event_{row['event']}"),
                names.get(row["other_segment_id"], "") if row["other_segment_id"] else "",
                language.count(row["customers"]),
                row["note"],
            )
            for row in rows
        ],
    )
