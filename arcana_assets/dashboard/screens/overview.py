"""Visão geral: the month in a sentence, its figures, its segments, who moved, and whether the data can be trusted.

Belongs here: what everybody wants to know first. Does not belong here: details; each part leads to its screen.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from arcana_assets.alerts.board import read_board
from arcana_assets.alerts.message import moment
from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.address import follow, one_of, tell
from arcana_assets.dashboard.charts import BLUE, bars, by_month, colour_of
from arcana_assets.dashboard.links import to_screen
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.data import sources
from arcana_assets.domain.metrics import Metric
from arcana_assets.domain.months import shifted
from arcana_assets.profile.tables import MOVED

History = Mapping[date, Mapping[str, float | None]]

LINE = 12  # months of a figure's line
SHOWN = 6

MOST_MOVED = 5  # columns that are named
OPEN = 10  # alerts that are shown
TOLD_TO_ALL = ("check", "night", "fresh")  # alerts whose words are sentences of the platform about tables


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    history = queries.by_month(place)
    now, before = history.get(place.month, {}), history.get(shifted(place.month, -1), {})
    segments = queries.segments(place) if place.segmentation and place.has("segments") else []
    ends = queries.ends(place)
    told = {each.name: each.comparable(place.domain, place.month, ends) for each in queries.metrics(place)}
    before = {name: value for name, value in before.items() if told[name]}
    lead = _lead(place, now, before, segments) + (" " + say("overview.open", day=language.day(ends)) if ends else "")
    parts.heading(say("overview.title", month=language.month(place.month)), lead)
    parts.figures(_figure(place, each, history, told[each.name]) for each in queries.metrics(place)[:SHOWN])
    _closely(place, history)
    if segments:
        parts.section(say("overview.segments"), _segments_said(place, segments))
        parts.chart(
            bars(
                [
                    {
                        "label": row["persona"],
                        "value": row["customers"],
                        "text": f"{language.count(row['customers'])} ({language.percent(row['share'])})",
                        "colour": colour_of(row["segment_id"]),
                    }
                    for row in segments
                ],
                language,
                say("overview.segments"),
            )
        )
        segments_table(place, segments)
        to_screen("segmentos", say("overview.to_segments"))
        if place.has("segment_migration"):
            _movement(place)
    _alerts(place, viewer)
    _trust(place)


def segments_table(place: Place, segments: list[dict[str, Any]]) -> None:
    """Segments with their size, their part of the axis and how they grew."""
    say, language = place.language.say, place.language
    axis = queries.axis_of(place)
    label = place.label(axis)
    parts.table(
        [
            parts.Header(say("words.segment")),
            parts.Header(say("words.customers"), True, say("metrics.customers.about")),
            parts.Header(say("words.share_of_customers"), True),
            parts.Header(label, True),
            parts.Header(say("words.share_of", what=label), True),
            parts.Header(say("words.median_of", what=label), True),
            parts.Header(say("words.against_last_month"), True),
        ],
        [
            (
                row["persona"],
                language.count(row["customers"]),
                language.percent(row["share"]),
                place.said(axis, row["value"]),
                language.percent(row["value_share"]),
                place.said(axis, row["middle"]),
                language.change(row["customers"], row["before"])
                or say("words.new" if not row["before"] else "words.same"),
            )
            for row in segments
        ],
        say("overview.segments_caption", month=language.month(place.month)),
    )


def written(place: Place, metric: Metric, value: float | None) -> str:
    """A metric as a reader expects it."""
    if value is None:
        return place.language.texts["notation"]["none"]
    unit = (
        place.language.say(f"metrics.{metric.name}.unit") if place.language.knows(f"metrics.{metric.name}.unit") else ""
    )
    return place.language.value(value, metric.kind, place.domain.currency, unit)


def _figure(place: Place, metric: Metric, history: History, comparable: bool) -> parts.Figure:
    """A metric with its change and its line; of a sum over the window neither while that fills."""
    say, name = place.language.say, metric.name
    now = history.get(place.month, {}).get(name)
    before = history.get(shifted(place.month, -1), {}).get(name) if comparable else None
    change = place.language.change(now, before)
    filling = metric.covers == "window" and not comparable
    months = _told(place, metric, history)[-LINE:]
    return parts.Figure(
        say(f"metrics.{name}.label"),
        written(place, metric, now),
        say(f"metrics.{name}.about"),
        say("overview.change", change=change) if change else say("overview.filling") if filling else "",
        _good(place, metric, now, before),
        tuple(history[month].get(name) for month in months),
    )


def _good(place: Place, metric: Metric, now: float | None, before: float | None) -> bool | None:
    if now is None or before is None or place.language.change(now, before) in ("", place.language.percent(0.0)):
        return None
    return (now > before) == (metric.better == "high")


def _told(place: Place, metric: Metric, history: History) -> list[date]:
    """The months that a line shows: of a sum over the window those in which it is full."""
    months = sorted(month for month in history if history[month].get(metric.name) is not None)
    if metric.covers != "window":
        return months
    return [month for month in months if metric.comparable(place.domain, shifted(month, 1), None)]


def _closely(place: Place, history: History) -> None:
    """One metric that somebody picks: month by month, and by segment."""
    say, metrics = place.language.say, {each.name: each for each in queries.metrics(place)}
    parts.section(say("overview.closely"), say("overview.closely_said"))
    follow("indicador", "metric", one_of(list(metrics), next(iter(metrics))))
    if st.session_state["metric"] not in metrics:  # of another domain
        st.session_state["metric"] = next(iter(metrics))
    name = st.selectbox(
        say("overview.metric"), list(metrics), format_func=lambda each: say(f"metrics.{each}.label"), key="metric"
    )
    tell("indicador", "" if name == next(iter(metrics)) else name)
    metric, label = metrics[name], say(f"metrics.{name}.label")
    parts.sentence(say(f"metrics.{name}.about") + ".")
    months = _told(place, metric, history)
    if len(months) > 1:
        lines = [{"month": month, "name": label, "value": history[month][name], "colour": BLUE} for month in months]
        rows = [(place.language.month(each), written(place, metric, history[each][name])) for each in reversed(months)]
        headers = [parts.Header(say("page.month")), parts.Header(label, True)]
        parts.beside(by_month(lines, place.language, label, tall=180), headers, rows, tall=210)
    elif metric.covers == "window":
        parts.nothing(say("overview.closely_filling", n=place.domain.lookback_months))
    if place.segmentation and place.has("segments") and place.has(metric.table):
        _of_segments(place, metric)


def _of_segments(place: Place, metric: Metric) -> None:
    say, rows = place.language.say, queries.by_segment(place, metric)
    total = sum(row["value"] or 0.0 for row in rows)
    headers = [parts.Header(say("words.segment")), parts.Header(say(f"metrics.{metric.name}.label"), True)]
    cells = [[row["persona"], written(place, metric, row["value"])] for row in rows]
    if metric.additive and total > 0:
        headers.append(parts.Header(say("overview.part"), True))
        cells = [
            [*each, place.language.percent((row["value"] or 0.0) / total)]
            for each, row in zip(cells, rows, strict=True)
        ]
    parts.table(headers, cells)


def _lead(place: Place, now: dict[str, Any], before: dict[str, Any], segments: list[dict[str, Any]]) -> str:
    say, language = place.language.say, place.language
    customers = int(now.get("customers") or 0)
    told = say("overview.lead", n=customers, month=language.month(place.month))
    first = queries.metrics(place)[0]
    if first.covers != "window" and now.get(first.name) is not None:
        change = language.change(now[first.name], before.get(first.name))
        words = {"what": say(f"metrics.{first.name}.label"), "value": written(place, first, now[first.name])}
        told += " " + say("overview.lead_month" if change else "overview.lead_month_alone", change=change, **words)
    if change := language.change(now.get("customers"), before.get("customers")):
        told += " " + say("overview.lead_change", change=change)
    grown = [row for row in segments if row["before"]]
    if len(grown) > 1:
        most = max(grown, key=lambda row: row["customers"] / row["before"])
        least = min(grown, key=lambda row: row["customers"] / row["before"])
        if most["customers"] > most["before"]:
            change = language.change(most["customers"], most["before"])
            told += " " + say("overview.lead_grew", persona=most["persona"], change=change)
        if least["customers"] < least["before"]:
            change = language.change(least["customers"], least["before"])
            told += " " + say("overview.lead_shrank", persona=least["persona"], change=change)
    return told


def _segments_said(place: Place, segments: list[dict[str, Any]]) -> str:
    richest = max(segments, key=lambda row: row["value_share"] or 0)
    if not richest["value_share"]:
        return ""
    return place.language.say(
        "overview.segments_said",
        persona=richest["persona"],
        share=place.language.percent(richest["share"]),
        value_share=place.language.percent(richest["value_share"]),
        what=place.label(queries.axis_of(place)).lower(),
    )


def _movement(place: Place) -> None:
    say, language = place.language.say, place.language
    moves = [row for row in queries.moved(place) if row["from_segment_id"] and row["to_segment_id"]]
    if not moves:
        parts.section(say("overview.movement"), say("overview.nobody_moved"))
        return
    total, model = sum(row["customers"] for row in moves), sum(row["by_model"] for row in moves)
    said = say("overview.moved", n=total) + (" " + say("overview.moved_by_model", n=model) if model else "")
    parts.section(say("overview.movement"), said)
    parts.table(
        [parts.Header(say("words.from")), parts.Header(say("words.to")), parts.Header(say("words.customers"), True)],
        [(row["from_persona"], row["to_persona"], language.count(row["customers"])) for row in moves[:5]],
    )
    to_screen("movimento", say("overview.to_movement"))


def _alerts(place: Place, viewer: Viewer) -> None:
    """What went wrong and is not over, now and not in the month; nothing where nobody looks after it.

    What is said of failed runs names files and machines, and is for who mends them.
    """
    board = read_board(place.reader.root, place.domain.name)
    if board is None:
        return
    say = place.language.say
    looked = moment(board.looked, place.domain, place.language)
    said = say("alerts.page_said", n=board.total, moment=looked)
    parts.section(say("alerts.page"), said if board.total else say("alerts.page_none", moment=looked))
    shown = board.lines[:OPEN]
    parts.bullets(
        " · ".join(
            [
                f"{say(f'alerts.severity_{each.severity}')}: {each.title}",
                *([each.words] if each.words and (each.kind in TOLD_TO_ALL or viewer.may("quality")) else []),
                each.facts,
            ]
        )
        for each in shown
    )
    if left := board.total - len(shown):
        parts.sentence(say("alerts.page_more", n=left))


def _trust(place: Place) -> None:
    say, language = place.language.say, place.language
    pairs = [(say("overview.written"), language.day(place.reader.written_at(place.key("customer_360")).date()))]
    if place.has("transactions_monthly"):
        (row,) = place.records("SELECT max(last_day) AS day FROM transactions_monthly", ["transactions_monthly"])
        if row["day"]:
            pairs.append((say("overview.data_until"), language.day(row["day"])))
    if place.has("transactions_coverage"):
        (row,) = place.records(
            "SELECT rows, rows_without_customer FROM transactions_coverage", ["transactions_coverage"]
        )
        share = row["rows_without_customer"] / row["rows"] if row["rows"] else 0.0
        pairs.append((say("overview.without_customer"), language.percent(share)))
    cautions = cautions_of(place)
    verdict = (
        ""
        if cautions is None
        else say("overview.trust_cautions", n=len(cautions))
        if cautions
        else say("overview.trust_fine")
    )
    parts.section(say("overview.trust"), verdict)
    if cautions:
        parts.bullets(cautions)
    parts.facts(pairs)


def cautions_of(place: Place) -> list[str] | None:
    """What of the month's data a reader should know before trusting it; None where nobody looked."""
    if not place.has("data_findings") or not place.has("data_profile"):
        return None
    say, language = place.language.say, place.language
    told = [] if not (rows := sources(place)) else _refused(place, rows)
    by_month = place.records(
        "SELECT month, part, sum(value) AS landed FROM data_findings WHERE subject = 'rows' AND item = 'landed' "
        "GROUP BY ALL HAVING sum(value) > 0 ORDER BY ALL",
        {"data_findings": "two"},
    )
    came = {row["part"] for row in by_month if row["month"] != place.month}
    for source in sorted(came - {row["part"] for row in by_month if row["month"] == place.month}):
        told.append(say("overview.trust_silent", source=source))
    moved = place.records(
        """SELECT "table", "column", psi FROM data_profile WHERE layer = 'silver' AND psi > $moved
        ORDER BY psi DESC, "table", "column" """,
        ["data_profile"],
        moved=MOVED,
    )
    if moved:
        first = ", ".join(f"{row['column']} ({row['table']})" for row in moved[:MOST_MOVED])
        told.append(say("overview.trust_moved", n=len(moved), first=first, psi=language.number(MOVED, 2)))
    return told


def _refused(place: Place, rows: dict[str, dict[str, int]]) -> list[str]:
    """A sentence for each source of which many rows were refused: more than its contract lets pass without a word."""
    many = []
    for name, of in rows.items():
        share, contract = of["refused"] / of["landed"], place.domain.sources.get(name)
        if contract is not None and share > contract.refused_share:
            many.append(place.language.say("overview.trust_refused", source=name, share=place.language.percent(share)))
    return many
