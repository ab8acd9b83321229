"""A month of a programme: from the ledger and conditions of the month before, to its own.

Belongs here: what a month looks at, when conditions are found anew, the rows of its tables. Does not belong here: the
chain of months (`assets.ledger`), what is warned of (`programme.limits`), who meets what (`programme.conditions`,
`programme.ledger`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.programme.conditions import (
    Condition,
    agreement,
    by_hand,
    condition,
    find_conditions,
    measures_of,
    meets,
)
from arcana_assets.loyalty.programme.ledger import (
    AT_RISK,
    BOUGHT,
    CANDIDATE,
    REVENUE,
    STATES,
    adds_up,
    advance,
    eligibility,
    ineligible,
)
from arcana_assets.tables.frames import as_table, from_rows


class Found(NamedTuple):
    """A condition, the month it was found in and the run that asked for that; neither for one by hand."""

    condition: Condition
    month: date | None = None
    run: str | None = None


@dataclass(frozen=True)
class Standing:
    """What the next month goes on from."""

    ledger: pd.DataFrame
    conditions: list[Found]


@dataclass(frozen=True)
class LedgerMonth(Standing):
    """What a month of one programme became."""

    programme: Programme
    month: date
    over: bool
    summary: Mapping[str, Any]
    eligibility: pd.DataFrame
    idle: int
    """Members who bought nothing in the lookback."""
    before: int
    """Members of the month before."""

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Its rows, by output."""
        of: dict[str, Any] = {"month": self.month, "programme": self.programme.name}
        conditions = [
            of
            | {"measure": each.measure.name, "better": each.measure.better}
            | {"enter_at": each.enter, "keep_at": each.keep}
            | {"enter_words": each.words(each.enter), "keep_words": each.words(each.keep)}
            | {"found_month": found, "found_in_run": run}
            for each, found, run in self.conditions
        ]
        # Not NaN: a state without a change, and a member who lacks nothing, have none.
        texts = {name: self.ledger[name].replace("", None) for name in ("change", "lacking")}
        return {
            "members": as_table([self.ledger.assign(**of, **texts)], tables.MEMBERS),
            "conditions": from_rows(conditions, tables.CONDITIONS),
            "summary": from_rows([of | dict(self.summary)], tables.SUMMARY),
            "eligibility": as_table([self.eligibility.assign(**of)], tables.ELIGIBILITY),
        }


def advanced(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    everyone: pd.DataFrame,
    before: Standing | None,
    *,
    over: bool,
    asked_by: str | None,
) -> LedgerMonth:
    """One month of one programme, from the ledger and conditions of the month before; none where it begins.

    Takes customer 360 of the month in order, with revenue and purchases in the lookback and, as `<segmentation>/id` and
    `<segmentation>/persona`, the segment of each; whether the month is `over`; the run that asks for conditions anew.
    """
    last = before or Standing(pd.DataFrame(), [])
    top, segment = _top_segment(everyone, programme, domain.segmentation(programme.segmentation).axis)
    able = ineligible(everyone, programme).isna().to_numpy(dtype=bool)
    found, note = _conditions(domain, programme, month, everyone[able], top[able], last.conditions, asked_by)
    if before is None and month > domain.start:
        note = f"O programa é novo: seu livro começa neste mês. {note}"
    conditions = [each.condition for each in found]
    ledger = advance(last.ledger, everyone, conditions, programme, month, over)
    agreed = agreement(meets(everyone, conditions, "enter") & able, top & able)
    members = ledger[ledger["state"].isin(STATES)]
    active = everyone.loc[everyone[BOUGHT] > 0, "customer_id"]
    was, entered, left, now = adds_up(last.ledger, ledger)
    revenue = float(everyone[REVENUE].sum())
    theirs = float(members["revenue"].fillna(0).sum())
    state = ledger["state"].value_counts()
    summary = {
        "customers": len(everyone),
        "eligible": int(able.sum()),
        "members": now,
        "entered": entered,
        "left": left,
        "at_risk": int(state.get(AT_RISK, 0)),
        "candidates": int(state.get(CANDIDATE, 0)),
        "revenue": revenue,
        "members_revenue": theirs,
        "revenue_share": theirs / revenue if revenue > 0 else None,
        "segment": segment,
        "precision": agreed.precision,
        "recall": agreed.recall,
        "f1": agreed.f1 if conditions else None,
        "note": note,
    }
    return LedgerMonth(
        ledger=ledger,
        conditions=found,
        programme=programme,
        month=month,
        over=over,
        summary=summary,
        eligibility=eligibility(everyone, programme),
        idle=int((~members["customer_id"].isin(active)).sum()),
        before=was,
    )


def kept_conditions(domain: CustomerDomain, programme: Programme, rows: Sequence[Mapping[str, Any]]) -> list[Found]:
    """The conditions of rows of `loyalty_conditions`, as weak for who stays as the programme says now.

    None where it no longer has one of their measures.
    """
    measures = measures_of(programme, domain.currency, domain.lookback_months)
    if any(row["measure"] not in measures for row in rows):
        return []
    return [
        Found(
            condition(measures[row["measure"]], row["enter_at"], programme.keep),
            row["found_month"],
            row["found_in_run"],
        )
        for row in rows
    ]


def _conditions(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    able: pd.DataFrame,
    top: np.ndarray,
    kept: list[Found],
    asked_by: str | None,
) -> tuple[list[Found], str]:
    """The conditions of a month with the month and the run they were found in; and why, or why there are none.

    Takes who can be a member, and whether each is in the segment. Conditions are found anew each month until the
    lookback is filled, since sums over more months are larger; then they stay, for they are told to customers.
    """
    measures = measures_of(programme, domain.currency, domain.lookback_months)
    if programme.entry:
        return [Found(each) for each in by_hand(programme, measures)], "Condições definidas à mão."
    history = len(months_between(domain.start, month))
    if history < programme.history_months:
        return [], f"O programa começa com {programme.history_months} meses de dados; há {history}."
    since = kept[0].month if kept else None
    if since is not None and since >= domain.filled_from and not asked_by:
        return kept, f"Condições encontradas em {since:%m/%Y}."
    found = find_conditions(able, top, list(measures.values()), programme.keep)
    if found:
        how = " a pedido" if asked_by else ""
        return [Found(each, month, asked_by) for each in found], f"Condições encontradas neste mês{how}."
    if kept:
        return kept, "Nada distingue o segmento mais alto neste mês; valem as condições de antes."
    return [], "Nada distingue o segmento mais alto dos outros clientes: não há condições, e ninguém entra."


def _top_segment(everyone: pd.DataFrame, programme: Programme, axis: str) -> tuple[np.ndarray, str | None]:
    """Who is in the highest segment, shape (n,), and its persona; nobody where there is none.

    It is the highest on the axis of the segmentation, or in revenue where customer 360 does not have that column.
    """
    ids = everyone[f"{programme.segmentation}/id"]
    column = axis if axis in everyone.columns else REVENUE
    means = everyone[column].astype("float64").groupby(ids).mean().dropna()
    if means.empty:
        return np.zeros(len(everyone), dtype=bool), None
    top = (ids == means.idxmax()).to_numpy(dtype=bool, na_value=False)
    return top, str(everyone.loc[top, f"{programme.segmentation}/persona"].iloc[0])
