"""Models: which one serves each month, as a chain in which ids and names go on.

Belongs here: what a month's decision is made from, and how it is kept. Does not belong here: the decision
(`month_decisions`, `ml.champion`), scoring customers (`segmentation`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_key
from arcana_assets.domain.months import shifted, spelled
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.assets.inputs import customers_of, later_revenue
from arcana_assets.segmentation.assets.metadata import fit_metadata
from arcana_assets.segmentation.assets.month_decision import decision_of_month
from arcana_assets.segmentation.assets.tracking import track
from arcana_assets.segmentation.tables import MODEL, model_table
from arcana_assets.tables.frames import from_rows
from arcana_assets.tracking.tracking import Tracking

ADMISSIBLE, WAITS, TRACKED = "a_clustering_passes_the_gate", "no_challenger_waits", "fits_are_tracked"


class Promotion(dg.Config):
    """Run config of a model: `promote: true` lets the challengers of the run's months take the place they wait for.

    It is kept with the months, so that a month computed again is the same; `promote: false` takes it back.
    """

    promote: bool | None = None


def model_asset(spec: DomainSpec, segmentation: Segmentation) -> dg.AssetsDefinition:
    """The models of a segmentation, a row a month."""
    key, revenues = spec.key("models", segmentation.name), revenue_key(spec)
    back = segmentation.outcome_months

    @table_asset(
        spec,
        f"model_{segmentation.name}",
        {"model": model_table(segmentation)},
        ins={
            "features": with_history(spec.key("gold", "feature_matrix"), back),
            **({"revenue": with_history(revenues, back)} if revenues and back else {}),
        },
        checks=[
            dg.AssetCheckSpec(
                ADMISSIBLE, asset=key, description="In each month with a fit something passed the limits of the gate"
            ),
            dg.AssetCheckSpec(
                WAITS, asset=key, description="No fit that passed the gate waits for moving too many customers"
            ),
            dg.AssetCheckSpec(TRACKED, asset=key, description="MLflow kept every fit, where fits are tracked"),
        ],
    )
    def model(
        context: dg.AssetExecutionContext,
        config: Promotion,
        lake: Lake,
        engine: Engine,
        tracking: Tracking,
        features: ir.Table,
        **tables: ir.Table,
    ) -> Iterator[Any]:
        run, rows = Run.of(context, spec.domain), list[dict[str, Any]]()
        metadata, untracked, refused = dict[str, Any](), list[str](), list[date]()
        with failures():
            last = _month_before(lake, engine, key, run)
            before = _model_of(last)
            promoted = _promotions(lake, engine, key, run.months)
            for month in run.months:
                everyone = customers_of(features, engine, month)
                by = promoted.get(month) if config.promote is None else context.run.run_id if config.promote else None
                explained = later_revenue(
                    segmentation, features, tables.get("revenue"), engine, month, spec.domain.start
                )
                decision = decision_of_month(segmentation, everyone, before, month, run, bool(by), explained)
                if decision is None:  # no customer at all, this month and before: there is nothing to fit
                    continue
                before = decision.model
                last = _row(month, decision, last) | {"promoted_in_run": by if decision.outcome == "promoted" else None}
                rows.append(last)
                context.log.info(f"{segmentation.name} {month:%Y-%m}: {last['reason']}")
                metadata |= fit_metadata(pd.DataFrame(decision.selection), last)
                if not decision.passes:
                    refused.append(month)
                if tracking.enabled and not untracked:  # one that is gone is not asked again for each month
                    where, problem = track(
                        tracking, key, segmentation, month, decision, everyone, lake, context.run.run_id
                    )
                    if where:
                        context.add_asset_metadata(where, asset_key=key, partition_key=month.isoformat())
                    metadata |= where
                    if problem:
                        untracked.append(f"{month:%Y-%m}: {problem}")
        yield dg.Output(from_rows(rows, MODEL), "model", metadata=metadata)
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ADMISSIBLE,
            passed=not refused,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"Nothing passes in {', '.join(f'{month:%Y-%m}' for month in refused)}"
            if refused
            else f"What serves, or could, passes in {spelled(run.months)}",
        )
        waiting = [f"{row['month']:%Y-%m}: {row['reason']}" for row in rows if row["challenger"]]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=WAITS,
            passed=not waiting,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join(waiting) or "No challenger waits",
            metadata={"months": len(waiting)},
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=TRACKED,
            passed=not untracked,
            severity=dg.AssetCheckSeverity.WARN,
            description=" ".join(untracked[:3])
            or ("Every fit is kept" if tracking.enabled else "Fits are not tracked"),
            metadata={"months": len(untracked)},
        )

    return model


def _row(month: date, decision: Any, last: Mapping[str, Any] | None) -> dict[str, Any]:
    """The row of a month. `last` is that of the month before: who waits there waits on while nothing is fitted."""
    served = decision.model
    told = ("algorithm", "k", "silhouette", "smallest_share", "stability", "explained")
    measured = {name: served.measures[name] for name in told}
    challenger = decision.challenger.to_json() if decision.challenger else None
    moves, reason = decision.challenger_moves, decision.reason
    if decision.outcome == "scored" and last is not None and last["challenger"]:
        challenger, moves = last["challenger"], last["challenger_moves"]
        reason += " O desafiante do último mês ajustado ainda espera."
    return measured | {
        "month": month,
        "segmentation": served.name,
        "customers": served.customers,
        "admissible": served.admissible,
        "outcome": decision.outcome,
        "fitted_month": date.fromisoformat(served.fitted_month),
        "moved_share": decision.moved,
        "reason": reason,
        "model": served.to_json(),
        "selection": json.dumps(decision.selection, ensure_ascii=False),
        "events": json.dumps([asdict(event) for event in decision.events], ensure_ascii=False),
        "challenger": challenger,
        "challenger_moves": moves,
    }


def _month_before(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> dict[str, Any] | None:
    """The row of the month before the run; None in the domain's first month, and where that month had no customer.

    Raises MissingMonth where that month was never run: a chain with a gap would rename everybody.
    """
    if run.months[0] == run.domain.start:
        return None
    table = lake.read(key.path, [shifted(run.months[0], -1)], engine)
    return next(iter(engine.backend.to_pyarrow(table).to_pylist()), None)


def _promotions(lake: Lake, engine: Engine, key: dg.AssetKey, months: Sequence[date]) -> dict[date, str]:
    """The runs that promoted a challenger, by month, as earlier runs of these months kept them."""
    if not (kept := lake.materialized_months(key.path, list(months))):
        return {}
    table = lake.read(key.path, kept, engine)
    rows = engine.backend.to_pyarrow(table.select("month", "promoted_in_run")).to_pylist()
    return {row["month"]: row["promoted_in_run"] for row in rows if row["promoted_in_run"]}


def fitted_models(models: ir.Table, engine: Engine) -> dict[date, Any]:
    """The models of a table by month. Raises DamagedModel naming segmentation and month."""
    rows = engine.backend.to_pyarrow(models.select("month", "segmentation", "model")).to_pylist()
    return {row["month"]: _model_of(row) for row in rows}


def _model_of(row: Mapping[str, Any] | None) -> Any:
    """The model of a row; None of none. Raises DamagedModel naming segmentation and month."""
    from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel

    if row is None:
        return None
    try:
        return SegmentationModel.from_json(row["model"])
    except DamagedModel as damage:
        raise DamagedModel(f"{row['segmentation']} of {row['month']:%Y-%m}: {damage}") from damage
