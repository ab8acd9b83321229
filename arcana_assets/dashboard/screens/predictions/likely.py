"""Who is likely: the customers of a prediction, the likeliest, or of most money, first; by tenth and segment; exported.

Belongs here: the list and its filter. Does not belong here: one customer in full (`screens.customers.customer`).
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import streamlit as st

from arcana_assets.dashboard import filters, parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.address import follow, listed, tell, written
from arcana_assets.dashboard.export import BATCH, downloads, file_of
from arcana_assets.dashboard.links import open_customer
from arcana_assets.dashboard.place import Place, Span
from arcana_assets.dashboard.screens.predictions.told import ENDS, VALUES, Told, titled
from arcana_assets.domain.facets.features import PERSONA_OF
from arcana_assets.engine.duckdb.sql import quoted

PAGE, TENTHS = 50, tuple(range(10, 0, -1))


@dataclass(frozen=True)
class Filter:
    """Who is to be listed: tenths, 10 the likeliest, and segments of the segmentation that is looked at; none: all."""

    tenths: tuple[int, ...] = ()
    segments: tuple[int, ...] = ()


def show(place: Place, viewer: Viewer, told: Told) -> None:
    """The list, and how many of all it has."""
    say = place.language.say
    parts.section(
        say("predictions.who"), say("predictions.money.who_said" if told.of_money else "predictions.who_said")
    )
    chosen = _filter(place, told)
    found = count(place, told, chosen)
    parts.sentence(say("predictions.found", n=found))
    if not found:
        parts.nothing(say("customers.none"))
        return
    _, right = st.columns([2, 1])
    with right:
        page = filters.page_of(place, -(-found // PAGE))
    rows = customers(place, told, chosen, PAGE, PAGE * (page - 1))
    told_ = f"{titled(place, told)}. {say('words.mark_to_open')}"
    picked = parts.grid(place, rows, told_, "predictions")
    if picked is not None:
        open_customer(place, rows["customer_id"].to_pylist(), picked)
    by: dict[str, Any] = {"prediction": told.prediction.name, "horizon": told.horizon}
    by |= {"tenths": list(chosen.tenths)} if chosen.tenths else {}
    by |= {"segmentation": place.segmentation, "segments": list(chosen.segments)} if chosen.segments else {}
    name = file_of(place, "predictions", told.prediction.name, str(told.horizon))
    downloads(place, viewer, partial(everyone, place, told, chosen), found, name, by, "predictions")


def count(place: Place, told: Told, chosen: Filter) -> int:
    """How many customers a filter lets through."""
    where, values = _where(place, told, chosen)
    (row,) = place.records(f"SELECT count(*) AS n FROM predictions p WHERE {where}", _spans(place), **values)
    return int(row["n"])


def customers(place: Place, told: Told, chosen: Filter, limit: int, skip: int = 0) -> pa.Table:
    """The customers of a filter, the likeliest first; `limit` of them after the first `skip`.

    Of the reasons they have the first two, a column each: all in one are wider than a screen.
    """
    first = ("coalesce(reason_1, reasons) AS reason_1", "reason_2")
    query, values = _list(place, told, chosen, first, f"LIMIT {int(limit)} OFFSET {int(skip)}")
    return place.rows(query, _spans(place), **values)


def everyone(place: Place, told: Told, chosen: Filter) -> AbstractContextManager[pa.RecordBatchReader]:
    """All customers of a filter, in the same order, as a stream; with all reasons."""
    query, values = _list(place, told, chosen, ("reasons",))
    return place.batches(query, _spans(place), BATCH, **values)


def values_in(place: Place, told: Told) -> list[str]:
    """The columns that say what is predicted: those that have values for this prediction."""
    now = told.now(place.month) or {}
    found = [name for name in VALUES if now.get(name) is not None]
    return [*found, *ENDS] if "expected" in found and now["bounded"] else found


def _list(
    place: Place, told: Told, chosen: Filter, reasons: tuple[str, ...], tail: str = ""
) -> tuple[str, dict[str, Any]]:
    """The query for the customers of a filter, or for a page of them, and its values."""
    where, values = _where(place, told, chosen)
    said = values_in(place, told) or ["probability"]
    order = f"{quoted(said[0])} DESC NULLS LAST, customer_id"
    shown = ["customer_id", *map(quoted, said), "decile", *reasons]
    # The page first, then the personas of who is on it: joined to all customers they take 100 MB of 500,000.
    page = f"SELECT {', '.join(shown)} FROM predictions p WHERE {where} ORDER BY {order} {tail}"
    if not (place.segmentation and place.has("segments")):
        return page, values
    values["segmentation"] = place.segmentation
    query = f"""SELECT p.customer_id, s.persona AS {quoted(PERSONA_OF + place.segmentation)},
        p.* EXCLUDE (customer_id) FROM ({page}) p
        LEFT JOIN (SELECT customer_id, persona FROM segments WHERE segmentation = $segmentation) s
        ON s.customer_id = p.customer_id ORDER BY p.{quoted(said[0])} DESC NULLS LAST, p.customer_id"""
    return query, values


def _where(place: Place, told: Told, chosen: Filter) -> tuple[str, dict[str, Any]]:
    said = ["p.prediction = $prediction", "p.horizon = $horizon"]
    values: dict[str, Any] = {"prediction": told.prediction.name, "horizon": told.horizon}
    if chosen.tenths:
        said.append(f"p.decile IN ({', '.join(str(int(each)) for each in chosen.tenths)})")
    if chosen.segments:
        said.append(
            "p.customer_id IN (SELECT customer_id FROM segments WHERE segmentation = $of "
            f"AND segment_id IN ({', '.join(str(int(each)) for each in chosen.segments)}))"
        )
        values["of"] = place.segmentation
    return " AND ".join(said), values


def _spans(place: Place) -> dict[str, Span]:
    spans: dict[str, Span] = {"predictions": "month"}
    return spans | ({"segments": "month"} if place.has("segments") else {})


def _filter(place: Place, told: Told) -> Filter:
    say = place.language.say
    left, right = st.columns(2)
    with left:
        key = f"filter tenths {place.domain.name}"
        follow("decimo", key, listed(list(TENTHS)))
        label = say("predictions.money.tenths" if told.of_money else "predictions.tenths")
        tenths = st.multiselect(label, TENTHS, placeholder=say("words.all"), select_all=False, key=key)
        tell("decimo", written(tenths))
    segments: tuple[int, ...] = ()
    with right:
        if place.segmentation and place.has("segments"):
            segments = filters.segments_in(place, place.segmentation, say("words.segment"))
    return Filter(tuple(tenths), segments)
