"""TODO: what this room is for."""

from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec


def interactions_of(
    month: date, spec: DomainSpec, offers: Recommendations, engine: Engine, owned: ir.Table, segments: ir.Table
) -> tuple[Any, pd.DataFrame]:
    """Who owned what as of a month, and the items' names; nothing of a later month is read.

    Goods are bought again and again, so what counts for popularity is lately; what is contracted is owned until it is
    cancelled.
    """
    from arcana_assets.recommendations.interactions import Interactions

    mine = owned.filter(owned.month == month).select("customer_id", "item_id", "item_name", "recent", "value")
    pairs = engine.backend.to_pyarrow(mine.order_by("customer_id", "item_id")).to_pandas()
    counted = pairs if lookback(spec) is None else pairs[pairs["recent"]]
    put = segments.filter(segments.month == month, segments.segmentation == offers.segmentation)
    labels = engine.backend.to_pyarrow(put.select("customer_id", segment="persona").order_by("customer_id")).to_pandas()
    columns = ["customer_id", "item_id"]
    return Interactions.from_frames(pairs[columns], counted[columns], labels), pairs


def attributes_of(month: date, offers: Recommendations, engine: Engine, customers: ir.Table) -> pd.DataFrame | None:
    """What limits of items look at, as of a month: customer_id and columns of customer 360; None where they do not."""
    from arcana_assets.recommendations.eligibility import PERSONA

    columns = sorted({name for limits in offers.limits.values() for name in limits} - {PERSONA})
    if not columns:
        return None
    mine = customers.filter(customers.month == month).select("customer_id", *columns)
    return engine.backend.to_pyarrow(mine).to_pandas()


def lookback(spec: DomainSpec) -> int | None:
    """The months over which an item is popular; None where what is owned is owned."""
    return spec.domain.lookback_months if spec.domain.customers_from == TRANSACTIONS else None
