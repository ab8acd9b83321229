"""A run as assets see it: its months, and the moment as of which it computes.

Belongs here: from the tags of a run to months and back. Does not belong here: which months are asked for
(`automation.months`), arithmetic on months (`domain.months`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import dagster as dg

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import (
    Bounds,
    Period,
    as_of_day,
    known_until,
    month_at,
    months_between,
    shifted,
    spelled,
)
from arcana_assets.graph.ends import Newest, newest_days
from arcana_assets.lake.lake import Lake

AS_OF_TAG = "arcana/as_of"
_SCHEDULED_TAG = ".dagster/scheduled_execution_time"
_OVER = (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)
_RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True)
class Run:
    """The months of a run and the moment as of which it computes.

    `newest` finds where the rows of given months end: a month is over when the clock says so and its data do.
    """

    months: tuple[date, ...]
    moment: datetime
    domain: CustomerDomain
    newest: Callable[[Sequence[date]], Newest] = field(default=lambda months: {}, compare=False)

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, domain: CustomerDomain) -> "Run":
        """Months are the partitions of the run; the moment is when the run was due, or made.

        Fails, for good, where the run asks for a month that the domain does not have.
        """
        run = cls((), _moment(context), domain)
        asked = [context.run.tags[tag] for tag in _RANGE_TAGS if tag in context.run.tags] or [context.partition_key]
        first, last = (date.fromisoformat(key[:10]) for key in (asked[0], asked[-1]))
        if not domain.start <= first <= last < run.end:
            raise dg.Failure(
                description=f"{domain.name} has the months {spelled(run.known)}; "
                f"the run asks for {spelled(months_between(*sorted((first, last))))}. "
                "Ask for months among them, or change 'start' or 'end' in the domain's defs.yaml.",
                allow_retries=False,
            )
        newest = partial(_newest, context, domain)
        return cls(tuple(months_between(first, last)), run.moment, domain, newest)

    @property
    def known(self) -> list[date]:
        """All months of the domain, the open one included."""
        return months_between(self.domain.start, shifted(self.end, -1))

    @property
    def end(self) -> date:
        """The month after the open one, or after the domain's last: rows dated from there on are not yet due."""
        return self.bounds.end

    @property
    def bounds(self) -> Bounds:
        """The months that rows may have as of the moment of the run."""
        return self.domain.bounds(self.moment)

    @cached_property
    def _ends(self) -> dict[date, Newest]:
        """Of the months of the run, found at once; of others, few of a long history, once they are asked for."""
        found = self.newest(self.months)
        return dict.fromkeys(self.months, found)

    def _newest(self, month: date) -> Newest:
        if month not in self._ends:
            self._ends[month] = self.newest((month,))
        return self._ends[month]

    def as_of(self, month: date) -> date:
        """The day that recency in a month counts to, and that it is judged as of: the day after the last one it knows.

        It is the first of the next month; of the open one the day after the moment's; and of one that its data end
        inside the day after the newest row.
        """
        by_clock, newest = as_of_day(month, self.moment, self.domain.timezone), self._newest(month)
        ends = (
            known_until(month, by_clock, newest[source][month], within)
            for source, within in self.domain.watched.items()
            if month in newest.get(source, {})
        )
        return min(ends, default=by_clock)

    @property
    def as_of_days(self) -> dict[date, date]:
        """The day that each month of the run is judged as of."""
        return {month: self.as_of(month) for month in self.months}

    def has_passed(self, month: date) -> bool:
        """Whether a month is over by the clock."""
        return month < month_at(self.moment, self.domain.timezone)

    def is_over(self, month: date) -> bool:
        """Whether a month is over by the clock, and its data do not end inside it."""
        return self.has_passed(month) and self.as_of(month) == shifted(month, 1)

    def are_over(self, first: date, last: date) -> bool:
        """Whether all months from `first` to `last` are over: what came in them is all that came."""
        return all(self.is_over(month) for month in months_between(first, last))

    def judged(self, month: date) -> date:
        """The month at whose end it is seen what came of earlier ones: this one, or the last before it that is over.

        So a night compares whole months, and what it finds does not change through the open one. The month before the
        first of the domain where none is over.
        """
        while month >= self.domain.start and not self.is_over(month):
            month = shifted(month, -1)
        return month

    def standing(self, month: date) -> str:
        """In words, as of which day a month is judged, and why."""
        last = self.as_of(month) - timedelta(days=1)
        if self.is_over(month):
            return f"over: judged as of its end, {last}"
        if self.as_of(month) < as_of_day(month, self.moment, self.domain.timezone):
            return f"open: its data end on {last}, and it is judged as of that day"
        return f"open: judged as of {last}"

    def settled(self, month: date) -> bool:
        """Whether a month is over for longer than the nights that still refresh it."""
        today = self.moment.astimezone(ZoneInfo(self.domain.timezone)).date()
        return today >= shifted(month, 1) + timedelta(days=self.domain.nightly.grace_days)

    @property
    def period(self) -> Period:
        """What rows may be dated.

        A month that is over holds no row beyond its end, so the moment of the run bounds them all.
        """
        return Period(self.domain.start, self.moment, self.domain.timezone, self.bounds.horizon)


def tell_standing(context: dg.AssetExecutionContext, key: dg.AssetKey, run: Run) -> None:
    """Says with each month of the run as of which day it is judged, and why."""
    for month in run.months:
        context.add_asset_metadata({"judged": run.standing(month)}, asset_key=key, partition_key=month.isoformat())


def range_tags(months: Sequence[date]) -> dict[str, str]:
    """Run tags that ask for a range of months in one run."""
    return dict(zip(_RANGE_TAGS, (months[0].isoformat(), months[-1].isoformat()), strict=True))


def computes(context: dg.AssetExecutionContext, key: dg.AssetKey) -> bool:
    """Whether the run that a step belongs to computes an asset as well."""
    return key in context.job_def.asset_layer.selected_asset_keys


def permitted(instance: dg.DagsterInstance, run_id: str) -> None:
    """Raises DagsterExecutionInterruptedError where the run was stopped, or is held for over: it commits nothing more.

    A signal alone does not say so in time. It waits while delta-rs or another library works, and a run that was marked
    as ended by force goes on.
    """
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status in _OVER:
        raise dg.DagsterExecutionInterruptedError(
            f"Run {run_id} is {run.status.value}; nothing more of it is written or published."
        )


def _newest(context: dg.AssetExecutionContext, domain: CustomerDomain, months: Sequence[date]) -> Newest:
    """What silver says; nothing where tables are kept in another place than the lake."""
    lake = getattr(context.op_execution_context.resources.io_manager, "lake", None)
    return newest_days(domain, lake, domain.watched, months) if isinstance(lake, Lake) else {}


def _moment(context: dg.AssetExecutionContext) -> datetime:
    tags: Mapping[str, str] = context.run.tags
    for tag in (AS_OF_TAG, _SCHEDULED_TAG):
        if tag in tags:
            try:
                moment = datetime.fromisoformat(tags[tag])
            except ValueError:
                raise dg.Failure(
                    description=f"the tag {tag} of this run is '{tags[tag]}'; expected a moment such as "
                    "2011-05-20T00:00:00+00:00",
                    allow_retries=False,
                ) from None
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    record = context.instance.get_run_record_by_id(context.run.run_id)
    assert record is not None, "a run that executes is recorded in its instance"
    made = record.create_timestamp
    return made.astimezone(UTC)
