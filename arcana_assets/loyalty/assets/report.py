"""Loyalty report: actions and the nine answers of each programme, as tables and as Markdown in the metadata.

Belongs here: which tables feed the answers. Does not belong here: what is said (`ml.loyalty_answers`), the page
(`loyalty_page`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_column, revenue_of
from arcana_assets.customer_360.revenue import lookback_revenue
from arcana_assets.domain.column import MONEY
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.facets.features import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.loyalty.assets.forecast_month import FOR_CUSTOMERS
from arcana_assets.loyalty.tables import ACTIONS, REPORT
from arcana_assets.presentation.labels import label_of
from arcana_assets.tables.frames import as_table, from_rows

OF_MONTH = {
    "ledger": "loyalty_members",
    "conditions": "loyalty_conditions",
    "eligibility": "loyalty_eligibility",
    "forecast": "loyalty_forecast",
    "values": "loyalty_customer_value",
    "proof": "loyalty_proof",
    "balance": "loyalty_balance",
    "experiment": "loyalty_experiment",
    "customers": "customer_360",
}
OF_HISTORY = {"summary": "loyalty_summary", "results": "loyalty_forecast_results"}
OF_CUSTOMERS = ("ledger", "values", "customers")  # tables with a row a customer, read month by month
OLDEST = {"monetary": "net", "frequency": "orders"}
"""What falls out of the lookback of a measure when a month goes by, by column of `transactions_monthly`."""


class StaleConditions(ArcanaError):
    """Raised where a ledger was kept by conditions that the programme no longer has."""


def loyalty_report_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Actions and answers of all programmes of a domain."""
    domain, key = spec.domain, spec.key("gold", "loyalty_report")
    ins = {name: dg.AssetIn(spec.key("gold", table)) for name, table in OF_MONTH.items()}
    ins |= {name: with_history(spec.key("gold", table)) for name, table in OF_HISTORY.items()}
    ins["monthly"] = with_history(revenue_of(spec)[0], domain.lookback_months - 1)

    @table_asset(spec, "loyalty_report", {"actions": ACTIONS, "report": REPORT}, ins=ins)
    def report(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Iterator[Any]:
        from arcana_assets.loyalty.report.answers import answers, markdown

        run = Run.of(context, domain)
        acted, told = list[pd.DataFrame](), list[dict[str, Any]]()
        with failures():
            small = {
                name: engine.backend.to_pyarrow(tables[name]).to_pandas()
                for name in (*OF_MONTH, *OF_HISTORY)
                if name not in OF_CUSTOMERS
            }
            for month in run.months:
                pages = {}
                for programme in domain.programmes:
                    found = _findings(spec, programme, month, engine, tables, small)
                    of: dict[str, Any] = {"month": month, "programme": programme.name}
                    acted.append(found.actions.assign(**of))
                    said = answers(found)
                    told += [
                        of
                        | {"number": each.number, "question": each.question, "answer": each.text}
                        | {"table": json.dumps(each.table.to_dict("split", index=False), ensure_ascii=False)}
                        for each in said
                    ]
                    pages[programme.name] = dg.MetadataValue.md(markdown(f"{programme.title}, {month:%m/%Y}", said))
                context.add_asset_metadata(pages, asset_key=key, partition_key=month.isoformat())
        yield dg.Output(as_table(acted, ACTIONS), "actions")
        yield dg.Output(from_rows(told, REPORT), "report")

    return report


def _findings(
    spec: DomainSpec,
    programme: Programme,
    month: date,
    engine: Engine,
    tables: Mapping[str, ir.Table],
    small: Mapping[str, pd.DataFrame],
) -> Any:
    """What the answers of a month are made of. `small` are the tables with few rows, of all months."""
    from arcana_assets.loyalty.programme.conditions import Condition, measures_of
    from arcana_assets.loyalty.programme.ledger import MEMBERS, REVENUE
    from arcana_assets.loyalty.report.actions import Base, actions, profile
    from arcana_assets.loyalty.report.findings import Findings

    def of(name: str, *, before: bool = False) -> pd.DataFrame:
        if name in small:
            rows = small[name]
            mine = (rows["month"] <= month) if before else (rows["month"] == month)
            return rows[mine & (rows["programme"] == programme.name)].reset_index(drop=True)
        table = tables[name].filter(tables[name].month == month)
        if "programme" in table.columns:
            table = table.filter(table.programme == programme.name)
        return engine.backend.to_pyarrow(table).to_pandas()

    frames = {name: of(name) for name in OF_MONTH if name != "customers"}
    goods = TRANSACTIONS in spec.domain.facets
    customers = of("customers").set_index("customer_id").sort_index()
    columns = _numbers(spec, customers)
    customers = customers.assign(**{name: customers[name].astype("float64") for name in columns})
    monthly = tables["monthly"]
    paid = lookback_revenue(monthly, revenue_column(monthly), month, spec.domain.lookback_months)
    told = engine.backend.to_pyarrow(paid).to_pandas().set_index("customer_id")[REVENUE]
    customers = customers.assign(**{REVENUE: told.reindex(customers.index).fillna(0.0)})
    measures = measures_of(programme, spec.domain.currency, spec.domain.lookback_months)
    if left := set(frames["conditions"]["measure"]) - set(measures):
        raise StaleConditions(
            f"{programme.name} {month:%Y-%m}: conditions of {', '.join(sorted(left))}, which the programme no longer "
            "measures. Materialize gold/loyalty_members of the month first."
        )
    conditions = [
        Condition(measures[row["measure"]], row["enter_at"], row["keep_at"])
        for row in frames["conditions"].to_dict("records")
    ]
    ledger = frames["ledger"]
    members = pd.Index(ledger.loc[ledger["state"].isin(MEMBERS), "customer_id"])
    expected = frames["values"].set_index("customer_id")["expected"]
    base = Base(
        ledger,
        customers,
        conditions,
        expected,
        FOR_CUSTOMERS,
        goods,
        _oldest(spec, month, engine, tables["monthly"]) if goods else None,
        _spread(frames["forecast"]),
    )
    return Findings(
        programme=programme,
        month=month,
        currency=spec.domain.currency,
        lookback=spec.domain.lookback_months,
        goods=goods,
        summary=of("summary", before=True),
        conditions=frames["conditions"],
        eligibility=frames["eligibility"],
        profile=profile(customers, members, {name: label_of(name) for name in columns}),
        said=_written(spec, columns),
        forecast=frames["forecast"],
        results=of("results", before=True),
        proof=frames["proof"],
        balance=frames["balance"],
        experiment=frames["experiment"],
        actions=actions(base),
    )


def _numbers(spec: DomainSpec, customers: pd.DataFrame) -> list[str]:
    """The columns of customer 360 that are numbers, shares of categories among them."""
    known = columns_of("customer_360", spec.domain.facets)
    fixed = [each.name for each in known.values() if each.type in ("integer", "decimal", "double") and not each.pattern]
    shares = [name for name in customers.columns if name.startswith("share_")]
    return [name for name in dict.fromkeys([*fixed, *shares]) if name in customers.columns]


def _written(spec: DomainSpec, columns: list[str]) -> dict[str, Callable[[float], str]]:
    """How the values of a column are written: money with the currency, shares in percent."""
    from arcana_assets.presentation.notation import number, percent

    known = columns_of("customer_360", spec.domain.facets)

    def money(value: float) -> str:
        return f"{spec.domain.currency} {number(value, 0)}"

    written: dict[str, Callable[[float], str]] = {}
    for name in columns:
        unit = known[name].unit if name in known else ""
        share = name.startswith("share_") or name.endswith("_share")
        written[name] = money if unit.startswith(MONEY) else percent if share else number
    return written


def _spread(forecast: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The ends of the interval of each group's forecast for as many months as that of customers, as shares of it."""
    mine = forecast[forecast["serves"].astype("boolean").fillna(False) & (forecast["horizon"] == FOR_CUSTOMERS)]
    mine = mine[mine["low"].notna()]
    return {
        row["group"]: (row["low"] / row["forecast"], row["high"] / row["forecast"]) for row in mine.to_dict("records")
    }


def _oldest(spec: DomainSpec, month: date, engine: Engine, monthly: ir.Table) -> pd.DataFrame:
    """What of each measure lies in the oldest month of the lookback."""
    oldest = monthly.filter(monthly.month == ibis.literal(shifted(month, 1 - spec.domain.lookback_months)))
    columns = {name: oldest[column].cast("float64") for name, column in OLDEST.items()}
    found: pd.DataFrame = engine.backend.to_pyarrow(oldest.select("customer_id", **columns)).to_pandas()
    return found.set_index("customer_id")
