"""What did not happen, or not in time: a domain that is not read, the night that did not come, gold that is not fresh,
ticks that fail.

Each is a state as of a moment, and found anew at each look: what is not found any more is over.

Freshness is told once a domain, and not once a table: a night that fails leaves all of them stale. Where the night
itself did not come, that is told instead.

Belongs here: asking the instance. Does not belong here: what runs say that did end (`runs`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, InstigatorType, TickStatus

from arcana_assets.alerts.finding import Finding
from arcana_assets.alerts.runs import months_of, will_be_retried, worded
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.graph.failures import first_of
from arcana_assets.presentation.language import language_of

FAILED_TICKS = {InstigatorType.SENSOR: 2, InstigatorType.SCHEDULE: 1}
"""Ticks in a row that fail before it is told: a sensor looks again within a minute, a schedule the next night."""
SHOWN = 3  # tables that are named
_FINISHED = [TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.SKIPPED]
_RUN_OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)


@dataclass(frozen=True)
class Watched:
    """What a code location has to be watched: the names of its schedules and sensors, and tables with a freshness
    policy; `by_itself` says whether schedules are on unless somebody switched them off, `broken` by name why a domain
    cannot be read.
    """

    ticking: tuple[str, ...] = ()
    fresh: tuple[dg.AssetKey, ...] = ()
    by_itself: bool = False
    broken: Mapping[str, str] = field(default_factory=dict, hash=False)


def standing(
    instance: dg.DagsterInstance, domains: Collection[CustomerDomain], watched: Watched, began: float, now: float
) -> list[Finding]:
    """All that is wrong now of domains, nights, freshness and ticks.

    Nights that were due before `began` are not asked for.
    """
    states = {each.instigator_name: each for each in instance.all_instigator_state()}
    nights = [night for each in domains if (night := _night(instance, each, states, watched, began, now))]
    absent = {night.domain for night in nights}
    late = _late(instance, [each for each in domains if each.name not in absent], watched.fresh, now)
    broken = [Finding("domain", (name,), "error", why, name, now) for name, why in watched.broken.items()]
    return [*broken, *nights, *late, *_ticks(instance, domains, states, watched.ticking, now)]


def last_night(domain: CustomerDomain, now: float) -> tuple[datetime, datetime]:
    """When the night began whose deadline passed last, and that deadline, in the domain's timezone."""
    zone, nightly = ZoneInfo(domain.timezone), domain.nightly
    local = datetime.fromtimestamp(now, UTC).astimezone(zone)

    def at(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), zone)

    day = local.date() if at(local.date(), nightly.fresh_by) <= local else local.date() - timedelta(days=1)
    begins = day if nightly.hour < nightly.fresh_by else day - timedelta(days=1)
    return at(begins, nightly.hour), at(day, nightly.fresh_by)


def _night(
    instance: dg.DagsterInstance,
    domain: CustomerDomain,
    states: Mapping[str, InstigatorState],
    watched: Watched,
    began: float,
    now: float,
) -> Finding | None:
    """The night of a domain, where no run of its open month ended by the hour by which gold has to be fresh;
    none where the data have ended.

    A run that failed has a finding of its own.
    """
    state = states.get(f"nightly_{domain.name}")
    switched_on = state is not None and state.status == InstigatorStatus.RUNNING
    switched_off = state is not None and state.status == InstigatorStatus.STOPPED
    begins, deadline = last_night(domain, now)
    if not (watched.by_itself or switched_on) or begins.timestamp() < began or begins.date() < domain.start:
        return None
    if domain.has_ended(begins):
        return None
    wanted = dg.RunsFilter(job_name=f"refresh_{domain.name}", created_after=begins.astimezone(UTC))
    runs = [run for run in instance.get_runs(wanted) if f"{begins:%Y-%m}" in months_of(run)]
    if any(run.status in _RUN_OVER and not will_be_retried(run) for run in runs):
        return None
    word = (
        ("off" if switched_off else "none")
        if not runs
        else "canceled"
        if runs[0].status == dg.DagsterRunStatus.CANCELED
        else "going_on"
    )
    language = language_of(domain.language)
    words = language.say(f"alerts.night.{word}", hour=f"{deadline:%H:%M}", begins=f"{begins:%H:%M}")
    return Finding("night", (domain.name,), "error", words, domain.name, now, runs[0].run_id if runs else "")


def _late(
    instance: dg.DagsterInstance, domains: Sequence[CustomerDomain], fresh: Sequence[dg.AssetKey], now: float
) -> Iterator[Finding]:
    """Domains with tables that were not refreshed by their hour, as Dagster's daemon of freshness judges each."""
    if not fresh:
        return
    found = instance.get_freshness_state_records(fresh)
    stale = sorted([*key.path] for key, record in found.items() if record.freshness_state == FreshnessState.FAIL)
    for domain in domains:
        tables = ["/".join(path[1:]) for path in stale if path[0] == domain.name]
        if tables and not domain.has_ended(datetime.fromtimestamp(now, UTC)):
            language, more = language_of(domain.language), len(tables) - SHOWN
            first = ", ".join(tables[:SHOWN]) + (f", {language.say('alerts.more', n=more)}" if more > 0 else "")
            hour = f"{domain.nightly.fresh_by:02}:00"
            words = language.say("alerts.fresh", n=len(tables), tables=first, hour=hour)
            yield Finding("fresh", (domain.name,), "warning", words, domain.name, now)


def _ticks(
    instance: dg.DagsterInstance,
    domains: Collection[CustomerDomain],
    states: Mapping[str, InstigatorState],
    ticking: Sequence[str],
    now: float,
) -> Iterator[Finding]:
    """Schedules and sensors that are on and whose last ticks failed."""
    for name in ticking:
        state = states.get(name)
        if state is None or state.status == InstigatorStatus.STOPPED:
            continue
        wanted = FAILED_TICKS.get(state.instigator_type, 1)
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=wanted, statuses=_FINISHED)
        if len(ticks) == wanted and all(each.status == TickStatus.FAILURE for each in ticks):
            domain = next((each.name for each in domains if name.endswith(f"_{each.name}")), "")
            yield Finding("tick", (name,), "error", worded(first_of(ticks[0].error)), domain, now)
