"""Loyalty forecast months: forecasts of a month, what came of those that end in it, what is expected of customers.

Belongs here: one month of one programme, and what is remembered of the months before. Does not belong here: the asset
(`loyalty_forecast`), the models and intervals (`ml.revenue_forecast`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.revenue import outcomes, revenue_history
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.month_chain import require_month_before
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty import tables
from arcana_assets.tables.frames import nothing

FOR_CUSTOMERS = 3  # months that the expected revenue of a customer is for


class Past:
    """The forecasts and results of earlier months, those of this run among them, and the values of this run."""

    def __init__(self, forecasts: list[pd.DataFrame], results: list[pd.DataFrame]) -> None:
        self.forecasts, self.results, self.values = forecasts, results, list[pd.DataFrame]()

    @classmethod
    def before(cls, spec: DomainSpec, lake: Lake, engine: Engine, run: Run) -> "Past":
        """What earlier runs kept. Raises ChainGap where the month before was never computed."""
        keys = [spec.key("gold", name) for name in ("loyalty_forecast", "loyalty_forecast_results")]
        first, start = run.months[0], spec.domain.start
        if first == start:
            return cls([], [])
        require_month_before(lake, keys[0], start, first)
        earlier = months_between(start, shifted(first, -1))
        kept = [lake.read(key.path, lake.materialized_months(key.path, earlier), engine) for key in keys]
        forecasts, results = ([engine.backend.to_pyarrow(table).to_pandas()] for table in kept)
        return cls(forecasts, results)

    def add(self, forecasts: pd.DataFrame, results: pd.DataFrame, values: pd.DataFrame) -> None:
        """A month of a programme."""
        for kept, rows in ((self.forecasts, forecasts), (self.results, results), (self.values, values)):
            if len(rows):
                kept.append(rows)

    def made(self, programme: str, month: date, horizon: int) -> pd.DataFrame:
        """The forecasts that were made as of the end of a month, for so many months."""
        found = [
            rows[(rows["programme"] == programme) & (rows["month"] == month) & (rows["horizon"] == horizon)]
            for rows in self.forecasts
        ]
        rows = pd.concat(found, ignore_index=True) if found else nothing(tables.FORECAST)
        return rows[(rows["made_in"] == month) & rows["forecast"].notna()]

    def known(self, programme: str) -> pd.DataFrame:
        """All results of a programme."""
        rows = [each[each["programme"] == programme] for each in self.results]
        return pd.concat(rows, ignore_index=True) if rows else nothing(tables.FORECAST_RESULTS)


class Forecasting:
    """The forecasts of a month, with what customers paid read once a month."""

    def __init__(
        self,
        spec: DomainSpec,
        engine: Engine,
        monthly: ir.Table,
        column: str,
        members: ir.Table,
        customers: ir.Table,
    ) -> None:
        self.spec, self.engine, self.monthly, self.column = spec, engine, monthly, column
        self.members, self.customers = members, customers
        self._said: dict[date, Any] = {}
        self._in: dict[tuple[date, str], dict[str, set[str]]] = {}

    def month(
        self, month: date, judged: date, programme: Programme, past: Past
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Forecasts, results and values of customers of a month; an open month's are those of the one before it."""
        of: dict[str, Any] = {"month": month, "programme": programme.name}
        results = self._results(month, programme, past) if judged == month else nothing(tables.FORECAST_RESULTS)
        results = results.assign(**of)
        if judged < self.spec.domain.start:
            return nothing(tables.FORECAST), results, nothing(tables.CUSTOMER_VALUE)
        groups = self._groups(judged, programme)
        if not groups["members"]:
            return nothing(tables.FORECAST), results, nothing(tables.CUSTOMER_VALUE)
        known = pd.concat([past.known(programme.name), results], ignore_index=True)
        made = self._forecasts(judged)
        table, serving = _with_intervals(made, groups, known, judged)
        values = self._values(judged, programme, serving[FOR_CUSTOMERS])
        return table.assign(**of, made_in=judged), results, values.assign(**of)

    def _forecasts(self, month: date) -> Any:
        from arcana_assets.loyalty.forecast.revenue import HORIZONS, forecasts

        if month not in self._said:
            domain = self.spec.domain
            known = len(months_between(domain.start, month))
            history = revenue_history(self.monthly, self.column, month, domain.start, domain.lookback_months, HORIZONS)
            frame = self.engine.backend.to_pyarrow(history).to_pandas()
            self._said[month] = forecasts(frame, month, known, domain.lookback_months)
        return self._said[month]

    def _groups(self, month: date, programme: Programme) -> dict[str, set[str]]:
        """Who is a member and who is not, among those who have a row in customer 360."""
        from arcana_assets.loyalty.programme.ledger import MEMBERS

        key = (month, programme.name)
        if key not in self._in:
            mine = self.members.filter(
                self.members.month == month,
                self.members.programme == programme.name,
                self.members.state.isin(list(MEMBERS)),
            )
            everyone = self.customers.filter(self.customers.month == month)
            members, base = (
                set(self.engine.backend.to_pyarrow(table.select("customer_id"))["customer_id"].to_pylist())
                for table in (mine, everyone)
            )
            self._in[key] = {"members": members, "rest": base - members}
        return self._in[key]

    def _paid(self, month: date, months: int) -> pd.Series:
        """What each customer paid in the months after a month."""
        table = self.engine.backend.to_pyarrow(outcomes(self.monthly, self.column, month, months)).to_pandas()
        return table.set_index("customer_id")["revenue"]

    def _results(self, month: date, programme: Programme, past: Past) -> pd.DataFrame:
        """The forecasts whose last month this one is, with what came of them."""
        from arcana_assets.loyalty.forecast.revenue import HORIZONS

        found = []
        for horizon in HORIZONS:
            cut = shifted(month, -horizon)
            if cut < self.spec.domain.start:
                continue
            made = past.made(programme.name, cut, horizon)
            if made.empty:
                continue
            paid = self._paid(cut, horizon)
            groups = self._groups(cut, programme)
            outcome = made["group"].map({name: float(paid[paid.index.isin(ids)].sum()) for name, ids in groups.items()})
            inside = (made["low"] <= outcome) & (outcome <= made["high"])
            found.append(
                made.assign(outcome=outcome, covered=inside.astype("boolean").mask(made["low"].isna())).rename(
                    columns={"serves": "served"}
                )
            )
        return pd.concat(found, ignore_index=True) if found else nothing(tables.FORECAST_RESULTS)

    def _values(self, month: date, programme: Programme, model: str) -> pd.DataFrame:
        """What is expected of each customer; of nobody while it cannot be said how uncertain that is."""
        from arcana_assets.loyalty.forecast.revenue import HALF, customer_intervals

        then = shifted(month, -FOR_CUSTOMERS)
        if then < self.spec.domain.start:
            return nothing(tables.CUSTOMER_VALUE)
        old, now = self._forecasts(then), self._forecasts(month)
        if (model, FOR_CUSTOMERS) not in old.values:
            model = HALF
        paid = self._paid(then, FOR_CUSTOMERS).reindex(old.customers).fillna(0.0).to_numpy()
        base = self.engine.backend.to_pyarrow(
            self.customers.filter(self.customers.month == month).select("customer_id")
        )["customer_id"].to_pylist()
        said = pd.Series(now.values[model, FOR_CUSTOMERS], index=now.customers).reindex(sorted(base)).fillna(0.0)
        low, high = customer_intervals(old.values[model, FOR_CUSTOMERS], paid, said.to_numpy())
        frame = pd.DataFrame({"customer_id": said.index, "expected": said.to_numpy(), "low": low, "high": high})
        return frame[frame["low"].notna()].assign(months=FOR_CUSTOMERS, model=model)


