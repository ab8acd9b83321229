"""Terms of a programme in a month: its conditions, where they come from, and the segment that they are to tell.

Belongs here: when conditions are found anew and when they stay, the highest segment. Does not belong here: finding
thresholds (`programme.conditions`), who is a member by them (`programme.month`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.loyalty.programme.conditions import Condition, by_hand, condition, find_conditions, measures_of
from arcana_assets.loyalty.programme.ledger import REVENUE, ineligible
from arcana_assets.presentation.language import language_of


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
        note = language_of(domain.language).say("programme.conditions.new", note=note)
    return Terms(found, note, top, segment)


def kept_conditions(domain: CustomerDomain, programme: Programme, rows: Sequence[Mapping[str, Any]]) -> list[Found]:
    """The conditions of rows of `loyalty_conditions`, as weak for who stays as the programme says now.

    None where it no longer has one of their measures.
    """
    language = language_of(domain.language)
    measures = measures_of(programme, domain.currency, domain.lookback_months, language)
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


def in_segment(everyone: pd.DataFrame, programme: Programme, top: object | None) -> np.ndarray:
    """Whether each customer is in the segment, shape (n,)."""
    if top is None:
        return np.zeros(len(everyone), dtype=bool)
    return (everyone[f"{programme.segmentation}/id"] == top).to_numpy(dtype=bool, na_value=False)


class _Able:
    """Who can be a member, in blocks, each with whether its customers are in the segment."""

    def __init__(self, everyone: Iterable[pd.DataFrame], programme: Programme, top: object | None) -> None:
        self.everyone, self.programme, self.top = everyone, programme, top

    def __iter__(self) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        for block in self.everyone:
            able = ineligible(block, self.programme).isna().to_numpy(dtype=bool)
            yield block[able], in_segment(block, self.programme, self.top)[able]


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
    language = language_of(domain.language)
    say, measures = language.say, measures_of(programme, domain.currency, domain.lookback_months, language)
    if programme.entry:
        return [Found(each) for each in by_hand(programme, measures)], say("programme.conditions.by_hand")
    history = len(months_between(domain.start, month))
    if history < programme.history_months:
        return [], say("programme.conditions.too_young", n=programme.history_months, there=history)
    since = kept[0].month if kept else None
    if since is not None and since >= domain.filled_from and not asked_by:
        return kept, say("programme.conditions.found", month=language.short_month(since))
    found = find_conditions(able, list(measures.values()), programme.keep, programme.share, programme.grace_months)
    if found is not None and found.f1 >= programme.fidelity:
        note = say("programme.conditions.found_asked") if asked_by else say("programme.conditions.found_now")
        return [Found(each, month, asked_by) for each in found.conditions], note
    if kept:
        return kept, say("programme.conditions.kept")
    if found is not None:
        agree = {"f1": language.percent(found.f1, 0), "least": language.percent(programme.fidelity, 0)}
        return [], say("programme.conditions.untold", **agree)
    low, high = (language.percent(each, 0) for each in programme.share)
    return [], say("programme.conditions.none", low=low, high=high)


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
