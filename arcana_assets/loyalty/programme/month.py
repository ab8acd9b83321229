"""A month of a programme: from the ledger and conditions of the month before, to its own.

Belongs here: what a month looks at, when conditions are found anew, the rows of its tables. Does not belong here: the
chain of months (`assets.ledger`), what is warned of (`programme.limits`), who meets what (`programme.conditions`,
`programme.ledger`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    Agreement,
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
    ELIGIBLE,
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
class Terms:
    """The conditions of a month, where they come from, and the segment that they are to tell: its id and persona."""

    conditions: list[Found]
    note: str
    top: object | None
    segment: str | None

    @property
    def asked(self) -> list[Condition]:
        """The conditions alone."""
        return [each.condition for each in self.conditions]


class Counted(NamedTuple):
    """What a block of customers adds to a month: customers, but for the revenues.

    `meeting`, `of_segment` and `both` are as in `Agreement`, `before` the members of the month before, `idle` members
    who bought nothing in the lookback, `eligible` how many of all there are for each reason of `eligibility`.
    """

    customers: int
    members: int
    entered: int
    left: int
    at_risk: int
    candidates: int
    revenue: float
    members_revenue: float
    meeting: int
    of_segment: int
    both: int
    idle: int
    before: int
    reasons: Mapping[str, int]

    def and_of(self, other: "Counted") -> "Counted":
        """Both blocks together."""
        sums = [mine + theirs for mine, theirs in zip(self[:-1], other[:-1], strict=True)]
        reasons = {name: self.reasons.get(name, 0) + count for name, count in other.reasons.items()}
        return Counted._make([*sums, reasons])


@dataclass(frozen=True)
class LedgerMonth:
    """What a month of one programme became, its ledger apart."""

    programme: Programme
    month: date
    over: bool
    terms: Terms
    counted: Counted

    @property
    def summary(self) -> Mapping[str, Any]:
        """The row of `loyalty_summary`, without month and programme."""
        of = self.counted
        agreed = Agreement(of.meeting, of.of_segment, of.both)
        return {
            "customers": of.customers,
            "eligible": of.reasons.get(ELIGIBLE, 0),
            "members": of.members,
            "entered": of.entered,
            "left": of.left,
            "at_risk": of.at_risk,
            "candidates": of.candidates,
            "revenue": of.revenue,
            "members_revenue": of.members_revenue,
            "revenue_share": of.members_revenue / of.revenue if of.revenue > 0 else None,
            "segment": self.terms.segment,
            "precision": agreed.precision,
            "recall": agreed.recall,
            "f1": agreed.f1 if self.terms.conditions else None,
            "note": self.terms.note,
        }

    @property
    def tables(self) -> dict[str, pa.Table]:
        """Its rows but those of the ledger, by output."""
        of: dict[str, Any] = {"month": self.month, "programme": self.programme.name}
        conditions = [
            of
            | {"measure": each.measure.name, "better": each.measure.better}
            | {"enter_at": each.enter, "keep_at": each.keep}
            | {"enter_words": each.words(each.enter), "keep_words": each.words(each.keep)}
            | {"found_month": found, "found_in_run": run}
            for each, found, run in self.terms.conditions
        ]
        reasons = [of | {"reason": reason, "customers": count} for reason, count in self.counted.reasons.items()]
        return {
            "conditions": from_rows(conditions, tables.CONDITIONS),
            "summary": from_rows([of | dict(self.summary)], tables.SUMMARY),
            "eligibility": from_rows(reasons, tables.ELIGIBILITY),
        }


def terms_of(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    everyone: Iterable[pd.DataFrame],
    before: list[Found] | None,
    asked_by: str | None,
) -> Terms:
    """The conditions of a month of one programme, from those of the month before; none where it begins.

    Takes, in blocks that are gone through several times, customer 360 of the month in order, with revenue and purchases
    in the lookback and, as `<segmentation>/id` and `<segmentation>/persona`, the segment of each; the run that asks for
    conditions anew.
    """
    top, segment = _top_segment(everyone, programme, domain.segmentation(programme.segmentation).axis)
    able = _Able(everyone, programme, top)
    found, note = _conditions(domain, programme, month, able, before or [], asked_by)
    if before is None and month > domain.start:
        note = f"O programa é novo: seu livro começa neste mês. {note}"
    return Terms(found, note, top, segment)


def advanced(
    programme: Programme, month: date, everyone: pd.DataFrame, before: pd.DataFrame, terms: Terms, *, over: bool
) -> tuple[pd.DataFrame, Counted]:
    """The ledger of a block of customers, from theirs of the month before, and what it adds to the month.

    Takes customers as `terms_of` does, and whether the month is `over`.
    """
    conditions, top = terms.asked, _in_segment(everyone, programme, terms.top)
    reasons = eligibility(everyone, programme)
    able = ineligible(everyone, programme).isna().to_numpy(dtype=bool)
    ledger = advance(before, everyone, conditions, programme, month, over)
    agreed = agreement(meets(everyone, conditions, "enter") & able, top & able)
    members = ledger[ledger["state"].isin(STATES)]
    active = everyone.loc[everyone[BOUGHT] > 0, "customer_id"]
    was, entered, left, now = adds_up(before, ledger)
    state = ledger["state"].value_counts()
    return ledger, Counted(
        customers=len(everyone),
        members=now,
        entered=entered,
        left=left,
        at_risk=int(state.get(AT_RISK, 0)),
        candidates=int(state.get(CANDIDATE, 0)),
        revenue=float(everyone[REVENUE].sum()),
        members_revenue=float(members["revenue"].fillna(0).sum()),
        meeting=agreed.meeting,
        of_segment=agreed.of_segment,
        both=agreed.both,
        idle=int((~members["customer_id"].isin(active)).sum()),
        before=was,
        reasons=dict(zip(reasons["reason"], reasons["customers"], strict=True)),
    )


def rows_of(programme: Programme, month: date, ledger: pd.DataFrame) -> pa.Table:
    """The rows of a ledger."""
    # Not NaN: a state without a change, and a member who lacks nothing, have none.
    texts = {name: ledger[name].replace("", None) for name in ("change", "lacking")}
    return as_table([ledger.assign(month=month, programme=programme.name, **texts)], tables.MEMBERS)


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


class _Able:
    """Who can be a member, in blocks, each with whether its customers are in the segment."""

    def __init__(self, everyone: Iterable[pd.DataFrame], programme: Programme, top: object | None) -> None:
        self.everyone, self.programme, self.top = everyone, programme, top

    def __iter__(self) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        for block in self.everyone:
            able = ineligible(block, self.programme).isna().to_numpy(dtype=bool)
            yield block[able], _in_segment(block, self.programme, self.top)[able]


def _conditions(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    able: _Able,
    kept: list[Found],
    asked_by: str | None,
) -> tuple[list[Found], str]:
    """The conditions of a month with the month and the run they were found in; and why, or why there are none.

    Conditions are found anew each month until the lookback is filled, since sums over more months are larger; then they
    stay, for they are told to customers.
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
    found = find_conditions(able, list(measures.values()), programme.keep)
    if found:
        how = " a pedido" if asked_by else ""
        return [Found(each, month, asked_by) for each in found], f"Condições encontradas neste mês{how}."
    if kept:
        return kept, "Nada distingue o segmento mais alto neste mês; valem as condições de antes."
    return [], "Nada distingue o segmento mais alto dos outros clientes: não há condições, e ninguém entra."


