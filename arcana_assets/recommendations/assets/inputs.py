"""What recommendations read of the lake: frames of a month, as the methods take them.

Belongs here: which rows of which months, and their order. Does not belong here: what is made of them (`month`,
`evaluation`, `results`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.items import grouped
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.conditions import barred_in
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.primitives import given_day
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.evaluation import EvaluationInputs
from arcana_assets.recommendations.held_out import held_out
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.month import LISTED, MonthInputs
from arcana_assets.recommendations.results import ANSWER, PAIR, ResultInputs, adopted_since, offered
from arcana_assets.recommendations.rules.audience import PERSONA
from arcana_assets.recommendations.serving import InUse
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
    and a table for each source of answers. A query is compiled once and given the days of each month that is read:
    compiling takes several times as long as reading a small table.
    """

    spec: DomainSpec
    offers: Recommendations
    engine: Engine
    tables: Mapping[str, ir.Table]
    # With its expression, which holds the tables in memory that the query reads.
    _compiled: dict[str, tuple[ir.Table, Query]] = field(default_factory=dict, init=False, compare=False)

    def of_month(
        self, month: date, as_of: date, judged: date, made_on: date, listed: pd.DataFrame | None = None
    ) -> MonthInputs:
        """What the lists of a month are made of, as of a day; no later answer counts.

        At the end of `judged` it is seen what adopters paid. `made_on` is the day on which lists of the month were
        first made; `listed` are those of the month before.
        """
        known = self.known(month)
        listed = pd.DataFrame(columns=list(LISTED)) if listed is None else listed
        changed = self._frame(self._changed, month=month, before=shifted(month, -1)) if len(listed) else listed
        return MonthInputs(
            known,
            as_of,
            leaderboard=self._frame(self._board, month=month),
            answers=self._frame(self._answered, month=month),
            held_out=self._held_out(known.owned["customer_id"], known.segments["customer_id"]),
            paid=self._frame(self._paid, judged=judged, first=shifted(judged, 1 - self.offers.horizon_months)),
            listed=listed[~listed["customer_id"].isin(changed["customer_id"])],
            made_on=made_on,
        )

    def of_evaluation(self, month: date, judged: date, before: InUse | None = None) -> EvaluationInputs:
        """What the leaderboard of a month is made of; at the end of `judged` it is seen what was adopted.

        `before` is what served by the evaluation of the month before `judged`.
        """
        known = self.known(shifted(judged, -self.offers.horizon_months))
        return EvaluationInputs(month, known, self._frame(self._pairs, month=judged), before)

    def of_results(self, month: date, judged: date) -> ResultInputs:
        """What the results of a month are told by; at the end of `judged` it is seen what was adopted."""
        listed_month, first = (
            shifted(judged, -self.offers.horizon_months),
            shifted(month, 1 - self.spec.domain.lookback_months),
        )
        adoption = self._frame(self._adoption, listed=listed_month, judged=judged)
        kept_back = self._held_out(adoption["customer_id"])
        (made_on,) = self._frame(self._made_on, listed=listed_month)["made_on"]
        return ResultInputs(
            month,
            answers=self._frame(self._offered, first=first, month=month),
            owners=frozenset(self._frame(self._owners, month=month)["customer_id"]),
            items=frozenset(self._frame(self._items, month=month)["item_id"]),
            listed_month=listed_month,
            adoption=adoption.assign(held_out=adoption["customer_id"].isin(kept_back)),
            made_on=None if pd.isna(made_on) else made_on,
        )

    def known(self, month: date) -> Known:
        """Who owned what as of a month, who was in which segment, and what limits and the audience look at."""
        domain = self.spec.domain
        return Known(
            month,
            owned=self._frame(self._owned, month=month),
            segments=self._frame(self._put, month=month),
            attributes=self._frame(self._attributes, month=month) if self._looked_at else None,
            lookback=domain.lookback_months if TRANSACTIONS in domain.facets else None,
        )

    @property
    def _looked_at(self) -> list[str]:
        """The columns of customer 360 that limits of items and the audience look at, and those that bar customers."""
        named = {name for limits in self.offers.limits.values() for name in limits}
        named |= {each.column for each in barred_in(columns_of("customer_360", self.spec.domain.facets))}
        return sorted((named | {each.column for each in self.offers.audience}) - {PERSONA})

    def _owned(self) -> ir.Table:
        owned = self._in("owned", "month")
        return owned.select(*PAIR, "item_name", "recent", value=owned.value.cast("float64")).order_by(*PAIR)

    def _paid(self) -> ir.Table:
        owned = self._in("owned", "judged")
        adopted = (owned.since >= given_day("first")).fill_null(False)
        return owned.select(*PAIR, value=owned.value.cast("float64"), adopted=adopted).order_by(*PAIR)

    def _changed(self) -> ir.Table:
        """Customers who have an item that they had not in the month before, or the other way round."""
        now, then = (self._in("owned", each).select(*PAIR) for each in ("month", "before"))
        both = ibis.union(now.anti_join(then, PAIR), then.anti_join(now, PAIR))
        return both.select("customer_id").distinct().order_by("customer_id")

    def _pairs(self) -> ir.Table:
        return self._in("owned", "month").select(*PAIR).order_by(*PAIR)

    def _owners(self) -> ir.Table:
        return self._in("owned", "month").select("customer_id").distinct()

    def _items(self) -> ir.Table:
        return self._in("owned", "month").select("item_id").distinct()

    def _put(self) -> ir.Table:
        return self._segments("month").order_by("customer_id")

    def _attributes(self) -> ir.Table:
        customers = self._in("customers", "month")
        # Sums of money are decimals there, which frames would hold as objects.
        known = {name: customers[name] for name in self._looked_at}
        known |= {name: value.cast("float64") for name, value in known.items() if value.type().is_numeric()}
        return customers.select("customer_id", **known)

    def _board(self) -> ir.Table:
        board = self._in("evaluation", "month")
        return board.filter(board.segment == WHOLE).select("recommender", "ndcg_10", "serves", "calibration")

    def _answered(self) -> ir.Table:
        answers = self._answers()
        return answers.filter(answers.month <= given_day("month")).select(*ANSWER)

    def _adoption(self) -> ir.Table:
        then, now = (self._in("owned", each) for each in ("listed", "judged"))
        lists = ibis.union(*(self._in(each, "listed").select(*PAIR) for each in ("recommendations", "kept_back")))
        return adopted_since(self._segments("listed"), then, now, lists)

    def _made_on(self) -> ir.Table:
        lists = self._in("recommendations", "listed")
        return lists.agg(made_on=lists.made_on.min())

    def _offered(self) -> ir.Table:
        answers = self._answers()
        answers = answers.filter(answers.month >= given_day("first"), answers.month <= given_day("month"))
        return offered(answers, self.tables["recommendations"], self._segments("month"))

    def _answers(self) -> ir.Table:
        """The answers of all sources, of items as they are owned, by their groups; none where none are collected."""
        sources = {name: self.tables[name] for name in answer_keys(self.spec)}
        if not sources:
            return ibis.memtable([], schema=_NO_ANSWERS)
        answers = together(sources)
        return answers.mutate(item_id=grouped(answers.item_id, self.spec.domain.items.group_of))

    def _segments(self, day: str) -> ir.Table:
        """customer_id and segment, in the segmentation of recommendations."""
        put = self._in("segments", day)
        return put.filter(put.segmentation == self.offers.segmentation).select("customer_id", segment="persona")

    def _held_out(self, *customers: pd.Series) -> frozenset[str]:
        """Those of the customers whose list is kept back: the one place where they are drawn."""
        different = pd.concat(customers).unique()
        return held_out(different.tolist(), self.offers.held_out, self.spec.domain.name)

    def _in(self, name: str, day: str) -> ir.Table:
        """The rows of the month that a query is given under this name."""
        table = self.tables[name]
        return table.filter(table.month == given_day(day))

    def _frame(self, of: Callable[[], ir.Table], **days: date) -> pd.DataFrame:
        """The rows of an expression, given its days."""
        if of.__name__ not in self._compiled:
            rows = of()
            self._compiled[of.__name__] = rows, self.engine.query(rows)
        frame: pd.DataFrame = self._compiled[of.__name__][1].table(**days).to_pandas()
        return frame
