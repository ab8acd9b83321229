"""Housekeeping of a lake table: fewer and larger files, and none that nobody can need.

Belongs here: compaction, vacuum and the removal of what killed writers left. Does not belong here: when it runs
(`automation`) and the data itself, which no step here changes.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from deltalake.exceptions import CommitFailedError

from arcana_assets.resources.deployment import is_s3
from arcana_assets.resources.lake import WRITER, Lake
from arcana_assets.resources.lake_errors import LakeError
from arcana_assets.resources.lake_names import TableKey

WEEK_HOURS = 7 * 24
DAY_HOURS = 24


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


def maintain(
    lake: Lake, key: TableKey, retention_hours: float = WEEK_HOURS, *, allow_short: bool = False
) -> Maintenance:
    """Compacts the table, vacuums files that left it more than `retention_hours` ago, and removes stale staging files.

    A query keeps reading the files it began with, and a writer's files are nobody's until it commits: the retention
    has to exceed the longest run. Raises UnsafeRetention for less than a day unless `allow_short`. A compaction that
    meets a concurrent overwrite is left for the next time.
    """
    if retention_hours < DAY_HOURS and not allow_short:
        raise UnsafeRetention(
            f"A retention of {retention_hours:g} hours may remove files that a running query or write needs. "
            f"Keep at least {DAY_HOURS} hours, or pass allow_short=True while nothing else runs."
        )
    table, compaction = lake.open(key), {}
    try:
        compaction = table.optimize.compact(writer_properties=WRITER)
    except CommitFailedError:
        table = lake.open(key)
    # `full` also finds files that no version of the table ever had: those of writers that died before their commit.
    vacuumed = table.vacuum(
        retention_hours=int(retention_hours), dry_run=False, enforce_retention_duration=False, full=True
    )
    return Maintenance(
        compacted_files=compaction.get("numFilesRemoved", 0),
        into_files=compaction.get("numFilesAdded", 0),
        vacuumed_files=len(vacuumed),
        staging_files=_remove_staging(lake, key, retention_hours),
        compaction_postponed=not compaction,
    )


def _remove_staging(lake: Lake, key: TableKey, retention_hours: float) -> int:
    """Removes `*.parquet#1`, which a writer killed on a local disk leaves and vacuum does not see."""
    if is_s3(lake.root):
        return 0
    folder, before = Path(lake.uri(key)), time.time() - retention_hours * 3600
    stale = [path for path in folder.rglob("*.parquet#*") if path.stat().st_mtime < before]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
