"""Inputs: tables of a month as frames and models, as the methods of segmentation take them.

Belongs here: reading what an asset was handed, of very many customers a sample. Does not belong here: what the methods
make of it (the other rooms).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.facets.visitors import PRESENCE
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.blocks import drawn
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.segmentation.models import learnt
from arcana_assets.segmentation.models.labelled import labels_of
from arcana_assets.segmentation.models.learnt import OUTLIER, STAFF
from arcana_assets.segmentation.models.model import DamagedModel, SegmentationModel

MODEL_OF = "model_"  # begins the name of an input that is the models of a segmentation
FLAGS_OF = "customers"  # the name of the input that is customer 360, whose flags are asked for


def customers_in(table: ir.Table, month: date) -> ir.Table:
    """The customers of a month, in a table."""
    return table.filter(table.month == month).drop("month")


def customers_of(table: ir.Table, engine: Engine, month: date, seed: int = 0) -> tuple[pd.DataFrame, int]:
    """The customers of a month in order, with all features, and how many they are; of very many a seeded sample."""
    mine = customers_in(table, month)
    of = int(engine.value(mine.count()))
    return _in_order(drawn(mine, learnt.LEARNT_FROM, seed, of), engine), of


def shaping_of(
    segmentation: Segmentation, table: ir.Table, engine: Engine, month: date, labels: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame | None, int]:
    """The customers of a month who shape a fit, or a sample of them, the labelled among them, how many shape it.

    `labels` are those up to the end of the month, as `labels_until` gives them; without them nobody is labelled. Where
    nobody would shape a fit all do.
    """
    mine = customers_in(table, month)
    shape = learnt.who_shapes(segmentation, mine)
    of = int(engine.value(shape.count()))
    if not of:
        shape, of = mine, int(engine.value(mine.count()))
    labelled = None
    if labels is not None:
        stated = ibis.memtable(pa.table({"customer_id": pa.array(labels_of(labels).index, pa.string())}))
        labelled = _in_order(shape.semi_join(stated, "customer_id"), engine)
    return _in_order(drawn(shape, learnt.LEARNT_FROM, segmentation.seed, of), engine), labelled, of


def _in_order(customers: ir.Table, engine: Engine) -> pd.DataFrame:
    frame: pd.DataFrame = engine.backend.to_pyarrow(customers.order_by("customer_id")).to_pandas()
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
