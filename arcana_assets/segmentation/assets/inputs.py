"""Inputs: tables of a month as frames and models, as the methods of segmentation take them.

Belongs here: reading what an asset was handed. Does not belong here: what the methods make of it (the other rooms).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel

MODEL_OF = "model_"  # begins the name of an input that is the models of a segmentation


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


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
