"""Inputs: tables of a month as frames and models, as the methods of segmentation take them.

Belongs here: reading what an asset was handed. Does not belong here: what the methods make of it (the other rooms).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.visitors import PRESENCE
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel
from arcana_assets.segmentation.models.month import OUTLIER, STAFF

MODEL_OF = "model_"  # begins the name of an input that is the models of a segmentation
FLAGS_OF = "customers"  # the name of the input that is customer 360, whose flags are asked for


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def flag_ins(spec: DomainSpec, segmentations: Sequence[Segmentation]) -> dict[str, dg.AssetIn]:
    """Customer 360 as an input, where some of its customers shape nothing: staff, or who stands out."""
    asked = any(each.outliers == "not_fitted" for each in segmentations) or PRESENCE.name in spec.domain.facets
    return {FLAGS_OF: dg.AssetIn(spec.key("gold", "customer_360"))} if asked else {}


def with_flags(features: ir.Table, others: Mapping[str, ir.Table]) -> ir.Table:
    """The features with the flags of who shapes nothing beside them, where customer 360 is among the other inputs."""
    if FLAGS_OF not in others:
        return features
    customers = others[FLAGS_OF]
    names = [name for name in (OUTLIER, STAFF) if name in customers.columns]
    flags = customers.select("customer_id", "month", *names)
    joined = features.left_join(flags, ["customer_id", "month"])
    told = {name: flags[name].fill_null(False) for name in names}
    return joined.select(*(features[name] for name in features.columns), **told)


def labels_until(stated: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The labels of personas that were stated up to the end of a month, in order."""
    known = stated.filter(stated.labelled_on < shifted(month, 1)).select("customer_id", "persona", "labelled_on")
    ordered = known.distinct().order_by("customer_id", "labelled_on", "persona")
    frame: pd.DataFrame = engine.backend.to_pyarrow(ordered).to_pandas()
    return frame


def fitted_models(models: ir.Table, engine: Engine) -> dict[date, SegmentationModel]:
    """The models of a table by month. Raises DamagedModel naming segmentation and month."""
    rows = engine.backend.to_pyarrow(models.select("month", "segmentation", "model")).to_pylist()
    return {row["month"]: model_of(row) for row in rows}


def model_of(row: Mapping[str, Any]) -> SegmentationModel:
    """The model of a row of models. Raises DamagedModel naming segmentation and month."""
    try:
        return SegmentationModel.from_json(row["model"])
    except DamagedModel as damage:
        raise DamagedModel(f"{row['segmentation']} of {row['month']:%Y-%m}: {damage}") from damage
