"""Customers whose ids differ in spelling only, and the check that there are none.

Belongs here: which tables they are found in, and the verdict, which names no id. Does not belong here: what makes two
ids one spelling (`customer_360.spellings`).
"""

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.revenue import known_revenue
from arcana_assets.customer_360.spellings import CUSTOMER_SPELLINGS, customer_spellings, paid_by_month, summed_up
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake

APART = "ids_differ_in_more_than_spelling"


def spelling_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The table of customers that are spelt alike."""
    domain, key, revenue = spec.domain, spec.key_of(CUSTOMER_SPELLINGS), known_revenue(spec)
    words = "No two customers have ids that differ in case, leading zeros, a final .0, punctuation or blanks only"

    @table_asset(
        spec,
        "customer_spellings",
        {"alike": CUSTOMER_SPELLINGS},
        ins={
            "customers": dg.AssetIn(spec.key("gold", "customer_360")),
            **({"rollup": dg.AssetIn(revenue[0])} if revenue else {}),
        },
        checks=[dg.AssetCheckSpec(APART, asset=key, description=words)],
    )
    def alike(
        context: dg.AssetExecutionContext, lake: Lake, engine: Engine, customers: ir.Table, **rollups: ir.Table
    ) -> Events:
        last = Run.of(context, domain).months[-1]
        paid = paid_by_month(rollups["rollup"], revenue[1]) if revenue else None
        yield dg.Output(customer_spellings(customers, paid), "alike")
        [found] = engine.backend.to_pyarrow(summed_up(lake.read(key.path, [last], engine))).to_pylist()
        found["customers"] = engine.backend.execute(customers.filter(customers.month == last).count())
        if paid is not None:
            found["paid"] = engine.backend.execute(paid.filter(paid.month == last).revenue.sum())
        yield _apart(key, found)

    return [alike]


def _apart(key: dg.AssetKey, found: dict[str, int]) -> dg.AssetCheckResult:
    """`found` is of the last month of the run; ids of customers are in the table alone, not in what is said here."""
    share = found["ids"] / found["customers"] if found["customers"] else 0.0
    paid = float(found["revenue"] or 0) / float(found["paid"]) if found.get("paid") else None
    of_revenue = "" if paid is None else f" and {paid:.1%} of the revenue"
    said = (
        f"groups of ids that differ in spelling only: {found['groups']}, with {found['ids']} ids, {share:.1%} of the "
    )
    said += f"customers{of_revenue} of the month"
    return verdict(
        key,
        APART,
        not found["groups"],
        f"{said}; {CUSTOMER_SPELLINGS.title} has them: ORDER BY spelling"
        if found["groups"]
        else "no id is spelt twice",
        {
            "groups": found["groups"],
            "ids": found["ids"],
            "share_of_customers": share,
            **({} if paid is None else {"share_of_revenue": paid}),
        },
    )
