"""Models: which one serves each month, as a chain in which ids and names go on.

Belongs here: what a month's decision is made from, where its row and its fits are kept. Does not belong here: the
decision (`models.month`, `models.champion`), scoring customers (`segments`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted, spelled
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.assets.inputs import (
    customers_of,
    flag_ins,
    labels_until,
    model_of,
    shaping_of,
    with_flags,
)
from arcana_assets.segmentation.assets.metadata import fit_metadata, fit_numbers
from arcana_assets.segmentation.assets.tracking import FitsOfRun, tracked_metadata
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.models.inputs import digest_of_inputs
from arcana_assets.segmentation.models.learnt import Sample
from arcana_assets.segmentation.models.month import decision_of_month, passes, row_of_month, waiting_in
from arcana_assets.segmentation.tables import MODEL, model_table
from arcana_assets.tables.digests import digest_of, digest_of_frame
from arcana_assets.tables.frames import from_rows
from arcana_assets.tracking.tracking import Tracking

ADMISSIBLE, WAITS, TRACKED = "a_clustering_passes_the_gate", "no_challenger_waits", "fits_are_tracked"
LABELS = "labels"  # the input of a segmentation that learns from labels


class Promotion(dg.Config):
    """Run config of a model: `promote: true` lets the challengers of the run's months take the place they wait for.

    It is kept with the months, so that a month computed again is the same; `promote: false` takes it back.
    """

    promote: bool | None = None


@dataclass(frozen=True)
class _Decided:
    """A month with its row of the models and what it was made from; no decision where the row was there."""

    month: date
    row: dict[str, Any]
    read: "_Read"
    decision: Decision | None


@dataclass(frozen=True)
class _Read:
    """Customers of a month, all or, of very many, those by whom it is judged and the sample; how many, their digest."""

    everyone: pd.DataFrame
    sample: Sample | None
    customers: int
    digest: str


@dataclass(frozen=True)
class _Tables:
    """What a model is made from: the feature matrix, and labels of personas where the segmentation asks for them."""

    features: ir.Table
    labels: ir.Table | None
    engine: Engine

    def read(self, segmentation: Segmentation, month: date, labels: pd.DataFrame | None) -> _Read:
        """The customers of a month, with all features; `labels` are those stated by its end."""
        everyone, customers = customers_of(self.features, self.engine, month, seed=segmentation.seed)
        if len(everyone) == customers:
            return _Read(everyone, None, customers, digest_of_frame(everyone))
        shaping, labelled, shape = shaping_of(segmentation, self.features, self.engine, month, labels)
        frames = {"judging": everyone, "shaping": shaping, **({} if labelled is None else {"labelled": labelled})}
        of: dict[str, Any] = {name: digest_of_frame(frame) for name, frame in frames.items()}
        sample = Sample(everyone, shaping, labelled, customers, shape)
        return _Read(everyone, sample, customers, digest_of({**of, "customers": customers, "shape": shape}))

    def stated(self, month: date) -> pd.DataFrame | None:
        """The labels up to the end of a month, in order; None where none are asked for."""
        return None if self.labels is None else labels_until(self.labels, self.engine, month)


def model_asset(spec: DomainSpec, segmentation: Segmentation) -> dg.AssetsDefinition:
    """The models of a segmentation, a row a month."""
    key = spec.key_of(model_table(segmentation))

    @table_asset(
        spec,
        f"model_{segmentation.name}",
        {"model": model_table(segmentation)},
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **flag_ins(spec, [segmentation]),
            **({LABELS: with_history(spec.key("silver", segmentation.labels))} if segmentation.labels else {}),
        },
        checks=_checks(key),
    )
    def model(
        context: dg.AssetExecutionContext,
        config: Promotion,
        lake: Lake,
        engine: Engine,
        tracking: Tracking,
        features: ir.Table,
        **others: ir.Table,
    ) -> Events:
        features = with_flags(features, others)
        run, rows = Run.of(context, spec.domain), list[dict[str, Any]]()
        metadata = dict[str, Any]()
        fits = FitsOfRun(key, segmentation, lake, context.run.run_id)
        last = _month_before(lake, engine, key, run)
        kept = _rows_there(lake, engine, key, run)
        promoted = _promotions(kept, run, config, context.run.run_id)
        place = (tracking.uri or tracking.lake) if tracking.enabled else None
        if not tracking.stands(
            key.path[0], segmentation.name
        ):  # what was tracked is gone: it is fitted again, to be tracked again
            kept = {}
        tables = _Tables(features, others.get(LABELS), engine)
        for each in _decided(segmentation, tables, run, last, kept, promoted, place):
            rows.append(each.row)
            context.log.info(f"{segmentation.name} {each.month:%Y-%m}: {each.row['reason']}")
            metadata |= fit_metadata(pd.DataFrame(json.loads(each.row["selection"])), each.row)
            if each.read.sample is not None:
                metadata["sample"] = each.read.sample.said(language_of(segmentation.language))
            if tracking.enabled and each.decision is not None:
                fits.add(each.month, each.decision, each.read.everyone, each.read.customers, each.read.digest)
        kept_at, problem = fits.keep(tracking)
        rows = [_told(row, kept_at, {fit.month for fit in fits.fits} if problem else set()) for row in rows]
        for row in rows:
            said = tracked_metadata(json.loads(row["tracked"] or "{}"))
            context.add_asset_metadata(said, asset_key=key, partition_key=row["month"].isoformat())
            metadata |= said
        plotted(context, key, {row["month"]: fit_numbers(row) for row in rows})
        untracked = [problem] if problem else []
        yield dg.Output(from_rows(rows, MODEL), "model", metadata=metadata)
        yield from _results(key, run.months, rows, untracked, tracking.enabled)

    return model


def _checks(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    words = {
        ADMISSIBLE: "In each month with a fit something passed the limits of the gate",
        WAITS: "No other number of groups waits to be found for some months in a row",
        TRACKED: "MLflow kept every fit, where fits are tracked",
    }
    return [dg.AssetCheckSpec(name, asset=key, description=text) for name, text in words.items()]


def _decided(
    segmentation: Segmentation,
    tables: "_Tables",
    run: Run,
    last: Mapping[str, Any] | None,
    kept: Mapping[date, Mapping[str, Any]],
    promoted: Mapping[date, str],
    tracked_at: str | None,
) -> Iterator[_Decided]:
    """The months of a run one after the other, each from the one before; those with nothing to fit are left out.

    `kept` are the rows that the months have by now: one that was made from the same inputs is taken as it is.
    """
    for month in run.months:
        labels = tables.stated(month)
        read = tables.read(segmentation, month, labels)
        is_open, filled_from, by = not run.is_over(month), run.domain.filled_from, promoted.get(month)
        asked: dict[str, Any] = {
            "is_open": is_open,
            "filled_from": filled_from,
            "promoted": by,
            "tracked_at": tracked_at,
            "labels": None if labels is None else digest_of_frame(labels),
        }
        inputs = digest_of_inputs(segmentation, read.digest, last, month, **asked)
        there = kept.get(month)
        if there is not None and there["inputs_digest"] == inputs:
            last = dict(there)
            yield _Decided(month, last, read, None)
            continue
        before, promote = model_of(last) if last is not None else None, by is not None
        decision = decision_of_month(
            segmentation,
            read.everyone,
            before,
            month,
            is_open=is_open,
            filled_from=filled_from,
            promote=promote,
            waiting=waiting_in(last),
            labels=labels,
            sample=read.sample,
        )
        if decision is not None:
            by = by if decision.outcome == "promoted" else None
            last = row_of_month(month, decision, last, language_of(segmentation.language)) | {
                "promoted_in_run": by,
                "inputs_digest": inputs,
            }
            yield _Decided(month, last, read, decision)


def _told(row: Mapping[str, Any], kept_at: Mapping[date, Mapping[str, str]], missed: set[date]) -> dict[str, Any]:
    """The row with where MLflow keeps its fits; those of a month that it refused are to be handed over once more."""
    at = kept_at.get(row["month"])
    tracked = row.get("tracked") if at is None else json.dumps(at)
    return {**row, "tracked": tracked} | ({"inputs_digest": None} if row["month"] in missed else {})


def _results(
    key: dg.AssetKey,
    months: Sequence[date],
    rows: Sequence[Mapping[str, Any]],
    untracked: Sequence[str],
    tracked: bool,
) -> Iterator[dg.AssetCheckResult]:
    refused = [row["month"] for row in rows if not passes(row)]
    fine = f"What serves, or could, passes in {spelled(months)}"
    yield verdict(key, ADMISSIBLE, not refused, f"Nothing passes in {spelled(refused)}" if refused else fine)
    waiting = [f"{row['month']:%Y-%m}: {row['reason']}" for row in rows if row["challenger"]]
    said = " ".join(waiting) or "No challenger waits"
    yield verdict(key, WAITS, not waiting, said, {"months": len(waiting)})
    said = " ".join(untracked[:3]) or ("Every fit is kept" if tracked else "Fits are not tracked")
    yield verdict(key, TRACKED, not untracked, said, {"months": len(untracked)})


def _month_before(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> dict[str, Any] | None:
    """The row of the month before the run; None in the domain's first month, and where that month had no customer.

    Raises MissingMonth where that month was never run: a chain with a gap would rename everybody.
    """
    if run.months[0] == run.domain.start:
        return None
    table = lake.read(key.path, [shifted(run.months[0], -1)], engine)
    return next(iter(engine.backend.to_pyarrow(table).to_pylist()), None)


def _rows_there(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> dict[date, dict[str, Any]]:
    """The rows that earlier runs made of the months of this one, by month."""
    if not (there := lake.materialized_months(key.path, list(run.months))):
        return {}
    rows = engine.backend.to_pyarrow(lake.read(key.path, there, engine)).to_pylist()
    return {row["month"]: {name: row.get(name) for name in MODEL.arrow.names} for row in rows}


def _promotions(kept: Mapping[date, Mapping[str, Any]], run: Run, config: Promotion, run_id: str) -> dict[date, str]:
    """The runs that promote challengers, by month: this one where it says so, else those that earlier runs kept."""
    if config.promote is not None:
        return dict.fromkeys(run.months, run_id) if config.promote else {}
    return {month: row["promoted_in_run"] for month, row in kept.items() if row["promoted_in_run"]}
