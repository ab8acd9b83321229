"""What predictions say of every customer, how they were judged, and what came of what was said.

Belongs here: reading models, months and what was said before, the checks of what serves. Does not belong here: fitting
and the choice (`assets.models`), rows of a month (`scoring`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.consent import consent_specs, consented
from arcana_assets.customer_360.consent import PROFILING
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.rows import Writable
from arcana_assets.predictions.amounts import not_covered
from arcana_assets.predictions.assets.drift import drift_specs, drift_verdicts
from arcana_assets.predictions.assets.inputs import Months, prediction_ins
from arcana_assets.predictions.assets.results import Results
from arcana_assets.predictions.assets.said import Said, ToSay
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.drift import drift_of_month, read_references, skill_of
from arcana_assets.predictions.evaluation import over_all
from arcana_assets.predictions.month import Decided, read_back
from arcana_assets.predictions.tables import GOLD, PREDICTIONS, RESULTS, model_table
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.tables.frames import as_table, from_rows

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
            *drift_specs(key),
            *_of_intervals(spec),
            *consent_specs(spec, key, PROFILING),
        ],
    )
    def predictions(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **tables: ir.Table) -> Events:
        run = Run.of(context, domain)
        tell_standing(context, key, run)
        made = _Made(spec, run, engine)
        for prediction in domain.predictions:
            months = Months.to_learn_from(spec, prediction, engine, run, tables)
            for month in run.months:
                made.add(month, prediction, months, tables[_MODEL_OF + prediction.name])
        feature, models_of = (spec.key("gold", "feature_matrix"), "customer_id"), domain.predictions
        where = [feature, *((spec.key_of(model_table(each)), "model") for each in models_of)]

        def output(name: str, rows: Writable, **more: Any) -> dg.Output[Writable]:
            columns = {each: where for each in GOLD[name].columns if each != "month"}
            return dg.Output(rows, name, metadata={"dagster/column_lineage": lineage(columns), **more})

        board = made.table("evaluation")
        yield output("predictions", Said(spec, engine, run, tables, made.to_say))
        yield output("evaluation", board, leaderboard=dg.MetadataValue.md(_board(made.last)))
        yield output("calibration", made.table("calibration"))
        # What was said in the months of the run is read back like that of others.
        results = Results(spec, lake, engine, run, tables, board.to_pylist())
        came = from_rows([row for each in domain.predictions for row in results.of(each, made.closed(each))], RESULTS)
        yield output("results", came)
        yield output("drift", made.table("drift"))
        fine = "Everything that was compared beats the last period by its goal"
        yield verdict(key, BEATS, *_all(_beats(made.last), "; ".join([fine, *_uncompared(made.last)])))
        yield verdict(key, HOLD, *_all(_holds(made.last), "Slope and bias of what serves are within their goals"))
        for each in _of_intervals(spec):
            yield verdict(key, each.name, *_all(_covers(made.last), "Intervals cover what their goals say"))
        drift, told = made.table("drift").to_pylist(), came.to_pylist()
        yield from drift_verdicts(key, domain.predictions, run.months[-1], drift, told)
        yield from consented(spec, key, PROFILING, run, lake, engine)

    return predictions


class _Made:
    """What is decided in a run, the small rows of it by table, and what its last month decided."""

    def __init__(self, spec: DomainSpec, run: Run, engine: Engine) -> None:
        self.spec, self.run, self.engine = spec, run, engine
        self.rows: dict[str, list[pd.DataFrame]] = {name: [] for name in ("drift", "evaluation", "calibration")}
        self.last: list[tuple[Prediction, Decided]] = []
        self.to_say: list[ToSay] = []

    def add(self, month: date, prediction: Prediction, months: Months, models: ir.Table) -> None:
        """All horizons of a prediction in a month."""
        key = "/".join(self.spec.key_of(model_table(prediction)).path)
        told = models.filter(models.month == month).order_by("horizon")
        horizons = list[Decided]()
        for row in self.engine.backend.to_pyarrow(told).to_pylist():
            found = read_back(row, f"{key} of {month:%Y-%m}, {row['horizon']} {prediction.unit} ahead,")
            horizons.append(found)
            named = {"month": month, "prediction": prediction.name, "horizon": found.horizon, "unit": prediction.unit}
            serves, kept = found.serves or found.says, read_references(row.get("distributions"), key)
            used, known = serves.features if serves else (), months.known(found.made_in, found.horizon)
            drifted = drift_of_month(month, prediction, found.horizon, used, kept, known)
            self.rows["drift"].append(drifted)
            self.rows["evaluation"].append(pd.DataFrame([named | each for each in found.board]))
            self.rows["calibration"].append(pd.DataFrame([named | each for each in found.calibration]))
            if month == self.run.months[-1]:
                self.last.append((prediction, found))
        if horizons:
            self.to_say.append(ToSay(prediction, month, horizons))

    def table(self, name: str) -> pa.Table:
        """The rows of a small table."""
        return as_table(self.rows[name], GOLD[name])

    def closed(self, prediction: Prediction) -> dict[date, list[int]]:
        """The horizons of a prediction by month, of months that are predicted from themselves.

        The outcome of an open month is not known.
        """
        mine = [each for each in self.to_say if each.prediction == prediction and each.made_in == each.month]
        return {each.month: [decided.horizon for decided in each.horizons] for each in mine}


def _beats(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """What serves without saving its goal of the last period's error."""
    for prediction, found in last:
        if not found.board:
            continue  # nothing was compared: `enough_events` says of what there is too little
        skill = skill_of(found.board)
        named = f"{prediction.name}, {found.horizon} {prediction.unit} ahead"
        if found.champion == LAST:
            yield f"{named}: the last period serves, for nothing was better on each hold-out"
        elif skill < prediction.goals.skill:
            yield f"{named}: {found.champion} saves {skill:.1%} of its error; the goal is {prediction.goals.skill:.1%}"


