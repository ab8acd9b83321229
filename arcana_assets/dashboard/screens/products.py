"""Produtos: how many customers of each segment own what, and what goes together.

Belongs here: items by segment. Does not belong here: what to offer whom (`recommendations`).
"""

from typing import Any

import streamlit as st

from arcana_assets.dashboard import parts, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.charts import bars
from arcana_assets.dashboard.links import asked
from arcana_assets.dashboard.place import Place

SHOWN, TOGETHER = 20, 12
FEW = 5  # owners in common, below which nothing is said of a pair


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    (whole,) = place.records(
        "SELECT count(DISTINCT item_id) AS items, count(DISTINCT customer_id) AS owners FROM items_owned",
        ["items_owned"],
    )
    title = say("products.title", month=language.month(place.month))
    parts.heading(title, say("products.lead", n=whole["items"], owners=whole["owners"]))
    text = st.text_input(say("products.search"), asked("item"), placeholder=say("products.search_hint"), max_chars=80)
    st.query_params["item"] = text
    found = items(place, text.strip())
    if not found:
        parts.nothing(say("products.none"))
        return
    parts.section(say("products.most"), say("products.most_said"))
    parts.chart(
        bars(
            [
                {
                    "label": row["item_name"] or row["item_id"],
                    "value": row["share"],
                    "text": f"{language.percent(row['share'])} ({language.count(row['customers'])})",
                }
                for row in found[:SHOWN]
            ],
            language,
            say("products.most"),
            label=340,
            wide=320,
        )
    )
    if place.segmentation and place.has("segments"):
        _by_segment(place, found[:SHOWN])
    _together(place, found)


def items(place: Place, text: str) -> list[dict[str, Any]]:
    """Items whose name or code holds a text, by how many customers own them: item_id, item_name, customers, share."""
    return place.records(
        f"""WITH base AS (SELECT count(*) AS customers FROM customer_360)
        SELECT item_id, min(item_name) AS item_name, count(*) AS customers,
            count(*) / (SELECT customers FROM base) AS share
        FROM items_owned WHERE contains(lower(coalesce(item_name, '') || ' ' || item_id), lower($text))
        GROUP BY item_id ORDER BY customers DESC, item_id LIMIT {10 * SHOWN}""",
        ["items_owned", "customer_360"],
        text=text,
    )


def _by_segment(place: Place, found: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    segments = queries.segments(place)
    listed = [row["item_id"] for row in found]
    rows = place.records(
        """SELECT o.item_id, s.segment_id, count(*) AS customers FROM items_owned o JOIN segments s USING (customer_id)
        WHERE s.segmentation = $segmentation AND list_contains(string_split($items, chr(31)), o.item_id)
        GROUP BY ALL""",
        ["items_owned", "segments"],
        segmentation=place.segmentation,
        items="\x1f".join(listed),
    )
    owners = {(row["item_id"], row["segment_id"]): row["customers"] for row in rows}
    parts.section(say("products.by_segment"), say("products.by_segment_said"))
    table = []
    for row in found:
        cells = []
        for each in segments:
            share = owners.get((row["item_id"], each["segment_id"]), 0) / each["customers"]
            cells.append((language.percent(share, 0), share / row["share"] if row["share"] else None))
        table.append((str(row["item_name"] or row["item_id"]), cells))
    parts.heat([parts.Header(say("words.item")), *(parts.Header(each["persona"], True) for each in segments)], table)


def together(place: Place, item: str) -> list[dict[str, Any]]:
    """What owners of an item own, too: common (owners of both), confidence (their share), times (against all)."""
    return place.records(
        f"""WITH mine AS (SELECT DISTINCT customer_id FROM items_owned WHERE item_id = $item),
        sizes AS (SELECT (SELECT count(*) FROM mine) AS here, (SELECT count(*) FROM customer_360) AS everywhere),
        counted AS (SELECT item_id, min(item_name) AS item_name, count(*) AS owners,
            count(*) FILTER (customer_id IN (FROM mine)) AS common FROM items_owned WHERE item_id <> $item
            GROUP BY item_id)
        SELECT item_id, item_name, common, common / here AS confidence, common / here / (owners / everywhere) AS times
        FROM counted, sizes WHERE common >= {FEW} ORDER BY common DESC, item_id LIMIT {TOGETHER}""",
        ["items_owned", "customer_360"],
        item=item,
    )


def _together(place: Place, found: list[dict[str, Any]]) -> None:
    say, language = place.language.say, place.language
    parts.section(say("products.together"))
    names = {row["item_id"]: str(row["item_name"] or row["item_id"]) for row in found}
    item = st.selectbox(say("words.item"), list(names), 0, lambda each: names[each])
    rows = together(place, item)
    if not rows:
        parts.nothing(say("products.nothing_together", n=FEW))
        return
    parts.sentence(say("products.together_said", item=names[item]))
    parts.table(
        [
            parts.Header(say("products.too")),
            parts.Header(say("products.both"), True),
            parts.Header(say("products.confidence"), True, say("products.confidence_about")),
            parts.Header(say("products.times"), True, say("products.times_about")),
        ],
        [
            (
                row["item_name"] or row["item_id"],
                language.count(row["common"]),
                language.percent(row["confidence"], 0),
                language.number(row["times"], 1) + "×",
            )
            for row in rows
        ],
    )
