"""Results of checks, in the one form that all assets give them.

Belongs here: how a verdict becomes what Dagster keeps. Does not belong here: reaching it (the slices).
"""

from collections.abc import Mapping
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