def _uncompared(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """What nothing is known of yet: a domain is too young for it, or has too few events."""
    names = [
        f"{prediction.name}, {found.horizon} {prediction.unit} ahead" for prediction, found in last if not found.board
    ]
    if names:
        yield f"nothing could be compared yet of {', '.join(names)}"


def _holds(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """Where slope or bias of what serves is beyond its goals."""
    for prediction, found in last:
        for said in over_all(found.board, prediction.goals.slope, prediction.goals.bias):
            yield f"{prediction.name}, {found.horizon} {prediction.unit} ahead: {said}"


def _of_intervals(spec: DomainSpec) -> list[dg.AssetCheckSpec]:
    """What is checked of intervals; nothing where no prediction is of spend."""
    words = "As many customers as their goal says paid what their 80 % interval said, on the hold-outs"
    there = any(each.of_money for each in spec.domain.predictions)
    return [dg.AssetCheckSpec(COVER, asset=spec.key_of(PREDICTIONS), description=words)] if there else []


def _covers(last: Sequence[tuple[Prediction, Decided]]) -> Iterator[str]:
    """Where the intervals of what serves cover more or less than their goal."""
    for prediction, found in last:
        if prediction.of_money and (said := not_covered(found.board, prediction.goals.coverage)):
            yield f"{prediction.name}, {found.horizon} {prediction.unit} ahead: {said}"


def _all(found: Iterator[str], fine: str) -> tuple[bool, str]:
    said = [*found]
    return not said, "; ".join(said) or fine


def _board(last: Sequence[tuple[Prediction, Decided]]) -> str:
    """The leaderboard of the last month, a line a candidate and hold-out; spend has measures of its own."""
    usual, of_spend = (
        {"auc": "AUC", "brier": "Brier", "skill": "skill", "slope": "slope", "bias": "bias", "reached_100": "of 100"},
        {"rmse": "RMSE", "mae": "MAE", "spearman": "rank correlation", "skill": "skill", "coverage": "coverage"},
    )
    parts = [(usual, [each for each in last if not each[0].of_money])]
    parts += [(of_spend, [each for each in last if each[0].of_money])]
    return "\n\n".join(
        markdown_table(
            ("prediction", "ahead", "candidate", "hold-out", *measures.values(), "serves"),
            (
                (
                    *(prediction.name, f"{found.horizon} {prediction.unit}"),
                    *(row["candidate"], f"{row['hold_out']:%Y-%m}"),
                    *(f"{row[name]:.{0 if name == 'reached_100' else 3}f}" for name in measures),
                    "yes" if row["serves"] else "",
                )
                for prediction, found in mine
                for row in found.board
            ),
        )
        for measures, mine in parts
        if mine
    )
