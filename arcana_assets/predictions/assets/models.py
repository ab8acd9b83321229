"""The models of a prediction, month by month: fitted on what was known, judged on what came, and who serves.

Belongs here: which months are fitted, what is taken from the lake instead, the checks. Does not belong here: fitting
(`model`), the choice (`champion`), what customers are told (`assets.predictions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.assets.as_of import KNOWN, proof_ins, proof_spec, proved
from arcana_assets.predictions.assets.inputs import Months, prediction_ins
from arcana_assets.predictions.assets.outcomes import activity_of
from arcana_assets.predictions.assets.tracking import FitsOfRun, tracked_spec
from arcana_assets.predictions.drift import references_of
from arcana_assets.predictions.evaluation import HoldOut
from arcana_assets.predictions.model import BASE, DamagedModel, PredictionModel, digest_of_fit, learn
from arcana_assets.predictions.month import decided, in_use
from arcana_assets.predictions.tables import MODEL, model_table
from arcana_assets.presentation.language import language_of
from arcana_assets.tables.frames import from_rows
from arcana_assets.tracking.tracking import Tracking

ENOUGH = "enough_events"
Row = Mapping[str, Any]


def prediction_model_asset(spec: DomainSpec, prediction: Prediction) -> dg.AssetsDefinition:
    """The models of a prediction, a row a month and horizon."""
    table = model_table(prediction)
    key = spec.key_of(table)
    kinds = "customers who paid" if prediction.of_money else "events of each kind"
    words = f"Each horizon has {prediction.minimum_events} {kinds} to learn from"

    @table_asset(
        spec,
        f"prediction_{prediction.name}",
        {"model": table},
        ins={**prediction_ins(spec, prediction), **proof_ins(spec, prediction)},
        checks=[proof_spec(key), dg.AssetCheckSpec(ENOUGH, asset=key, description=words), tracked_spec(key)],
    )
    def model(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, tracking: Tracking, **tables: ir.Table
    ) -> Events:
        run = Run.of(context, spec.domain)
        months = Months.to_learn_from(spec, prediction, engine, run, tables)
        there = _rows_there(lake, engine, key, run)
        chain = _Chain(prediction, months, there, context)
        fits = FitsOfRun(spec, prediction, lake, context.run.run_id, tracking)
        rows, problems = fits.kept([row for month in run.months for row in chain.of(month)], there)
        fits.tell(context, key, rows)
        for row in rows:
            context.log.info(f"{prediction.name} {row['month']:%Y-%m}, {row['horizon']}: {row['reason']}")
        told, column = activity_of(spec, prediction)
        where = {name: [(told, column), (spec.key("gold", "feature_matrix"), "customer_id")] for name in MODEL.columns}
        yield dg.Output(from_rows(rows, MODEL), "model", metadata={"dagster/column_lineage": lineage(where)})
        if (judged := run.judged(run.months[-1])) < spec.domain.start:
            yield verdict(key, KNOWN, True, "No month is over yet", blocking=True)
        else:
            learned = max(months.learnable(judged, prediction.horizons[0]), default=judged)
            yield proved(key, spec, prediction, run, engine, learned, tables, months.part)
        found = [row for row in rows if row["month"] == run.months[-1]]
        yield verdict(key, ENOUGH, *_enough(prediction, found, months.without_group()))
        yield fits.verdict(key, problems)

    return model


class _Chain:
    """The months of a run one after the other; a fit that the lake has of the same rows is taken from there."""

    def __init__(
        self,
        prediction: Prediction,
        months: Months,
        there: Mapping[tuple[date, int], Row],
        context: dg.AssetExecutionContext,
    ) -> None:
        self.prediction, self.months, self.there, self.context = prediction, months, there, context
        self.language = language_of(months.domain.language)
        self.made = dict[tuple[date, int], Row]()
        self._fits = dict[tuple[date, int], tuple[PredictionModel, str]]()

    def of(self, month: date) -> list[Row]:
        """The rows of a month; none of the first one while it is open."""
        made_in = self.months.run.judged(month)
        if made_in < self.months.domain.start:
            return []
        rows = []
        for horizon in self.prediction.horizons:
            model, digest = self._fit(made_in, horizon)
            known = self.months.learnable(made_in, horizon)
            judges = [self._hold_out(each, horizon, made_in) for each in known[-self.prediction.hold_outs :]]
            before = shifted(made_in, -1)
            last = self.made.get((before, horizon)) or self.there.get((before, horizon))
            now = self.months.known(made_in, horizon)
            row = decided(now, horizon, model, judges, in_use(last), digest, self.prediction, self.language)
            row["distributions"] = references_of(self.months.learned(made_in, horizon))
            self.made[month, horizon] = row | {"month": month}
            rows.append(self.made[month, horizon])
        return rows

    def _hold_out(self, month: date, horizon: int, by: date) -> HoldOut:
        known, earlier = self.months.known(month, horizon), self.months.learnable(month, horizon)
        judged = HoldOut(known, self._fit(month, horizon)[0], self.months.came(month, horizon, by))
        if self.prediction.unit == "days" and horizon == self.prediction.horizons[-1]:
            return replace(judged, days=self.months.days_of(known.customers, month, by))
        if not self.prediction.of_money or not earlier:
            return judged
        last = earlier[-1]
        came = self.months.came(last, horizon, month)
        return replace(judged, earlier=HoldOut(self.months.known(last, horizon), self._fit(last, horizon)[0], came))

    def _fit(self, made_in: date, horizon: int) -> tuple[PredictionModel, str]:
        """The candidates by what was known at the end of a month, and the digest of what they were learned from."""
        if (made_in, horizon) not in self._fits:
            learned = self.months.learned(made_in, horizon)
            digest = digest_of_fit(self.prediction, horizon, learned, self.language)
            model = self._kept(made_in, horizon, digest)
            if model is None:
                model = learn(self.prediction, horizon, learned, self.prediction.rfm, self.language)
            self._fits[made_in, horizon] = model, digest
        return self._fits[made_in, horizon]

    def _kept(self, made_in: date, horizon: int, digest: str) -> PredictionModel | None:
        """What the lake has of the same rows; None where there is none, or none that can be read."""
        kept = self.there.get((made_in, horizon))
        if kept is None or kept["digest"] != digest:
            return None
        try:
            where = f"the model of {made_in:%Y-%m}, {horizon} {self.prediction.unit} ahead"
            return PredictionModel.from_json(kept["model"], where)
        except DamagedModel as damaged:
            self.context.log.warning(f"{damaged} It is fitted anew.")
            return None


def _rows_there(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> dict[tuple[date, int], Row]:
    """What earlier runs made of all months up to the last one of the run, by month and horizon."""
    months = lake.materialized_months(key.path, months_between(run.domain.start, run.months[-1]))
    if not months:
        return {}
    rows = engine.backend.to_pyarrow(lake.read(key.path, months, engine)).to_pylist()
    return {(row["month"], row["horizon"]): row for row in rows}


def _enough(prediction: Prediction, rows: Sequence[Row], why: str) -> tuple[bool, str]:
    """Whether the last month has enough to learn from at each horizon, and what each has; `why` nobody can do it."""
    least, of_spend = prediction.minimum_events, prediction.of_money
    few = [row for row in rows if row["champion"] in (None, BASE) or (of_spend and row["events"] < least)]
    said = "; ".join(
        f"{row['horizon']} {prediction.unit} ahead: {row['events']} events among {row['rows']} customers learned from"
        for row in few or rows
    )
    said = "; ".join(each for each in (said, why) if each)
    words = f"expected {least} with and as many without, so nobody is told from another. {said}"
    if of_spend:
        words = f"expected {least} customers with a pace who paid, so everybody is expected to go on at its own. {said}"
    return not few, words if few else said or "No month is over yet"
