"""Loyalty proof: members against others in the months after a ledger, and the experiment that would show a cause.

Belongs here: which tables feed the proof, reading the months. Does not belong here: who is compared with whom and how
(`proof`).
"""

from datetime import date

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.customer_360.revenue import outcomes
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.everyone import some_of
from arcana_assets.loyalty.assets.inputs import customers_of_programmes, frame_of
from arcana_assets.loyalty.programme.ledger import CANDIDATE, STATES
from arcana_assets.loyalty.proof.month import TENURE, Followed, proved
from arcana_assets.tables.frames import as_table

TABLES = {"proof": tables.PROOF, "balance": tables.BALANCE, "experiment": tables.EXPERIMENT}


def loyalty_proof_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Members against others, how alike the matched ones are, and sizes of an experiment, for all programmes."""
    domain, (revenue, column) = spec.domain, revenue_of(spec)

    @table_asset(
        spec,
        "loyalty_proof",
        TABLES,
        ins={  # all months: an open one looks from the last that is over, however long ago that is
            "monthly": with_history(revenue),
            "members": with_history(spec.key_of(tables.MEMBERS)),
            "customers": with_history(spec.key("gold", "customer_360")),
        },
    )
    def proof(
        context: dg.AssetExecutionContext, engine: Engine, monthly: ir.Table, members: ir.Table, customers: ir.Table
    ) -> Events:
        run = Run.of(context, domain)
        found: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        for month in run.months:
            for programme in domain.programmes:
                seen = _followed(spec, programme, run, run.judged(month), engine, monthly, members, customers)
                for name, rows in (proved(domain, programme, seen) if seen else {}).items():
                    found[name].append(rows.assign(month=month, programme=programme.name))
        for name, parts in found.items():
            where = {each: [(revenue, column)] for each in TABLES[name].columns if each != "month"}
            yield dg.Output(as_table(parts, TABLES[name]), name, metadata={"dagster/column_lineage": lineage(where)})

    return proof


def _followed(
    spec: DomainSpec,
    programme: Programme,
    run: Run,
    month: date,
    engine: Engine,
    monthly: ir.Table,
    members: ir.Table,
    customers: ir.Table,
) -> Followed | None:
    """The customers of the month so long before as the programme says; of more than `AT_ONCE` a sample.

    A sample, for who is alike is sought among all, and means are drawn from all of them a thousand times. None where
    the domain begins later, and where the months since are not all over.
    """
    domain, then = spec.domain, shifted(month, -programme.outcome_months)
    if then < domain.start or not run.are_over(shifted(then, 1), month):
        return None
    tenure, few = {TENURE} & set(customers.columns), some_of(engine, customers, then, programme.seed)

    def states(of: date) -> ir.Table:
        return members.filter(members.month == of, members.programme == programme.name)

    base = customers_of_programmes(domain, few(customers), few(monthly), then, tenure).order_by("customer_id")
    was, now = few(states(then)).select("customer_id", "state"), states(month)
    return Followed(
        month=then,
        customers=frame_of(engine, base),
        states=frame_of(engine, was).set_index("customer_id")["state"],
        available=int(engine.value(now.filter(now.state.isin([*STATES, CANDIDATE])).count())),
        after=frame_of(engine, outcomes(few(monthly), revenue_of(spec)[1], then, programme.outcome_months)),
    )
