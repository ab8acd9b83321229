"""Housekeeping of a lake table: fewer and larger files, and none that nobody can need.

Belongs here: compaction, vacuum and the removal of what killed writers left. Does not belong here: when it runs
(`automation`) and the data itself, which no step here changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from deltalake.exceptions import CommitFailedError

from arcana_assets.deployment import is_s3
from arcana_assets.domain.errors import first_line
from arcana_assets.lake.errors import LakeError
from arcana_assets.lake.files import DAY_HOURS, remove_staging
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.names import TableKey, table_name
from arcana_assets.lake.reading import arrow_schema
from arcana_assets.lake.schema import writer_of
from arcana_assets.lake.written import never_written

_Done = TypeVar("_Done")

WEEK_HOURS = 7 * DAY_HOURS


class UnsafeRetention(LakeError):
    """Raised for a retention shorter than runs may take."""


@dataclass(frozen=True)
class Maintenance:
    """What was done: small files merged into how many, files vacuumed, staging files of killed writers removed."""

    compacted_files: int
    into_files: int
    vacuumed_files: int
    staging_files: int
    compaction_postponed: bool = False


class MaintenanceFailed(LakeError):
    """Raised when steps of the maintenance failed, after those that could be done were; `done` is what they did."""

    def __init__(self, table: str, failed: dict[str, Exception], done: Maintenance):
        self.failed, self.done = failed, done
        said = "; ".join(f"{step} failed ({first_line(error)})" for step, error in failed.items())
        super().__init__(
            f"{table}: {said}. Its rows are what they were. Done nevertheless: {done.compacted_files} files merged "
            f"into {done.into_files}, {done.vacuumed_files} vacuumed, {done.staging_files} staging files removed. "
            "Where a file is damaged or gone, materialize its month again; the next maintenance does the rest."
        )


def maintain(
    lake: Lake, key: TableKey, retention_hours: float = WEEK_HOURS, *, allow_short: bool = False
) -> Maintenance:
    """Compacts the table, vacuums files that left it more than `retention_hours` ago, and removes stale staging files.

    A query keeps reading the files it began with, and a writer's files are nobody's until it commits: the retention
    has to exceed the longest run. Raises UnsafeRetention for less than a day unless `allow_short`. A compaction that
    meets a concurrent overwrite is left for the next time. A step that fails does not keep the others from being
    done; then MaintenanceFailed is raised.
    """
    if retention_hours < DAY_HOURS and not allow_short:
        raise UnsafeRetention(
            f"A retention of {retention_hours:g} hours may remove files that a running query or write needs. "
            f"Keep at least {DAY_HOURS} hours, or pass allow_short=True while nothing else runs."
        )
    lake.open(key)
    failed: dict[str, Exception] = {}

    def step(name: str, work: Callable[[], _Done], otherwise: _Done) -> _Done:
        try:
            return work()
        except Exception as error:  # delta-rs raises plain ones, too
            failed[name] = error
            return otherwise

    compaction = step("compaction", lambda: _compact(lake, key), dict[str, Any]())
    vacuumed = step("vacuum", lambda: _vacuum(lake, key, retention_hours), 0)
    staging = step("removal of staging files", lambda: _remove_staging(lake, key, retention_hours), 0)
    done = Maintenance(
        compacted_files=compaction.get("numFilesRemoved", 0),
        into_files=compaction.get("numFilesAdded", 0),
        vacuumed_files=vacuumed,
        staging_files=staging,
        compaction_postponed=not compaction,
    )
    if failed:
        raise MaintenanceFailed(table_name(key), failed, done) from next(iter(failed.values()))
    return done


def _compact(lake: Lake, key: TableKey) -> dict[str, Any]:
    try:
        table = lake.open(key)
        return table.optimize.compact(writer_properties=writer_of(arrow_schema(table)))
    except CommitFailedError:
        return {}


def _vacuum(lake: Lake, key: TableKey, retention_hours: float) -> int:
    table = lake.open(key)
    # Vacuum commits: the columns a failed first write left would look like those of a table that was written.
    if never_written(table):
        return 0
    # `full` also finds files that no version of the table ever had: those of writers that died before their commit.
    removed = table.vacuum(
        retention_hours=int(retention_hours), dry_run=False, enforce_retention_duration=False, full=True
    )
    return len(removed)


def _remove_staging(lake: Lake, key: TableKey, retention_hours: float) -> int:
    return 0 if is_s3(lake.root) else remove_staging(Path(lake.uri(key)), retention_hours)
