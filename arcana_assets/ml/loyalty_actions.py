"""Loyalty actions: groups of customers by their distance to the conditions, with what there is to win or to lose.

Belongs here: the groups, their size and money. Does not belong here: the conditions (`loyalty_conditions`), the page
(`loyalty_answers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from arcana_assets.domain.feature_names import SHARE, SHARES_ABSENT
from arcana_assets.ml.loyalty_conditions import Condition, meets
from arcana_assets.ml.loyalty_ledger import AT_RISK, CANDIDATE, MEMBER, MEMBERS
from arcana_assets.ml.notation import percent

MONTH_DAYS = 30
CATEGORIES = 3  # that are told
APART = 0.05  # share of customers, between members and candidates, that makes a category worth telling
COLUMNS = ("action", "title", "group", "customers", "at_stake", "stake_words", "what_to_do")


@dataclass(frozen=True)
class Base:
    """What actions are made of: the ledger of a month, and its customers by id with measures, revenue and categories.

    `expected` is what each is expected to pay in the next months, `oldest` what of each measure falls out of the
    lookback in the next month (none where it cannot be told).
    """

    ledger: pd.DataFrame
    customers: pd.DataFrame
    conditions: Sequence[Condition]
    revenue: str
    expected: pd.Series
    expected_months: int
    oldest: pd.DataFrame | None = None

    def of(self, *states: str) -> pd.Index:
        """The customers in some states who have a row in customer 360."""
        ids = pd.Index(self.ledger.loc[self.ledger["state"].isin(states), "customer_id"])
        return ids[ids.isin(self.customers.index)]


def actions(base: Base) -> pd.DataFrame:
    """A row for each group that there is, in the order in which it pays to act. Columns as in `COLUMNS`."""
    rows = [*_near(base), *_leaving(base), *_categories(base)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _near(base: Base) -> list[tuple[object, ...]]:
    """Candidates who lack one condition only."""
    rows: list[tuple[object, ...]] = []
    mine = base.customers.loc[base.of(CANDIDATE)]
    for condition in base.conditions:
        measure, values = condition.measure, mine[condition.measure.name].astype("float64")
        unmet = ~condition.met(mine[measure.name], condition.enter)
        alone = unmet & np.logical_and.reduce(
            [each.met(mine[each.measure.name], each.enter) for each in base.conditions if each is not condition]
            or [np.ones(len(mine), dtype=bool)]
        )
        if measure.kind == "count":
            close = alone & ((condition.enter - values) <= 1).to_numpy()
            worth = (mine[base.revenue].astype("float64") / values.where(values > 0)).fillna(0)[close].sum()
            rows.append(
                (
                    *(f"one_short_{measure.name}", f"A um passo: {measure.label}", "candidatos"),
                    *(int(close.sum()), float(worth), "um a mais de cada, pelo valor médio de cada cliente"),
                    "Dizer ao cliente que falta um e convidar antes do fim do mês.",
                )
            )
        elif measure.kind == "money":
            missing = (condition.enter - values)[alone]
            rows.append(
                (
                    *(f"short_of_{measure.name}", f"Falta só valor: {measure.label}", "candidatos"),
                    *(int(alone.sum()), float(missing.sum()), "o que falta até a condição, somado"),
                    "Oferta de kit ou de frete a partir do valor que falta; os outros requisitos já estão cumpridos.",
                )
            )
        else:
            rows.append(
                (
                    *(f"short_of_{measure.name}", f"Falta só: {measure.label}", "candidatos"),
                    *(int(alone.sum()), _money(base, mine.index[alone]), _expected_words(base)),
                    "Lembrete com o que falta para entrar.",
                )
            )
    return [row for row in rows if row[3]]


def _leaving(base: Base) -> list[tuple[object, ...]]:
    """Members at risk, and those who will be without another purchase."""
    rows: list[tuple[object, ...]] = []
    risk = base.of(AT_RISK)
    if len(risk):
        rows.append(
            (
                *("at_risk", "Em risco: abaixo das condições de permanência", "membros em risco"),
                *(len(risk), _money(base, risk), _expected_words(base)),
                "Contato pessoal antes do fim da carência, com o que falta para voltar.",
            )
        )
    members = base.of(MEMBER)
    next_month = _without_purchase(base, members)
    if next_month is not None and len(members):
        breaking = members[~meets(next_month, base.conditions, "keep")]
        if len(breaking):
            rows.append(
                (
                    *("about_to_break", "No limite: sem compra no próximo mês ficam em risco", "membros"),
                    *(len(breaking), _money(base, breaking), _expected_words(base)),
                    "Lembrete de reposição ou novidade no começo do mês, antes que a janela ande.",
                )
            )
    return rows


def _without_purchase(base: Base, members: pd.Index) -> pd.DataFrame | None:
    """The measures of members a month on if they buy nothing; None where a measure cannot be told so."""
    if not base.conditions:
        return None
    mine = base.customers.loc[members].copy()
    for condition in base.conditions:
        name = condition.measure.name
        if condition.measure.kind == "days" and condition.measure.better == "low":
            mine[name] = mine[name].astype("float64") + MONTH_DAYS
        elif base.oldest is not None and name in base.oldest.columns:
            mine[name] = mine[name].astype("float64") - base.oldest[name].reindex(members).fillna(0.0)
        else:
            return None
    return mine


def _categories(base: Base) -> list[tuple[object, ...]]:
    """Categories that more members than candidates buy."""
    shares = [name for name in base.customers.columns if name.startswith(SHARE) and name != SHARES_ABSENT]
    ours, others = base.customers.loc[base.of(*MEMBERS)], base.customers.loc[base.of(CANDIDATE)]
    found = []
    for name in shares:
        if not len(ours) or not len(others):
            break
        buys, buy = (side[name].astype("float64").fillna(0) > 0 for side in (ours, others))
        apart = float(buys.mean() - buy.mean())
        if apart < APART or not buy.any():
            continue
        spend = (others[name].astype("float64") * others[base.revenue].astype("float64")).clip(lower=0)[buy].mean()
        found.append(
            (apart * len(others) * float(spend), name, float(buys.mean()), float(buy.mean()), int((~buy).sum()))
        )
    return [
        (
            *(f"category_{name.removeprefix(SHARE)}", f"Categoria: {name.removeprefix(SHARE).replace('_', ' ')}"),
            *("candidatos que não compram", without, worth),
            "se comprassem tantos candidatos quanto membros, pelo gasto dos que já compram",
            f"Apresentar a categoria: {percent(share, 0)} dos membros compram, {percent(other, 0)} dos candidatos.",
        )
        for worth, name, share, other, without in sorted(found, reverse=True)[:CATEGORIES]
    ]


def _money(base: Base, customers: pd.Index) -> float | None:
    """What customers are expected to pay; None where nothing is expected of anybody."""
    return float(base.expected.reindex(customers).fillna(0.0).sum()) if len(base.expected) else None


def _expected_words(base: Base) -> str:
    return (
        f"receita esperada em {base.expected_months} meses" if len(base.expected) else "ainda sem previsão por cliente"
    )


def profile(customers: pd.DataFrame, members: pd.Index, labels: Mapping[str, str]) -> pd.DataFrame:
    """What sets members apart: the columns in which they differ most from the rest, most first.

    Takes customers by id and the labels of the columns to look at. Returns column, label, members, rest (medians) and
    apart (difference of the mean ranks, -1 to 1: what share of pairs the member is higher in, less that of lower).
    """
    inside = customers.index.isin(members)
    rows = []
    for name, label in labels.items():
        values = customers[name].astype("float64")
        ours, rest = values[inside].dropna(), values[~inside].dropna()
        if not len(ours) or not len(rest):
            continue
        ranks = pd.concat([ours, rest]).rank()
        u = ranks.iloc[: len(ours)].sum() - len(ours) * (len(ours) + 1) / 2
        rows.append(
            (name, label, float(ours.median()), float(rest.median()), float(2 * u / (len(ours) * len(rest)) - 1))
        )
    table = pd.DataFrame(rows, columns=["column", "label", "members", "rest", "apart"])
    return table.sort_values("apart", key=lambda each: -each.abs(), kind="stable").reset_index(drop=True)