def _top_segment(everyone: Iterable[pd.DataFrame], programme: Programme, axis: str) -> tuple[object | None, str | None]:
    """The highest segment and its persona; neither where there is none.

    It is the highest on the axis of the segmentation, or in revenue where customer 360 does not have that column.
    """
    name, parts, personas = programme.segmentation, list[pd.DataFrame](), dict[object, str]()
    for block in everyone:
        values = block[axis if axis in block.columns else REVENUE].astype("float64")
        parts.append(values.groupby(block[f"{name}/id"]).agg(["sum", "count"]))
        told = block.dropna(subset=f"{name}/id").drop_duplicates(f"{name}/id")
        personas = dict(zip(told[f"{name}/id"], told[f"{name}/persona"], strict=True)) | personas
    sums = pd.concat(parts).groupby(level=0).sum()
    means = (sums["sum"] / sums["count"])[sums["count"] > 0]
    if means.empty:
        return None, None
    top: object = means.idxmax()
    return top, str(personas[top])


def _in_segment(everyone: pd.DataFrame, programme: Programme, top: object | None) -> np.ndarray:
    """Whether each customer is in the segment, shape (n,)."""
    if top is None:
        return np.zeros(len(everyone), dtype=bool)
    return (everyone[f"{programme.segmentation}/id"] == top).to_numpy(dtype=bool, na_value=False)
