"""Publishing: files are written as drafts, read back, and only then take their place; then the run is told of them.

Belongs here: that order, which every published asset keeps. Does not belong here: what is in the files (the slices),
places and drafts (`files`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets.exports.editions import PublishedFile
from arcana_assets.exports.files import Exports

Published = Iterator[dg.MaterializeResult | dg.AssetCheckResult]
_FILES = dg.TableSchema(
    [dg.TableColumn("file", "string"), dg.TableColumn("bytes", "int"), dg.TableColumn("sha256", "string")]
)


def publish_together(
    exports: Exports,
    key: dg.AssetKey,
    month: date,
    contents: Mapping[str, bytes],
    faults_of: Callable[[Sequence[Path]], Iterable[str]],
) -> tuple[tuple[PublishedFile, ...] | None, tuple[str, ...]]:
    """The files of a month, by name, in a folder of their own, and what reading them back found wrong.

    With a fault none of them takes its place, and None stands for them. Raises NotPublished, and what `faults_of`
    raises.
    """
    with exports.drafts(key) as folder:
        drafts = [folder / name for name in contents]
        for draft in drafts:
            draft.write_bytes(contents[draft.name])
        if faults := tuple(faults_of(drafts)):
            return None, faults
        return exports.publish_in_month(drafts, key, month), ()


def published(
    context: dg.AssetExecutionContext,
    exports: Exports,
    key: dg.AssetKey,
    files: Mapping[date, Sequence[PublishedFile] | None],
    *,
    checks: Sequence[dg.AssetCheckResult] = (),
    months: Mapping[date, Mapping[str, Any]] | None = None,
    run: Mapping[str, Any] | None = None,
) -> Published:
    """What Dagster is told of the files of each month of a run: place, size and hash of each, and the checks.

    `months` is more metadata by month, `run` more of the run, which its last month tells. A month with None failed its
    checks: then the checks are told and the step fails, for good; files of an earlier run are what they were.
    """
    if wrong := [f"{month:%Y-%m}" for month, found in files.items() if found is None]:
        yield from checks
        raise dg.Failure(
            description=f"{'/'.join(key.path)}: {', '.join(wrong)} failed the checks and was not published; the files "
            "of an earlier run, if there are any, are unchanged.",
            allow_retries=False,
        )
    of_run = {"dagster/uri": exports.folder(key), **(run or {}), "run": context.run.run_id}
    for month, found in files.items():
        metadata = {**_told(found or ()), **(months or {}).get(month, {}), **(of_run if month == max(files) else {})}
        context.add_asset_metadata(metadata, asset_key=key, partition_key=month.isoformat())
    yield dg.MaterializeResult(asset_key=key)
    yield from checks


def _told(files: Sequence[PublishedFile]) -> dict[str, Any]:
    records = [dg.TableRecord({"file": file.uri, "bytes": file.bytes, "sha256": file.sha256}) for file in files]
    return {"files": dg.MetadataValue.table(records, _FILES), "bytes": sum(file.bytes for file in files)}
