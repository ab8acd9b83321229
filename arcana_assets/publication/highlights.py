"""Highlights: what a month came to in a few lines, for who has just refreshed a domain and wonders what there is.

Belongs here: which rows of gold are told, and in which words. Does not belong here: printing them (`cli`), the files
for business people (`drafts`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty.tables import MEMBERS
from arcana_assets.recommendations.tables import EVALUATION, RECOMMENDATIONS, WHOLE
from arcana_assets.segmentation.tables import PROFILES
from arcana_assets.tables.table import Table

_NO_CONTROL = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])


@dataclass(frozen=True)
class Highlight:
    """A thing worth seeing: what it is, and a line or some."""

    title: str
    lines: tuple[str, ...]


def highlights(domain: CustomerDomain, month: date, lake: Lake, engine: Engine) -> Iterator[Highlight]:
    """Segments with their sizes, who recommends and why, members, and one recommendation with its reason.

    Of what the domain does not have, or the month has no row of, there is none. No customer is named: whatever a
    terminal shows may end in a log. Control characters, which a terminal would obey, are left out. Raises LakeError for
    a month that was not refreshed.
    """
    for each in _highlights(domain, month, lake, engine):
        yield Highlight(each.title, tuple(line.translate(_NO_CONTROL) for line in each.lines))


def _highlights(domain: CustomerDomain, month: date, lake: Lake, engine: Engine) -> Iterator[Highlight]:

    def rows(table: Table) -> ir.Table:
        found = lake.read((domain.name, table.layer, table.name), [month], engine)
        return found.drop("month")

    def frame(expr: ir.Table) -> list[dict[str, object]]:
        told: list[dict[str, object]] = engine.backend.to_pyarrow(expr).to_pylist()
        return told

    for segmentation in domain.segmentations:
        profiles = rows(PROFILES)
        mine = profiles.filter(profiles.segmentation == segmentation.name).order_by("persona")
        sizes = frame(mine.select("persona", "customers", "share"))
        lines = tuple(f"{row['persona']}: {row['customers']:,} customers, {row['share']:.0%}" for row in sizes)
        lines = lines or _no_segments((domain.name, "models", segmentation.name), month, lake, engine)
        yield Highlight(f"Segments by {segmentation.name.replace('_', ' ')}", lines)
    if domain.recommendations:
        board = rows(EVALUATION)
        asked = ["recommender", "reason", *(["fit"] if "fit" in board.columns else [])]  # not of a table of before
        serves = frame(board.filter(board.serves, board.segment == WHOLE).select(asked))
        # Where nothing is recommended nobody recommends, and the reason says why.
        whose = ("" if row.get("fit") is False else f"{row['recommender']}. " for row in serves)
        yield Highlight(
            "Who recommends", tuple(f"{who}{row['reason']}" for who, row in zip(whose, serves, strict=True))
        )
    if domain.programmes:
        members = rows(MEMBERS)
        told = {each.title: frame(_states(members, each.name)) for each in domain.programmes}
        lines = tuple(
            f"{title}: " + (", ".join(f"{row['customers']:,} {row['words']}" for row in states) or "nobody yet")
            for title, states in told.items()
        )
        yield Highlight("Members", lines)
    if domain.recommendations:
        best = rows(RECOMMENDATIONS).order_by(ibis.desc("probability"), "customer_id", "rank").limit(1)
        lines = tuple(
            f"{row['item_name'] or row['item_id']}, to a customer of {row['segment']}. {row['reason']}"
            for row in frame(best.select("item_id", "item_name", "segment", "reason"))
        )
        yield Highlight("A recommendation", lines)


def _no_segments(models: tuple[str, str, str], month: date, lake: Lake, engine: Engine) -> tuple[str, ...]:
    """Why a month has no segments, in the words of the month that the model in use was fitted in."""
    if not lake.materialized_months(models, [month]):
        return ()
    found = engine.backend.to_pyarrow(lake.read(models, [month], engine).select("fitted_month", "reason")).to_pylist()
    then = found[0]["fitted_month"] if found else None
    if then not in (None, month) and lake.materialized_months(models, [then]):
        found = engine.backend.to_pyarrow(lake.read(models, [then], engine).select("reason")).to_pylist()
    return tuple(f"none. {row['reason']}" for row in found if row["reason"])


def _states(members: ir.Table, programme: str) -> ir.Table:
    mine = members.filter(members.programme == programme)
    words = mine.state.cases(
        ("member", "members"), ("at_risk", "members at risk"), ("candidate", "candidates"), else_="former members"
    )
    place = mine.state.cases(("member", 0), ("at_risk", 1), ("candidate", 2), else_=3)
    counted = mine.group_by(words=words, place=place).agg(customers=mine.count())
    return counted.order_by("place")
