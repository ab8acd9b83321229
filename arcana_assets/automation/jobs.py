"""Jobs: the refresh of a domain, publishing it into its database, and the housekeeping of its tables.

Belongs here: what runs together. Does not belong here: when (`schedules`, `sensors`).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from arcana_assets.automation.old_runs import remove_old_runs
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.graph.failures import failures
from arcana_assets.graph.leases import Leases
from arcana_assets.graph.process import sign
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.maintenance import maintain


def refresh_job(domain: CustomerDomain) -> Any:
    """All assets of a domain for the months of the run, in one process.

    A process a step would cost more than the steps.
    """
    return dg.define_asset_job(
        f"refresh_{domain.name}",
        selection=dg.AssetSelection.key_prefixes([domain.name]),
        description=f"Refreshes every table of {domain.name} for the months of the run, "
        "from landing files to recommendations.",
        executor_def=dg.in_process_executor,
        tags={"arcana/domain": domain.name},
    )


def publish_job(domain: CustomerDomain) -> Any:
    """The tables of the database alone, from gold as it is: for one that is new, or was not there in the night."""
    return dg.define_asset_job(
        f"publish_{domain.name}",
        selection=dg.AssetSelection.key_prefixes([domain.name, "warehouse"]),
        description=f"Publishes the months of the run of {domain.name} into its database, from gold as it is.",
        executor_def=dg.in_process_executor,
        tags={"arcana/domain": domain.name},
    )


def maintenance_job(domain: CustomerDomain, tables: list[dg.AssetKey], keep_runs_days: int) -> dg.JobDefinition:
    """Compacts the domain's tables, removes files that no reader needs any more, and runs older than those days."""

    @dg.op(
        name=f"maintain_{domain.name}_tables",
        pool=domain.name,
        description="Compact and vacuum each table of the domain, and remove runs of long ago",
    )
    def maintain_tables(context: dg.OpExecutionContext, lake: Lake) -> None:
        sign(context.instance, context.run_id)
        problems = []
        with failures(), Leases(lake.root).held(context, domain.name) as lease:
            for key in tables:
                lease.confirm()
                try:
                    context.log.info(f"{key.to_user_string()}: {maintain(lake, key.path)}")
                except MissingTable:
                    continue
                except ArcanaError as problem:  # the tables after it need their housekeeping all the same
                    problems.append(str(problem))
        gone = remove_old_runs(context.instance, datetime.now(UTC) - timedelta(days=keep_runs_days))
        context.log.info(
            f"runs that ended more than {keep_runs_days} days ago and that nothing is told from: {len(gone)} removed"
        )
        if problems:
            raise dg.Failure(description="\n".join(problems), allow_retries=False)

    @dg.job(name=f"maintain_{domain.name}", executor_def=dg.in_process_executor, tags={"arcana/domain": domain.name})
    def maintenance() -> None:
        """Compacts the tables of the domain, vacuums files older than the retention, and removes runs of long ago."""
        maintain_tables()

    return maintenance
