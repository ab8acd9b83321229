"""Checks of segmentation: results that warn, with what was found in the description and all of it in the metadata.

Belongs here: how findings become the result of a check. Does not belong here: finding them (the other rooms).
"""

from collections.abc import Sequence

import dagster as dg

from arcana_assets.graph.checks import verdict
from arcana_assets.presentation.markdown import bullets

SAID = 6  # findings in the description of a check; the metadata have all


def findings(key: dg.AssetKey, name: str, found: Sequence[str], fine: str) -> dg.AssetCheckResult:
    """A warning of everything found; `fine` is said where nothing was."""
    listed = {"count": len(found), "findings": dg.MetadataValue.md(bullets(*found))}
    return verdict(key, name, not found, said(found) or fine, listed)


def said(found: Sequence[str]) -> str:
    """The first findings as sentences, and how many more there are, in Portuguese."""
    more = f" E mais {len(found) - SAID}." if len(found) > SAID else ""
    return " ".join(f"{each}." for each in found[:SAID]) + more
