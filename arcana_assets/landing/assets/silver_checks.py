"""Checks of silver: whether every row that landed is accounted for, and whether most of them were refused.

Belongs here: what each check says, and its verdict from numbers. Does not belong here: the asset that they guard
(`silver`), why a row is refused (`conform.refusal`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import dagster as dg

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import known_until, shifted
from arcana_assets.landing.tables import holding_columns

ACCOUNT, REFUSED = "rows_accounted_for", "few_rows_refused"
COMPLETE, ERASED = "months_are_complete", "no_erased_customer"
_SINCE = "since the domain's start"
NOBODY = "No row is of a customer in the register of the erased, by the hash of the id"


@dataclass(frozen=True)
class Account:
    """The rows of a run: those that landed, and where each of them went; `not_filled_in` is of forms only.

    `landed` are those of the months of the run and all of those that wait for a month that has not begun; `waiting` is
    of sources with dates only; `erased` are those of erased customers, where there are any, which go nowhere;
    `left_out` those that the source is not of, by what its contract says with `where`; `before_start` those dated
    before the domain begins, which quarantine has beside the `quarantined` ones: they are of no month, and no fault of
    a file; `not_in_force` are periods, once for each month of the run on whose last day they were not in force.
    """

    landed: int
    silver: int
    quarantined: int
    exact_duplicates: int
    not_filled_in: int | None = None
    waiting: int | None = None
    erased: int | None = None
    left_out: int | None = None
    before_start: int | None = None
    not_in_force: int | None = None

    @property
    def adds_up(self) -> bool:
        """Whether every row went to exactly one place."""
        placed = self.silver + self.quarantined + self.exact_duplicates
        return self.landed == placed + self._unjudged + (self.not_in_force or 0)

    @property
    def share_refused(self) -> float:
        """Refused rows among those that are there to be judged."""
        return self.quarantined / self._judged if self._judged else 0.0

    @property
    def mostly_early(self) -> bool:
        """Whether over half of the rows are dated before the domain begins; one row alone tells nothing."""
        early = self.before_start or 0
        return early > 1 and early > self._judged

    @property
    def _judged(self) -> int:
        return self.landed - self._unjudged

    @property
    def _unjudged(self) -> int:
        aside = (self.waiting, self.not_filled_in, self.erased, self.left_out, self.before_start)
        return sum(each or 0 for each in aside)


def specs(key: dg.AssetKey, contract: Contract) -> list[dg.AssetCheckSpec]:
    """The checks of a source's silver."""
    words = "Rows landed = rows in silver + rows in quarantine + exact duplicates"
    if contract.dated:
        words += " + rows dated before the domain begins + rows waiting for a month that has not begun"
    if contract.filled_in:
        words += " + lines of the form that nobody filled in"
    if contract.where:
        words += " + rows that are left out by `where`"
    if contract.periods:
        words += " + rows that were not in force in the month"
    words += " + rows of erased customers"
    since = f" {_SINCE}" if contract.dated else ""
    few = f"At most {contract.refused_share:.0%} of the rows{since} are in quarantine"
    few += ", and not most rows are dated before it" if contract.dated else ""
    return [
        dg.AssetCheckSpec(ACCOUNT, asset=key, blocking=True, description=words),
        dg.AssetCheckSpec(REFUSED, asset=key, description=few),
        *(
            [dg.AssetCheckSpec(ERASED, asset=key, blocking=True, description=NOBODY)]
            if holding_columns(contract)
            else []
        ),
        *(
            [dg.AssetCheckSpec(COMPLETE, asset=key, description=_within(days))]
            if (days := contract.watched_days)
            else []
        ),
    ]


def accounted_for(key: dg.AssetKey, rows: Account, unread: Collection[str] = ()) -> dg.AssetCheckResult:
    """Whether every row that landed went to exactly one place; files that are `unread` have no rows to account for."""
    words = f"{rows.landed} landed = {rows.silver} silver + {rows.quarantined} quarantined"
    words += f" + {rows.exact_duplicates} exact duplicates"
    if rows.before_start:
        words += f" + {rows.before_start} before the domain begins"
    if rows.waiting:
        words += f" + {rows.waiting} waiting"
    if rows.not_filled_in is not None:
        words += f" + {rows.not_filled_in} not filled in"
    if rows.left_out is not None:
        words += f" + {rows.left_out} left out"
    if rows.not_in_force is not None:
        words += f" + {rows.not_in_force} not in force"
    if rows.erased:
        words += f" + {rows.erased} of erased customers"
    if unread:
        words += f"; not read, but for what bronze keeps of before: {', '.join(sorted(unread))}"
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ACCOUNT,
        passed=rows.adds_up,
        description=words,
        metadata={
            **{name: number for name, number in asdict(rows).items() if number is not None},
            **({"not_read": sorted(unread)} if unread else {}),
        },
    )


def few_refused(key: dg.AssetKey, contract: Contract, rows: Account, reasons: Sequence[str]) -> dg.AssetCheckResult:
    """Warns where a larger share of the rows was refused than the contract says; `reasons`: the most frequent first.

    Dirt is a few rows in a thousand; where a tenth is refused the contract is wrong, or the files changed: a format, a
    mark, a rule. One row alone tells nothing of either. Rows from before the domain begins are no part of the share;
    where they are most of the rows it warns as well, because the domain's start may be wrong.
    """
    share, early = rows.share_refused, rows.before_start
    few = share <= contract.refused_share or rows.quarantined <= 1
    words = f"{share:.1%} of the rows{f' {_SINCE}' if early else ''} are in quarantine"
    words += f"; the most frequent reason: {reasons[0]}" if reasons else ""
    if early and rows.mostly_early:
        words += f"; most rows are dated before the domain's start, {early}: if they are wanted, set `start` in "
        words += "defs.yaml to an earlier month"
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=REFUSED,
        passed=few and not rows.mostly_early,
        severity=dg.AssetCheckSeverity.WARN,
        description=words,
        metadata={"share": share, "limit": contract.refused_share},
    )


def nobody_erased(key: dg.AssetKey, rows: int, customers: int | None) -> dg.AssetCheckResult:
    """Fails where `rows` of silver are of customers in the register, which has so many; None where there is none."""
    words = (
        "nobody was ever erased" if customers is None else f"{customers} ids in the register, none of them in silver"
    )
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ERASED,
        passed=not rows,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{rows} rows are of customers in the register of the erased; nothing is computed from them. Run "
        "`arcana erase` again, and keep the rows of bronze: they show how these came past it"
        if rows
        else words,
        metadata={"rows": rows},
    )


def complete(key: dg.AssetKey, newest: Mapping[date, date | None], within: int) -> dg.AssetCheckResult:
    """Warns of months that are over by the clock and whose rows end too early; `newest` is the day of the last row."""
    ends = {month: shifted(month, 1) for month in newest}
    early = {month: day for month, day in newest.items() if known_until(month, ends[month], day, within) < ends[month]}
    said = [
        f"{month:%Y-%m} has no row"
        if day is None
        else f"the newest row of {month:%Y-%m} is of {day}, {(ends[month] - day).days - 1} days before its end"
        for month, day in early.items()
    ]
    words = (
        f"{key.path[-1]}: {'; '.join(said)}; at most {within} days are usual. Such a month stays open at its last day"
    )
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=COMPLETE,
        passed=not early,
        severity=dg.AssetCheckSeverity.WARN,
        description=words if early else "no month that is over ends early",
        metadata={"months": {f"{month:%Y-%m}": str(day or "no row") for month, day in early.items()}},
    )


def _within(days: int) -> str:
    return f"The newest row of a month that is over lies within {days} days of its end"
