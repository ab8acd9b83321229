"""Segmentos: the segments of a month side by side: size, worth, what lies above and below the base, and their history.

Belongs here: comparing segments. Does not belong here: one of them in full (`persona`), who moved (`movement`).
"""

from collections import Counter
from datetime import date
from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import by_month, colour_of, histogram
from arcana_assets.dashboard.links import to_screen
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.overview import segments_table
from arcana_assets.domain.facets.features import LIFT, MEAN
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.publication.reports.personas import consent_words

BINS = 24
FEATURES = 14  # that the table of lifts shows


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    segments = queries.segments(place)
    parts.heading(say("segments.title", month=language.month(place.month)), say("segments.lead", n=len(segments)))
    if not segments:
        parts.nothing(say("segments.none"))
        return
    profiles = {row["segment_id"]: row for row in profiles_of(place)}
    first = next(iter(profiles.values()), {})
    if first.get("form"):
        parts.sentence(
            say("segments.form", form=first["form"]) + (f" {first['reason']}" if first.get("reason") else "")
        )
    segments_table(place, segments)
    _consent(place)
    for row in segments:
        to_screen("persona", say("segments.open", persona=row["persona"]), segmento=str(row["segment_id"]))
    _lifts(place, segments, profiles)
    _history(place)
    _spread(place, segments)


def profiles_of(place: Place) -> list[dict[str, Any]]:
    """The profiles of the month's segments."""
    return place.records(
        "SELECT * FROM segment_profiles WHERE segmentation = $segmentation ORDER BY persona",
        ["segment_profiles"],
        segmentation=place.segmentation,
    )


def _consent(place: Place) -> None:
    """How many customers are in no segment because they refused to be profiled."""
    if not place.has("consent_coverage"):
        return
    for row in place.records("SELECT * FROM consent_coverage WHERE purpose = 'profiling'", ["consent_coverage"]):
        parts.sentence(consent_words(place.language, row))


def features_of(profile: dict[str, Any]) -> list[str]:
    """The features of which a profile has a mean."""
    return [name.removeprefix(MEAN) for name in profile if name.startswith(MEAN) and profile[name] is not None]


def lifts_of(profiles: list[dict[str, Any]]) -> dict[str, list[float | None]]:
    """The lifts of the features that tell the segments apart most, by feature, in the order of the profiles.

    What grows here and shrinks there has a mean of nearly nothing, and how many times that is tells nobody anything:
    a feature of which a lift is negative is left out.
    """
    known = dict.fromkeys(name for each in profiles for name in features_of(each))
    lifts = {name: [each.get(f"{LIFT}{name}") for each in profiles] for name in known}
    far = {
        name: max(abs(value - 1) for value in values if value is not None)
        for name, values in lifts.items()
        if any(value is not None for value in values) and all(value is None or value >= 0 for value in values)
    }
    return {name: lifts[name] for name in sorted(far, key=lambda name: -far[name])[:FEATURES]}


