"""Drift: how far the features of a month are from those that its models were fitted on.

Belongs here: which tables feed it, its check and what the UI shows. Does not belong here: what is measured
(`customer_360.drift`), how it is said (`movement.words`).
"""

from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import plotted
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation import tables
from arcana_assets.segmentation.assets.checks import findings
from arcana_assets.segmentation.assets.inputs import (
    MODEL_OF,
    customers_of,
    fitted_models,
    flag_ins,
    shaping_of,
    with_flags,
)
from arcana_assets.segmentation.models.month import drift_of_month
from arcana_assets.segmentation.movement.words import drift_table, drifted_features
from arcana_assets.tables.frames import as_table

KEEP = "features_keep_their_distribution"


def drift_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The drift of each feature of each segmentation's model, as of each month that has a model."""
    domain, key, language = spec.domain, spec.key_of(tables.DRIFT), language_of(spec.domain.language)
    keep = language.say("segmentation.drift.check")

    @table_asset(
        spec,
        "feature_drift",
        {"drift": tables.DRIFT},
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **flag_ins(spec, domain.segmentations),
            **{MODEL_OF + s.name: dg.AssetIn(spec.key("models", s.name)) for s in domain.segmentations},
        },
        checks=[dg.AssetCheckSpec(KEEP, asset=key, description=keep)],
    )
    def drift(context: dg.AssetExecutionContext, engine: Engine, features: ir.Table, **others: ir.Table) -> Events:
        run, measured = Run.of(context, domain), list[pd.DataFrame]()
        features = with_flags(features, others)
        models = {name: each for name, each in others.items() if name.startswith(MODEL_OF)}
        fitted = {name.removeprefix(MODEL_OF): fitted_models(each, engine) for name, each in models.items()}
        for month in run.months:
            frame, of = customers_of(features, engine, month)
            for each in domain.segmentations:
                if (model := fitted[each.name].get(month)) is None:
                    continue
                if len(frame) == of:
                    found = drift_of_month(each, frame, model)
                else:
                    shaping, _, shape = shaping_of(each, features, engine, month)
                    found = drift_of_month(each, shaping, model)
                    found["customers_now"] = found["customers_now"].mask(found["customers_now"].notna(), shape)
                measured.append(found.assign(month=month, segmentation=each.name))
        table = as_table(measured, tables.DRIFT)
        rows = table.to_pandas()
        plotted(context, key, {month: _largest(rows[rows["month"] == month]) for month in run.months})
        metadata: dict[str, Any] = {
            "drift": dg.MetadataValue.md(drift_table(rows, language=language)),
            "dagster/column_lineage": _lineage(spec),
        }
        yield dg.Output(table, "drift", metadata=metadata)
        limits = {segmentation.name: segmentation.refit.psi for segmentation in domain.segmentations}
        drifted = drifted_features(rows, limits, language)
        yield findings(key, KEEP, drifted, language.say("segmentation.drift.all_near"), language)

    return drift


def _largest(rows: pd.DataFrame) -> dict[str, float]:
    largest = rows.groupby("segmentation")["psi"].max().dropna()
    return {f"largest_psi_{name}": float(psi) for name, psi in largest.items()}


def _lineage(spec: DomainSpec) -> dg.TableColumnLineage:
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
