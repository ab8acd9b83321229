"""Recomendações: what to offer whom, why these lists, and whether what they say comes true.

Belongs here: opportunities, the leaderboard, results. Does not belong here: the list of one customer (`customer`).
"""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.export import BATCH, downloads, file_of
from arcana_assets.dashboard.place import Place

SHOWN = 15
_OF_SEGMENT = "($segment = '' OR segment = $segment)"


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language, currency = place.language.say, place.language, place.domain.currency
    whole = totals(place)
    parts.heading(
        say("recommendations.title", month=language.month(place.month)),
        say("recommendations.lead", n=whole["customers"], lines=whole["lines"]),
    )
    months = place.domain.recommendations.horizon_months if place.domain.recommendations else 0
    parts.figures(
        [
            parts.Figure(
                say("recommendations.expected"),
                language.money(whole["expected"], currency),
                say("recommendations.expected_sum_about", n=months),
            ),
            parts.Figure(
                say("recommendations.probability"),
                language.percent(whole["probability"]),
                say("recommendations.probability_mean_about", n=months),
            ),
            parts.Figure(
                say("recommendations.items"), language.count(whole["items"]), say("recommendations.items_about")
            ),
        ]
    )
    segment = _opportunities(place)
    if viewer.may("customers"):
        lines = lines_of(place, segment)
        parts.section(say("recommendations.lists"), say("recommendations.lists_said", n=lines))
        name, by = file_of(place, "recommendations"), {"segment": segment} if segment else {}
        everyone = partial(lists_of, place, segment)
        downloads(place, viewer, everyone, lines, name, by, "recommendations")
    _leaderboard(place)
    _results(place)
    _left_out(place)


def totals(place: Place) -> dict[str, Any]:
    """What the lists of the month add up to."""
    (row,) = place.records(
        """SELECT count(DISTINCT customer_id) AS customers, count(*) AS lines, count(DISTINCT item_id) AS items,
        sum(expected_value) AS expected, avg(probability) AS probability FROM recommendations""",
        ["recommendations"],
    )
    return row


def lines_of(place: Place, segment: str) -> int:
    """How many lines the lists of a segment have; those of all where it is empty."""
    query = f"SELECT count(*) AS lines FROM recommendations WHERE {_OF_SEGMENT}"
    (row,) = place.records(query, ["recommendations"], segment=segment)
    return int(row["lines"])


def lists_of(place: Place, segment: str) -> AbstractContextManager[pa.RecordBatchReader]:
    """The lists of the customers of a segment, of all where it is empty, as a stream."""
    query = f"""SELECT customer_id, segment, rank, item_id, item_name, reason, probability, ticket, expected_value
        FROM recommendations WHERE {_OF_SEGMENT} ORDER BY customer_id, rank"""
    return place.batches(query, {"recommendations": "month"}, BATCH, segment=segment)


def _opportunities(place: Place) -> str:
    say, language, currency = place.language.say, place.language, place.domain.currency
    if not place.has("recommendation_opportunities"):
        return ""
    rows = place.records(
        """SELECT segment, item_id, item_name, customers, owners, penetration, may_buy, recommended_to, ticket,
        expected_value FROM recommendation_opportunities
        ORDER BY expected_value DESC NULLS LAST, potential DESC NULLS LAST, item_id""",
        ["recommendation_opportunities"],
    )
    names = sorted({row["segment"] for row in rows})
    parts.section(say("recommendations.opportunities"), say("recommendations.opportunities_said"))
    options = ["", *names]
    chosen = st.selectbox(say("words.segment"), options, 0, lambda each: each or say("words.all"))
    mine = [row for row in rows if not chosen or row["segment"] == chosen][:SHOWN]
    parts.table(
        [
            parts.Header(say("words.segment")),
            parts.Header(say("words.item")),
            parts.Header(say("recommendations.owners"), True, say("recommendations.owners_about")),
            parts.Header(say("recommendations.may_buy"), True, say("recommendations.may_buy_about")),
            parts.Header(say("recommendations.recommended_to"), True),
            parts.Header(say("words.ticket"), True, say("recommendations.ticket_about")),
            parts.Header(say("words.expected"), True, say("recommendations.expected_about")),
        ],
        [
            (
                row["segment"],
                row["item_name"] or row["item_id"],
                f"{language.count(row['owners'])} ({language.percent(row['penetration'], 0)})",
                language.count(row["may_buy"]),
                language.count(row["recommended_to"]),
                language.money(row["ticket"], currency),
                language.money(row["expected_value"], currency),
            )
            for row in mine
        ],
    )
    return str(chosen)


