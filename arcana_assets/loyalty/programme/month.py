"""A month of a programme: from the ledger of the month before to its own, a block of customers at a time.

Belongs here: what a block adds to a month, the rows of its tables. Does not belong here: the chain of months
(`assets.ledger`), its conditions (`programme.terms`), what is warned of (`programme.limits`), who meets what
(`programme.conditions`, `programme.ledger`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.programme.conditions import (
    Agreement,
    agreement,
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
    in_words,
    ineligible,
)
from arcana_assets.loyalty.programme.terms import Terms, in_segment
from arcana_assets.presentation.language import Language
from arcana_assets.tables.frames import as_table, from_rows


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
    language: Language

    @property
    def out_of_size(self) -> float | None:
        """The share of who can be a member that is one, at risk or not, where it is not within that of the programme.

        None where it is, where there are no conditions, and where they are by hand: then so is the size.
        """
        able, (low, high) = self.counted.reasons.get(ELIGIBLE, 0), self.programme.share
        if not able or not self.terms.conditions or self.programme.entry:
            return None
        share = self.counted.members / able
        return None if low <= share <= high else share

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
            "note": self._note,
        }

    @property
    def _note(self) -> str:
        """Where the conditions come from, and that the programme is larger or smaller than its size, where so."""
        if self.out_of_size is None:
            return self.terms.note
        low, high = (self.language.percent(each, 0) for each in self.programme.share)
        share = self.language.percent(self.out_of_size, 0)
        said = self.language.say("programme.conditions.out_of_size", share=share, low=low, high=high)
        return f"{self.terms.note} {said}"

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
        counted = dict[str, int]()  # two rules may have one name
        for reason, count in self.counted.reasons.items():
            said = in_words(self.language, reason)
            counted[said] = counted.get(said, 0) + count
        reasons = [of | {"reason": reason, "customers": count} for reason, count in counted.items()]
        return {
            "conditions": from_rows(conditions, tables.CONDITIONS),
            "summary": from_rows([of | dict(self.summary)], tables.SUMMARY),
            "eligibility": from_rows(reasons, tables.ELIGIBILITY),
        }


def advanced(
    programme: Programme,
    month: date,
    everyone: pd.DataFrame,
    before: pd.DataFrame,
    terms: Terms,
    language: Language,
    *,
    over: bool,
) -> tuple[pd.DataFrame, Counted]:
    """The ledger of a block of customers, from theirs of the month before, and what it adds to the month.

    Takes customers as `terms_of` does, and whether the month is `over`.
    """
    conditions, top = terms.asked, in_segment(everyone, programme, terms.top)
    reasons = eligibility(everyone, programme)
    able = ineligible(everyone, programme).isna().to_numpy(dtype=bool)
    ledger = advance(before, everyone, conditions, programme, month, over, language)
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
