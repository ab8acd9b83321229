"""Schedules: the nightly refresh and the weekly housekeeping of a domain.

Dagster's own schedule of a partitioned job ticks once a partition, which for months is once a month; these tick when
the domain says and ask for the months that are due.

Belongs here: when. Does not belong here: which months (`months`), what runs (`jobs`), what files ask for (`sensors`).
"""

from datetime import UTC
from zoneinfo import ZoneInfo

import dagster as dg

from arcana_assets.automation.months import months_of_night
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.graph.run import AS_OF_TAG, range_tags


def nightly_schedule(
    domain: CustomerDomain, job: dg.JobDefinition, status: dg.DefaultScheduleStatus
) -> dg.ScheduleDefinition:
    """Every night, in the domain's timezone, for the months that can still change."""

    @dg.schedule(
        name=f"nightly_{domain.name}",
        job=job,
        cron_schedule=f"0 {domain.nightly.hour} * * *",
        execution_timezone=domain.timezone,
        default_status=status,
        description=f"The open month, and the month before it up to day {domain.nightly.grace_days}"
        + (f"; none after {domain.end:%Y-%m}, the last of the data." if domain.end else "."),
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        due = context.scheduled_execution_time.astimezone(ZoneInfo(domain.timezone))
        months = months_of_night(domain, due)
        if not months:
            if domain.end is not None and due.date() > domain.end:
                return dg.SkipReason(
                    f"the data of {domain.name} end in {domain.end:%Y-%m}: there is nothing to refresh"
                )
            return dg.SkipReason(f"{domain.name} begins in {domain.start:%Y-%m}")
        moment = due.astimezone(UTC).isoformat()
        return dg.RunRequest(run_key=moment, tags=range_tags(months) | {AS_OF_TAG: moment})

    return nightly


def maintenance_schedule(
    domain: CustomerDomain, job: dg.JobDefinition, status: dg.DefaultScheduleStatus
) -> dg.ScheduleDefinition:
    """Sundays, two hours after the nightly refresh."""
    return dg.ScheduleDefinition(
        name=f"weekly_maintenance_{domain.name}",
        job=job,
        cron_schedule=f"0 {(domain.nightly.hour + 2) % 24} * * 0",
        execution_timezone=domain.timezone,
        default_status=status,
    )
