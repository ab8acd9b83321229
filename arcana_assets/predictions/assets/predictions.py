"""What predictions say of every customer, how they were judged, and what came of what was said.

Belongs here: reading models, months and what was said before, the checks of what serves. Does not belong here: fitting
and the choice (`assets.models`), rows of a month (`scoring`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.amounts import not_covered
from arcana_assets.predictions.assets.inputs import Months, prediction_ins
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.evaluation import over_all
from arcana_assets.predictions.month import Decided, read_back
from arcana_assets.predictions.scoring import result_of, said_of
from arcana_assets.predictions.spending import spend_of, spend_result_of
from arcana_assets.predictions.tables import GOLD, PREDICTIONS, model_table
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.tables.frames import as_table

BEATS, HOLD, COVER = "beats_last_period", "probabilities_hold", "intervals_hold"
_MODEL_OF = "model_"  # begins the name of an input that is the models of a prediction


def predictions_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The four tables of all predictions of a domain."""
    domain, key = spec.domain, spec.key_of(PREDICTIONS)
    models = {_MODEL_OF + each.name: dg.AssetIn(spec.key_of(model_table(each))) for each in domain.predictions}

    @table_asset(
        spec,
        "predictions",
        GOLD,
        ins={**models, **prediction_ins(spec, *domain.predictions)},
        checks=[
            dg.AssetCheckSpec(
                BEATS, asset=key, description="What serves saves its goal of the last period's error on the hold-outs"
            ),
            dg.AssetCheckSpec(HOLD, asset=key, description="Probabilities came true on the hold-outs: slope and bias"),
            *_of_intervals(spec),
        ],
    )
    def predictions(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **tables: ir.Table) -> Events:
        run = Run.of(context, domain)
        tell_standing(context, key, run)
        made = _Made(spec, run, lake, engine)
        for prediction in domain.predictions:
            months = Months(spec, prediction, engine, run, tables)
            for month in run.months:
                made.add(month, prediction, months, tables[_MODEL_OF + prediction.name])
        feature, models_of = (spec.key("gold", "feature_matrix"), "customer_id"), domain.predictions
        where = [feature, *((spec.key_of(model_table(each)), "model") for each in models_of)]
        for name, table in GOLD.items():
            columns = {each: where for each in table.columns if each != "month"}
            metadata: dict[str, Any] = {"dagster/column_lineage": lineage(columns)}
            metadata |= {"leaderboard": dg.MetadataValue.md(_board(made.last))} if name == "evaluation" else {}
            yield dg.Output(as_table(made.rows[name], table), name, metadata=metadata)
        yield verdict(key, BEATS, *_all(_beats(made.last), "Everything that serves beats the last period by its goal"))
        yield verdict(key, HOLD, *_all(_holds(made.last), "Slope and bias of what serves are within their goals"))
        for each in _of_intervals(spec):
            yield verdict(key, each.name, *_all(_covers(made.last), "Intervals cover what their goals say"))

    return predictions


class _Made:
    """The rows of a run, by table, and what its last month decided."""

    def __init__(self, spec: DomainSpec, run: Run, lake: Lake, engine: Engine) -> None:
        self.spec, self.run, self.lake, self.engine = spec, run, lake, engine
        self.rows: dict[str, list[pd.DataFrame]] = {name: [] for name in GOLD}
        self.last: list[tuple[Prediction, Decided]] = []
        self._said = dict[date, pd.DataFrame]()

    def add(self, month: date, prediction: Prediction, months: Months, models: ir.Table) -> None:
        """All horizons of a prediction in a month."""
        key = "/".join(self.spec.key_of(model_table(prediction)).path)
        told = models.filter(models.month == month).order_by("horizon")
        for row in self.engine.backend.to_pyarrow(told).to_pylist():
            found = read_back(row, f"{key} of {month:%Y-%m}, {row['horizon']} months ahead,")
            known, may = months.known(found.made_in, found.horizon), months.customers(month)
            say = spend_of if prediction.target == "spend" else said_of
            said = say(month, prediction, found, known, may, self.spec.domain.lookback_months)
            self._keep(month, said)
            named = {"month": month, "prediction": prediction.name, "horizon": found.horizon}
            self.rows["evaluation"].append(pd.DataFrame([named | each for each in found.board]))
            self.rows["calibration"].append(pd.DataFrame([named | each for each in found.calibration]))
            if found.made_in == month:  # the outcome of an open month is not known
                came = self._came(month, prediction, found.horizon, months)
                self.rows["results"].append(pd.DataFrame(came))
            if month == self.run.months[-1]:
                self.last.append((prediction, found))

    def _keep(self, month: date, said: pd.DataFrame) -> None:
        self.rows["predictions"].append(said)
        kept = self._said.get(month)
        self._said[month] = said if kept is None or kept.empty else pd.concat([kept, said], ignore_index=True)

    def _came(self, month: date, prediction: Prediction, horizon: int, months: Months) -> list[dict[str, Any]]:
        """What came of what was said so many months ago, where all months since are over."""
        then = shifted(month, -horizon)
        if then not in months.learnable(month, horizon):
            return []
        said = self._said_in(then)
        mine = said[(said["prediction"] == prediction.name) & (said["horizon"] == horizon) & (said["made_in"] == then)]
        customers = mine["customer_id"].to_numpy(dtype=object)
        of = spend_result_of if prediction.target == "spend" else result_of
        return of(month, mine, months.came_of(customers, then, horizon, month), prediction)

    def _said_in(self, month: date) -> pd.DataFrame:
        """What was said in a month: of this run what it made, of others what they kept."""
        if month not in self._said:
            kept = self.lake.materialized_months(self.spec.key_of(PREDICTIONS).path, [month])
            table = PREDICTIONS.arrow.empty_table()
            if kept:
                table = self.engine.backend.to_pyarrow(
                    self.lake.read(self.spec.key_of(PREDICTIONS).path, kept, self.engine)
                )
            self._said[month] = table.to_pandas()
        return self._said[month]


