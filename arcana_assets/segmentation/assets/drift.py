"""TODO: what this room is for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.features import expanded
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.segmentation import tables
from arcana_assets.segmentation.assets.inputs import customers_of, shaping
from arcana_assets.segmentation.assets.metadata import KEEP, _warning
from arcana_assets.segmentation.assets.models import fitted_models
from arcana_assets.tables.frames import as_table


def _drift(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "feature_drift")

    @table_asset(
        spec,
        "feature_drift",
        {"drift": tables.DRIFT},
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{f"model_{s.name}": dg.AssetIn(spec.key("models", s.name)) for s in domain.segmentations},
        },
        checks=[
            dg.AssetCheckSpec(
                KEEP, asset=key, description="Nenhum atributo se afastou da base em que o modelo foi ajustado"
            )
        ],
    )
    def drift(
        context: dg.AssetExecutionContext, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.segmentation.movement.words import drift_table, drifted_features

        run, measured = Run.of(context, domain), list[pd.DataFrame]()
        with failures():
            fitted = {s.name: fitted_models(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            fitted_on = {s.name: _fitted_months(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            for month in run.months:
                frame = customers_of(features, engine, month)
                for segmentation in domain.segmentations:
                    if model := fitted[segmentation.name].get(month):
                        found = _measured(segmentation, frame, model)
                        fit = fitted_on[segmentation.name][month]
                        measured.append(found.assign(month=month, segmentation=segmentation.name, fitted_month=fit))
        table = as_table(measured, tables.DRIFT)
        rows = table.to_pandas()
        largest = rows[rows["month"] == run.months[-1]].groupby("segmentation")["psi"].max().dropna()
        metadata: dict[str, Any] = {f"largest_psi_{name}": float(psi) for name, psi in largest.items()}
        metadata |= {"drift": dg.MetadataValue.md(drift_table(rows)), "dagster/column_lineage": _drift_lineage(spec)}
        yield dg.Output(table, "drift", metadata=metadata)
        limits = {segmentation.name: segmentation.refit.psi for segmentation in domain.segmentations}
        yield _warning(key, KEEP, drifted_features(rows, limits), "Todos os atributos perto da base do modelo")

    return drift


def _measured(segmentation: Segmentation, frame: pd.DataFrame, model: Any) -> pd.DataFrame:
    """The drift of the model's features among the customers who would shape a model of the month."""
    from arcana_assets.segmentation.models.drift import drift

    wanted = expanded(segmentation.features, frame.columns)
    found = drift(model.references, shaping(segmentation, frame), wanted)
    return found.assign(drifted=found["psi"] > segmentation.refit.psi)


def _fitted_months(models: ir.Table, engine: Engine) -> dict[date, date]:
    rows = engine.backend.to_pyarrow(models.select("month", "fitted_month")).to_pylist()
    return {row["month"]: row["fitted_month"] for row in rows}


def _drift_lineage(spec: DomainSpec) -> dg.TableColumnLineage:
    models = [spec.key("models", each.name) for each in spec.domain.segmentations]
    features = spec.key("gold", "feature_matrix")
    named = sorted({name for each in spec.domain.segmentations for name in each.features if not name.endswith("*")})
    before, now = [(model, "model") for model in models], [(features, name) for name in named]
    origins = {
        **{name: [*before, *now] for name in ("psi", "ks", "drifted")},
        **dict.fromkeys(("feature", "missing_share_before", "median_before", "customers_before"), before),
        **dict.fromkeys(("missing_share_now", "median_now"), now),
        "fitted_month": [(model, "fitted_month") for model in models],
    }
    return lineage(origins)
