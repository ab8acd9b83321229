"""Metrics: the figures that people follow, each said once: name, kind, table, expression.

Belongs here: which figures there are, and how each is computed of one gold table. Does not belong here: their labels
and definitions in words (`presentation/texts`), who shows them (the page, the database, reports).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from arcana_assets.domain.column import Kind
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted

Covers = Literal["month", "window", "end"]
"""What a figure is of: the days of the month alone, the months of the lookback that end with it, or its last day."""

BY_MONTH, BY_CUSTOMER = "transactions_monthly", "customer_360"
SOURCES = (BY_MONTH, BY_CUSTOMER)
"""The gold tables that metrics are computed of."""


@dataclass(frozen=True)
class Metric:
    """A figure of a month: an SQL aggregate over the rows of `table` in that month, or of any part of them.

    `needs` are the columns that the expression reads: a domain whose table lacks one does not have the metric. Parts of
    an `additive` one add up to the whole. `better` says which way is good news; neither for one that has none.
    `covers` says of which days it is. `median_of` is the column that a median is of: who asks of many months at once
    counts its values, for DuckDB's own `median` holds every one of them.
    """

    name: str
    kind: Kind
    table: str
    expression: str
    needs: tuple[str, ...]
    additive: bool = True
    better: str = "high"
    covers: Covers = "window"
    median_of: str = ""

    def comparable(self, domain: CustomerDomain, month: date, ends: date | None) -> bool:
        """Whether a month's figure may be told against that of the month before.

        Not while the window fills, for then it grows whatever customers do; nor for the days of a month whose data
        end, on the day `ends`, before it does. `ends` is None where that is not known.
        """
        if self.covers == "month":
            return ends is None or shifted(month, 1) <= ends + timedelta(days=1)
        filling = self.covers == "window" and shifted(month, -1) < domain.filled_from
        listed = self.name == "customers" and domain.customers_from == "master"
        return listed or not filling


METRICS = (
    Metric("month_revenue", "money", BY_MONTH, "sum(net)", ("net",), covers="month"),
    Metric("month_orders", "integer", BY_MONTH, "sum(orders)", ("orders",), covers="month"),
    Metric("active_customers", "integer", BY_MONTH, "count(*) FILTER (orders > 0)", ("orders",), covers="month"),
    Metric(
        "month_ticket", "money", BY_MONTH, "sum(net) / nullif(sum(orders), 0)", ("net", "orders"), False, covers="month"
    ),
    Metric("recurring_revenue", "money", BY_CUSTOMER, "sum(mrr)", ("mrr",), covers="end"),
    Metric("contract_value", "money", BY_CUSTOMER, "sum(contract_value)", ("contract_value",), covers="end"),
    Metric(
        "customers_in_contract",
        "integer",
        BY_CUSTOMER,
        "count(*) FILTER (contracts_active > 0)",
        ("contracts_active",),
        covers="end",
    ),
    Metric("customers", "integer", BY_CUSTOMER, "count(*)", ("customer_id",)),
    Metric("revenue", "money", BY_CUSTOMER, "sum(monetary)", ("monetary",)),
    Metric("orders", "integer", BY_CUSTOMER, "sum(frequency)", ("frequency",)),
    Metric(
        "average_ticket",
        "money",
        BY_CUSTOMER,
        "sum(monetary) / nullif(sum(frequency), 0)",
        ("monetary", "frequency"),
        additive=False,
    ),
    Metric(
        "recency",
        "integer",
        BY_CUSTOMER,
        "median(recency_days)",
        ("recency_days",),
        additive=False,
        better="low",
        median_of="recency_days",
    ),
    Metric("tickets", "integer", BY_CUSTOMER, "sum(tickets_opened)", ("tickets_opened",), better="low"),
    Metric("satisfaction", "decimal", BY_CUSTOMER, "avg(mean_score)", ("mean_score",), additive=False),
    Metric("usage_hours", "decimal", BY_CUSTOMER, "sum(usage_hours)", ("usage_hours",)),
)


def metrics_of(table: str, columns: Collection[str]) -> list[Metric]:
    """The metrics that a table with these columns has, in the order in which they are shown."""
    there = set(columns)
    return [each for each in METRICS if each.table == table and there.issuperset(each.needs)]


def values_by_month(metrics: Iterable[Metric], table: str) -> str:
    """The query for metrics of one table, which is called `table` there: month, metric, kind, value; a row of each.

    Names and kinds are words of this file and expressions are SQL of it: nothing of a person is in the query.
    """
    mine = [each for each in metrics if each.table == table]
    names, kinds = (", ".join(f"'{each}'" for each in of) for of in zip(*((m.name, m.kind) for m in mine), strict=True))
    values = ", ".join(f"CAST({each.expression} AS DOUBLE)" for each in mine)
    return (
        f"SELECT month, unnest([{names}]) AS metric, unnest([{kinds}]) AS kind, unnest([{values}]) AS value "
        f"FROM {table} GROUP BY month"
    )
