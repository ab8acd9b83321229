"""Inputs: tables of a month as frames and models, as the methods of segmentation take them.

Belongs here: reading what an asset was handed. Does not belong here: what the methods make of it (the other rooms).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_column
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine
from arcana_assets.segmentation.clustering.clusterers import Clusterer
from arcana_assets.segmentation.clustering.explained_variance import explained_variance
from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
from arcana_assets.segmentation.models.fitting import Explained
from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel
from arcana_assets.segmentation.models.month import shaping

MODEL_OF = "model_"  # begins the name of an input that is the models of a segmentation


def later_revenue(
    segmentation: Segmentation, features: ir.Table, revenue: ir.Table | None, engine: Engine, month: date, start: date
) -> Explained | None:
    """A function that says of a clustering what share of the variance of revenue it explained, or None.

    The clustering groups customers as they were `outcome_months` before the month; their revenue is that of the months
    since, the month itself included: nothing later than the month is looked at. None where the domain is too young or
    has no revenue.
    """
    back = shifted(month, -segmentation.outcome_months)
    if revenue is None or not segmentation.outcome_months or back < start:
        return None
    frame = shaping(segmentation, customers_of(features, engine, back))
    column = revenue_column(revenue)
    since = revenue.filter(revenue.month.isin(months_between(shifted(back, 1), month)))
    paid = since.group_by("customer_id").agg(paid=since[column].sum().cast("float64"))
    found = engine.backend.to_pyarrow(paid).to_pandas().set_index("customer_id")["paid"]
    outcome = frame["customer_id"].map(found).fillna(0.0).to_numpy(dtype="float64")

    def explained(preprocessing: Preprocessing, clusterer: Clusterer) -> float | None:
        if frame.empty or not set(preprocessing.names) <= set(frame.columns):
            return None
        return explained_variance(clusterer.labels(preprocessing.points(frame)), outcome)

    return explained


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
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
