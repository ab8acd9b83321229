"""Customers: how revenue is spread over them, who stays, what they own, and what they own together.

Belongs here: findings about the base as a whole. Does not belong here: features one by one (`features`, `columns`).
"""

from collections.abc import Iterator, Sequence
from datetime import date

import ibis.expr.types as ir

from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import quoted
from arcana_assets.profile.finding import Row, asked, finding, named, rounded

REVENUE = ("monetary", "mrr", "contract_value")
"""Columns of customer 360 that are revenue, the first that a domain has."""

TOPS = {"top_1": 0.01, "top_5": 0.05, "top_10": 0.1, "top_20": 0.2, "top_50": 0.5}
RANGES = {"1": 1, "2": 2, "3-5": 5, "6-10": 10, "11-20": 20, "21-50": 50}
BEYOND = "51+"
_ITEMS, _TOGETHER = 15, 8
COHORTS = 12  # months after its first one that a cohort is followed
FEW_OWNERS = 5  # an item with fewer owners is in the long tail


def concentration(engine: Engine, customers: ir.Table) -> Iterator[Row]:
    """How much of the revenue the best customers bring, and Gini's coefficient; losses count as nothing.

    Subject `concentration`, `part` the column: `item` revenue (their sum), top_1 ... top_50 (of the best hundredth to
    the best half, rounded up), paying, gini (0: all alike, 1: one has all; Gini, Variabilità e mutabilità, 1912).
    """
    column = next((name for name in REVENUE if name in customers.columns), None)
    if column is None:
        return
    tops = ", ".join(
        f"sum(v) FILTER (place <= ceil(n * {share})) AS {name}, any_value(ceil(n * {share}))::BIGINT AS n_{name}"
        for name, share in TOPS.items()
    )
    for row in asked(
        engine,
        "WITH paid AS MATERIALIZED (SELECT month, greatest(coalesce(v, 0), 0)::DOUBLE AS v FROM "
        f"(SELECT month, {quoted(column)} AS v FROM {named(engine, customers)})), placed AS ("
        "SELECT month, v, row_number() OVER (PARTITION BY month ORDER BY v DESC) AS place, "
        "count(*) OVER (PARTITION BY month) AS n FROM paid) "
        f"SELECT month, any_value(n) AS n, sum(v) AS total, count_if(v > 0) AS paying, {tops}, "
        "CASE WHEN sum(v) > 0 THEN 2 * sum((n - place + 1) * v) / (any_value(n) * sum(v)) "
        "- (any_value(n) + 1) / any_value(n) END AS gini FROM placed GROUP BY month ORDER BY month",
    ):
        month, total = row["month"], row["total"]
        yield finding(month, "concentration", column, "revenue", value=total, n=row["n"])
        yield finding(month, "concentration", column, "paying", value=row["paying"], of=row["n"])
        for name in TOPS:
            share = row[name] / total if total else None
            # The share is of the revenue, `n` the customers who bring it.
            yield finding(month, "concentration", column, name, value=row[name], n=row[f"n_{name}"], share=share)
        yield finding(month, "concentration", column, "gini", value=row["gini"], n=row["n"])


def cohorts(engine: Engine, paid: ir.Table, column: str, months: Sequence[date]) -> Iterator[Row]:
    """Who of those first seen in a month is still there in each of the months, and what they pay: a row a cohort.

    Takes the rollup that revenue is in, from the first month of the domain on: who was there before it is first seen in
    it. A customer is there in a month with an order, or, where the rollup has no orders, with revenue. Subject
    `cohort`, `part` the revenue column, `item` the first month as 2011-03 (the month itself and the 12 before it):
    `other` active, customers who are there of all `n`; and revenue, its share that of what they paid in their first.
    """
    there = "sum(orders) > 0" if "orders" in paid.columns else f"sum({quoted(column)}) > 0"
    found = asked(
        engine,
        # Materialized: DuckDB 2.0 cannot group windows by the column that the files are partitioned by.
        f"WITH known AS MATERIALIZED (SELECT customer_id, month, {there} AS there, sum({quoted(column)}) AS paid "
        f"FROM {named(engine, paid)} GROUP BY ALL), firsts AS (SELECT customer_id, min(month) AS first FROM known "
        "WHERE there GROUP BY ALL) "
        "SELECT first, month, count_if(there)::BIGINT AS active, coalesce(sum(paid), 0) AS paid "
        "FROM known JOIN firsts USING (customer_id) WHERE month >= first GROUP BY ALL",
    )
    known = {(row["first"], row["month"]): row for row in found}
    for month in months:
        for first in months_between(shifted(month, -COHORTS), month):
            if (start := known.get((first, first))) is None:
                continue
            row = known.get((first, month), {"active": 0, "paid": 0})
            size, item, then = start["active"], f"{first:%Y-%m}", float(start["paid"])
            yield finding(month, "cohort", column, item, "active", value=row["active"], of=size)
            share = float(row["paid"]) / then if then > 0 else None
            yield finding(month, "cohort", column, item, "revenue", value=row["paid"], n=size, share=share)


