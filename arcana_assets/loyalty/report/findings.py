"""Findings: all that the answers of a loyalty programme are made of.

Belongs here: what there is, what sets members apart, and how values are written. Does not belong here: what is said of
it (`report.answers`, `report.guarantee`), groups to act on (`report.actions`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from arcana_assets.domain.column import Kind, column_named
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.domain.settings.predictions import EXPECTED_MONTHS
from arcana_assets.loyalty.programme.conditions import Condition, measures_of
from arcana_assets.loyalty.programme.ledger import REVENUE, STATES
from arcana_assets.loyalty.report.actions import Base, actions
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.presentation.values import spelled

_NUMBERS: tuple[Kind, ...] = ("integer", "decimal", "money", "share")


class StaleConditions(ArcanaError):
    """Raised where a ledger was kept by conditions that the programme no longer has."""


@dataclass(frozen=True)
class MonthCustomers:
    """Customer 360 of a month by customer, with revenue in the lookback; and the kinds of its columns of numbers.

    `oldest` is what of each measure lies in the oldest month of the lookback; None where it cannot be told. `expected`
    is what each is expected to pay in `EXPECTED_MONTHS`, of those of whom it is known how far that may be off; None
    where the domain predicts no spend.
    """

    rows: pd.DataFrame
    kinds: Mapping[str, Kind]
    oldest: pd.DataFrame | None
    expected: pd.Series | None

    @classmethod
    def of(
        cls,
        domain: CustomerDomain,
        customers: pd.DataFrame,
        paid: pd.DataFrame,
        oldest: pd.DataFrame | None,
        expected: pd.DataFrame | None,
    ) -> "MonthCustomers":
        """Takes rows of customer 360, of `customer_360.revenue.lookback_revenue`, of the oldest month, of predictions.

        Of predictions those of the domain's `expected_spend` of the month: customer_id, expected, high.
        """
        rows = customers.set_index("customer_id").sort_index()
        known = columns_of("customer_360", domain.facets)
        fixed = [name for name, column in known.items() if not column.pattern and name in rows.columns]
        kinds = {
            name: column.kind
            for name in dict.fromkeys([*fixed, *rows.columns])
            if (column := column_named(known, name)) and column.kind in _NUMBERS
        }
        numbers = {name: rows[name].astype("float64") for name in kinds}
        revenue = paid.set_index("customer_id")[REVENUE].reindex(rows.index).fillna(0.0)
        said = None if expected is None else expected[expected["high"].notna()].set_index("customer_id")["expected"]
        return cls(rows.assign(**numbers, **{REVENUE: revenue}), kinds, oldest, said)


@dataclass(frozen=True)
class Findings:
    """What the answers of a programme and month are made of: rows of gold tables of that programme.

    `summary` has the months up to this one; all others are of the month. `profile` is what `compared_with_base` says,
    and `kinds` how the values of its columns are said.
    """

    programme: Programme
    month: date
    currency: str
    language: Language
    lookback: int
    goods: bool
    """Whether customers buy goods, which can be taken back; else they pay by contract."""
    summary: pd.DataFrame
    conditions: pd.DataFrame
    eligibility: pd.DataFrame
    profile: pd.DataFrame
    kinds: Mapping[str, Kind]
    forecast: pd.DataFrame
    results: pd.DataFrame
    proof: pd.DataFrame
    balance: pd.DataFrame
    experiment: pd.DataFrame
    actions: pd.DataFrame

    def money(self, value: float) -> str:
        """`£ 1.234`."""
        return spelled(value, "money", self.currency, language=self.language)

    def said(self, column: str, value: float) -> str:
        """A value of a column of customer 360."""
        return spelled(value, self.kinds[column], self.currency, language=self.language)

    @property
    def now(self) -> Mapping[str, Any]:
        """The summary of the month."""
        mine = self.summary[self.summary["month"] == self.month]
        return dict(mine.iloc[0]) if len(mine) else {}


def findings_of(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    rows: Mapping[str, pd.DataFrame],
    customers: MonthCustomers,
    blocks: Iterable[tuple[pd.DataFrame, MonthCustomers]] | None = None,
) -> Findings:
    """The findings of a month, from the programme's rows of all tables of loyalty and the customers of the month.

    Where `customers` and the rows of the ledger are a sample, actions are of all the `blocks` of both.
    Raises StaleConditions where the programme no longer has a measure that conditions of the month are of.
    """
    goods, ledger, language = TRANSACTIONS in domain.facets, rows["ledger"], language_of(domain.language)
    conditions, up_to = _conditions(domain, programme, month, rows["conditions"]), _up_to(rows["forecast"])

    def base(mine: pd.DataFrame, of: MonthCustomers) -> Base:
        return Base(mine, of.rows, conditions, of.expected, EXPECTED_MONTHS, goods, of.oldest, up_to)

    members = pd.Index(ledger.loc[ledger["state"].isin(STATES), "customer_id"])
    labels = {name: label_of(name, language) for name in customers.kinds}
    return Findings(
        programme=programme,
        month=month,
        currency=domain.currency,
        language=language,
        lookback=domain.lookback_months,
        goods=goods,
        profile=compared_with_base(customers.rows, members, labels),
        kinds=customers.kinds,
        actions=actions(language, (base(*each) for each in (blocks or [(ledger, customers)]))),
        **{name: rows[name] for name in ("summary", "conditions", "eligibility", "forecast", "results")},
        **{name: rows[name] for name in ("proof", "balance", "experiment")},
    )


def compared_with_base(customers: pd.DataFrame, members: pd.Index, labels: Mapping[str, str]) -> pd.DataFrame:
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


def _conditions(domain: CustomerDomain, programme: Programme, month: date, rows: pd.DataFrame) -> list[Condition]:
    measures = measures_of(programme, domain.currency, domain.lookback_months, language_of(domain.language))
    if left := set(rows["measure"]) - set(measures):
        raise StaleConditions(
            f"{programme.name} {month:%Y-%m}: conditions of {', '.join(sorted(left))}, which the programme no longer "
            "measures. Materialize gold/loyalty_members of the month first."
        )
    return [Condition(measures[row["measure"]], row["enter_at"], row["keep_at"]) for row in rows.to_dict("records")]


def _up_to(forecast: pd.DataFrame) -> dict[str, float]:
    """The upper end of each group's interval for as many months as that of customers, as a share of the forecast."""
    mine = forecast[forecast["serves"].astype("boolean").fillna(False) & (forecast["horizon"] == EXPECTED_MONTHS)]
    mine = mine[mine["high"].notna()]
    return {row["group"]: row["high"] / row["forecast"] for row in mine.to_dict("records")}
