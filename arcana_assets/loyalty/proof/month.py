"""A month of proof: who was a member some months before it, and what customers did since.

Belongs here: which customers and months are compared, by what they are matched. Does not belong here: reading them
(`assets.proof`), the statistics (`proof.comparison`, `proof.experiment`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.ledger import CANDIDATE, REVENUE, STATES, ineligible
from arcana_assets.loyalty.proof.comparison import compared, matched
from arcana_assets.loyalty.proof.experiment import experiment, least_effect

TENURE = "tenure_months"


@dataclass(frozen=True)
class Followed:
    """The customers of an earlier month, and what they did since.

    `customers` are those of customer 360, a row each, with all that programmes look at, revenue and purchases in the
    lookback, and tenure where it is known, all or a sample; `states` are theirs of the ledger then, by customer;
    `available` is how many members and candidates there are now, and `after` has a row for each of the customers of the
    months since, as `customer_360.revenue.outcomes` says.
    """

    month: date
    customers: pd.DataFrame
    states: pd.Series
    available: int
    after: pd.DataFrame


def proved(domain: CustomerDomain, programme: Programme, seen: Followed) -> dict[str, pd.DataFrame]:
    """Rows of the tables proof, balance and experiment; none where nobody was a member.

    Nothing that made anybody a member is looked at: the ledger is that of an earlier month, outcomes are of the months
    after. Others are those who could have been members and were not.
    """
    if seen.customers.empty or not seen.states.isin(STATES).any():
        return {}
    base = seen.customers.assign(state=seen.customers["customer_id"].map(seen.states))
    base = base[base["state"].isin(STATES) | ineligible(base, programme).isna()].reset_index(drop=True)
    inside = base["state"].isin(STATES).to_numpy(dtype=bool)
    told = _told(base["customer_id"], seen.after, programme.outcome_months)
    pairs = matched(_covariates(base, programme), inside)
    near = (base["state"].isin(STATES) | (base["state"] == CANDIDATE)).to_numpy(dtype=bool, na_value=False)
    history = min(domain.lookback_months, len(months_between(domain.start, seen.month)))
    earlier: np.ndarray = (base.loc[near, REVENUE] / history).to_numpy()
    later = told.loc[near, "revenue"].to_numpy(dtype="float64")
    least = least_effect(seen.available, earlier, later)
    sizes = experiment(earlier, later).assign(available=seen.available, least_effect=least)
    found = {
        "proof": compared(told, inside, pairs, programme.seed),
        "balance": pairs.balance.assign(members=int(inside.sum()), pairs=len(pairs.members)),
        "experiment": sizes,
    }
    return {name: rows.assign(ledger_month=seen.month) for name, rows in found.items()}


def _covariates(base: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """What members and others are to be alike in: the programme's measures, tenure, revenue in the lookback."""
    names = dict.fromkeys([*programme.measures, *({TENURE} & set(base.columns))])
    covariates = base[list(names)].astype("float64")
    if not any(covariates[name].equals(base[REVENUE]) for name in covariates):
        covariates[REVENUE] = base[REVENUE]  # else a measure is that already, and would count twice
    return covariates


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
