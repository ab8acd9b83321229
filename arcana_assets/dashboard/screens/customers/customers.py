"""Clientes: any part of the customers by segment, programme, movement and numbers; counted, sorted, exported, opened.

Belongs here: the filter and its list. Does not belong here: one customer in full (`customer`).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard import filters, parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.address import follow, listed, tell, written
from arcana_assets.dashboard.export import BATCH, downloads, file_of
from arcana_assets.dashboard.links import open_customer
from arcana_assets.dashboard.place import Place
from arcana_assets.domain.facets.features import PERSONA_OF
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.presentation.labels import segmentation_of
from arcana_assets.publication.columns import headlines

PAGE = 50
STATES = ("member", "at_risk", "candidate", "removed")
DECILES = 10
ATYPICAL = "is_outlier"


@dataclass(frozen=True)
class Filter:
    """What customers are to be: a part of their code, segments, a state in a programme, moved, atypical, numbers.

    `ranges` are the least and the most of columns of customer 360; either may be missing.
    """

    code: str = ""
    segments: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    moved: bool = False
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    atypical: bool = False

    def logged(self) -> dict[str, Any]:
        """What is filtered by, for the log of exports; of a code only that it was looked for."""
        said = {
            "code": bool(self.code),
            "segments": {name: list(ids) for name, ids in self.segments.items() if ids},
            "states": list(self.states),
            "moved": self.moved,
            "atypical": self.atypical,
            "ranges": {name: [low, high] for name, (low, high) in self.ranges.items() if (low, high) != (None, None)},
        }
        return {name: value for name, value in said.items() if value}


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    parts.heading(say("customers.title", month=language.month(place.month)), say("customers.lead"))
    chosen = _filter(place)
    found = count(place, chosen)
    parts.sentence(say("customers.found", n=found))
    if not found:
        parts.nothing(say("customers.none"))
        return
    names = _columns(place)
    left, right = st.columns([2, 1])
    with left:
        order, falling = filters.order_of(place, names, names[_first_number(place, names)])
    with right:
        page = filters.page_of(place, -(-found // PAGE))
    rows = customers(place, chosen, order, falling, PAGE, PAGE * (page - 1), names)
    picked = parts.grid(place, rows, say("words.mark_to_open"))
    if picked is not None:
        open_customer(place, rows["customer_id"].to_pylist(), picked)
    everyone = partial(all_customers, place, chosen, order, falling, names)
    told = {"segmentation": place.segmentation} | chosen.logged()
    downloads(place, viewer, everyone, found, file_of(place, "customers"), told)


def columns_of(place: Place) -> list[str]:
    """The columns of a list of customers: the persona that is looked at, the numbers that say most, other personas."""
    axes = [each.axis for each in place.domain.segmentations]
    there = [each.name for each in place.domain.segmentations] if place.has("segments") else []
    first = [name for name in there if name == place.segmentation] or there[:1]
    personas = [f"{PERSONA_OF}{name}" for name in (*first, *(each for each in there if each not in first))]
    return ["customer_id", *personas[:1], *headlines(axes, place.columns("customer_360")), *personas[1:]]


def customers(
    place: Place,
    chosen: Filter,
    order: str,
    falling: bool,
    limit: int | None = None,
    skip: int = 0,
    names: Sequence[str] = (),
) -> pa.Table:
    """The customers of a filter, in order; `limit` of them after the first `skip`; by default the usual columns."""
    query, spans, values = _list(place, chosen, order, falling, names, limit, skip)
    return place.rows(query, spans, **values)


def all_customers(
    place: Place, chosen: Filter, order: str, falling: bool, names: Sequence[str] = ()
) -> AbstractContextManager[pa.RecordBatchReader]:
    """All customers of a filter, in order, as a stream: there may be more of them than memory should hold."""
    query, spans, values = _list(place, chosen, order, falling, names)
    return place.batches(query, spans, BATCH, **values)


def _list(
    place: Place,
    chosen: Filter,
    order: str,
    falling: bool,
    names: Sequence[str],
    limit: int | None = None,
    skip: int = 0,
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The query for a list of customers, the tables that it reads, and its values."""
    names = names or columns_of(place)
    joins, shown, spans = [], [], _spans(place, chosen)
    for name in names:
        if name.startswith(PERSONA_OF):
            segmentation = name.removeprefix(PERSONA_OF)
            alias = quoted(f"of {segmentation}")
            joins.append(
                f"LEFT JOIN (SELECT customer_id, persona FROM segments WHERE segmentation = '{segmentation}') {alias} "
                f"ON {alias}.customer_id = c.customer_id"
            )
            shown.append(f"{alias}.persona AS {quoted(name)}")
        else:
            shown.append(f"c.{quoted(name)}")
    if order not in names:
        order = names[0]
    where, values = _where(place, chosen)
    tail = "" if limit is None else f" LIMIT {int(limit)} OFFSET {int(skip)}"
    way = "DESC" if falling else "ASC"
    by = f"{quoted(order)} {way} NULLS LAST" + ("" if order == "customer_id" else ", customer_id")
    base = f"SELECT * FROM customer_360 c WHERE {where}"
    if limit is not None and not order.startswith(PERSONA_OF):
        # The page first, then the personas of who is on it: joined to all customers they take 100 MB of 500,000.
        base, tail = f"{base} ORDER BY {by}{tail}", ""
    query = f"SELECT {', '.join(shown)} FROM ({base}) c {' '.join(joins)} ORDER BY {by}{tail}"
    return query, spans, values


