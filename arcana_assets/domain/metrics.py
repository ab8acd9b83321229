"""Metrics: the figures that people follow, each said once: name, kind, table, expression.

Belongs here: which figures there are, and how each is computed of one gold table. Does not belong here: their labels
and definitions in words (`presentation/texts`), who shows them (the page, the database, reports).
"""

from collections.abc import Collection
from dataclasses import dataclass

from arcana_assets.domain.column import Kind


@dataclass(frozen=True)
class Metric:
    """A figure of a month: an SQL aggregate over the rows of `table` in that month, or of any part of them.

    `needs` are the columns that the expression reads: a domain whose table lacks one does not have the metric. Parts of
    an `additive` one add up to the whole. `better` says which way is good news; neither for one that has none.
    `median_of` is the column that a median is of: who asks of many months at once counts its values, for DuckDB's own
    `median` holds every one of them.
    """

    name: str
    kind: Kind
    table: str
    expression: str
    needs: tuple[str, ...]
    additive: bool = True
    better: str = "high"
    median_of: str = ""


METRICS = (
    Metric("customers", "integer", "customer_360", "count(*)", ("customer_id",)),
    Metric("revenue", "money", "customer_360", "sum(monetary)", ("monetary",)),
    Metric("active_customers", "integer", "customer_360", "count(*) FILTER (recency_days <= 31)", ("recency_days",)),
    Metric("orders", "integer", "customer_360", "sum(frequency)", ("frequency",)),
    Metric(
        "average_ticket",
        "money",
        "customer_360",
        "sum(monetary) / nullif(sum(frequency), 0)",
        ("monetary", "frequency"),
        additive=False,
    ),
    Metric(
        "recency",
        "integer",
        "customer_360",
        "median(recency_days)",
        ("recency_days",),
        additive=False,
        better="low",
        median_of="recency_days",
    ),
    Metric("contract_value", "money", "customer_360", "sum(contract_value)", ("contract_value",)),
    Metric("recurring_revenue", "money", "customer_360", "sum(mrr)", ("mrr",)),
    Metric(
        "customers_in_contract",
        "integer",
        "customer_360",
        "count(*) FILTER (contracts_active > 0)",
        ("contracts_active",),
    ),
    Metric("tickets", "integer", "customer_360", "sum(tickets_opened)", ("tickets_opened",), better="low"),
    Metric("satisfaction", "decimal", "customer_360", "avg(mean_score)", ("mean_score",), additive=False),
    Metric("usage_hours", "decimal", "customer_360", "sum(usage_hours)", ("usage_hours",)),
)


def metrics_of(table: str, columns: Collection[str]) -> list[Metric]:
    """The metrics that a table with these columns has, in the order in which they are shown."""
    there = set(columns)
    return [each for each in METRICS if each.table == table and there.issuperset(each.needs)]