def _with_intervals(
    made: Any, groups: Mapping[str, set[str]], known: pd.DataFrame, month: date
) -> tuple[pd.DataFrame, dict[int, str]]:
    """The forecasts of groups with intervals and what is known of each model; and the one that serves each horizon."""
    from arcana_assets.loyalty.forecast.revenue import (
        HORIZONS,
        group_totals,
        interval,
        leaderboard,
        models_silent,
        seasonal,
        serving,
    )

    totals = group_totals(made, groups)
    totals = pd.concat([totals, seasonal(totals, known, month)], ignore_index=True)
    board = leaderboard(known)
    serves = {
        horizon: serving(known, horizon, totals.loc[totals["horizon"] == horizon, "model"]) for horizon in HORIZONS
    }
    table = totals.merge(board, on=["horizon", "model"], how="left")
    table["months"] = table["months"].fillna(0).astype("int64")
    ends = [interval(*of) for of in zip(table["forecast"], table["drift"], table["months"], strict=True)]
    table["low"], table["high"] = [low for low, _ in ends], [high for _, high in ends]
    table["serves"] = table["model"] == table["horizon"].map(serves)
    silent = models_silent(made, totals["model"].unique().tolist())
    empty = pd.DataFrame(
        [
            {"group": group, "horizon": horizon, "model": model, "serves": False, "months": 0, "note": why}
            for model, why in silent.items()
            for group in groups
            for horizon in HORIZONS
        ]
    )
    parts = [table.assign(note=None), empty] if len(empty) else [table.assign(note=None)]
    return pd.concat(parts, ignore_index=True).rename(columns={"months": "hold_out_months"}), serves
