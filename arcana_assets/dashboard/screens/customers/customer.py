"""Cliente: one customer in full: segments and since when, numbers beside those of the segment, path, what to offer.

Belongs here: what is known of a customer. Does not belong here: lists (`customers`), what a customer has (`holdings`).
"""

from datetime import date
from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import BLUE, by_month
from arcana_assets.dashboard.links import asked, beside, to_screen
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.customers import explained, holdings
from arcana_assets.dashboard.screens.customers.customers import numeric
from arcana_assets.dashboard.screens.predictions.told import of_customer
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.model import BASE
from arcana_assets.predictions.report.said import within
from arcana_assets.presentation.labels import segmentation_of
from arcana_assets.publication.columns import headlines

SUGGESTED = 12


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    code = st.text_input(
        say("customer.code"), asked("cliente"), placeholder=say("customer.code_hint"), max_chars=80
    ).strip()
    st.query_params["cliente"] = code
    found = place.records("SELECT * FROM customer_360 WHERE customer_id = $code", ["customer_360"], code=code)
    if not found:
        parts.heading(say("screens.cliente"), say("customer.lead"))
        _suggestions(place, code)
        return
    (customer,) = found
    parts.heading(say("customer.title", code=code), say("customer.as_of", month=language.month(place.month)))
    _walk(place, code)
    path = path_of(place, code)
    _segments(place, path)
    _predictions(place, code)
    _recommendations(place, code)
    _programmes(place, code)
    _numbers(place, customer, path)
    _history(place, code)
    holdings.show(place, code)
    explained.show(place, viewer, code)


def _walk(place: Place, code: str) -> None:
    """The customers before and after this one in the list that it was opened from."""
    found = beside(place, code)
    if found is None:
        return
    say, (at, codes) = place.language.say, found
    left, middle, right = st.columns([1, 1, 2])
    with left:
        if at > 0:
            to_screen("cliente", say("customer.previous", code=codes[at - 1]), cliente=codes[at - 1])
    with middle:
        if at + 1 < len(codes):
            to_screen("cliente", say("customer.next", code=codes[at + 1]), cliente=codes[at + 1])
    with right:
        parts.sentence(say("customer.place_in_list", place=at + 1, n=len(codes)))


def _suggestions(place: Place, code: str) -> None:
    say = place.language.say
    if not code:
        return
    near = place.records(
        f"""SELECT customer_id FROM customer_360 WHERE contains(lower(customer_id), lower($code))
        ORDER BY length(customer_id), customer_id LIMIT {SUGGESTED}""",
        ["customer_360"],
        code=code,
    )
    parts.nothing(say("customer.unknown", code=code, month=place.language.month(place.month)))
    if near:
        parts.sentence(say("customer.near"))
        for row in near:
            to_screen("cliente", row["customer_id"], cliente=row["customer_id"])


def path_of(place: Place, code: str) -> list[dict[str, Any]]:
    """A customer's segments over the months, by segmentation: month, segmentation, segment_id, persona."""
    if not place.reader.exists(place.key("segments")):
        return []
    return place.records(
        "SELECT month, segmentation, segment_id, persona FROM segments WHERE customer_id = $code "
        "ORDER BY segmentation, month",
        {"segments": "year"},
        code=code,
    )