def _lifts(place: Place, segments: list[dict[str, Any]], profiles: dict[int, dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    there = [profiles[row["segment_id"]] for row in segments if row["segment_id"] in profiles]
    apart = lifts_of(there)
    if not apart:
        return
    parts.section(say("segments.lifts"), say("segments.lifts_said"))
    parts.heat(
        [parts.Header(say("words.feature")), *(parts.Header(each["persona"], True) for each in there)],
        [
            (
                place.label(name),
                [
                    ("" if value is None else language.number(value, 1) + "×", None if value is None else value)
                    for value in values
                ],
            )
            for name, values in apart.items()
        ],
    )


def _history(place: Place) -> None:
    say = place.language.say
    rows = queries.sizes(place)
    months = {row["month"] for row in rows}
    if len(months) < 2:
        return
    parts.section(say("segments.history"), say("segments.history_said", n=len(months)))
    drawn = areas(rows)
    parts.chart(by_month(drawn, place.language, say("segments.history"), stacked=True))
    names = list(dict.fromkeys(each["name"] for each in drawn))
    held = {(each["name"], each["month"]): each["value"] for each in drawn}
    with st.expander(say("segments.history_table")):
        parts.table(
            [parts.Header(say("page.month")), *(parts.Header(str(name), True) for name in names)],
            [
                (place.language.month(month), *(place.language.count(held[name, month]) for name in names))
                for month in sorted(months, reverse=True)
            ],
        )


def areas(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a name and month, also where nobody is there; segments of one name, one after the other, are one area."""
    held = Counter[tuple[str, date]]()
    colours = {}
    for row in rows:  # in the order of months: the colour is that of the segment that has the name now
        held[row["persona"], row["month"]] += row["customers"]
        colours[row["persona"]] = colour_of(row["segment_id"])
    return [
        {"month": month, "name": name, "value": held[name, month], "colour": colours[name]}
        for name in sorted(colours, key=str)
        for month in sorted({row["month"] for row in rows})
    ]


def _spread(place: Place, segments: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    numbers = [name for name in features_in(place) if name in place.columns("customer_360")]
    if not numbers:
        return
    parts.section(say("segments.spread"), say("segments.spread_said"))
    left, right = st.columns(2)
    with left:
        feature = st.selectbox(say("words.feature"), numbers, 0, place.label)
    with right:
        names = {0: say("words.base")} | {row["segment_id"]: row["persona"] for row in segments}
        chosen = st.selectbox(say("words.segment"), list(names), 0, lambda each: names[each])
    rows = spread(place, feature, chosen)
    if not rows:
        parts.nothing(say("segments.no_values"))
        return
    column = place.column("customer_360", feature)
    share = column is not None and column.kind == "share"
    parts.beside(
        histogram(rows, language, say("segments.spread"), share=share),
        [
            parts.Header(say("words.from"), True),
            parts.Header(say("segments.up_to"), True),
            parts.Header(say("words.customers"), True),
        ],
        [
            (place.said(feature, row["low"]), place.said(feature, row["high"]), language.count(row["customers"]))
            for row in rows
        ],
    )
    parts.sentence(say("segments.spread_cut", high=place.said(feature, rows[-1]["high"])))


def features_in(place: Place) -> list[str]:
    """The features that a segmentation is made of, as far as customer 360 has them; of a combination, of its parts."""
    parts_of = {each.name: each.of for each in place.domain.combinations}.get(place.segmentation, [place.segmentation])
    names = [name for each in place.domain.segmentations if each.name in parts_of for name in each.features]
    columns = place.columns("customer_360")
    return [
        column
        for name in names
        for column in columns
        if column == name or (name.endswith("*") and column.startswith(name[:-1]))
    ]


def spread(place: Place, feature: str, segment_id: int) -> list[dict[str, Any]]:
    """How a feature is spread over the customers of a segment (0: all), up to the value that 99 in 100 stay below."""
    return place.records(
        f"""WITH known AS (SELECT CAST(c.{quoted(feature)} AS DOUBLE) AS value FROM customer_360 c
            WHERE c.{quoted(feature)} IS NOT NULL AND ($id = 0 OR EXISTS (SELECT 1 FROM segments s
                WHERE s.customer_id = c.customer_id AND s.segmentation = $segmentation AND s.segment_id = $id))),
        ends AS (SELECT min(value) AS low, quantile_cont(value, 0.99) AS high FROM known),
        steps AS (SELECT low, high, greatest((high - low) / {BINS}, 1e-9) AS step FROM ends),
        binned AS (SELECT least(CAST(floor((value - low) / step) AS INTEGER), {BINS - 1}) AS bin
            FROM known, steps WHERE value <= high)
        SELECT low + bin * step AS low, low + (bin + 1) * step AS high, count(*) AS customers
        FROM binned, steps GROUP BY ALL ORDER BY 1""",
        ["customer_360", "segments"],
        segmentation=place.segmentation,
        id=segment_id,
    )
