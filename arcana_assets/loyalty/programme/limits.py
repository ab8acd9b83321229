"""Limits of a programme: what each month of a ledger is checked for, and what is said of one that fails.

Belongs here: the checks and their sentences. Does not belong here: the limits themselves (`domain.settings.loyalty`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from arcana_assets.loyalty.programme.month import LedgerMonth

ADDS_UP, BOUGHT = "ledger_adds_up", "members_bought_in_the_lookback"
SHARE, CHURN, FIDELITY = "revenue_share_within_limits", "churn_within_limits", "conditions_tell_the_segment"
SIZE = "programme_has_its_size"


@dataclass(frozen=True)
class Check:
    """What a check asks, what is said where every month passes, and whether nothing goes on from one that fails."""

    asks: str
    passed: str
    blocking: bool = False


CHECKS = {
    ADDS_UP: Check("Members before + entered - left = members now", "Every ledger adds up", blocking=True),
    BOUGHT: Check(
        "In months that are over no member is without a purchase in the lookback",
        "Every member bought something in the lookback",
        blocking=True,
    ),
    SHARE: Check("Members have a share of the revenue within its limits", "Within limits"),
    SIZE: Check("Members, those at risk among them, are as many of who can be one as the programme says", "As it says"),
    CHURN: Check("No more members left in a month than is usual", "Within limits"),
    FIDELITY: Check(
        "Who meets the conditions and who is in the segment are much the same",
        "Conditions tell the segment; run with `find_anew: true` where they no longer do",
    ),
}


def failed(done: LedgerMonth) -> Iterator[tuple[str, str]]:
    """The checks that a month of a programme fails, each with what was found and what was expected."""
    programme, rows = done.programme, done.summary
    of, was = f"{programme.name} {done.month:%Y-%m}", done.counted.before
    entered, left, now = (rows[name] for name in ("entered", "left", "members"))
    if was + entered - left != now:
        yield ADDS_UP, f"{of}: {was} + {entered} - {left} is not {now}"
    if (idle := done.counted.idle) and done.over:
        yield BOUGHT, f"{of}: {idle} members bought nothing in the lookback"
    share, (low, high) = rows["revenue_share"], programme.revenue_share
    if now and share is not None and not low <= share <= high:
        yield SHARE, f"{of}: {share:.1%} of the revenue, expected {low:.0%} to {high:.0%}"
    if done.out_of_size is not None:
        low, high = programme.share
        yield (
            SIZE,
            f"{of}: {done.out_of_size:.1%} of who can be a member is one or at risk, expected {low:.0%} to {high:.0%}",
        )
    if was and left / was > programme.maximum_churn:
        yield CHURN, f"{of}: {left} of {was} members left, expected {programme.maximum_churn:.0%} at most"
    if rows["f1"] is not None and rows["f1"] < programme.fidelity:
        yield FIDELITY, f"{of}: F1 {rows['f1']:.2f} against {rows['segment']}, expected {programme.fidelity:g}"
