"""Inputs: tables of a month as frames and models, as the methods of segmentation take them.

Belongs here: reading what an asset was handed. Does not belong here: what the methods make of it (the other rooms).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel
from arcana_assets.segmentation.models.month import OUTLIER

MODEL_OF = "model_"  # begins the name of an input that is the models of a segmentation
FLAGS_OF = "customers"  # the name of the input that is customer 360, whose flags are asked for


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def flag_ins(spec: DomainSpec, segmentations: Sequence[Segmentation]) -> dict[str, dg.AssetIn]:
    """Customer 360 as an input, where one of the segmentations lets who stands out shape nothing."""
    asked = any(each.outliers == "not_fitted" for each in segmentations)
    return {FLAGS_OF: dg.AssetIn(spec.key("gold", "customer_360"))} if asked else {}


def with_flags(features: ir.Table, others: Mapping[str, ir.Table]) -> ir.Table:
    """The features with the flag of who stands out beside them, where customer 360 is among the other inputs."""
    if FLAGS_OF not in others:
        return features
    flags = others[FLAGS_OF].select("customer_id", "month", OUTLIER)
    joined = features.left_join(flags, ["customer_id", "month"])
    return joined.select(*(features[name] for name in features.columns), **{OUTLIER: flags[OUTLIER].fill_null(False)})


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