def items(engine: Engine, owned: ir.Table) -> Iterator[Row]:
    """What customers own: items a customer, the most owned items, those owned together, and the long tail.

    Subject `items_per_customer`: `item` 1, 2, 3-5, ..., 51+ (customers with so many, of who owns any), and median.
    Subject `top_items`: `item` the name, customers who own it; `item` empty: how many items have fewer than 5 owners,
    of all. Subject `owned_together`: `item` and `other`, who owns both of who owns the first; `detail` the lift.
    """
    source = named(engine, owned)
    many = f"SELECT month, customer_id, count(*) AS items FROM {source} GROUP BY ALL"
    ranges = " ".join(f"WHEN items <= {last} THEN '{name}'" for name, last in RANGES.items())
    for row in asked(
        engine,
        f"SELECT month, many, count(*) AS n, sum(count(*)) OVER (PARTITION BY month)::BIGINT AS owners FROM "
        f"(SELECT month, CASE {ranges} ELSE '{BEYOND}' END AS many FROM ({many})) GROUP BY month, many ORDER BY ALL",
    ):
        yield finding(row["month"], "items_per_customer", item=row["many"], value=row["n"], of=row["owners"])
    for row in asked(
        engine, f"SELECT month, median(items) AS v, count(*) AS n FROM ({many}) GROUP BY month ORDER BY month"
    ):
        yield finding(row["month"], "items_per_customer", item="median", value=row["v"], n=row["n"])
    owners = f"(SELECT month, count(DISTINCT customer_id) AS owners FROM {source} GROUP BY month)"
    names = (
        f"(SELECT month, item_id, coalesce(max(item_name), item_id) AS name, count(DISTINCT customer_id) AS n "
        f"FROM {source} GROUP BY month, item_id)"
    )
    for row in asked(
        engine,
        f"SELECT month, count(*) AS n, count_if(n < {FEW_OWNERS}) AS few FROM {names} GROUP BY month ORDER BY month",
    ):
        yield finding(row["month"], "top_items", value=row["few"], of=row["n"])
    ranked = (
        f"(SELECT *, row_number() OVER (PARTITION BY month ORDER BY n DESC, name, item_id) AS place "
        f"FROM {names} JOIN {owners} USING (month))"
    )
    for row in asked(engine, f"SELECT * FROM {ranked} WHERE place <= {_ITEMS} ORDER BY month, place"):
        detail = {"place": row["place"], "id": row["item_id"]}
        yield finding(
            *(row["month"], "top_items", "", row["name"], row["item_id"]),
            value=row["n"],
            of=row["owners"],
            detail=detail,
        )
    for row in asked(engine, _together(source, ranked)):
        yield finding(
            *(row["month"], "owned_together", f"{row['a_place']}/{row['b_place']}", row["a_name"], row["b_name"]),
            value=row["both"],
            of=row["a_n"],
            detail={"lift": rounded(row["both"] * row["owners"] / (row["a_n"] * row["b_n"]))},
        )


def _together(source: str, ranked: str) -> str:
    best = f"best AS (SELECT * FROM {ranked} WHERE place <= {_TOGETHER})"
    has = f"has AS (SELECT DISTINCT o.month, o.customer_id, b.place FROM {source} o JOIN best b USING (month, item_id))"
    return (
        f"WITH {best}, {has}, pairs AS (SELECT a.month, a.place AS a_place, b.place AS b_place, count(*) AS both FROM "
        "has a JOIN has b ON a.month = b.month AND a.customer_id = b.customer_id AND a.place <> b.place GROUP BY ALL) "
        "SELECT p.*, a.name AS a_name, a.n AS a_n, b.name AS b_name, b.n AS b_n, a.owners FROM pairs p "
        "JOIN best a ON p.month = a.month AND p.a_place = a.place "
        "JOIN best b ON p.month = b.month AND p.b_place = b.place ORDER BY p.month, a_place, b_place"
    )


def coverage(engine: Engine, sources: ir.Table | None, sales: ir.Table | None) -> Iterator[Row]:
    """How much of the data is of customers that are known.

    Subject `coverage`, `part` the source: of a master, `item` customers (those that the source has, of all listed) and
    strangers (its rows of nobody listed, of its rows); of sales, `item` unknown (rows without a customer, of all rows).
    """
    if sources is not None:
        for row in asked(engine, f"SELECT * FROM {named(engine, sources)} ORDER BY month, source"):
            month, name = row["month"], row["source"]
            yield finding(
                *(month, "coverage", name, "customers"),
                value=row["customers"] - row["orphan_customers"],
                of=row["master_customers"],
                share=row["covered_share"],
            )
            yield finding(month, "coverage", name, "strangers", value=row["orphan_rows"], of=row["rows"])
    if sales is not None:
        for row in asked(engine, f"SELECT * FROM {named(engine, sales)} ORDER BY month"):
            value, rows = row["rows_without_customer"], row["rows"]
            yield finding(row["month"], "coverage", "transactions", "unknown", value=value, of=rows)


def spellings(engine: Engine, alike: ir.Table) -> Iterator[Row]:
    """How many ids differ from another one in spelling alone. Subject `spellings`: ids, of nothing; detail: groups."""
    for row in asked(
        engine,
        f"SELECT month, count(*) AS ids, count(DISTINCT spelling) AS groups FROM {named(engine, alike)} "
        "GROUP BY month ORDER BY month",
    ):
        yield finding(row["month"], "spellings", value=row["ids"], detail={"groups": row["groups"]})
