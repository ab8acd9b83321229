"""The ledger of a loyalty programme: from the members of one month to those of the next, each change with its reason.

Belongs here: the states and what moves a customer from one to another. Does not belong here: the conditions
(`programme.conditions`), keeping the ledger (`assets.ledger`).
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.conditions import Condition as Rule
from arcana_assets.domain.settings.conditions import barred_in
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.conditions import Condition, lacking, meets
from arcana_assets.presentation.values import months as spelled_months

CANDIDATE, MEMBER, AT_RISK, REMOVED = "candidate", "member", "at_risk", "removed"
STATES = (MEMBER, AT_RISK)  # of members: who is at risk has not left
ENTERED, LEFT, FELL_SHORT, RECOVERED = "entered", "left", "fell_short", "recovered"
ELIGIBLE = "Elegíveis"
NOT_ACTIVE, NOTHING_NET = "Sem atividade na janela", "Receita líquida não positiva"
REVENUE, BOUGHT = "lookback_revenue", "bought_months"  # columns of `customer_360.revenue.lookback_revenue`
COLUMNS = (
    *("customer_id", "state", "since", "member_since", "months_short", "change", "reason"),
    *("revenue", "gap", "lacking"),
)


def ineligible(customers: pd.DataFrame, programme: Programme) -> pd.Series:
    """Why each customer cannot be a member, by the first reason that holds; missing for who can."""
    reasons = _barred(customers, programme)
    reasons[(customers[REVENUE].astype("float64").fillna(0) <= 0).to_numpy()] = NOTHING_NET
    reasons[(customers[BOUGHT].astype("float64").fillna(0) <= 0).to_numpy()] = NOT_ACTIVE
    return reasons


def eligibility(customers: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """How many customers are eligible, and how many are not for which reason: reason, customers, in this order."""
    reasons = ineligible(customers, programme).fillna(ELIGIBLE)
    rules = (*barred_in(customers.columns), *programme.exclude)
    order = [ELIGIBLE, NOT_ACTIVE, NOTHING_NET, *dict.fromkeys(rule.reason for rule in rules)]
    counted = reasons.value_counts()
    return pd.DataFrame({"reason": order, "customers": [int(counted.get(each, 0)) for each in order]})


def advance(
    before: pd.DataFrame,
    customers: pd.DataFrame,
    conditions: Sequence[Condition],
    programme: Programme,
    month: date,
    over: bool,
) -> pd.DataFrame:
    """The ledger of a month: a row for each candidate, member, member at risk and former member.

    Takes the ledger of the month before (none: an empty frame), customer 360 of the month and the conditions. Who is
    eligible and meets all conditions enters. A member who misses those to stay is at risk for `grace_months` months,
    then removed; at once, without a purchase in the lookback or where a rule excludes the customer. While the month is
    not `over`, nobody falls short: what is missing may still come. Who refuses, or works in the house, leaves at once.
    Candidates meet the conditions to stay without
    being members; who was one once stays in the ledger. Columns as in `COLUMNS`, sorted by customer.
    """
    known = customers.set_index("customer_id")
    old = before.set_index("customer_id") if len(before) else pd.DataFrame(columns=[*COLUMNS[1:]])
    ids = known.index.union(old.index).sort_values()
    why_not = ineligible(known, programme).reindex(ids).mask(~ids.isin(known.index), NOT_ACTIVE)
    able = why_not.isna().to_numpy(dtype=bool)
    enters, keeps = (
        pd.Series(meets(known, conditions, side), index=known.index).reindex(ids, fill_value=False).to_numpy() & able
        for side in ("enter", "keep")
    )
    state = old["state"].reindex(ids)
    was_member = state.isin(STATES).to_numpy(dtype=bool)
    was_risk = (state == AT_RISK).to_numpy(dtype=bool)
    short = old["months_short"].reindex(ids).fillna(0).to_numpy(dtype="int64")
    stays = was_member & (keeps | enters)
    falls = was_member & ~(keeps | enters)
    short = np.where(falls & over, short + 1, np.where(falls, short, 0))
    gone = (why_not == NOT_ACTIVE).to_numpy(dtype=bool, na_value=False)
    rule = _barred(known, programme).reindex(ids)
    barred = rule.notna().to_numpy(dtype=bool)
    refused = _refused(known).reindex(ids, fill_value=False).to_numpy(dtype=bool)
    leaves = falls & (refused | (over & (gone | barred | (short > programme.grace_months))))
    now = np.select(
        [stays | (~was_member & enters), leaves, falls & (short > 0), falls, ~was_member & keeps],
        [MEMBER, REMOVED, AT_RISK, MEMBER, CANDIDATE],
        default=np.where(old["member_since"].reindex(ids).notna().to_numpy(dtype=bool), REMOVED, ""),
    )
    entered = (now == MEMBER) & ~was_member
    change = np.select(
        [entered, leaves, (now == AT_RISK) & ~was_risk, (now == MEMBER) & was_risk],
        [ENTERED, LEFT, FELL_SHORT, RECOVERED],
        default="",
    )
    same = (state == pd.Series(now, index=ids)).to_numpy(dtype=bool, na_value=False)
    since = pd.Series(old["since"].reindex(ids).to_numpy(dtype=object), index=ids).where(same, month)
    member_since = pd.Series(old["member_since"].reindex(ids).to_numpy(dtype=object), index=ids)
    member_since = member_since.mask(entered, month)
    reason = old["reason"].reindex(ids).astype("object").where(same, "")
    told = lacking(known, conditions).reindex(ids)
    missing = told["lacking"].astype("object").fillna("")
    grace = spelled_months(programme.grace_months)
    reason = reason.mask(entered, f"Cumpriu as condições de entrada em {month:%m/%Y}")
    reason = reason.mask(change == RECOVERED, f"Voltou a cumprir as de permanência em {month:%m/%Y}")
    reason = reason.mask(now == CANDIDATE, "Cumpre as condições de permanência, não as de entrada")
    below = [f"Abaixo das condições de permanência há {spelled_months(each)}" for each in short]
    reason = reason.mask(now == AT_RISK, pd.Series(below, index=ids, dtype="object"))
    reason = reason.mask(leaves & ~gone & ~barred, f"Abaixo das condições de permanência por mais de {grace}")
    reason = reason.mask(leaves & barred, rule.astype("object")).mask(leaves & gone, NOT_ACTIVE)
    reason = reason.mask((now == REMOVED) & ~leaves & ~same, "Já foi membro; não cumpre mais nem as de permanência")
    ledger = pd.DataFrame(
        {
            "customer_id": ids,
            "state": now,
            "since": since.to_numpy(),
            "member_since": member_since.to_numpy(),
            "months_short": np.where(now == AT_RISK, short, 0),
            "change": change,
            "reason": reason.to_numpy(),
            "revenue": known[REVENUE].astype("float64").reindex(ids).to_numpy(),
            "gap": told["gap"].astype("float64").to_numpy(),
            "lacking": missing.to_numpy(),
        }
    )
    return ledger[ledger["state"] != ""].reset_index(drop=True)


def adds_up(before: pd.DataFrame, now: pd.DataFrame) -> tuple[int, int, int, int]:
    """Members before, entered, left, and members now: the first two less the third are the fourth."""
    was = set(before.loc[before["state"].isin(STATES), "customer_id"]) if len(before) else set()
    members = set(now.loc[now["state"].isin(STATES), "customer_id"])
    entered, left = (int((now["change"] == change).sum()) for change in (ENTERED, LEFT))
    return len(was), entered, left, len(members)


def _refused(customers: pd.DataFrame) -> pd.Series:
    """Whether each customer is barred from every programme, whatever it says."""
    return _first_of(customers, barred_in(customers.columns)).notna()


def _barred(customers: pd.DataFrame, programme: Programme) -> pd.Series:
    """The first rule that excludes each customer; missing for who none does."""
    return _first_of(customers, [*barred_in(customers.columns), *programme.exclude])


def _first_of(customers: pd.DataFrame, rules: Sequence[Rule]) -> pd.Series:
    reasons = pd.Series(pd.NA, index=customers.index, dtype="string")
    for rule in reversed(rules):
        reasons[rule.holds(customers)] = rule.reason
    return reasons
