"""Our side of the comparisons: the assets of the retail domain under Dagster, in this process.

Belongs here: instance, job and deployment of a measured run. Does not belong here: what it is compared with.
"""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from arcana_assets.automation.refresh import QUIET, Refresh, refresh
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.months import months_between
from arcana_assets.graph.run import range_tags
from arcana_assets.lake.lake import Lake
from benchmarks.measure import REPOSITORY

MONTHS = tuple(months_between(date(2010, 12, 1), date(2011, 12, 1)))
TABLES = tuple(("retail", layer, "transactions") for layer in ("bronze", "silver", "quarantine"))


def deployment_in(folder: Path, landing: Path, memory_limit: str | None = None) -> Deployment:
    """A deployment with lake and instance in a folder."""
    return Deployment(
        lake=str(folder / "lake"), landing=str(landing), home=str(folder / "home"), memory_limit=memory_limit
    )


def land_to_silver(deployment: Deployment, months: tuple[date, ...] = MONTHS) -> dict[str, int]:
    """Materializes bronze, silver and quarantine of the transactions in one run; returns their rows."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(deployment=deployment).resolve_job_def("refresh_retail")
        keys = [dg.AssetKey(list(table)) for table in TABLES]
        tags = range_tags(list(months))
        result = job.execute_in_process(run_config=QUIET, instance=instance, tags=tags, asset_selection=keys)
        assert result.success
    return rows_in(deployment)


@contextmanager
def instance_in(deployment: Deployment) -> Iterator[dg.DagsterInstance]:
    """The instance on disk that `arcana` would use."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    home = Path(deployment.home)
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(REPOSITORY / "dagster.yaml", home / "dagster.yaml")
    os.environ |= {"ARCANA_HOME": str(home), "DAGSTER_EVENT_BATCH_SIZE": "1000"}
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def refresh_in(deployment: Deployment, months: list[date], folder: Path = DEFS) -> Refresh:
    """What `arcana refresh` does: the domain's job, recorded in an instance on disk."""
    with instance_in(deployment) as instance:
        job = build_definitions(folder, deployment).resolve_job_def("refresh_retail")
        done = refresh(job, months, instance, lambda doing, ended, steps: None)
    assert done.succeeded, done.failures
    return done


def rows_in(deployment: Deployment) -> dict[str, int]:
    """Rows of the tables from landing to silver, by layer."""
    return {table[1]: Lake(root=deployment.lake).rows(table, None) for table in TABLES}
