"""Loyalty actions: groups of customers by their distance to the conditions, with what there is to win or to lose.

Belongs here: the groups, their size and money. Does not belong here: the conditions (`programme.conditions`), what is
said of the groups (`report.answers`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import SHARES_ABSENT
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.loyalty.programme.conditions import Condition, meets
from arcana_assets.loyalty.programme.ledger import AT_RISK, CANDIDATE, MEMBER, REVENUE, STATES
from arcana_assets.presentation.language import Language

_MONTH_DAYS = 30
_CATEGORIES = 3  # that are told
_APART = 0.05  # share of customers, between members and candidates, that makes a category worth telling
COLUMNS = (
    *("action", "title", "group", "customers", "at_stake", "at_stake_up_to", "stake_words"),
    "what_to_do",
)


@dataclass(frozen=True)
class Base:
    """What actions are made of: the ledger of a month, and its customers by id with measures, revenue and categories.

    Of all customers, or of a block of them.

    Customers have `lookback_revenue`, too. `expected` is what each is expected to pay in the next months (None where
    the domain predicts no spend), `oldest` what of each measure falls out of the lookback in the next month (none where
    it cannot be told), `up_to` the upper end of the interval of a group's forecast (members, rest) as a share of it.
    """

    ledger: pd.DataFrame
    customers: pd.DataFrame
    conditions: Sequence[Condition]
    expected: pd.Series | None
    expected_months: int
    goods: bool
    oldest: pd.DataFrame | None = None
    up_to: Mapping[str, float] = field(default_factory=dict)

    def of(self, *states: str) -> pd.Index:
        """The customers in some states who have a row in customer 360."""
        ids = pd.Index(self.ledger.loc[self.ledger["state"].isin(states), "customer_id"])
        return ids[ids.isin(self.customers.index)]


def actions(language: Language, blocks: Iterable[Base]) -> pd.DataFrame:
    """A row for each group that there is, in the order in which it pays to act. Columns as in `COLUMNS`.

    Takes the customers in blocks; each is looked at once, and its groups are added up. Words are in the language.
    """
    groups, bought, bought_by_others = dict[object, dict[str, Any]](), Bought(), Bought()
    for base in blocks:
        for row in (*_near(language, base), *_leaving(language, base)):
            groups[row["action"]] = _added(groups.get(row["action"]), row)
        bought.add(base.customers.loc[base.of(*STATES)])
        bought_by_others.add(base.customers.loc[base.of(CANDIDATE)])
    rows = [row for row in groups.values() if row["customers"]]
    return pd.DataFrame([*rows, *_categories(language, bought, bought_by_others)], columns=list(COLUMNS))


def _added(before: dict[str, Any] | None, row: dict[str, Any]) -> dict[str, Any]:
    """A group of customers of two blocks; money is known where it is of one."""
    if before is None:
        return row
    known = row if before["at_stake"] is None else before
    sums = {"customers": before["customers"] + row["customers"]}
    for name in ("at_stake", "at_stake_up_to"):
        values = [each[name] for each in (before, row) if each[name] is not None]
        sums[name] = sum(values) if values else None
    return {**known, **sums}


def _near(language: Language, base: Base) -> list[dict[str, Any]]:
    """Candidates who lack one condition only, one order or something else; and those who lack more."""
    rows: list[dict[str, Any]] = []
    row_of = partial(_row, language)
    mine = base.customers.loc[base.of(CANDIDATE)]
    unmet = {each.measure.name: ~each.met(mine[each.measure.name], each.enter) for each in base.conditions}
    lacking = np.sum(list(unmet.values()), axis=0) if unmet else np.zeros(len(mine))
    told = np.zeros(len(mine), dtype=bool)
    for condition in base.conditions:
        measure, values = condition.measure, mine[condition.measure.name].astype("float64")
        alone = unmet[measure.name] & (lacking == 1)
        if measure.unit == "orders":
            alone &= ((condition.enter - values) <= 1).to_numpy()
            worth = (mine[REVENUE].astype("float64") / values.where(values > 0)).fillna(0)[alone].sum()
            row = row_of(f"one_short_{measure.name}", "one_short", "candidates", alone.sum(), measure=measure.label)
            row |= {"at_stake": float(worth), **_stake(language, "one_short"), **_todo(language, "one_short")}
        elif measure.kind == "money":
            row = row_of(f"short_of_{measure.name}", "short_of_money", "candidates", alone.sum(), measure=measure.label)
            row |= {"at_stake": float((condition.enter - values)[alone].sum())}
            row |= _stake(language, "short_of_money") | _todo(language, "offer" if base.goods else "propose")
        else:
            row = row_of(f"short_of_{measure.name}", "short_of", "candidates", alone.sum(), measure=measure.label)
            row |= _expected(language, base, mine.index[alone], "rest")
            row |= _todo(language, "wait" if measure.unit == "months" else "remind")
        told |= alone
        rows.append(row)
    others = int((~told).sum()) if base.conditions else 0
    further = row_of("further_candidates", "further", "candidates", others)
    return [*rows, further | _stake(language, "further") | _todo(language, "further")]


def _leaving(language: Language, base: Base) -> list[dict[str, Any]]:
    """Members at risk, and those who will be without another purchase."""
    risk, members = base.of(AT_RISK), base.of(MEMBER)
    rows = [
        _row(language, "at_risk", "at_risk", "at_risk", len(risk))
        | _expected(language, base, risk, "members")
        | _todo(language, "at_risk")
    ]
    next_month = _without_purchase(base, members)
    if next_month is not None:
        breaking = members[~meets(next_month, base.conditions, "keep")]
        rows.append(
            _row(language, "about_to_break", "about_to_break", "members", len(breaking))
            | _expected(language, base, breaking, "members")
            | _todo(language, "about_to_break")
        )
    return rows


def _row(language: Language, action: str, title: str, group: str, customers: float, **named: str) -> dict[str, Any]:
    """A group without money so far; title and group are keys of the texts, the one filled with what is `named`."""
    said = {
        "title": language.say(f"programme.actions.titles.{title}", **named),
        "group": language.say(f"programme.actions.groups.{group}"),
    }
    return {"action": action, **said, "customers": int(customers), "at_stake": None, "at_stake_up_to": None}


def _stake(language: Language, key: str, **values: Any) -> dict[str, object]:
    return {"stake_words": language.say(f"programme.actions.stakes.{key}", **values)}


def _todo(language: Language, key: str, **values: str) -> dict[str, object]:
    return {"what_to_do": language.say(f"programme.actions.todo.{key}", **values)}


def _expected(language: Language, base: Base, customers: pd.Index, group: str) -> dict[str, object]:
    """What customers are expected to pay, and at most, as their group; nothing while nothing is expected."""
    if base.expected is None:
        return _stake(language, "not_predicted")
    if not len(base.expected) or group not in base.up_to:
        return _stake(language, "not_yet")
    worth = float(base.expected.reindex(customers).fillna(0.0).sum())
    words = _stake(language, "expected", n=base.expected_months)
    return {"at_stake": worth, "at_stake_up_to": worth * base.up_to[group], **words}


def _without_purchase(base: Base, members: pd.Index) -> pd.DataFrame | None:
    """The measures of members a month on if they buy nothing; None where a measure cannot be told so."""
    if not base.conditions:
        return None
    mine = base.customers.loc[members].copy()
    for condition in base.conditions:
        name = condition.measure.name
        if condition.measure.in_days and condition.measure.better == "low":
            mine[name] = mine[name].astype("float64") + _MONTH_DAYS
        elif base.oldest is not None and name in base.oldest.columns:
            mine[name] = mine[name].astype("float64") - base.oldest[name].reindex(members).fillna(0.0)
        else:
            return None
    return mine


class Bought:
    """How many customers there are, and by category of goods how many buy of it and for how much in the lookback."""

    def __init__(self) -> None:
        self.customers = 0
        self.buyers, self.spent = dict[str, int](), dict[str, float]()

    def add(self, customers: pd.DataFrame) -> None:
        """Some more customers, with the share of each category and revenue."""
        self.customers += len(customers)
        revenue = customers[REVENUE].astype("float64")
        for name in customers.columns:
            if name.startswith(SHARE) and name != SHARES_ABSENT:
                share = customers[name].astype("float64")
                buys = share.fillna(0) > 0
                self.buyers[name] = self.buyers.get(name, 0) + int(buys.sum())
                self.spent[name] = self.spent.get(name, 0.0) + float((share * revenue).clip(lower=0)[buys].sum())


def _categories(language: Language, ours: Bought, others: Bought) -> list[dict[str, Any]]:
    """Categories that more members than candidates buy."""
    found = []
    for name in ours.buyers if ours.customers and others.customers else ():
        buys, buy = ours.buyers[name] / ours.customers, others.buyers[name] / others.customers
        if buys - buy < _APART or not others.buyers[name]:
            continue
        worth = (buys - buy) * others.customers * others.spent[name] / others.buyers[name]
        found.append((worth, name, buys, buy, others.customers - others.buyers[name]))
    return [
        _row(
            language,
            f"category_{name.removeprefix(SHARE)}",
            "category",
            "without",
            without,
            category=name.removeprefix(SHARE).replace("_", " "),
        )
        | {"at_stake": worth}
        | _stake(language, "category")
        | _todo(language, "category", share=language.percent(share, 0), other=language.percent(other, 0))
        for worth, name, share, other, without in sorted(found, reverse=True)[:_CATEGORIES]
    ]