def _segments(place: Place, path: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    rows = []
    for segmentation in dict.fromkeys(row["segmentation"] for row in path):
        mine = [row for row in path if row["segmentation"] == segmentation]
        if mine[-1]["month"] != place.month:
            continue
        since = mine[-1]
        for row in reversed(mine):
            if row["segment_id"] != mine[-1]["segment_id"]:
                break
            since = row
        before = [row["persona"] for row in mine if row["month"] < since["month"]]
        rows.append(
            (
                segmentation_of(segmentation, language),
                mine[-1]["persona"],
                language.month(since["month"]),
                " → ".join(dict.fromkeys(before)) or say("customer.no_other"),
            )
        )
    if rows:
        parts.section(say("customer.segments"))
        parts.table(
            [parts.Header(say(f"customer.{each}")) for each in ("segmentation", "persona", "since", "before")], rows
        )


def _predictions(place: Place, code: str) -> None:
    """What the customer is likely to do next, and what sets it apart."""
    say = place.language.say
    if not place.has("predictions"):
        return
    titles = {each.name: each.title for each in place.domain.predictions}
    rows = place.records(
        "SELECT * FROM predictions WHERE customer_id = $code ORDER BY prediction, horizon", ["predictions"], code=code
    )
    amounts = any(row.get("expected") is not None for row in rows)
    more = f" {say('customer.next_months_said_of_money')}" if amounts else ""
    parts.section(say("customer.next_months"), say("customer.next_months_said") + more)
    if not rows:
        parts.nothing(say("customer.no_prediction"))
        return
    parts.table(
        [
            parts.Header(place.label("prediction_title")),
            parts.Header(say("predictions.when")),
            parts.Header(say("customer.predicted" if amounts else "words.probability"), True),
            parts.Header(place.label("decile"), True, say("customer.decile_about")),
            parts.Header(place.label("next_visit_by"), False, say("customer.next_visit_about")),
            parts.Header(place.label("reasons")),
        ],
        [
            (
                titles.get(row["prediction"], row["prediction"]),
                within(place.language, row["horizon"], row["unit"]),
                of_customer(place, row),
                row["decile"],
                place.language.day(row["next_visit_by"]) if row.get("next_visit_by") else "",
                ". ".join(each for each in (row["reasons"], _limits(place, row)) if each),
            )
            for row in rows
        ],
    )
    to_screen("previsoes", say("customer.to_predictions"))


def _limits(place: Place, row: dict[str, Any]) -> str:
    """What limits a prediction: of a method that says little, that in words of the page; else the note of the table."""
    if row["champion"] in (LAST, BASE):
        return place.language.say("customer.repeats" if row["champion"] == LAST else "customer.base_rate")
    return row["note"] or ""


def _recommendations(place: Place, code: str) -> None:
    say, language, currency = place.language.say, place.language, place.domain.currency
    if not place.has("recommendations"):
        return
    parts.section(say("customer.offer"), "")
    rows = place.records(
        "SELECT rank, item_id, item_name, reason, probability, ticket, expected_value FROM recommendations "
        "WHERE customer_id = $code ORDER BY rank",
        ["recommendations"],
        code=code,
    )
    if not rows:
        parts.nothing(say("customer.no_offer"))
        return
    parts.table(
        [
            parts.Header(say("words.rank"), True),
            parts.Header(say("words.item")),
            parts.Header(say("customer.why")),
            parts.Header(say("words.probability"), True, say("recommendations.probability_about")),
            parts.Header(say("words.ticket"), True, say("recommendations.ticket_about")),
            parts.Header(say("words.expected"), True, say("recommendations.expected_about")),
        ],
        [
            (
                row["rank"],
                row["item_name"] or row["item_id"],
                row["reason"],
                language.percent(row["probability"]),
                language.money(row["ticket"], currency),
                language.money(row["expected_value"], currency),
            )
            for row in rows
        ],
    )


def _programmes(place: Place, code: str) -> None:
    say, language = place.language.say, place.language
    if not place.has("loyalty_members"):
        return
    titles = {each.name: each.title for each in place.domain.programmes}
    rows = place.records(
        "SELECT programme, state, since, reason, lacking FROM loyalty_members WHERE customer_id = $code",
        ["loyalty_members"],
        code=code,
    )
    parts.section(say("customer.loyalty"))
    if not rows:
        parts.nothing(say("customer.no_loyalty"))
    for row in rows:
        parts.facts(
            [
                (say("words.programme"), titles.get(row["programme"], row["programme"])),
                (say("words.situation"), say(f"loyalty.state_{row['state']}")),
                (say("words.since"), language.month(row["since"]) if row["since"] else ""),
                (say("words.reason"), row["reason"] or ""),
                (say("loyalty.lacking"), row["lacking"] or ""),
            ]
        )


def _numbers(place: Place, customer: dict[str, Any], path: list[dict[str, Any]]) -> None:
    say = place.language.say
    names = headlines([each.axis for each in place.domain.segmentations], customer)
    mine = {row["segmentation"]: row["segment_id"] for row in path if row["month"] == place.month}.get(
        place.segmentation
    )
    shares = [name for name in customer if name.startswith("share_") and customer[name]]
    medians = _medians(place, [name for name in (*names, *shares) if name in numeric(place)], mine)
    parts.section(say("customer.numbers"), say("customer.numbers_said"))
    headers = [parts.Header(say("words.feature")), parts.Header(say("words.customer"), True)]
    headers += [parts.Header(say("customer.median_segment"), True), parts.Header(say("customer.median_base"), True)]
    rows = [
        (
            place.label(name),
            place.said(name, customer[name]),
            place.said(name, medians.get((name, "mine"))),
            place.said(name, medians.get((name, "all"))),
        )
        for name in (*names, *sorted(shares, key=lambda each: -customer[each]))
        if customer.get(name) is not None
    ]
    parts.table(headers, rows)


def _medians(place: Place, names: list[str], segment_id: int | None) -> dict[tuple[str, str], float]:
    if not names:
        return {}
    asked_for = ", ".join(f"median(CAST({quoted(name)} AS DOUBLE)) AS {quoted(name)}" for name in names)
    found = {"all": place.records(f"SELECT {asked_for} FROM customer_360", ["customer_360"])[0]}
    if segment_id is not None:
        (found["mine"],) = place.records(
            f"""SELECT {asked_for} FROM customer_360 WHERE customer_id IN (SELECT customer_id FROM segments
            WHERE segmentation = $segmentation AND segment_id = $id)""",
            ["customer_360", "segments"],
            segmentation=place.segmentation,
            id=segment_id,
        )
    return {(name, whose): row[name] for whose, row in found.items() for name in names if row[name] is not None}


def history(place: Place, code: str, column: str) -> dict[date, float]:
    """A number of a customer in each of the last two years' months."""
    rows = place.records(
        f"SELECT month, CAST({quoted(column)} AS DOUBLE) AS value FROM customer_360 WHERE customer_id = $code "
        "AND value IS NOT NULL ORDER BY month",
        {"customer_360": "year"},
        code=code,
    )
    return {row["month"]: row["value"] for row in rows}


def _history(place: Place, code: str) -> None:
    say = place.language.say
    axis = queries.axis_of(place)
    if axis not in place.columns("customer_360"):
        return
    values = history(place, code, axis)
    if len(values) < 2:
        return
    parts.section(say("customer.history", what=place.label(axis)))
    label = place.label(axis)
    rows = [{"month": month, "name": label, "value": value, "colour": BLUE} for month, value in values.items()]
    parts.beside(
        by_month(rows, place.language, say("customer.history", what=label), tall=160),
        [parts.Header(say("page.month")), parts.Header(label, True)],
        [(place.language.month(month), place.said(axis, value)) for month, value in reversed(values.items())],
        tall=180,
    )
