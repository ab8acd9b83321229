"""What recommendations read of the lake: frames of a month, as the methods take them.

Belongs here: which rows of which months, and their order. Does not belong here: what is made of them (`month`,
`evaluation`, `results`).
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import dagster as dg
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from arcana_assets.customer_360.items import grouped
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.conditions import barred_in
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.blocks import Block, blocks, drawn
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.primitives import given_day
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.base.blocks import base_of
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.evaluation import EvaluationInputs
from arcana_assets.recommendations.held_out import held_out
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.month import MonthInParts, MonthInputs, Part
from arcana_assets.recommendations.results import ANSWER, PAIR, ResultInputs, adopted_since, offered
from arcana_assets.recommendations.rules.audience import PERSONA
from arcana_assets.recommendations.serving import InUse
from arcana_assets.recommendations.tables import WHOLE

# Pairs that are held at once, each of about 100 bytes, and as how many pairs a customer's list counts, whose lines are
# texts: about 90,000 customers who own five items each, 50,000 who own forty.
AT_ONCE, LINES = 4_000_000, 40
SEED = 7  # of who is judged
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
    compiling takes several times as long as reading a small table. Blocks of customers who are not held at once wait
    in `folder`.
    """

    spec: DomainSpec
    offers: Recommendations
    engine: Engine
    tables: Mapping[str, ir.Table]
    folder: Path | None = None
    _compiled: dict[str, Query] = field(default_factory=dict, init=False, compare=False)

    def of_month(
        self, month: date, as_of: date, judged: date, made_on: date, listed: pd.DataFrame | ir.Table | None = None
    ) -> MonthInputs:
        """What the lists of a month are made of, as of a day, in memory; no later answer counts.

        At the end of `judged` it is seen what adopters paid. `made_on` is the day on which lists of the month were
        first made; `listed` are those of the month before.
        """
        known, kept = self.known(month), self._kept(listed)
        return MonthInputs(
            known,
            as_of,
            leaderboard=self._frame(self._board, month=month),
            answers=self._frame(self._answered, month=month),
            held_out=self._held_out(known.owned["customer_id"], known.segments["customer_id"]),
            paid=self._paid_until(judged),
            listed=self._listed(kept, month),
            made_on=made_on,
        )

    def in_parts(
        self, month: date, as_of: date, judged: date, made_on: date, listed: pd.DataFrame | ir.Table | None = None
    ) -> MonthInParts:
        """The same, a block of customers at a time; of a base that is held at once the one block that it is."""
        found = self.blocks(month)
        if len(found) == 1:
            return self.of_month(month, as_of, judged, made_on, listed).in_parts()
        (base, names), kept = self._base(month, found), self._kept(listed)

        def parts() -> Iterator[Part]:
            for interactions, block in zip(base.blocks(), found, strict=True):
                held = held_out(interactions.customers, self.offers.held_out, self.spec.domain.name)
                yield Part(
                    interactions,
                    self._frame(self._attributes, block, month=month) if self._looked_at else None,
                    answers=self._frame(self._answered, block, month=month),
                    held_out=np.isin(interactions.customers, list(held)),
                    paid=self._paid_until(judged, block),
                    listed=self._listed(kept, month, block),
                )

        board = self._frame(self._board, month=month)
        return MonthInParts(month, as_of, board, made_on, self._lookback, base, names, parts)

    def of_evaluation(self, month: date, judged: date, before: InUse | None = None) -> EvaluationInputs:
        """What the leaderboard of a month is made of; at the end of `judged` it is seen what was adopted.

        `before` is what served by the evaluation of the month before `judged`. Of a base that is not held at once a
        sample as large as a block is judged.
        """
        fitted = shifted(judged, -self.offers.horizon_months)
        found = self.blocks(fitted)
        if len(found) == 1:
            later = self._frame(self._later, fitted=fitted, judged=judged)
            return EvaluationInputs(month, self.known(fitted), later, before)
        base, _ = self._base(fitted, found)
        customers, at_once = self._customers(fitted), -(-base.customers // len(found))
        with self.engine.cache(drawn(customers, at_once, SEED, base.customers)) as judged_ones:
            mine = {name: self.tables[name].semi_join(judged_ones, "customer_id") for name in ("owned", "segments")}
            mine |= {"customers": self.tables["customers"].semi_join(judged_ones, "customer_id")}
            sample = replace(self, tables={**self.tables, **mine})
            known = sample.known(fitted)
            later = sample._frame(sample._later, fitted=fitted, judged=judged)
        return EvaluationInputs(month, known, later, before, base)

    def of_results(self, month: date, judged: date) -> ResultInputs:
        """What the results of a month are told by; at the end of `judged` it is seen what was adopted."""
        listed_month, first = (
            shifted(judged, -self.offers.horizon_months),
            shifted(month, 1 - self.spec.domain.lookback_months),
        )
        ((made_on, lines),) = self._frame(self._made_on, listed=listed_month).itertuples(index=False, name=None)
        counted = [self.adoption(listed_month, judged, block) for block in self.blocks(listed_month)]
        said = ["held_out", "adopted", "on_list"]
        sizes = [each.groupby(said, as_index=False).agg(customers=("customer_id", "size")) for each in counted]
        return ResultInputs(
            month,
            answers=self._frame(self._offered, first=first, month=month),
            owners=frozenset(self._frame(self._owners, first=first, month=month)["customer_id"]),
            items=frozenset(self._frame(self._items, month=month)["item_id"]),
            listed_month=listed_month,
            adoption=pd.concat(sizes, ignore_index=True),
            made_on=None if pd.isna(made_on) else made_on,
            listed=lines > 0,
        )

    def adoption(self, listed: date, judged: date, within: Block | None = None) -> pd.DataFrame:
        """Who among the customers of a month adopted something since, and who of them is held out; a row a customer."""
        mine = self._of(within)
        found = mine._frame(mine._adoption, listed=listed, judged=judged)
        return found.assign(held_out=found["customer_id"].isin(self._held_out(found["customer_id"])))

    def known(self, month: date, within: Block | None = None) -> Known:
        """Who owned what as of a month, who was in which segment, and what limits and the audience look at."""
        return Known(
            month,
            owned=self._frame(self._owned, within, month=month),
            segments=self._frame(self._put, within, month=month),
            attributes=self._frame(self._attributes, within, month=month) if self._looked_at else None,
            lookback=self._lookback,
        )

    def blocks(self, month: date) -> list[Block]:
        """The customers of a month in as many blocks as it takes to hold each at once."""
        customers, pairs = self._frame(self._size, month=month).iloc[0].tolist()
        if LINES * customers + pairs <= AT_ONCE:
            return [Block("customer_id")]
        return blocks(self._customers(month), -(-AT_ONCE * customers // (LINES * customers + pairs)), self.engine)

    def _base(self, month: date, found: Sequence[Block]) -> tuple[Base, pd.Series]:
        """The customers of a month, whose blocks wait in the folder; those of another month wait no longer."""
        assert self.folder is not None, "a base of several blocks has a folder to wait in"
        place = self.folder / "base"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        items = np.array(sorted(self._frame(self._items, month=month)["item_id"]), dtype=object)
        known = (self._pairs_and_segments(month, block) for block in found)
        return base_of(known, items, place, self.offers.minimum_support)

    def _of(self, within: Block | None) -> "Inputs":
        """These inputs, of the customers of a block alone: for what joins them with one another.

        Of a join the engine holds all of one side, whatever of the result is asked for.
        """
        if within is None or within == Block(within.by):
            return self
        joined = {"owned", "segments", "recommendations", "kept_back"} & self.tables.keys()
        return replace(self, tables={**self.tables, **{name: within.of(self.tables[name]) for name in joined}})

    def _pairs_and_segments(self, month: date, within: Block) -> Known:
        owned, segments = (self._frame(of, within, month=month) for of in (self._owned, self._put))
        return Known(month, owned, segments, None, self._lookback)

    @property
    def _lookback(self) -> int | None:
        domain = self.spec.domain
        return domain.lookback_months if TRANSACTIONS in domain.facets else None

    def _paid_until(self, judged: date, within: Block | None = None) -> pd.DataFrame:
        return self._frame(self._paid, within, judged=judged, first=shifted(judged, 1 - self.offers.horizon_months))

    def _kept(self, listed: pd.DataFrame | ir.Table | None) -> Query | None:
        """The lists of the month before; None where there are none."""
        if listed is None:
            return None
        if isinstance(listed, pd.DataFrame):
            rows: ir.Table = ibis.memtable(listed[list(PAIR)], schema=dict.fromkeys(PAIR, "string"))
        else:
            rows = listed
        return self.engine.query(rows.select(*PAIR).order_by(*PAIR))

    def _listed(self, kept: Query | None, month: date, within: Block | None = None) -> pd.DataFrame:
        """Those of the lists of the month before whose customers have the items that they had then."""
        if kept is None:
            return pd.DataFrame(columns=list(PAIR))
        found: pd.DataFrame = (kept if within is None else kept.where(within.condition)).table().to_pandas()
        mine = self._of(within)
        changed = mine._frame(mine._changed, month=month, before=shifted(month, -1))
        return found[~found["customer_id"].isin(changed["customer_id"])]

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

    def _later(self) -> ir.Table:
        """What customers of the month of the fit own at the end of the judged one; of nobody else it counts."""
        then = (self._in("owned", "fitted"), self._segments("fitted"))
        known = ibis.union(*(each.select("customer_id") for each in then))
        return self._in("owned", "judged").semi_join(known, "customer_id").select(*PAIR).order_by(*PAIR)

    def _owners(self) -> ir.Table:
        """Of who answered those who own something."""
        owned = self._in("owned", "month").select("customer_id").distinct()
        return owned.semi_join(self._offers_answered(), "customer_id")

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
        fit = board.fit if "fit" in board.columns else ibis.null("boolean")  # a table from before it was asked
        whole = board.mutate(fit=fit).filter(board.segment == WHOLE)
        return whole.select("recommender", "ndcg_10", "serves", "fit", "calibration")

    def _answered(self) -> ir.Table:
        answers = self._answers()
        return answers.filter(answers.month <= given_day("month")).select(*ANSWER)

    def _adoption(self) -> ir.Table:
        then, now = (self._in("owned", each) for each in ("listed", "judged"))
        lists = ibis.union(*(self._in(each, "listed").select(*PAIR) for each in ("recommendations", "kept_back")))
        return adopted_since(self._segments("listed"), then, now, lists)

    def _made_on(self) -> ir.Table:
        lists = self._in("recommendations", "listed")
        return lists.agg(made_on=lists.made_on.min(), lines=lists.count())

    def _offered(self) -> ir.Table:
        return offered(self._offers_answered(), self.tables["recommendations"], self._segments("month"))

    def _offers_answered(self) -> ir.Table:
        answers = self._answers()
        return answers.filter(answers.month >= given_day("first"), answers.month <= given_day("month"))

    def _size(self) -> ir.Table:
        """How many customers a month has, and how many pairs of customer and item."""
        owned, put = self._in("owned", "month"), self._segments("month")
        ids = ibis.union(owned.select("customer_id"), put.select("customer_id"))
        return ids.agg(customers=ids.customer_id.nunique()).mutate(pairs=owned.count().as_scalar())

    def _customers(self, month: date) -> ir.Table:
        """Everybody who owns something or is in a segment in a month."""
        owned, put = (self.tables[name].filter(self.tables[name].month == month) for name in ("owned", "segments"))
        put = put.filter(put.segmentation == self.offers.segmentation)
        return ibis.union(owned.select("customer_id"), put.select("customer_id"), distinct=True)

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

    def _frame(self, of: Callable[[], ir.Table], within: Block | None = None, **days: date) -> pd.DataFrame:
        """The rows of an expression, given its days; of customers of a block alone, where one is given."""
        if of.__name__ not in self._compiled:
            self._compiled[of.__name__] = self.engine.query(of())
        query = self._compiled[of.__name__]
        if within is not None:
            query = query.where(within.condition)
        frame: pd.DataFrame = query.table(**days).to_pandas()
        return frame
