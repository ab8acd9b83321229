"""Models: which one serves each month, as a chain in which ids and names go on.

Belongs here: what a month's decision is made from, where its row and its fits are kept. Does not belong here: the
decision (`models.month`, `models.champion`), scoring customers (`segments`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted, spelled
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.assets.inputs import customers_of, model_of
from arcana_assets.segmentation.assets.metadata import fit_metadata
from arcana_assets.segmentation.assets.tracking import track
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.models.month import decision_of_month, row_of_month
from arcana_assets.segmentation.tables import MODEL, model_table
from arcana_assets.tables.frames import from_rows
from arcana_assets.tracking.tracking import Tracking

ADMISSIBLE, WAITS, TRACKED = "a_clustering_passes_the_gate", "no_challenger_waits", "fits_are_tracked"


class Promotion(dg.Config):
    """Run config of a model: `promote: true` lets the challengers of the run's months take the place they wait for.

    It is kept with the months, so that a month computed again is the same; `promote: false` takes it back.
    """

    promote: bool | None = None


@dataclass(frozen=True)
class _Decided:
    """A month with its customers, its decision and its row of the models."""

    month: date
    everyone: pd.DataFrame
    decision: Decision
    row: dict[str, Any]


def model_asset(spec: DomainSpec, segmentation: Segmentation) -> dg.AssetsDefinition:
    """The models of a segmentation, a row a month."""
    key = spec.key_of(model_table(segmentation))

    @table_asset(
        spec,
        f"model_{segmentation.name}",
        {"model": model_table(segmentation)},
        ins={"features": dg.AssetIn(spec.key("gold", "feature_matrix"))},
        checks=_checks(key),
    )
    def model(
        context: dg.AssetExecutionContext,
        config: Promotion,
        lake: Lake,
        engine: Engine,
        tracking: Tracking,
        features: ir.Table,
    ) -> Events:
        run, rows = Run.of(context, spec.domain), list[dict[str, Any]]()
        metadata, untracked, refused = dict[str, Any](), list[str](), list[date]()
        with failures():
            last = _month_before(lake, engine, key, run)
            promoted = _promotions(lake, engine, key, run, config, context.run.run_id)
            for each in _decided(segmentation, features, engine, run, last, promoted):
                rows.append(each.row)
                context.log.info(f"{segmentation.name} {each.month:%Y-%m}: {each.row['reason']}")
                metadata |= fit_metadata(pd.DataFrame(each.decision.selection), each.row)
                refused += [] if each.decision.passes else [each.month]
                if tracking.enabled and not untracked:  # one that is gone is not asked again for each month
                    where, problem = track(
                        tracking, key, segmentation, each.month, each.decision, each.everyone, lake, context.run.run_id
                    )
                    if where:
                        context.add_asset_metadata(where, asset_key=key, partition_key=each.month.isoformat())
                    metadata |= where
                    untracked += [f"{each.month:%Y-%m}: {problem}"] if problem else []
        yield dg.Output(from_rows(rows, MODEL), "model", metadata=metadata)
        yield from _results(key, run.months, rows, refused, untracked, tracking.enabled)

    return model


def _checks(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    words = {
        ADMISSIBLE: "In each month with a fit something passed the limits of the gate",
        WAITS: "No fit that passed the gate waits for moving too many customers",
        TRACKED: "MLflow kept every fit, where fits are tracked",
    }
    return [dg.AssetCheckSpec(name, asset=key, description=text) for name, text in words.items()]


def _decided(
    segmentation: Segmentation,
    features: ir.Table,
    engine: Engine,
    run: Run,
    last: Mapping[str, Any] | None,
    promoted: Mapping[date, str],
) -> Iterator[_Decided]:
    """The months of a run one after the other, each from the one before; those with nothing to fit are left out."""
    before = model_of(last) if last is not None else None
    for month in run.months:
        everyone = customers_of(features, engine, month)
        decision = decision_of_month(
            segmentation,
            everyone,
            before,
            month,
            is_open=month == run.known[-1],
            filled_from=run.domain.filled_from,
            promote=month in promoted,
        )
        if decision is not None:
            by = promoted.get(month) if decision.outcome == "promoted" else None
            last = row_of_month(month, decision, last) | {"promoted_in_run": by}
            before = decision.model
            yield _Decided(month, everyone, decision, last)


def _results(
    key: dg.AssetKey,
    months: Sequence[date],
    rows: Sequence[Mapping[str, Any]],
    refused: Sequence[date],
    untracked: Sequence[str],
    tracked: bool,
) -> Iterator[dg.AssetCheckResult]:
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


def _promotions(
    lake: Lake, engine: Engine, key: dg.AssetKey, run: Run, config: Promotion, run_id: str
) -> dict[date, str]:
    """The runs that promote challengers, by month: this one where it says so, else those that earlier runs kept."""
    if config.promote is not None:
        return dict.fromkeys(run.months, run_id) if config.promote else {}
    if not (kept := lake.materialized_months(key.path, list(run.months))):
        return {}
    table = lake.read(key.path, kept, engine)
    rows = engine.backend.to_pyarrow(table.select("month", "promoted_in_run")).to_pylist()
    return {row["month"]: row["promoted_in_run"] for row in rows if row["promoted_in_run"]}
