"""Models: which one serves each month, as a chain in which ids and names go on.

Belongs here: what a month's decision is made from, and how it is kept. Does not belong here: the decision
(`ml.champion`), scoring customers (`segmentation`).
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets.segment_metadata import fit_metadata
from arcana_assets.assets.spec import DomainSpec, Run, spell_months
from arcana_assets.domain.feature_names import expanded
from arcana_assets.domain.months import shifted
from arcana_assets.domain.segmentations import Segmentation
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.lake_io import failures

ADMISSIBLE, WAITS = "a_clustering_passes_the_gate", "no_challenger_waits"
MODELS = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("k", pa.int64()),
        ("silhouette", pa.float64()),
        ("smallest_share", pa.float64()),
        ("stability", pa.float64()),
        ("customers", pa.int64()),
        ("admissible", pa.bool_()),
        ("outcome", pa.string()),
        ("fitted_month", pa.date32()),
        ("moved_share", pa.float64()),
        ("reason", pa.string()),
        ("model", pa.string()),
        ("selection", pa.string()),
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
    key = spec.key("models", segmentation.name)

    @dg.multi_asset(
        name=f"{spec.domain.name}_model_{segmentation.name}",
        ins={"features": dg.AssetIn(spec.key("gold", "feature_matrix"))},
        outs={
            "model": spec.out(
                "models",
                segmentation.name,
                f"K-Means on {', '.join(segmentation.features)}: the model that serves each month as JSON, what was "
                "tried, and the fit that waits, where one does.",
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                ADMISSIBLE, asset=key, description="The model of each month passed the limits of its gate"
            ),
            dg.AssetCheckSpec(
                WAITS, asset=key, description="No fit that passed the gate waits for moving too many customers"
            ),
        ],
        **spec.options,
    )
    def model(
        context: dg.AssetExecutionContext, config: Promotion, lake: Lake, engine: Engine, features: ir.Table
    ) -> Iterator[Any]:
        run, rows = Run.of(context, spec.domain), list[dict[str, Any]]()
        metadata: dict[str, Any] = {}
        with failures():
            before = _model_before(lake, engine, key, run)
            promoted = _promotions(lake, engine, key, run.months)
            for month in run.months:
                everyone = customers_of(features, engine, month)
                by = context.run.run_id if config.promote else promoted.get(month)
                decision = _decided(segmentation, everyone, before, month, run, bool(by))
                if decision is None:  # no customer at all, this month and before: there is nothing to fit
                    continue
                before = decision.model
                rows.append(_row(month, decision) | {"promoted_in_run": by if decision.outcome == "promoted" else None})
                context.log.info(f"{segmentation.name} {month:%Y-%m}: {decision.reason}")
                metadata = fit_metadata(pd.DataFrame(decision.selection), rows[-1])
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

    return model


def _decided(
    segmentation: Segmentation, everyone: pd.DataFrame, before: Any, month: date, run: Run, promote: bool
) -> Any:
    """The decision of a month; None where there is neither a customer nor a model.

    The open month is scored by the model in use, so that a night changes no model.
    """
    from arcana_assets.ml.champion import Decision, decide, groups
    from arcana_assets.ml.segmentation import fit_segmentation

    if everyone.empty:
        return before and Decision(before, "scored", "Nenhum cliente no mês.")
    is_open = month == shifted(run.end, -1)
    if before is not None and groups(before, everyone) and (is_open or segmentation.refit.when == "never"):
        return Decision(before, "scored", f"Pontuado com o modelo de {before.fitted_month[:7]}.")
    by = segmentation.fitted_on
    shaping = everyone[everyone[by] > 0] if by else everyone
    # A month in which nobody is above zero still gives everyone a segment.
    frame = shaping if len(shaping) else everyone
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
        )

    gate, refit, label = segmentation.gate, segmentation.refit, segmentation.axis_label
    # Until the lookback is filled, features still grow with every month, and no model can hold its place for good.
    settled = month >= shifted(run.domain.start, run.domain.lookback_months)
    return decide(fit, before, frame, everyone, gate, refit, label, month, settled, promote)


def _row(month: date, decision: Any) -> dict[str, Any]:
    served = decision.model
    measured = {name: served.measures[name] for name in ("k", "silhouette", "smallest_share", "stability")}
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


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


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