def _beats(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """What serves without saving its goal of the last period's error."""
    for prediction, found in last:
        if not found.board:
            continue  # nothing was compared: `enough_events` says of what there is too little
        skill = _skill(found.board)
        named = f"{prediction.name}, {found.horizon} months ahead"
        if found.champion == LAST:
            yield f"{named}: the last period serves, for nothing was better"
        elif skill < prediction.goals.skill:
            yield f"{named}: {found.champion} saves {skill:.1%} of its error; the goal is {prediction.goals.skill:.1%}"


def _holds(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """Where slope or bias of what serves is beyond its goals."""
    for prediction, found in last:
        for said in over_all(found.board, prediction.goals.slope, prediction.goals.bias):
            yield f"{prediction.name}, {found.horizon} months ahead: {said}"


def _of_intervals(spec: DomainSpec) -> list[dg.AssetCheckSpec]:
    """What is checked of intervals; nothing where no prediction is of spend."""
    words = "As many customers as their goal says paid what their 80 % interval said, on the hold-outs"
    there = any(each.target == "spend" for each in spec.domain.predictions)
    return [dg.AssetCheckSpec(COVER, asset=spec.key_of(PREDICTIONS), description=words)] if there else []


def _covers(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """Where the intervals of what serves cover more or less than their goal."""
    for prediction, found in last:
        if prediction.target == "spend" and (said := not_covered(found.board, prediction.goals.coverage)):
            yield f"{prediction.name}, {found.horizon} months ahead: {said}"


def _skill(board: Sequence[Mapping[str, Any]]) -> float:
    """The skill of what serves over all hold-outs, customers weighing alike; of spend, months."""
    serves = [row for row in board if row["serves"]]
    if "rmse" in board[0]:
        return float(np.mean([row["skill"] for row in serves]))
    last = [row for row in board if row["candidate"] == LAST]
    ours, theirs = (np.average([r["brier"] for r in rows], weights=[r["n"] for r in rows]) for rows in (serves, last))
    return float(1 - ours / theirs) if theirs > 0 else 0.0


def _all(found: Iterator[str], fine: str) -> tuple[bool, str]:
    said = [*found]
    return not said, "; ".join(said) or fine


def _board(last: Sequence[tuple[Prediction, Decided]]) -> str:
    """The leaderboard of the last month, a line a candidate and hold-out; spend has measures of its own."""
    usual, of_spend = ("auc", "brier", "skill", "slope", "bias"), ("rmse", "mae", "spearman", "skill", "coverage")
    parts = [(usual, [each for each in last if each[0].target != "spend"])]
    parts += [(of_spend, [each for each in last if each[0].target == "spend"])]
    return "\n\n".join(
        markdown_table(
            ("prediction", "months ahead", "candidate", "hold-out", *measures, "serves"),
            (
                (
                    *(prediction.name, found.horizon, row["candidate"], f"{row['hold_out']:%Y-%m}"),
                    *(f"{row[name]:.3f}" for name in measures),
                    "yes" if row["serves"] else "",
                )
                for prediction, found in mine
                for row in found.board
            ),
        )
        for measures, mine in parts
        if mine
    )
