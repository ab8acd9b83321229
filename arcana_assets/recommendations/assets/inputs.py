"""What recommendations read of the lake: frames of a month, as the methods take them.

Belongs here: which rows of which months, and their order. Does not belong here: what is made of them (`month`,
`evaluation`, `results`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.items import grouped
from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.eligibility import PERSONA
from arcana_assets.recommendations.evaluation import EvaluationInputs
from arcana_assets.recommendations.held_out import held_out
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.month import MonthInputs
from arcana_assets.recommendations.results import ANSWER, PAIR, ResultInputs, adopted_since, offered
from arcana_assets.recommendations.tables import WHOLE

FEEDBACK = "recommendation_feedback"  # the entity of answers
_NO_ANSWERS = dict.fromkeys((*PAIR, "outcome"), "string") | dict.fromkeys(("month", "offered_at"), "date")


def answer_keys(spec: DomainSpec) -> dict[str, dg.AssetKey]:
    """The sources of answers, by the name of their input; none where no answers are collected."""
    return {f"of_{each.name}": spec.key("silver", each.name) for each in spec.domain.sources_of(FEEDBACK)}


def answers_in(spec: DomainSpec, months_back: int) -> dict[str, dg.AssetIn]:
    """An input for each source of answers, with history."""
    return {name: with_history(key, months_back) for name, key in answer_keys(spec).items()}


@dataclass(frozen=True)
class Inputs:
    """The tables that an asset of recommendations was given, and what they hold of a month.

    `tables` are owned, segments, and for each asset what it needs beside them: customers, evaluation, recommendations,
    and a table for each source of answers.
    """

    spec: DomainSpec
    offers: Recommendations
    engine: Engine
    tables: Mapping[str, ir.Table]

    def of_month(self, month: date, as_of: date) -> MonthInputs:
        """What the lists of a month are made of, as of a day; no later answer counts."""
        known, board = self.known(month), self.tables["evaluation"]
        board = board.filter(board.month == month, board.segment == WHOLE)
        answers = self._answers()
        answers = answers.filter(answers.month <= ibis.literal(month)).select(*ANSWER)
        return MonthInputs(
            known,
            as_of,
            leaderboard=self._frame(board.select("recommender", "ndcg_10", "serves", "calibration")),
            answers=self._frame(answers),
            held_out=self._held_out(known.owned["customer_id"], known.segments["customer_id"]),
        )

    def of_evaluation(self, month: date, judged: date) -> EvaluationInputs:
        """What the leaderboard of a month is made of; at the end of `judged` it is seen what was adopted."""
        now = self._in("owned", judged).select(*PAIR).order_by(*PAIR)
        return EvaluationInputs(month, self.known(shifted(judged, -self.offers.horizon_months)), self._frame(now))

    def of_results(self, month: date, judged: date) -> ResultInputs:
        """What the results of a month are told by; at the end of `judged` it is seen what was adopted."""
        listed_month, owned = shifted(judged, -self.offers.horizon_months), self._in("owned", month)
        then, now = (self._in("owned", each) for each in (listed_month, judged))
        adoption = self._frame(adopted_since(self._segments(listed_month), then, now))
        kept_back = self._held_out(adoption["customer_id"])
        answers, first = self._answers(), shifted(month, 1 - self.spec.domain.lookback_months)
        answers = answers.filter(answers.month >= first, answers.month <= month)
        return ResultInputs(
            month,
            answers=self._frame(offered(answers, self.tables["recommendations"], self._segments(month))),
            owners=frozenset(self._frame(owned.select("customer_id").distinct())["customer_id"]),
            items=frozenset(self._frame(owned.select("item_id").distinct())["item_id"]),
            listed_month=listed_month,
            adoption=adoption.assign(held_out=adoption["customer_id"].isin(kept_back)),
        )

    def known(self, month: date) -> Known:
        """Who owned what as of a month, who was in which segment, and what limits of items look at."""
        domain, owned = self.spec.domain, self._in("owned", month)
        mine = owned.select(*PAIR, "item_name", "recent", value=owned.value.cast("float64")).order_by(*PAIR)
        put = self._segments(month).order_by("customer_id")
        columns = sorted({name for limits in self.offers.limits.values() for name in limits} - {PERSONA})
        return Known(
            month,
            owned=self._frame(mine),
            segments=self._frame(put),
            attributes=self._frame(self._in("customers", month).select("customer_id", *columns)) if columns else None,
            lookback=domain.lookback_months if domain.customers_from == TRANSACTIONS else None,
        )

    def _answers(self) -> ir.Table:
        """The answers of all sources, of items as they are owned, by their groups; none where none are collected."""
        sources = {name: self.tables[name] for name in answer_keys(self.spec)}
        if not sources:
            return ibis.memtable([], schema=_NO_ANSWERS)
        answers = together(sources)
        return answers.mutate(item_id=grouped(answers.item_id, self.spec.domain.items.group_of))

    def _segments(self, month: date) -> ir.Table:
        """customer_id and segment, in the segmentation of recommendations."""
        put = self._in("segments", month)
        return put.filter(put.segmentation == self.offers.segmentation).select("customer_id", segment="persona")

    def _held_out(self, *customers: pd.Series) -> frozenset[str]:
        """Those of the customers whose list is kept back: the one place where they are drawn."""
        different = pd.concat(customers).unique()
        return held_out(different.tolist(), self.offers.held_out, self.spec.domain.name)

    def _in(self, name: str, month: date) -> ir.Table:
        table = self.tables[name]
        return table.filter(table.month == month)

    def _frame(self, rows: ir.Table) -> pd.DataFrame:
        frame: pd.DataFrame = self.engine.backend.execute(rows)
        return frame
