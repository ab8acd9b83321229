"""Sobre: what the words and numbers of the page mean, as of when they are, and where they come from.

Belongs here: the glossary. Does not belong here: figures.
"""

import streamlit as st

from arcana_assets.catalogue.tables import table_named
from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.place import Place
from arcana_assets.domain.metrics import METRICS
from arcana_assets.presentation.labels import unit_of
from arcana_assets.presentation.notation import sign


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    parts.heading(say("about.title"), say("about.lead"))
    parts.section(say("about.as_of"), say("about.as_of_said", lookback=place.domain.lookback_months))
    parts.facts(
        [
            (say("page.domain"), f"{place.domain.title} ({place.domain.name})"),
            (say("about.currency"), f"{place.domain.currency} ({sign(place.domain.currency)})"),
            (say("about.timezone"), place.domain.timezone),
            (say("about.since"), language.month(place.domain.start)),
            (say("about.lookback"), say("about.months", n=place.domain.lookback_months)),
        ]
    )
    text = st.text_input(say("about.search"), placeholder=say("about.search_hint"), max_chars=80).strip().lower()
    parts.section(say("about.metrics"))
    there = {each.name for each in queries.metrics(place)}
    parts.table(
        [parts.Header(say("about.word")), parts.Header(say("about.meaning"))],
        [
            (say(f"metrics.{each.name}.label"), say(f"metrics.{each.name}.about"))
            for each in METRICS
            if each.name in there and _meant(text, say(f"metrics.{each.name}.label"), say(f"metrics.{each.name}.about"))
        ],
    )
    parts.section(say("about.columns"), say("about.columns_said"))
    declared = table_named("customer_360", tuple(place.domain.facets)) if place.domain.facets else None
    rows = []
    for name in place.columns("customer_360"):
        column = declared.column(name) if declared else None
        if column is not None and _meant(text, place.label(name), name):
            # What a table says of its columns is English; a page in another language says their units.
            english = place.language.code == "en"
            unit = unit_of(column.unit, language, sign(place.domain.currency))
            rows.append((place.label(name), name, column.explained if english else unit))
    words = ("word", "column", "meaning" if place.language.code == "en" else "unit")
    parts.table([parts.Header(say(f"about.{each}")) for each in words], rows)


def _meant(text: str, *words: str) -> bool:
    return any(text in each.lower() for each in words)
