"""Models: which one serves each month, as a chain in which ids and names go on.

Belongs here: what a month's decision is made from, and how it is kept. Does not belong here: the decision
(`ml.champion`), scoring customers (`segmentation`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.later_revenue import customers_of, later_revenue, revenue_key, shaping
from arcana_assets.assets.segment_metadata import fit_metadata
from arcana_assets.assets.spec import DomainSpec, Run, spell_months, with_history
from arcana_assets.assets.tracked_models import track
from arcana_assets.domain.feature_names import expanded
from arcana_assets.domain.months import shifted
from arcana_assets.domain.segmentations import Segmentation
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_io import failures
from arcana_assets.resources.tracking import Tracking

ADMISSIBLE, WAITS, TRACKED = "a_clustering_passes_the_gate", "no_challenger_waits", "fits_are_tracked"
MODELS = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("algorithm", pa.string()),
        ("k", pa.int64()),
        ("silhouette", pa.float64()),
        ("smallest_share", pa.float64()),
        ("stability", pa.float64()),
        ("explained", pa.float64()),
        ("customers", pa.int64()),
        ("admissible", pa.bool_()),
        ("outcome", pa.string()),
        ("fitted_month", pa.date32()),
        ("moved_share", pa.float64()),
        ("reason", pa.string()),
        ("model", pa.string()),
        ("selection", pa.string()),
        ("events", pa.string()),
        ("challenger", pa.string()),
        ("challenger_moves", pa.float64()),
        ("promoted_in_run", pa.string()),
    ]
)


class Promotion(dg.Config):
    """Run config of a model: `promote: true` lets the challengers of the run's months take the place they wait for.

    It is kept with the months, so that a month computed again is the same.
    """

    promote: bool = False


def model_asset(spec: DomainSpec, segmentation: Segmentation) -> dg.AssetsDefinition:
    """The models of a segmentation, a row a month."""
    key, revenues = spec.key("models", segmentation.name), revenue_key(spec)
    back = segmentation.outcome_months

    @dg.multi_asset(
        name=f"{spec.domain.name}_model_{segmentation.name}",
        ins={
            "features": with_history(spec.key("gold", "feature_matrix"), back),
            **({"revenue": with_history(revenues, back)} if revenues and back else {}),
        },
        outs={
            "model": spec.out(
                "models",
                segmentation.name,
                f"A clustering by {', '.join(segmentation.features)}: the model that serves each month as JSON, what "
                "was tried, and the fit that waits, where one does.",
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                ADMISSIBLE, asset=key, description="The model of each month passed the limits of its gate"
            ),
            dg.AssetCheckSpec(
                WAITS, asset=key, description="No fit that passed the gate waits for moving too many customers"
            ),
            dg.AssetCheckSpec(TRACKED, asset=key, description="MLflow kept every fit, where fits are tracked"),
        ],
        **spec.options,
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
        metadata, untracked = dict[str, Any](), list[str]()
        with failures():
            before = _model_before(lake, engine, key, run)
            promoted = _promotions(lake, engine, key, run.months)
            for month in run.months:
                everyone = customers_of(features, engine, month)
                by = context.run.run_id if config.promote else promoted.get(month)
                explained = later_revenue(
                    segmentation, features, tables.get("revenue"), engine, month, spec.domain.start
                )
                decision = _decided(segmentation, everyone, before, month, run, bool(by), explained)
                if decision is None:  # no customer at all, this month and before: there is nothing to fit
                    continue
                before = decision.model
                rows.append(_row(month, decision) | {"promoted_in_run": by if decision.outcome == "promoted" else None})
                context.log.info(f"{segmentation.name} {month:%Y-%m}: {decision.reason}")
                metadata = fit_metadata(pd.DataFrame(decision.selection), rows[-1])
                if tracking.enabled and not untracked:  # one that is gone is not asked again for each month
                    where, problem = track(
                        tracking, key, segmentation, month, decision, everyone, lake, context.run.run_id
                    )
                    metadata |= where
                    if problem:
                        untracked.append(f"{month:%Y-%m}: {problem}")
        yield dg.Output(pa.Table.from_pylist(rows, schema=MODELS), "model", metadata=metadata)
        refused = [row["month"] for row in rows if not row["admissible"]]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ADMISSIBLE,
            passed=not refused,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"No k passes in {', '.join(f'{month:%Y-%m}' for month in refused)}"
            if refused
            else f"A k passes in {spell_months(run.months)}",
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


def _decided(
    segmentation: Segmentation,
    everyone: pd.DataFrame,
    before: Any,
    month: date,
    run: Run,
    promote: bool,
    explained: Any,
) -> Any:
    """The decision of a month; None where there is neither a customer nor a model.

    The open month is scored by the model in use, so that a night changes no model.
    """
    from arcana_assets.ml.champion import Decision, decide, groups
    from arcana_assets.ml.segmentation import fit_segmentation

    if everyone.empty:
        return before and Decision(before, "scored", "Nenhum cliente no mês.")
    # Until the lookback is filled, features still grow with every month, and no model can hold its place for good.
    settled = month >= shifted(run.domain.start, run.domain.lookback_months)
    is_open = month == shifted(run.end, -1)
    frame = shaping(segmentation, everyone)
    if before is not None and groups(before, everyone):
        why = "" if is_open or segmentation.refit.when == "never" else None
        if why is None and segmentation.refit.when == "drift" and settled:
            why = _without_drift(segmentation, before, frame)
        if why is not None:
            return Decision(before, "scored", f"Pontuado com o modelo de {before.fitted_month[:7]}.{why}")
    wanted = expanded(segmentation.features, everyone.columns)
    known = [name for name in wanted if name not in frame.columns or frame[name].notna().any()] or wanted[:1]

    def fit() -> Any:
        return fit_segmentation(
            frame,
            segmentation.name,
            known,
            k_range=segmentation.k,
            gate=segmentation.gate,
            seed=segmentation.seed,
            axis=segmentation.axis,
            axis_label=segmentation.axis_label,
            transforms=segmentation.transforms,
            weights=segmentation.weights,
            month=month,
            algorithms=segmentation.algorithms,
            density=segmentation.density,
            explained=explained,
        )

    return decide(fit, before, frame, everyone, segmentation, month, settled, promote, explained)


def _without_drift(segmentation: Segmentation, before: Any, frame: pd.DataFrame) -> str | None:
    """Why no feature asks for a new fit; None where one does."""
    from arcana_assets.ml.drift import drift
    from arcana_assets.ml.gate import decimal

    limit = segmentation.refit.psi
    found = drift(before.preprocessing.references(), frame, expanded(segmentation.features, frame.columns))
    # What is new or gone has no index, and asks for a fit as well.
    if found["psi"].isna().any() or (found["psi"] > limit).any():
        return None
    return f" Nenhum atributo passou do PSI {decimal(limit, 2)} desde o ajuste."


def _row(month: date, decision: Any) -> dict[str, Any]:
    served = decision.model
    told = ("algorithm", "k", "silhouette", "smallest_share", "stability", "explained")
    measured = {name: served.measures[name] for name in told}
    return measured | {
        "month": month,
        "segmentation": served.name,
        "customers": served.customers,
        "admissible": served.admissible,
        "outcome": decision.outcome,
        "fitted_month": date.fromisoformat(served.fitted_month),
        "moved_share": decision.moved,
        "reason": decision.reason,
        "model": served.to_json(),
        "selection": json.dumps(decision.selection, ensure_ascii=False),
        "events": json.dumps([asdict(event) for event in decision.events], ensure_ascii=False),
        "challenger": decision.challenger.to_json() if decision.challenger else None,
        "challenger_moves": decision.challenger_moves,
    }


def _model_before(lake: Lake, engine: Engine, key: dg.AssetKey, run: Run) -> Any:
    """The model that served the month before the run; None in the domain's first month.

    Raises MissingMonth where that month was never run: a chain with a gap would rename everybody.
    """
    if run.months[0] == run.domain.start:
        return None
    month = shifted(run.months[0], -1)
    return fitted_models(lake.read(key.path, [month], engine), engine).get(month)


def _promotions(lake: Lake, engine: Engine, key: dg.AssetKey, months: Sequence[date]) -> dict[date, str]:
    """The runs that promoted a challenger, by month, as earlier runs of these months kept them."""
    if not (kept := lake.materialized_months(key.path, list(months))):
        return {}
    table = lake.read(key.path, kept, engine)
    if "promoted_in_run" not in table.columns:
        return {}
    rows = engine.backend.to_pyarrow(table.select("month", "promoted_in_run")).to_pylist()
    return {row["month"]: row["promoted_in_run"] for row in rows if row["promoted_in_run"]}


def fitted_models(models: ir.Table, engine: Engine) -> dict[date, Any]:
    """The models of a table by month. Raises DamagedModel naming segmentation and month."""
    from arcana_assets.ml.segmentation import DamagedModel, SegmentationModel

    fitted = {}
    for row in engine.backend.to_pyarrow(models.select("month", "segmentation", "model")).to_pylist():
        try:
            fitted[row["month"]] = SegmentationModel.from_json(row["model"])
        except DamagedModel as damage:
            raise DamagedModel(f"{row['segmentation']} of {row['month']:%Y-%m}: {damage}") from damage
    return fitted
