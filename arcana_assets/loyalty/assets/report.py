"""Loyalty report: actions and the nine answers of each programme, as tables and as Markdown in the metadata.

Belongs here: which tables feed the answers. Does not belong here: what they are made of (`report.findings`), what is
said (`report.answers`), the page (`assets.page`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.revenue import revenue_column, revenue_of
from arcana_assets.customer_360.identities import folded_as_of
from arcana_assets.customer_360.revenue import lookback_revenue
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.domain.settings.predictions import EXPECTED_MONTHS
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.loyalty import tables as of_loyalty
from arcana_assets.loyalty.assets.everyone import blocks_of, some_of
from arcana_assets.loyalty.assets.inputs import frame_of
from arcana_assets.loyalty.report.answers import answers, markdown
from arcana_assets.loyalty.report.findings import MonthCustomers, findings_of
from arcana_assets.presentation.language import language_of
from arcana_assets.tables.frames import as_table, from_rows

_SEED = 7  # of the sample of customers that members are told from
_LEDGER, _PREDICTIONS = "ledger", "predictions"  # have a row a customer: read by month
_OF_MONTH = {
    "conditions": of_loyalty.CONDITIONS,
    "eligibility": of_loyalty.ELIGIBILITY,
    "forecast": of_loyalty.FORECAST,
    "proof": of_loyalty.PROOF,
    "balance": of_loyalty.BALANCE,
    "experiment": of_loyalty.EXPERIMENT,
}
_OF_HISTORY = {"summary": of_loyalty.SUMMARY, "results": of_loyalty.FORECAST_RESULTS}
_OLDEST = {"monetary": "net", "frequency": "orders"}
"""What falls out of the lookback of a measure when a month goes by, by column of `transactions_monthly`."""


def loyalty_report_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Actions and answers of all programmes of a domain."""
    domain, key = spec.domain, spec.key_of(of_loyalty.REPORT)
    of_month = {_LEDGER: of_loyalty.MEMBERS} | _OF_MONTH
    ins = {name: dg.AssetIn(spec.key_of(table)) for name, table in of_month.items()}
    ins |= {_PREDICTIONS: dg.AssetIn(spec.key("gold", _PREDICTIONS))} if domain.expected_spend else {}
    ins |= {name: with_history(spec.key_of(table)) for name, table in _OF_HISTORY.items()}
    ins["customers"] = dg.AssetIn(spec.key("gold", "customer_360"))
    ins["monthly"] = with_history(revenue_of(spec)[0], domain.lookback_months - 1)
    ins |= identity_ins(spec)
    outs = {"actions": of_loyalty.ACTIONS, "report": of_loyalty.REPORT}

    @table_asset(spec, "loyalty_report", outs, ins=ins)
    def report(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Events:
        run = Run.of(context, domain)
        acted, told = list[pd.DataFrame](), list[dict[str, Any]]()
        small = {name: frame_of(engine, tables[name]) for name in (*_OF_MONTH, *_OF_HISTORY)}
        for month in run.months:
            rows, pages, read = _rows(small, month), {}, _Month(domain, engine, tables, month)
            ledger, customers = read.sample()
            of_month = language_of(domain.language).short_month(month)
            for programme in domain.programmes:
                of: dict[str, Any] = {"month": month, "programme": programme.name}
                mine = {name: _of(table, programme) for name, table in {**rows, _LEDGER: ledger}.items()}
                found = findings_of(domain, programme, month, mine, customers, read.blocks(programme))
                said = answers(found)
                acted.append(found.actions.assign(**of))
                told += [of | each.row for each in said]
                pages[programme.name] = dg.MetadataValue.md(markdown(f"{programme.title}, {of_month}", said))
            context.add_asset_metadata(pages, asset_key=key, partition_key=month.isoformat())
        yield dg.Output(as_table(acted, of_loyalty.ACTIONS), "actions")
        yield dg.Output(from_rows(told, of_loyalty.REPORT), "report")

    return report


def _rows(small: Mapping[str, pd.DataFrame], month: date) -> dict[str, pd.DataFrame]:
    """The rows of a month, and of history up to it. `small` are the tables with few rows, of all months."""
    now = {name: small[name][small[name]["month"] == month] for name in _OF_MONTH}
    return now | {name: small[name][small[name]["month"] <= month] for name in _OF_HISTORY}


def _of(table: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    return table[table["programme"] == programme.name].reset_index(drop=True)


class _Month:
    """The ledger and the customers of a month: all of them, or, where there are more than a block, a sample."""

    def __init__(self, domain: CustomerDomain, engine: Engine, tables: Mapping[str, ir.Table], month: date) -> None:
        self.domain, self.engine, self.month = domain, engine, month
        ledger, customers = tables[_LEDGER], tables["customers"]
        self.ledger = ledger.filter(ledger.month == month).select("programme", "customer_id", "state")
        self.customers = customers.filter(customers.month == month)
        self.monthly = folded_as_of(tables["monthly"], tables.get(IDENTITIES), month)
        self.expected = tables.get(_PREDICTIONS)
        self.parts = blocks_of(engine, customers, month)

    def sample(self) -> tuple[pd.DataFrame, MonthCustomers]:
        """The ledger of all programmes and the customers."""
        few = some_of(self.engine, self.customers, self.month, _SEED)
        return frame_of(self.engine, few(self.ledger)), self._customers(self.customers, few)

    def blocks(self, programme: Programme) -> Iterator[tuple[pd.DataFrame, MonthCustomers]] | None:
        """The ledger of a programme and its customers in blocks; None where one holds them all."""
        return None if len(self.parts) == 1 else self._blocks(programme)

    def _blocks(self, programme: Programme) -> Iterator[tuple[pd.DataFrame, MonthCustomers]]:
        ledger = self.ledger.filter(self.ledger.programme == programme.name)
        customers = self.customers.semi_join(ledger, "customer_id")
        for block in self.parts:
            yield frame_of(self.engine, block.of(ledger)), self._customers(customers, block.of)

    def _customers(self, customers: ir.Table, part: Callable[[ir.Table], ir.Table]) -> MonthCustomers:
        domain, engine, month, monthly = self.domain, self.engine, self.month, part(self.monthly)
        paid = lookback_revenue(monthly, revenue_column(monthly), month, domain.lookback_months)
        oldest = None
        if TRANSACTIONS in domain.facets:
            rows = monthly.filter(monthly.month == ibis.literal(shifted(month, 1 - domain.lookback_months)))
            measures = {name: rows[column].sum().cast("float64") for name, column in _OLDEST.items()}
            oldest = frame_of(engine, rows.group_by("customer_id").agg(**measures)).set_index("customer_id")
        mine, expected = frame_of(engine, part(customers)), self._expected(part)
        return MonthCustomers.of(domain, mine, frame_of(engine, paid), oldest, expected)

    def _expected(self, part: Callable[[ir.Table], ir.Table]) -> pd.DataFrame | None:
        """What customers are expected to pay; None where the domain predicts no spend."""
        if (spend := self.domain.expected_spend) is None or self.expected is None:
            return None
        said = part(self.expected)
        mine = said.filter(said.month == self.month, said.prediction == spend.name, said.horizon == EXPECTED_MONTHS)
        return frame_of(self.engine, mine.select("customer_id", "expected", "high"))
