"""What several assets of loyalty read of a month: its customers with what they paid, rows of expressions as frames.

Belongs here: reading that two assets share. Does not belong here: what an asset alone reads, what is made of frames
(`programme`, `forecast`, `proof`, `report`).
"""

from collections.abc import Iterable
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_column
from arcana_assets.customer_360.revenue import lookback_revenue
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.settings.conditions import barred_in
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Here


def frame_of(engine: Engine | Here, table: ir.Table) -> pd.DataFrame:
    """The rows of an expression."""
    frame: pd.DataFrame = engine.backend.to_pyarrow(table).to_pandas()
    return frame


def customers_of_programmes(
    domain: CustomerDomain, customers: ir.Table, monthly: ir.Table, month: date, more: Iterable[str] = ()
) -> ir.Table:
    """Customers of a month with all columns that programmes look at, and more; numbers as DOUBLE.

    `monthly` is the rollup that revenue is in: what a customer paid in the lookback is its sum, as of the month.
    """
    names = {name for each in domain.programmes for name in each.measures}
    names |= {rule.column for each in domain.programmes for rule in each.exclude} | set(more)
    names |= {rule.column for rule in barred_in(customers.columns)}
    mine = customers.filter(customers.month == month)
    columns = {
        name: mine[name].cast("float64") if mine[name].type().is_numeric() else mine[name] for name in sorted(names)
    }
    paid = lookback_revenue(monthly, revenue_column(monthly), month, domain.lookback_months)
    rows = mine.select("customer_id", **columns).left_join(paid, "customer_id").drop("customer_id_right")
    return rows.mutate(
        lookback_revenue=rows.lookback_revenue.fill_null(0.0), bought_months=rows.bought_months.fill_null(0)
    )
