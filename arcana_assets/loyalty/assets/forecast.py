"""Loyalty forecast: what members and the rest will pay, by the model that has been off least, and what came of it.

Belongs here: which tables feed forecasts, reading what a month knows, each month once. Does not belong here: a month
of forecasts (`forecast.month`), the models and the intervals (`forecast.revenue`).
"""

import operator
from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.customer_360.revenue import outcomes, revenue_history
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.month_chain import require_month_before
from arcana_assets.graph.run import Run, tell_standing
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.inputs import frame_of
from arcana_assets.loyalty.forecast.month import (
    LEAST_COVERED,
    Ended,
    Groups,
    Known,
    Past,
    forecast_month,
    intervals_hold,
)
from arcana_assets.loyalty.forecast.revenue import HORIZONS, Forecasts, forecasts
from arcana_assets.loyalty.programme.ledger import STATES
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.tables.frames import as_table

HOLD = "intervals_hold"
TABLES = {"forecast": tables.FORECAST, "results": tables.FORECAST_RESULTS}


def loyalty_forecast_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Forecasts of all programmes, and what came of earlier ones."""
    domain, key, (revenue, column), back = spec.domain, spec.key_of(tables.FORECAST), revenue_of(spec), max(HORIZONS)

    @table_asset(
        spec,
        "loyalty_forecast",
        TABLES,
        ins={
            "monthly": with_history(revenue),
            "members": with_history(spec.key_of(tables.MEMBERS), back),
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
    ) -> Events:
        run, language = Run.of(context, domain), language_of(domain.language)
        past = _past(spec, lake, engine, run)
        months = _Months(spec, engine, run, monthly, members, customers)
        tell_standing(context, key, run)
        for month in run.months:
            if (judged := run.judged(month)) < domain.start:
                continue  # the first month is open: there is none before it that is over
            known = months.known(judged)
            for programme in domain.programmes:
                past.add(forecast_month(month, programme.name, known, past, language))
        for (name, table), frames in zip(TABLES.items(), (past.forecasts, past.results), strict=True):
            rows = [frame[frame["month"].isin(run.months)] for frame in frames]
            where = {each: [(revenue, column)] for each in table.columns if each != "month"}
            metadata = {"dagster/column_lineage": lineage(where)}
            metadata |= _metadata(language, past, run.months[-1]) if name == "forecast" else {}
            yield dg.Output(as_table(rows, table), name, metadata=metadata)
        yield verdict(key, HOLD, *intervals_hold(past.served), {"outcomes": len(past.served)})

    return forecast


class _Months:
    """Months as forecasts know them; what is read of one is read once a run."""

    def __init__(
        self, spec: DomainSpec, engine: Engine, run: Run, monthly: ir.Table, members: ir.Table, customers: ir.Table
    ) -> None:
        self.domain, self.engine, self.run, self.column = spec.domain, engine, run, revenue_of(spec)[1]
        self.monthly, self.members, self.customers = monthly, members, customers
        self._said, self._in = dict[date, Forecasts](), dict[date, Groups]()

    def known(self, month: date) -> Known:
        """All that is known at the end of a month; of months since that are not all over no outcome is."""
        start, ended = self.domain.start, {}
        for horizon in HORIZONS:
            cut = shifted(month, -horizon)
            if cut >= start and self.run.are_over(shifted(cut, 1), month):
                paid = self._by_group(outcomes(self.monthly, self.column, cut, horizon), cut, ["revenue"])
                ended[horizon] = Ended(self._groups(cut), paid.set_index("customer_id")["revenue"])
        return Known(month, self._groups(month), self._forecasts(month), ended)

    def _forecasts(self, month: date) -> Forecasts:
        if month not in self._said:
            start, lookback = self.domain.start, self.domain.lookback_months
            history = revenue_history(self.monthly, self.column, month, start, lookback, HORIZONS)
            known = len(months_between(start, month))
            sums = [name for name in history.columns if name != "customer_id"]
            self._said[month] = forecasts(self._by_group(history, month, sums), known, lookback)
        return self._said[month]

    def _groups(self, month: date) -> Groups:
        """The groups of a month, each named by digits: 1 where it is in customer 360, and in each programme; else 0."""
        if month not in self._in:
            everyone, *members = self._sets(month)
            ids = ibis.union(everyone, *members, distinct=True)
            found = frame_of(self.engine, ids.select(group=self._group(ids, month)).distinct())["group"]
            places = enumerate(self.domain.programmes, start=1)
            of = {each.name: frozenset(name for name in found if name[place] == "1") for place, each in places}
            self._in[month] = Groups(frozenset(name for name in found if name[0] == "1"), of)
        return self._in[month]

    def _by_group(self, rows: ir.Table, month: date, sums: Sequence[str]) -> pd.DataFrame:
        """Rows of customers added up by the group that each was of at the end of a month."""
        told = rows.mutate(group=self._group(rows, month))
        # As decimals: the sum of floating-point numbers depends on their order.
        added = {name: told[name].cast("decimal(38, 6)").sum().cast("float64") for name in sums}
        table = told.group_by("group").agg(customers=told.count(), **added).order_by("group")
        return frame_of(self.engine, table).rename(columns={"group": "customer_id"})

    def _group(self, rows: ir.Table, month: date) -> ir.StringValue:
        flags = [rows.customer_id.isin(each.customer_id).ifelse("1", "0") for each in self._sets(month)]
        return reduce(operator.add, flags)

    def _sets(self, month: date) -> list[ir.Table]:
        """The customers of a month, and the members of each programme then."""
        everyone = self.customers.filter(self.customers.month == month).select("customer_id")
        members = self.members.filter(self.members.month == month, self.members.state.isin(STATES))
        of = [members.filter(members.programme == each.name).select("customer_id") for each in self.domain.programmes]
        return [everyone, *of]


def _past(spec: DomainSpec, lake: Lake, engine: Engine, run: Run) -> Past:
    """What earlier runs kept. Raises ChainGap where the month before was never computed."""
    keys = [spec.key_of(table) for table in (tables.FORECAST, tables.FORECAST_RESULTS)]
    first, start = run.months[0], spec.domain.start
    if first == start:
        return Past([], [])
    require_month_before(lake, keys[0], start, first)
    earlier = months_between(start, shifted(first, -1))
    kept = (lake.read(key.path, lake.materialized_months(key.path, earlier), engine) for key in keys)
    made, results = ([frame_of(engine, table)] for table in kept)
    return Past(made, results)


def _metadata(language: Language, past: Past, month: date) -> dict[str, Any]:
    """The forecasts that serve a month, as a table."""
    rows = [
        (
            *(row[name] for name in ("programme", "group", "horizon", "model")),
            *("" if pd.isna(row[name]) else language.count(row[name]) for name in ("forecast", "low", "high")),
            "" if pd.isna(row["coverage"]) else language.percent(row["coverage"], 0),
        )
        for frame in past.forecasts
        for row in frame[(frame["month"] == month) & frame["serves"].astype("boolean").fillna(False)].to_dict("records")
    ]
    return {"forecast": dg.MetadataValue.md(markdown_table(language.words("programme.forecasts"), rows))}
