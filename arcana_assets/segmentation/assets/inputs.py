"""Later revenue: what the groups of a clustering bought afterwards, as far as it is known in the month of the fit.

Belongs here: which table holds revenue, and customers as they were some months ago beside what they paid since. Does
not belong here: the measure (`ml.explained`), what is made of it (`ml.gate`).
"""

from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_column
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb import Engine


def later_revenue(
    segmentation: Segmentation, features: ir.Table, revenue: ir.Table | None, engine: Engine, month: date, start: date
) -> Any:
    """A function that says of a clustering what share of the variance of revenue it explained, or None.

    The clustering groups customers as they were `outcome_months` before the month; their revenue is that of the months
    since, the month itself included: nothing later than the month is looked at. None where the domain is too young or
    has no revenue.
    """
    from arcana_assets.segmentation.clustering.explained_variance import explained_variance

    back = shifted(month, -segmentation.outcome_months)
    if revenue is None or not segmentation.outcome_months or back < start:
        return None
    frame = shaping(segmentation, customers_of(features, engine, back))
    column = revenue_column(revenue)
    since = revenue.filter(revenue.month.isin(months_between(shifted(back, 1), month)))
    paid = since.group_by("customer_id").agg(paid=since[column].sum().cast("float64"))
    found = engine.backend.to_pyarrow(paid).to_pandas().set_index("customer_id")["paid"]
    outcome = frame["customer_id"].map(found).fillna(0.0).to_numpy(dtype="float64")

    def explained(preprocessing: Any, clusterer: Any) -> float | None:
        if frame.empty or not set(preprocessing.names) <= set(frame.columns):
            return None
        return explained_variance(clusterer.labels(preprocessing.points(frame)), outcome)

    return explained


def customers_of(table: ir.Table, engine: Engine, month: date) -> pd.DataFrame:
    """The customers of a month in order, with all features."""
    mine = table.filter(table.month == month).drop("month").order_by("customer_id")
    frame: pd.DataFrame = engine.backend.to_pyarrow(mine).to_pandas()
    return frame


def shaping(segmentation: Segmentation, everyone: pd.DataFrame) -> pd.DataFrame:
    """The customers who shape a fit; all of them where nobody would."""
    by = segmentation.fitted_on
    found = everyone[everyone[by] > 0] if by and by in everyone.columns else everyone
    return found if len(found) else everyone
