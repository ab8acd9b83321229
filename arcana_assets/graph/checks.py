"""Results of checks and numbers of months, in the one form that all assets give them.

Belongs here: how a verdict, or a number that the UI draws by partition, becomes what Dagster keeps. Does not belong
here: reaching them (the slices), rows and bytes, which are of every table (`io_manager`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg


def verdict(
    key: dg.AssetKey,
    name: str,
    passed: bool,
    description: str,
    metadata: Mapping[str, Any] | None = None,
    *,
    blocking: bool = False,
) -> dg.AssetCheckResult:
    """An error where nothing may go on from what fails, which its specification has to say as well; else a warning."""
    severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=severity,
        description=description,
        metadata=metadata or {},
    )


def plotted(
    context: dg.AssetExecutionContext, key: dg.AssetKey, numbers: Mapping[date, Mapping[str, float | int]]
) -> None:
    """Puts numbers by name into the event of each month, so that the plots of a range of months are whole."""
    for month, found in numbers.items():
        context.add_asset_metadata(dict(found), asset_key=key, partition_key=month.isoformat())
