"""Moves: how many customers went from which segment to which since the month before, and who they are.

Belongs here: the matrix of a month, the balance of each segment, the list behind any of its cells. Does not belong
here: how they look (`screens.movement`), what became of segments (`queries.events`).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from arcana_assets.dashboard import queries
from arcana_assets.dashboard.export import BATCH
from arcana_assets.dashboard.place import Place, Span
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.presentation.language import in_every_language

NEW, GONE = "(novos)", "(fora)"
"""Where who was not there the month before came from, and where who is not there any more went.

Addresses of the page say so in every language; people read `movement.newcomer` and `movement.gone`, the log of exports
`movement.logged`.
"""
CAUSES = ("behaviour", "model", "both", "new")
_READ: dict[str, Span] = {"segments": "two", "customer_360": "two"}


@dataclass(frozen=True)
class Moves:
    """The customers of a month by the names of their segments: of the month before (or NEW), and of now (or GONE)."""

    counts: Mapping[tuple[str, str], int]
    stayed: frozenset[tuple[str, str]]

    @property
    def starts(self) -> list[str]:
        """Where customers came from, in order, NEW last."""
        return sorted({start for start, _ in self.counts}, key=lambda name: (name == NEW, name))

    @property
    def ends(self) -> list[str]:
        """Where customers are, in order, GONE last."""
        return sorted({end for _, end in self.counts}, key=lambda name: (name == GONE, name))

    def moved(self, start: str = "", end: str = "") -> int:
        """How many left `start` for `end`; an empty name is any. Who stayed did not leave, whatever the name is now."""
        return sum(
            count
            for pair, count in self.counts.items()
            if pair not in self.stayed and start in ("", pair[0]) and end in ("", pair[1])
        )

    def all_of(self, start: str) -> int:
        """How many were in a segment the month before."""
        return sum(count for (from_, _), count in self.counts.items() if from_ == start)


def moves_of(place: Place) -> Moves:
    """The moves of the month. A segment that was renamed is its old name among the starts, its new among the ends."""
    rows = place.records(
        """SELECT from_segment_id, from_persona, to_segment_id, to_persona, customers FROM segment_migration
        WHERE segmentation = $segmentation""",
        ["segment_migration"],
        segmentation=place.segmentation,
    )
    counts, stayed = dict[tuple[str, str], int](), set[tuple[str, str]]()
    for row in rows:
        pair = (row["from_persona"] or NEW, row["to_persona"] or GONE)
        counts[pair] = counts.get(pair, 0) + row["customers"]
        if row["from_segment_id"] == row["to_segment_id"]:
            stayed.add(pair)
    return Moves(counts, frozenset(stayed))


def balance(moves: Moves) -> list[dict[str, Any]]:
    """Of each segment of now: persona, before, entered, left, now; before + entered - left is now."""
    rows = []
    for end in moves.ends:
        if end == GONE:
            continue
        same = next((start for start, to in moves.stayed if to == end), "")
        before = moves.all_of(same) if same else 0
        left = moves.moved(start=same) if same else 0
        entered = moves.moved(end=end)
        rows.append({"persona": end, "before": before, "entered": entered, "left": left})
        rows[-1]["now"] = before + entered - left
    return rows


def movers(place: Place, start: str, end: str, limit: int) -> pa.Table:
    """The customers who left `start` for `end`, the most valuable first; an empty name is any. `limit` of them.

    Who is gone has the value of the month before.
    """
    query, values = _movers(place, start, end)
    return place.rows(f"{query} LIMIT {int(limit)}", _READ, **values)


def all_movers(place: Place, start: str = "", end: str = "") -> AbstractContextManager[pa.RecordBatchReader]:
    """All customers who left `start` for `end`, in the same order, as a stream."""
    query, values = _movers(place, start, end)
    return place.batches(query, _READ, BATCH, **values)


def _movers(place: Place, start: str, end: str) -> tuple[str, dict[str, Any]]:
    """The query for who moved, and its values."""
    axis = queries.axis_of(place)
    value = f"c.{quoted(axis)}" if axis in place.columns("customer_360") else "CAST(NULL AS DOUBLE)"
    where, values = ["true"], dict[str, Any](segmentation=place.segmentation, month=place.month)
    for name, asked, column, nowhere in (("start", start, "from_persona", NEW), ("end", end, "persona", GONE)):
        if asked == nowhere:
            where.append(f"m.{column} IS NULL")
        elif asked:
            where.append(f"m.{column} = ${name}")
            values[name] = asked
    query = f"""WITH mine AS (SELECT * FROM segments WHERE segmentation = $segmentation),
        past AS (SELECT * FROM mine WHERE month < $month),
        called AS (SELECT DISTINCT segment_id, persona FROM past),
        moved AS (
            SELECT n.customer_id, p.persona AS from_persona, n.persona, n.move, n.month
            FROM mine n LEFT JOIN called p ON p.segment_id = n.previous_segment_id
            WHERE n.month = $month AND n.segment_id IS DISTINCT FROM n.previous_segment_id
            UNION ALL
            SELECT customer_id, persona, NULL, NULL, month FROM past
            WHERE customer_id NOT IN (SELECT customer_id FROM mine WHERE month = $month))
        SELECT m.customer_id, m.from_persona, m.persona, {_cause(place)} AS move, {value} AS {quoted(axis or "value")}
        FROM moved m LEFT JOIN customer_360 c ON c.customer_id = m.customer_id AND c.month = m.month
        WHERE {" AND ".join(where)} ORDER BY 5 DESC NULLS LAST, 1"""
    return query, values


def _cause(place: Place) -> str:
    """Why a customer changed, in words of the language of the page; no word for who is gone."""
    said = (
        (code, place.language.say(f"movement.move_{each}"))
        for each in CAUSES
        for code in in_every_language(f"segmentation.codes.move.{each}")
    )
    return f"CASE m.move {' '.join(f'WHEN {literal(each)} THEN {literal(word)}' for each, word in said)} ELSE '' END"


def largest(moves: Moves) -> tuple[str, str, int] | None:
    """From where to where most customers who were there both months went; None where nobody did."""
    inside = [(pair, count) for pair, count in moves.counts.items() if _inside(pair) and pair not in moves.stayed]
    if not inside:
        return None
    (start, end), count = max(inside, key=lambda each: (each[1], each[0]))
    return start, end, count


def of_both_months(moves: Moves) -> tuple[int, int]:
    """How many customers moved, of how many who were there in both months."""
    inside = {pair: count for pair, count in moves.counts.items() if _inside(pair)}
    return sum(count for pair, count in inside.items() if pair not in moves.stayed), sum(inside.values())


def _inside(pair: Sequence[str]) -> bool:
    return pair[0] != NEW and pair[1] != GONE