def count(place: Place, chosen: Filter) -> int:
    """How many customers a filter lets through."""
    where, values = _where(place, chosen)
    (row,) = place.records(f"SELECT count(*) AS n FROM customer_360 c WHERE {where}", _spans(place, chosen), **values)
    return int(row["n"])


def _spans(place: Place, chosen: Filter) -> dict[str, Any]:
    spans: dict[str, Any] = {"customer_360": "month"}
    if place.has("segments"):
        spans["segments"] = "month"
    if chosen.states:
        spans["loyalty_members"] = "month"
    return spans


def _where(place: Place, chosen: Filter) -> tuple[str, dict[str, Any]]:
    """The condition of a filter, with every value of a person as a value and never as a part of the query."""
    said, values = ["true"], dict[str, Any]()
    if chosen.code:
        said.append("contains(lower(c.customer_id), lower($code))")
        values["code"] = chosen.code
    for place_, (segmentation, ids) in enumerate(chosen.segments.items()):
        if ids:
            said.append(
                f"c.customer_id IN (SELECT customer_id FROM segments WHERE segmentation = $of{place_} "
                f"AND segment_id IN ({', '.join(str(int(each)) for each in ids)}))"
            )
            values[f"of{place_}"] = segmentation
    if chosen.states:
        listed = ", ".join(f"'{state}'" for state in chosen.states if state in STATES)
        said.append(f"c.customer_id IN (SELECT customer_id FROM loyalty_members WHERE state IN ({listed}))")
    if chosen.moved:
        said.append(
            "c.customer_id IN (SELECT customer_id FROM segments WHERE segmentation = $moved_in "
            "AND previous_segment_id IS NOT NULL AND previous_segment_id <> segment_id)"
        )
        values["moved_in"] = place.segmentation
    known = set(place.columns("customer_360"))
    if chosen.atypical and ATYPICAL in known:
        said.append(f"c.{ATYPICAL}")
    for place_, (name, (low, high)) in enumerate(chosen.ranges.items()):
        if name not in known:
            continue
        if low is not None:
            said.append(f"c.{quoted(name)} >= $low{place_}")
            values[f"low{place_}"] = low
        if high is not None:
            said.append(f"c.{quoted(name)} <= $high{place_}")
            values[f"high{place_}"] = high
    return " AND ".join(said), values


def _filter(place: Place) -> Filter:
    say = place.language.say
    code = filters.code_of(place)
    segments: dict[str, tuple[int, ...]] = {}
    if place.segmentation and place.has("segments"):
        segments[place.segmentation] = filters.segments_in(place, place.segmentation, say("words.segment"))
    more = ("situacao", "mudou", "faixa_", "segmento_")
    with st.expander(say("customers.more"), expanded=any(name.startswith(more) for name in st.query_params)):
        if segments:
            for name in place.domain.groupings:
                if name != place.segmentation:
                    segments[name] = filters.segments_in(place, name, segmentation_of(name, place.language))
        states: tuple[str, ...] = ()
        if place.domain.programmes and place.has("loyalty_members"):
            states = filters.states_of(place, STATES)
        moved = bool(segments) and filters.has_moved(place)
        atypical = ATYPICAL in place.columns("customer_360") and filters.is_atypical(place)
        numbers = [name for name in columns_of(place) if name in numeric(place)][:4]
        ranges = filters.ranges_of(place, deciles(place, numbers))
    return Filter(code, segments, states, moved, ranges, atypical)


def _columns(place: Place) -> list[str]:
    """The columns that somebody wants to see, the usual ones at first; the code always is the first."""
    say, usual = place.language.say, columns_of(place)[1:]
    others = [name for name in place.columns("customer_360") if name not in ("customer_id", "month")]
    options = [*usual, *(name for name in others if name not in usual)]
    read, key = listed(options), f"filter columns {place.domain.name}"
    follow("colunas", key, lambda said: read(said) or usual)
    with st.expander(say("customers.columns")):
        chosen = st.multiselect(
            say("customers.columns_hint"),
            options,
            format_func=place.label,
            placeholder=say("customers.columns_none"),
            select_all=False,
            key=key,
        )
    tell("colunas", "" if chosen == usual else written(chosen))
    return ["customer_id", *chosen]


def numeric(place: Place) -> set[str]:
    """The columns of customer 360 that hold numbers."""
    schema = place.reader.schema(place.key("customer_360"))
    return {
        each.name
        for each in schema
        if pa.types.is_integer(each.type) or pa.types.is_floating(each.type) or pa.types.is_decimal(each.type)
    }


def deciles(place: Place, names: list[str]) -> dict[str, list[float]]:
    """The values that a tenth, two tenths ... of the customers stay below, each once."""
    if not names:
        return {}
    shares = [at / DECILES for at in range(DECILES + 1)]
    asked_for = ", ".join(
        f"quantile_disc(CAST({quoted(name)} AS DOUBLE), {shares}) AS {quoted(name)}" for name in names
    )
    (row,) = place.records(f"SELECT {asked_for} FROM customer_360", ["customer_360"])
    return {name: sorted(set(row[name] or ())) for name in names}


def _first_number(place: Place, names: list[str]) -> int:
    known = numeric(place)
    return next((at for at, name in enumerate(names) if name in known), 0)
