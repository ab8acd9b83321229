"""The ledger of a loyalty programme: from the members of one month to those of the next, each change with its reason.

Belongs here: the states and what moves a customer from one to another. Does not belong here: the conditions
(`programme.conditions`), keeping the ledger (`assets.ledger`).
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.conditions import Condition as Rule
from arcana_assets.domain.settings.conditions import barred_in
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.conditions import Condition, lacking, meets
from arcana_assets.presentation.language import Language
from arcana_assets.presentation.values import months

CANDIDATE, MEMBER, AT_RISK, REMOVED = "candidate", "member", "at_risk", "removed"
STATES = (MEMBER, AT_RISK)  # of members: who is at risk has not left
ENTERED, LEFT, FELL_SHORT, RECOVERED = "entered", "left", "fell_short", "recovered"
ELIGIBLE, NOT_ACTIVE, NOTHING_NET = "eligible", "not_active", "nothing_net"
BARRED, RULE = "barred: ", "rule: "  # begin the reason of who is barred from all programmes, and by a rule of one
REVENUE, BOUGHT = "lookback_revenue", "bought_months"  # columns of `customer_360.revenue.lookback_revenue`
COLUMNS = (
    *("customer_id", "state", "since", "member_since", "months_short", "change", "reason"),
    *("revenue", "gap", "lacking"),
)


def ineligible(customers: pd.DataFrame, programme: Programme) -> pd.Series:
    """Why each customer cannot be a member, by the first reason that holds; missing for who can.

    `in_words` says what a reason is called.
    """
    reasons = _barred(customers, programme)
    reasons[(customers[REVENUE].astype("float64").fillna(0) <= 0).to_numpy()] = NOTHING_NET
    reasons[(customers[BOUGHT].astype("float64").fillna(0) <= 0).to_numpy()] = NOT_ACTIVE
    return reasons


def eligibility(customers: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """How many customers are eligible, and how many are not for which reason: reason, customers, in this order."""
    reasons = ineligible(customers, programme).fillna(ELIGIBLE)
    order = [ELIGIBLE, NOT_ACTIVE, NOTHING_NET, *dict.fromkeys(reason for reason, _ in _rules(customers, programme))]
    counted = reasons.value_counts()
    return pd.DataFrame({"reason": order, "customers": [int(counted.get(each, 0)) for each in order]})


def in_words(language: Language, reason: str) -> str:
    """A reason of `ineligible` or `eligibility` as business people read it."""
    if reason.startswith(RULE):
        return reason.removeprefix(RULE)
    if reason.startswith(BARRED):
        return language.say(f"defaults.barred.{reason.removeprefix(BARRED)}")
    return language.say(f"programme.reason.{reason}")


def advance(
    before: pd.DataFrame,
    customers: pd.DataFrame,
    conditions: Sequence[Condition],
    programme: Programme,
    month: date,
    over: bool,
    language: Language,
) -> pd.DataFrame:
    """The ledger of a month: a row for each candidate, member, member at risk and former member.

    Takes the ledger of the month before (none: an empty frame), customer 360 of the month and the conditions. Who is
    eligible and meets all conditions enters. A member who misses those to stay is at risk for `grace_months` months,
    then removed; at once, without a purchase in the lookback or where a rule excludes the customer. While the month is
    not `over`, nobody falls short: what is missing may still come. Who refuses, or works in the house, leaves at once.
    Candidates meet the conditions to stay without being members; who was one once stays in the ledger. Reasons are in
    the language. Columns as in `COLUMNS`, sorted by customer.
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
    say, spelled = language.say, partial(months, language=language)
    excluded = rule.astype("object").map(partial(in_words, language), na_action="ignore")
    reason = reason.mask(entered, say("programme.reason.entered", month=language.short_month(month)))
    reason = reason.mask(change == RECOVERED, say("programme.reason.recovered", month=language.short_month(month)))
    reason = reason.mask(now == CANDIDATE, say("programme.reason.candidate"))
    at_risk = {each: say("programme.reason.at_risk", months=spelled(each)) for each in set(short.tolist())}
    reason = reason.mask(now == AT_RISK, pd.Series(short, index=ids).map(at_risk).astype("object"))
    removed = say("programme.reason.removed", months=spelled(programme.grace_months))
    reason = reason.mask(leaves & ~gone & ~barred, removed)
    reason = reason.mask(leaves & barred, excluded)
    reason = reason.mask(leaves & gone, in_words(language, NOT_ACTIVE))
    reason = reason.mask((now == REMOVED) & ~leaves & ~same, say("programme.reason.former"))
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
    return _first_of(customers, _barring(customers)).notna()


def _barred(customers: pd.DataFrame, programme: Programme) -> pd.Series:
    """The first rule that excludes each customer; missing for who none does."""
    return _first_of(customers, _rules(customers, programme))


def _barring(customers: pd.DataFrame) -> list[tuple[str, Rule]]:
    """What bars customers from every programme, by reason."""
    return [(BARRED + rule.column, rule) for rule in barred_in(customers.columns)]


def _rules(customers: pd.DataFrame, programme: Programme) -> list[tuple[str, Rule]]:
    """What bars them from a programme, by reason, in the order in which reasons count."""
    return [*_barring(customers), *((RULE + rule.reason, rule) for rule in programme.exclude)]


def _first_of(customers: pd.DataFrame, rules: Sequence[tuple[str, Rule]]) -> pd.Series:
    reasons = pd.Series(pd.NA, index=customers.index, dtype="string")
    for reason, rule in reversed(rules):
        reasons[rule.holds(customers)] = reason
    return reasons