def _leaderboard(place: Place) -> None:
    say, language = place.language.say, place.language
    if not place.has("recommendation_evaluation"):
        return
    # A table from before it was asked does not say whether who serves is fit for lists.
    fit = "fit" if "fit" in place.columns("recommendation_evaluation") else "NULL AS fit"
    rows = place.records(
        f"""SELECT recommender, customers, ndcg_10, ndcg_10_low, ndcg_10_high, hit_5, coverage_5, serves, {fit}, reason
        FROM recommendation_evaluation WHERE segment = '' ORDER BY ndcg_10 DESC NULLS LAST, recommender""",
        ["recommendation_evaluation"],
    )
    serving = next((row["reason"] for row in rows if row["serves"]), "")
    parts.section(say("recommendations.board"), str(serving or ""))
    rated = [row for row in rows if row["ndcg_10"] is not None]
    if not rated:
        return
    parts.table(
        [
            parts.Header(say("recommendations.recommender")),
            parts.Header("nDCG@10", True, say("recommendations.ndcg_about")),
            parts.Header(say("recommendations.interval"), True),
            parts.Header(say("recommendations.hit"), True, say("recommendations.hit_about")),
            parts.Header(say("recommendations.coverage"), True, say("recommendations.coverage_about")),
            parts.Header(say("recommendations.serves")),
        ],
        [
            (
                named(place, row["recommender"]),
                language.number(row["ndcg_10"], 3),
                f"{language.number(row['ndcg_10_low'], 3)} – {language.number(row['ndcg_10_high'], 3)}",
                language.percent(row["hit_5"], 0),
                language.percent(row["coverage_5"], 0),
                say("recommendations.yes") if row["serves"] and row["fit"] is not False else "",
            )
            for row in rated
        ],
    )


def named(place: Place, recommender: str) -> str:
    """A recommender in words."""
    key = f"recommenders.{recommender}"
    return place.language.say(key) if place.language.knows(key) else recommender


def _results(place: Place) -> None:
    say, language = place.language.say, place.language
    if place.has("recommendation_lift"):
        for row in place.records("SELECT * FROM recommendation_lift", ["recommendation_lift"]):
            parts.section(say("recommendations.lift"), str(row["reason"] or ""))
            if row["lift"] is not None:
                low, high = language.percent(row["lift_low"]), language.percent(row["lift_high"])
                share, kept = language.percent(row["share"]), language.percent(row["held_out_share"])
                parts.facts(
                    [
                        (say("recommendations.with_list"), say("recommendations.of", share=share, n=row["customers"])),
                        (
                            say("recommendations.without_list"),
                            say("recommendations.of", share=kept, n=row["held_out_customers"]),
                        ),
                        (say("recommendations.difference"), f"{language.percent(row['lift'])} ({low} – {high})"),
                    ]
                )
    if place.has("recommendation_acceptance"):
        rows = place.records(
            "SELECT segment, listed, offers, won, lost, refused, not_fit, won_share FROM recommendation_acceptance "
            "WHERE offers > 0 ORDER BY segment, listed DESC",
            ["recommendation_acceptance"],
        )
        if rows:
            parts.section(say("recommendations.answers"))
            names = ("offers", "won", "lost", "refused", "not_fit")
            parts.table(
                [
                    parts.Header(say("words.segment")),
                    parts.Header(say("recommendations.listed")),
                    *(parts.Header(say(f"recommendations.{name}"), True) for name in names),
                    parts.Header(say("recommendations.won_share"), True),
                ],
                [
                    (
                        row["segment"] or say("words.all"),
                        say("recommendations.yes") if row["listed"] else say("recommendations.no"),
                        *(language.count(row[name]) for name in names),
                        language.percent(row["won_share"]),
                    )
                    for row in rows
                ],
            )


def _left_out(place: Place) -> None:
    say, language = place.language.say, place.language
    if not place.has("recommendations_left_out"):
        return
    rows = place.records(
        "SELECT reason, pairs, customers FROM recommendations_left_out WHERE pairs + customers > 0 "
        "ORDER BY customers DESC, pairs DESC, reason",
        ["recommendations_left_out"],
    )
    if rows:
        parts.section(say("recommendations.left_out"), say("recommendations.left_out_said"))
        parts.table(
            [
                parts.Header(say("words.reason")),
                parts.Header(say("recommendations.pairs"), True),
                parts.Header(say("words.customers"), True),
            ],
            [(row["reason"], language.count(row["pairs"]), language.count(row["customers"])) for row in rows],
        )
