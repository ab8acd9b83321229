"""Loyalty proof: members against others in the months after a ledger, and the experiment that would show a cause.

Belongs here: which months and customers are compared. Does not belong here: the statistics (`ml.loyalty_proof`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.customer_360.revenue import outcomes
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.ledger_month import customers_of_programmes
from arcana_assets.tables.frames import as_table, nothing

TENURE = "tenure_months"
TABLES = {"proof": tables.PROOF, "balance": tables.BALANCE, "experiment": tables.EXPERIMENT}


def loyalty_proof_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """Members against others, how alike the matched ones are, and sizes of an experiment, for all programmes."""
    domain, (revenue, column) = spec.domain, revenue_of(spec)
    back = max(each.outcome_months for each in domain.programmes) + 1  # an open month looks from the one before it

    @table_asset(
        spec,
        "loyalty_proof",
        TABLES,
        ins={
            "monthly": with_history(revenue, back + domain.lookback_months),
            "members": with_history(spec.key("gold", "loyalty_members"), back),
            "customers": with_history(spec.key("gold", "customer_360"), back),
        },
    )
    def proof(
        context: dg.AssetExecutionContext, engine: Engine, monthly: ir.Table, members: ir.Table, customers: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        found: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        with failures():
            for month in run.months:
                for programme in domain.programmes:
                    judged = run.judged(month)
                    frames = _proved(spec, programme, judged, engine, monthly, column, members, customers)
                    for name, frame in frames.items():
                        found[name].append(frame.assign(month=month, programme=programme.name))
        for name, parts in found.items():
            where = {each: [(revenue, column)] for each in TABLES[name].columns if each != "month"}
            yield dg.Output(as_table(parts, TABLES[name]), name, metadata={"dagster/column_lineage": lineage(where)})

    return proof


def _proved(
    spec: DomainSpec,
    programme: Programme,
    month: date,
    engine: Engine,
    monthly: ir.Table,
    column: str,
    members: ir.Table,
    customers: ir.Table,
) -> dict[str, pd.DataFrame]:
    """The tables of a month: who was a member `outcome_months` before it, and what customers did since.

    Nothing that made anybody a member is looked at: the ledger is that of an earlier month, outcomes are of the months
    after. Others are those who could have been members and were not.
    """
    from arcana_assets.loyalty.programme.ledger import CANDIDATE, ineligible
    from arcana_assets.loyalty.programme.ledger import MEMBERS as STATES
    from arcana_assets.loyalty.programme.ledger import REVENUE as REVENUE_BEFORE
    from arcana_assets.loyalty.proof import compared, experiment, least_effect, matched

    then, months = shifted(month, -programme.outcome_months), programme.outcome_months
    none = {name: nothing(table) for name, table in TABLES.items()}
    if then < spec.domain.start:
        return none
    tenure = {TENURE} & set(customers.columns)
    mine = customers_of_programmes(spec.domain, customers, monthly, then, tenure)
    base = engine.backend.to_pyarrow(mine.order_by("customer_id")).to_pandas()
    states = _states(programme, then, engine, members)
    if base.empty or not states.isin(STATES).any():
        return none
    base = base.assign(state=base["customer_id"].map(states))
    base = base[base["state"].isin(STATES) | ineligible(base, programme).isna()].reset_index(drop=True)
    inside = base["state"].isin(STATES).to_numpy(dtype=bool)
    after = engine.backend.to_pyarrow(outcomes(monthly, column, then, months)).to_pandas()
    told = _told(base["customer_id"], after, months)
    covariates = base[[*programme.measures, *(tenure - {*programme.measures})]].astype("float64")
    if not any(covariates[name].equals(base[REVENUE_BEFORE]) for name in covariates):
        covariates[REVENUE_BEFORE] = base[REVENUE_BEFORE]  # else a measure is that already, and would count twice
    pairs = matched(covariates, inside)
    near = (base["state"].isin(STATES) | (base["state"] == CANDIDATE)).to_numpy(dtype=bool, na_value=False)
    history = min(spec.domain.lookback_months, len(months_between(spec.domain.start, then)))
    earlier = (base.loc[near, REVENUE_BEFORE] / history).to_numpy()
    later = told.loc[near, "revenue"].to_numpy(dtype="float64")
    now = _states(programme, month, engine, members)
    available = int(now.isin([*STATES, CANDIDATE]).sum())
    sizes = experiment(earlier, later).assign(available=available, least_effect=least_effect(available, earlier, later))
    return {
        "proof": compared(told, inside, pairs, programme.seed).assign(ledger_month=then),
        "balance": pairs.balance.assign(ledger_month=then, members=int(inside.sum()), pairs=len(pairs.members)),
        "experiment": sizes.assign(ledger_month=then),
    }


def _states(programme: Programme, month: date, engine: Engine, members: ir.Table) -> pd.Series:
    """The state of each customer in the ledger of a month."""
    mine = members.filter(members.month == month, members.programme == programme.name)
    return engine.backend.to_pyarrow(mine.select("customer_id", "state")).to_pandas().set_index("customer_id")["state"]


def _told(customers: pd.Series, after: pd.DataFrame, months: int) -> pd.DataFrame:
    """What each customer did in the months after: revenue and orders a month, whether back, share returned."""
    found = after.set_index("customer_id").reindex(customers).reset_index(drop=True)
    told = {
        "revenue": found["revenue"].fillna(0.0) / months,
        "retention": (found["bought_months"].fillna(0) > 0).astype("float64"),
    }
    if "orders" in found.columns:
        told["orders"] = found["orders"].fillna(0.0).astype("float64") / months
        told["return_share"] = (found["returned"] / found["gross"]).where(found["gross"] > 0).astype("float64")
    return pd.DataFrame(told)
