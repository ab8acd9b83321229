"""Loyalty forecast: what members and the rest will pay, by the model that has been off least, and what came of it.

Belongs here: which tables feed forecasts, the hold-outs that grow by a month each month. Does not belong here: the
models and the intervals (`ml.revenue_forecast`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.forecast_month import Forecasting, Past
from arcana_assets.tables.frames import as_table, nothing

HOLD = "intervals_hold"
LEAST_COVERED, ENOUGH = 0.6, 10  # share of outcomes within their intervals, once there are so many


def loyalty_forecast_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Forecasts of all programmes, what came of earlier ones, and what is expected of each customer."""
    from arcana_assets.loyalty.forecast.revenue import HORIZONS

    domain, key, (revenue, column) = spec.domain, spec.key("gold", "loyalty_forecast"), revenue_of(spec)
    back = max(HORIZONS)

    @table_asset(
        spec,
        "loyalty_forecast",
        {"forecast": tables.FORECAST, "results": tables.FORECAST_RESULTS, "values": tables.CUSTOMER_VALUE},
        ins={
            "monthly": with_history(revenue),
            "members": with_history(spec.key("gold", "loyalty_members"), back),
            "customers": with_history(spec.key("gold", "customer_360"), back),
        },
        checks=[
            dg.AssetCheckSpec(
                HOLD, asset=key, description=f"At least {LEAST_COVERED:.0%} of the outcomes lie within their intervals"
            )
        ],
    )
    def forecast(
        context: dg.AssetExecutionContext,
        lake: Lake,
        engine: Engine,
        monthly: ir.Table,
        members: ir.Table,
        customers: ir.Table,
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        with failures():
            past = Past.before(spec, lake, engine, run)
            work = Forecasting(spec, engine, monthly, column, members, customers)
            for month in run.months:
                for programme in domain.programmes:
                    past.add(*work.month(month, run.judged(month), programme, past))
        told = pd.concat(past.results, ignore_index=True) if past.results else nothing(tables.FORECAST_RESULTS)
        served = told[told["served"].astype("boolean").fillna(False) & told["covered"].notna()]
        for name, frames, table in (
            ("forecast", past.forecasts, tables.FORECAST),
            ("results", past.results, tables.FORECAST_RESULTS),
            ("values", past.values, tables.CUSTOMER_VALUE),
        ):
            rows = [frame[frame["month"].isin(run.months)] for frame in frames]
            metadata = {"dagster/column_lineage": _lineage(table.arrow, revenue, column)}
            if name == "forecast":
                metadata |= _metadata(past.forecasts, run.months[-1])
            yield dg.Output(as_table(rows, table), name, metadata=metadata)
        yield _check(key, served)

    return forecast


def _check(key: dg.AssetKey, served: pd.DataFrame) -> dg.AssetCheckResult:
    share = float(served["covered"].astype("float64").mean()) if len(served) else np.nan
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=HOLD,
        passed=len(served) < ENOUGH or share >= LEAST_COVERED,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{share:.0%} of {len(served)} outcomes lie within their 80 % intervals"
        if len(served)
        else "No forecast is old enough yet",
        metadata={"outcomes": len(served)},
    )


def _metadata(forecasts: Sequence[pd.DataFrame], month: date) -> dict[str, Any]:
    """The forecasts that serve the last month of the run, as a table."""
    lines = [
        "| programa | grupo | meses | modelo | previsto | de | até | cobertura |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for frame in forecasts:
        mine = frame[(frame["month"] == month) & frame["serves"].astype("boolean").fillna(False)]
        for row in mine.to_dict("records"):
            figures = " | ".join(
                "" if pd.isna(row[name]) else f"{row[name]:,.0f}" for name in ("forecast", "low", "high")
            )
            covered = "" if pd.isna(row["coverage"]) else f"{row['coverage']:.0%}"
            lines.append(
                f"| {row['programme']} | {row['group']} | {row['horizon']} | {row['model']} | {figures} | {covered} |"
            )
    return {"forecast": dg.MetadataValue.md("\n".join(lines))}


def _lineage(schema: pa.Schema, revenue: dg.AssetKey, column: str) -> dg.TableColumnLineage:
    return lineage({name: [(revenue, column)] for name in schema.names if name != "month"})
