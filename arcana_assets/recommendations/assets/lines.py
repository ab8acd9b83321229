"""Recommended lines of a month: ranked by the recommender that serves, with evidence, reason and expected value.

Belongs here: one month of all tables of recommendations. Does not belong here: the assets and their checks
(`recommendations`), which recommender serves (`recommendation_evaluation`).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.assets.inputs import attributes_of, interactions_of, lookback
from arcana_assets.recommendations.tables import HELD_OUT, LEFT_OUT, OPPORTUNITIES, RECOMMENDATIONS
from arcana_assets.tables.frames import as_table

MONTH = ("month", pa.date32())
MADE = {table.name: table for table in (RECOMMENDATIONS, HELD_OUT, OPPORTUNITIES, LEFT_OUT)}


@dataclass(frozen=True, eq=False)
class MonthOfLines:
    """The tables of a month, by name; items of the rules that nobody owns; and a recommender that could not serve.

    `worse`: the one that did is worse than popularity.
    """

    tables: Mapping[str, pa.Table]
    unknown: list[str]
    instead_of: str | None
    worse: bool


def lines_of(
    month: date, as_of: date, spec: DomainSpec, offers: Recommendations, engine: Engine, tables: Mapping[str, ir.Table]
) -> MonthOfLines:
    """The tables of a month as of a day.

    Takes the tables owned, segments, evaluation, customers and, where answers are collected, feedback, of the month
    and what each looks back on.
    """
    from arcana_assets.recommendations.eligibility import Eligibility, one_of_each
    from arcana_assets.recommendations.ranking import recommend
    from arcana_assets.recommendations.recommenders.every import every_recommender
    from arcana_assets.recommendations.value import Tickets, opportunities

    interactions, pairs = interactions_of(month, spec, offers, engine, tables["owned"], tables["segments"])
    board = tables["evaluation"].filter(tables["evaluation"].month == month, tables["evaluation"].segment == "")
    rows = engine.backend.to_pyarrow(board.select("recommender", "ndcg_10", "serves", "calibration")).to_pylist()
    tried = {each.name: each for each in every_recommender(len(interactions.items), interactions.segments.tolist())}
    (served,) = (row for row in rows if row["serves"])
    recommender = tried[_available(rows, tried)]
    rules = Eligibility(
        interactions,
        offers,
        attributes_of(month, offers, engine, tables["customers"]),
        _cooling(month, as_of, offers, engine, tables.get("feedback")),
    )
    more = sum(len(items) - 1 for items in offers.alternatives)
    lines = recommend(recommender.fit(interactions), interactions, offers.top + more, rules.allowed)
    lines = one_of_each(lines, offers.alternatives, offers.top)
    names = pairs.drop_duplicates("item_id").set_index("item_id")["item_name"]
    # How likely an adoption is was learned of the scores of the recommender that serves, and tells nothing of others'.
    steps = json.loads(served["calibration"] or "{}") if served["recommender"] == recommender.name else {}
    tickets = Tickets(pairs, interactions, offers.minimum_support)
    told = _told(lines, interactions, names, steps, tickets, offers, lookback(spec))
    told = told.assign(month=month, recommender=recommender.name)
    account = rules.account()
    open_to = opportunities(interactions, account, tickets, told)
    kept_back = _kept_back(told["customer_id"], spec, offers)
    frames = {
        "recommendations": told[~kept_back],
        "recommendations_held_out": told[kept_back],
        "recommendation_opportunities": open_to.assign(month=month, item_name=open_to["item_id"].map(names)),
        "recommendations_left_out": account.left_out.assign(month=month),
    }
    made = {name: as_table([frame], MADE[name]) for name, frame in frames.items()}
    instead_of = None if served["recommender"] in tried else served["recommender"]
    return MonthOfLines(made, rules.unknown, instead_of, worse_than_popularity(rows, recommender.name))


def worse_than_popularity(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a recommender is worse by a month's leaderboard than popularity is; what is not on it counts as worse."""
    from arcana_assets.recommendations.leaderboard import POPULAR

    worth = {row["recommender"]: row["ndcg_10"] for row in rows}
    popular = [worth[each] for each in POPULAR if worth.get(each) is not None]
    return name not in POPULAR and (worth.get(name) is None or any(worth[name] < each for each in popular))


def _available(rows: Sequence[Mapping[str, Any]], tried: Collection[str]) -> str:
    """The recommender that serves.

    Where a catalogue that has grown, or a base with a single segment, does not let it, the best one of the leaderboard
    that it lets.
    """
    from arcana_assets.recommendations.leaderboard import FALLBACK

    there = [row for row in rows if row["recommender"] in tried]
    for row in there:
        if row["serves"]:
            return str(row["recommender"])
    known = [row for row in there if row["ndcg_10"] is not None]
    return str(max(known, key=lambda row: row["ndcg_10"])["recommender"]) if known else FALLBACK


def _told(
    lines: pd.DataFrame,
    interactions: Any,
    names: pd.Series,
    steps: Mapping[str, Any],
    tickets: Any,
    offers: Recommendations,
    months: int | None,
) -> pd.DataFrame:
    """The lines with names, evidence, reason, probability and value."""
    from arcana_assets.recommendations.evidence import evidence, reason
    from arcana_assets.recommendations.leaderboard import probability

    lines = pd.concat([lines, evidence(interactions, lines, offers.minimum_support)], axis=1)
    verb = ("têm", "Contratado") if months is None else ("compraram", "Comprado")
    called = lines["item_id"].map(names)
    likely = probability(steps, lines["score"].to_numpy())
    ticket = tickets.of(lines["segment"], lines["item_id"])
    return lines.assign(
        item_name=called,
        antecedent_name=lines["antecedent_item"].map(names),
        reason=[
            reason(row, str(item), names.get(row.antecedent_item), verb, months)
            for row, item in zip(lines.itertuples(), called, strict=True)
        ],
        probability=likely,
        ticket=ticket,
        expected_value=likely * ticket,
    )


def _cooling(
    month: date, as_of: date, offers: Recommendations, engine: Engine, feedback: ir.Table | None
) -> pd.DataFrame | None:
    """The pairs that are not to be offered yet; None where no answers are collected. No later answer counts."""
    from arcana_assets.recommendations.eligibility import cooling

    if feedback is None:
        return None
    known = feedback.filter(feedback.month <= ibis.literal(month))
    answers = engine.backend.to_pyarrow(known.select("customer_id", "item_id", "offered_at", "outcome")).to_pandas()
    return cooling(answers, offers.cool_off.months, as_of)


def _kept_back(customers: pd.Series, spec: DomainSpec, offers: Recommendations) -> pd.Series:
    from arcana_assets.recommendations.value import held_out

    different = customers.drop_duplicates()
    kept = pd.Series(held_out(different.tolist(), offers.held_out, spec.domain.name), index=different)
    return customers.map(kept).astype(bool)
