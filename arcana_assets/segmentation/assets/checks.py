"""Checks of segmentation: results that warn, with what was found in the description and all of it in the metadata.

Belongs here: how findings become the result of a check. Does not belong here: finding them (the other rooms).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

SAID = 6  # findings in the description of a check; the metadata have all


def warning(
    key: dg.AssetKey, name: str, passed: bool, description: str, metadata: Mapping[str, Any] | None = None
) -> dg.AssetCheckResult:
    """The result of a check that never stops what follows."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=metadata or {},
    )


def findings(key: dg.AssetKey, name: str, found: Sequence[str], fine: str) -> dg.AssetCheckResult:
    """A warning of everything found; `fine` is said where nothing was."""
    listed = dg.MetadataValue.md("\n".join(f"- {each}" for each in found))
    return warning(key, name, not found, said(found) or fine, {"count": len(found), "findings": listed})


def said(found: Sequence[str]) -> str:
    """The first findings as sentences, and how many more there are, in Portuguese."""
    more = f" E mais {len(found) - SAID}." if len(found) > SAID else ""
    return " ".join(f"{each}." for each in found[:SAID]) + more
